//! `devnet`: a whole network with a rollup on it, shown at work.

use super::{Context, Outcome};
use clap::{Args, ValueEnum};
use rollup_kit::demo::{self, L1Choice, Options};
use rollup_kit::project::{SETTINGS, Settings, own_checkout};
use std::path::{Path, PathBuf};
use validity::BatchSize;

/// Runs a DA network, an L1 and a rollup, and shows what it is for.
///
/// `--demo tour`: deposits, transfers, withdrawals, a censor, a withheld batch, and the way out, by
/// the programs that everybody runs. `--demo withhold`: operator and validators withhold a batch's data; the watcher notices, they
/// lose their bonds, and everybody else leaves with what is theirs. Exits with 0 when all of that
/// held, as L1 says.
#[derive(Args)]
pub(crate) struct Devnet {
    /// What to show.
    #[arg(
        long,
        value_enum,
        required_unless_present = "once",
        conflicts_with = "once"
    )]
    demo: Option<Demo>,
    /// In the folder of a crate that `new` wrote: has the call of its `rollup.toml` signed, posted,
    /// proved, settled and derived, and ends.
    #[arg(long)]
    once: bool,
    /// Where the programs `devnet` and `da-node` are; without it, beside this one, or where its
    /// checkout builds them.
    #[arg(long, env = PROGRAMS, value_name = "FOLDER")]
    programs: Option<PathBuf>,
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
    /// After the tour, keep its page until ^C.
    #[arg(long)]
    stay: bool,
}

/// The variable that names the programs' folder.
const PROGRAMS: &str = "ASSAY_PROGRAMS";

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
        if self.once && context.ruled.is_none() {
            return hand_over(&beside(&this)).await;
        }
        let programs = self.programs.unwrap_or_else(|| beside(&this));
        let options = Options {
            l1: match self.l1 {
                L1::Embedded => L1Choice::Embedded,
                L1::Anvil => L1Choice::Anvil(self.anvil),
            },
            programs,
            this,
            keys: self.keys,
            stay: self.stay,
            batch: BatchSize::EIGHT,
            ruled: context.ruled,
        };
        let mut told = |line: &str| {
            if context.json {
                eprintln!("  {line}");
            } else {
                println!("  {line}");
            }
        };
        let (report, faults) = match self.demo {
            None => {
                let settings = Settings::read(Path::new("."))?;
                let report = demo::once(&options, &settings, &mut told).await?;
                (serde_json::to_value(&report)?, report.faults)
            }
            Some(Demo::Withhold) => {
                let report = demo::withhold(&options, &mut told).await?;
                (serde_json::to_value(&report)?, report.faults)
            }
            Some(Demo::Tour) => {
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

/// The folder with the programs of the network: this one's, or where its checkout builds them.
fn beside(this: &Path) -> PathBuf {
    let own = this.parent().map_or_else(PathBuf::new, PathBuf::from);
    let target = own_checkout().join("target");
    let all = [own.clone(), target.join("release"), target.join("debug")];
    let found = all.into_iter().find(|at| at.join("devnet").is_file());
    found.unwrap_or(own)
}

/// The crate in this folder has the rules, so its own program does it, told the same.
async fn hand_over(programs: &Path) -> Outcome {
    if !Path::new(SETTINGS).is_file() {
        return Err(format!("no {SETTINGS} here: `new` writes a crate that has one").into());
    }
    let mut cargo = tokio::process::Command::new("cargo");
    cargo.args(["run", "--quiet", "--"]);
    cargo.args(std::env::args_os().skip(1));
    if std::env::var_os(PROGRAMS).is_none() {
        cargo.env(PROGRAMS, programs);
    }
    let ended = cargo.status().await?;
    if ended.success() {
        return Ok(None);
    }
    Err(format!("the crate's own program: {ended}").into())
}
