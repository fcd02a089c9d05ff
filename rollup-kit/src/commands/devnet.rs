//! `devnet`: a whole network with a rollup on it, shown at work.

use super::{Context, Outcome};
use clap::{Args, ValueEnum};
use rollup_kit::demo::{self, L1Choice, Options};
use std::path::PathBuf;

/// Runs a DA network, an L1 and a rollup, and shows what it is for.
///
/// `--demo tour`: deposits, transfers, withdrawals, a censor, a withheld batch, and the way out, by
/// the programs that everybody runs. `--demo withhold`: operator and validators withhold a batch's data; the watcher notices, they
/// lose their bonds, and everybody else leaves with what is theirs. Exits with 0 when all of that
/// held, as L1 says.
#[derive(Args)]
pub(crate) struct Devnet {
    /// What to show.
    #[arg(long, value_enum)]
    demo: Demo,
    /// The L1.
    #[arg(long, value_enum, default_value_t = L1::Embedded)]
    l1: L1,
    /// Foundry's anvil, when it is the L1.
    #[arg(
        long,
        env = "ASSAY_ANVIL",
        value_name = "FILE",
        default_value = "anvil"
    )]
    anvil: PathBuf,
    /// Where keys of development are kept, so that they are made once: half a minute.
    #[arg(
        long,
        env = "ASSAY_KEYS",
        value_name = "FOLDER",
        default_value = "keys"
    )]
    keys: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Demo {
    /// What becomes of those who withhold.
    Withhold,
    /// A rollup from its first deposit to its end.
    Tour,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum L1 {
    /// Ours, in this process.
    Embedded,
    /// Foundry's.
    Anvil,
}

impl Devnet {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let this = std::env::current_exe()?;
        let options = Options {
            l1: match self.l1 {
                L1::Embedded => L1Choice::Embedded,
                L1::Anvil => L1Choice::Anvil(self.anvil),
            },
            programs: this.parent().map_or_else(PathBuf::new, PathBuf::from),
            this,
            keys: self.keys,
        };
        let mut told = |line: &str| {
            if context.json {
                eprintln!("  {line}");
            } else {
                println!("  {line}");
            }
        };
        let (report, faults) = match self.demo {
            Demo::Withhold => {
                let report = demo::withhold(&options, &mut told).await?;
                (serde_json::to_value(&report)?, report.faults)
            }
            Demo::Tour => {
                let report = demo::tour(&options, &mut told).await?;
                (serde_json::to_value(&report)?, report.faults)
            }
        };
        if context.json {
            println!("{report}");
        }
        if faults.is_empty() {
            told("all of it held");
            return Ok(None);
        }
        Err(faults.join("; ").into())
    }
}
