//! `prove`: what proving costs on this machine.

use super::{Context, Outcome};
use clap::Args;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::path::PathBuf;
use validity::gadget::Ruled;
use validity::{BatchSize, ExitsSize, Measurement, SetupKind, Shape, Stage, SumEngine, measure};

/// Proves batches of transfers, or exits, with development keys, and says what it cost. The keys are made
/// and kept when they are not there; their secret is public, so they are for measuring only.
#[derive(Args)]
pub(crate) struct Prove {
    /// Operations per batch; several sizes with commas.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "8")]
    batch: Vec<usize>,
    /// Exits per proof; several sizes with commas.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    exits: Vec<usize>,
    /// Where the keys are kept.
    #[arg(long, value_name = "FOLDER", default_value = "keys")]
    keys: PathBuf,
    /// Proves with arkworks' sums as well, to compare.
    #[arg(long)]
    compare: bool,
}

impl Prove {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        eprintln!("{}", SetupKind::Development.warning());
        let (quiet, ruled) = (context.json, context.ruled);
        // Minutes of computing, which the runtime's threads are not for.
        let measured = tokio::task::spawn_blocking(move || self.measured(quiet, ruled)).await??;
        Ok(Some(json!({
            "batches": measured.iter().map(report).collect::<Vec<_>>(),
            "published": published(),
        })))
    }

    fn measured(&self, quiet: bool, ruled: Option<Ruled>) -> validity::Result<Vec<Measurement>> {
        let own = SumEngine::Own(algebra_engine()?);
        let engines: &[SumEngine] = if self.compare {
            &[own, SumEngine::Arkworks]
        } else {
            &[own]
        };
        let mut rng = StdRng::try_from_rng(&mut rand::rngs::SysRng).map_err(|error| {
            validity::Error::File {
                path: "the system's randomness".to_owned(),
                source: std::io::Error::other(error),
            }
        })?;
        let mut measured = Vec::new();
        let mut shapes: Vec<Shape> = Vec::new();
        for operations in &self.batch {
            shapes.push(Shape::batch(BatchSize::new(*operations)?, ruled));
        }
        for holdings in &self.exits {
            shapes.push(ExitsSize::new(*holdings)?.into());
        }
        for shape in shapes {
            for engine in engines {
                let mut tell = |progress: validity::Progress| {
                    if !quiet {
                        eprintln!("{shape}: {}", what(progress.stage));
                    }
                };
                measured.push(measure(shape, *engine, &self.keys, &mut rng, &mut tell)?);
            }
        }
        Ok(measured)
    }
}

fn algebra_engine() -> validity::Result<validity::Engine> {
    Ok(validity::Engine::of_process()?)
}

const fn what(stage: Stage) -> &'static str {
    match stage {
        Stage::Synthesis => "building constraints",
        Stage::Polynomials => "dividing polynomials",
        Stage::SumsG1 => "sums over G1",
        Stage::SumG2 => "the sum over G2",
        Stage::Finished => "proved",
    }
}

fn report(measured: &Measurement) -> Value {
    json!({
        "circuit": measured.shape.to_string(),
        "operations": measured.operations,
        "constraints": measured.size.constraints,
        "constraints_per_operation": measured.size.constraints / measured.operations,
        "domain": measured.size.domain,
        "engine": measured.engine.name(),
        "keys_seconds": measured.keys.as_secs_f64(),
        "proving_seconds": measured.proving.as_secs_f64(),
        "operations_per_second": measured.operations_per_second(),
        "peak_memory_bytes": measured.peak_memory,
        "verifying_gas": validity::solidity::VERIFYING_GAS,
        "verifying_gas_per_operation":
            validity::solidity::VERIFYING_GAS / measured.operations as u64,
    })
}

/// What others publish, with where. None says what one prover does on one machine.
fn published() -> Value {
    json!([
        {
            "system": "StarkEx (Immutable X)",
            "operations_per_second": 42.5,
            "what": "most operations per second that the chain carried; the prover is a service",
            "source": "L2BEAT, activity",
        },
        {
            "system": "zkSync Lite",
            "operations_per_second": 300,
            "what": "upper bound that its documentation gives; a proof takes about 10 minutes",
            "source": "zksync.io/faq/speed",
        },
        {
            "system": "Loopring",
            "gas_per_operation": 10,
            "what": "of a transfer without data on L1, 250 with it; proving at $25 a million",
            "source": "github.com/Loopring/protocols, wiki",
        },
    ])
}
