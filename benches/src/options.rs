//! The command line, and the plan that it makes.

use std::path::PathBuf;

use types::limits::{CELL_BYTES, COLUMNS, DATA_COLUMNS, MAX_BLOCK_ROWS};

use crate::BenchError;

/// Most threads of a run.
const MAX_THREADS: usize = 1024;
/// Most bytes of all shards of one code word: 1 GiB.
const MAX_SHARD_BYTES: usize = 1 << 30;
/// Most shards in all: no code has more.
const MAX_SHARDS: usize = 1 << 16;
/// Rows of a verified batch: 2,048 cells.
const VERIFY_ROWS: usize = 16;
/// Rows of a verified batch of a quick run.
const QUICK_VERIFY_ROWS: usize = 2;
/// Rows per call of a quick run.
const QUICK_ROWS: usize = 1;
/// Rows per call of a full run.
const ROWS: usize = 8;

/// Measures the engines and their rivals side by side, after checking that all of them compute
/// the same.
///
/// Ours runs with every engine that this machine has, or with the one that `ASSAY_ENGINE` names.
#[derive(Clone, Debug, Default, clap::Parser)]
#[command(name = "compare", version)]
pub struct Options {
    /// What to compare.
    #[arg(value_enum, default_value_t)]
    pub subject: Subject,
    /// Threads that every contestant uses.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// A few rounds over fewer rows, in less than a minute.
    #[arg(long)]
    pub quick: bool,
    /// Rows per call: 8, or 1 if quick. A verified batch has 16, or 2 if quick, in any case.
    #[arg(long, value_name = "N")]
    pub rows: Option<usize>,
    /// Shards of data of the erasure codes: 64.
    #[arg(long, value_name = "K")]
    pub k: Option<usize>,
    /// Shards in all: 2·K.
    #[arg(long, value_name = "N")]
    pub n: Option<usize>,
    /// Bytes of a shard: 2048.
    #[arg(long, value_name = "B")]
    pub shard_bytes: Option<usize>,
    /// Write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write a chart of the figures to this file.
    #[arg(long, value_name = "FILE.svg")]
    pub chart: Option<PathBuf>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// Commitments, cells, proofs, their verification, and recovery.
    Kzg,
    /// Erasure codes.
    Erasure,
    /// Both.
    #[default]
    All,
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Kzg => "kzg",
            Self::Erasure => "erasure",
            Self::All => "all",
        }
    }

    /// Whether KZG is compared.
    #[must_use]
    pub fn has_kzg(self) -> bool {
        self != Self::Erasure
    }

    /// Whether erasure codes are compared.
    #[must_use]
    pub fn has_erasure(self) -> bool {
        self != Self::Kzg
    }
}

/// The parameters of an erasure code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards {
    /// Shards of data, at least 1.
    pub k: usize,
    /// Shards in all, more than k.
    pub n: usize,
    /// Bytes of a shard, at least 1.
    pub bytes: usize,
}

impl Default for Shards {
    /// As many shards, and as long, as a row has cells.
    fn default() -> Self {
        Self {
            k: DATA_COLUMNS,
            n: COLUMNS,
            bytes: CELL_BYTES,
        }
    }
}

/// Checked options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is compared.
    pub subject: Subject,
    /// Threads that every contestant uses.
    pub threads: usize,
    /// Whether figures may be rough.
    pub quick: bool,
    /// Rows per call.
    pub rows: usize,
    /// Rows of a verified batch, each with 128 cells.
    pub verify_rows: usize,
    /// The erasure codes' parameters.
    pub shards: Shards,
    /// Where the figures go.
    pub json: Option<PathBuf>,
    /// Where the chart goes.
    pub chart: Option<PathBuf>,
}

impl TryFrom<Options> for Plan {
    type Error = BenchError;

    fn try_from(options: Options) -> Result<Self, BenchError> {
        let Options { subject, quick, .. } = options;
        let foreign = |argument, expected: Subject| BenchError::Foreign {
            argument,
            subject: subject.name(),
            expected: expected.name(),
        };
        if options.rows.is_some() && !subject.has_kzg() {
            return Err(foreign("rows", Subject::Kzg));
        }
        for (argument, value) in [
            ("k", options.k),
            ("n", options.n),
            ("shard-bytes", options.shard_bytes),
        ] {
            if value.is_some() && !subject.has_erasure() {
                return Err(foreign(argument, Subject::Erasure));
            }
        }
        if let (Some(json), Some(chart)) = (&options.json, &options.chart)
            && json == chart
        {
            return Err(BenchError::SameFile(json.clone()));
        }

        let rows = options
            .rows
            .unwrap_or(if quick { QUICK_ROWS } else { ROWS });
        Ok(Self {
            subject,
            threads: within("threads", options.threads.unwrap_or(1), MAX_THREADS)?,
            quick,
            rows: within("rows", rows, MAX_BLOCK_ROWS)?,
            verify_rows: if quick {
                QUICK_VERIFY_ROWS
            } else {
                VERIFY_ROWS
            },
            shards: shards(options.k, options.n, options.shard_bytes)?,
            json: options.json,
            chart: options.chart,
        })
    }
}

fn shards(k: Option<usize>, n: Option<usize>, bytes: Option<usize>) -> Result<Shards, BenchError> {
    let default = Shards::default();
    let k = within("k", k.unwrap_or(default.k), MAX_SHARDS - 1)?;
    let n = n.unwrap_or(2 * k);
    if n <= k {
        return Err(BenchError::NoParity { k, n });
    }
    let n = within("n", n, MAX_SHARDS)?;
    let bytes = within(
        "shard-bytes",
        bytes.unwrap_or(default.bytes),
        MAX_SHARD_BYTES,
    )?;
    match n.checked_mul(bytes) {
        Some(total) if total <= MAX_SHARD_BYTES => Ok(Shards { k, n, bytes }),
        total => Err(BenchError::TooManyBytes {
            got: total.unwrap_or(usize::MAX),
            max: MAX_SHARD_BYTES,
        }),
    }
}

fn within(argument: &'static str, got: usize, max: usize) -> Result<usize, BenchError> {
    if (1..=max).contains(&got) {
        Ok(got)
    } else {
        Err(BenchError::OutOfRange {
            argument,
            got,
            min: 1,
            max,
        })
    }
}
