//! `devnet`: a whole network with a rollup on it, shown at work.

use super::{Context, Outcome};
use clap::{Args, ValueEnum};
use rollup_kit::demo::{self, L1Choice, Options};
use std::path::PathBuf;

/// Runs a DA network, an L1 and a rollup, and shows what it is for.
///
/// `--demo withhold`: operator and validators withhold a batch's data; the watcher notices, they
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
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Demo {
    /// What becomes of those who withhold.
    Withhold,
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
        };
        let mut told = |line: &str| {
            if context.json {
                eprintln!("  {line}");
            } else {
                println!("  {line}");
            }
        };
        let report = match self.demo {
            Demo::Withhold => demo::withhold(&options, &mut told).await?,
        };
        if context.json {
            println!("{}", serde_json::to_string(&report)?);
        }
        if report.held() {
            told("all of it held");
            return Ok(None);
        }
        Err(report.faults.join("; ").into())
    }
}
