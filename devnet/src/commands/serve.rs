//! `devnet serve`: validators for another process, which reads where they are from our stdout
//! and ends them by closing our stdin, or by killing us.

use super::{Interrupt, Pace};
use da_node::crash_point::{self, Step};
use da_node::operator::stdin_ended;
use devnet::{Devnet, DevnetConfig, Error, Result};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Validators of equal stake.
    #[arg(long, default_value_t = 4)]
    validators: usize,
    /// Light nodes.
    #[arg(long, default_value_t = 0)]
    light: usize,
    /// Where keys, chain and data are kept; by default they are forgotten.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where to note everything that is signed.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Dies by SIGKILL when a node comes to this step for the so-manieth time.
    #[arg(long, value_name = "STEP:PASSES", value_parser = die_at)]
    die_at: Option<(Step, u32)>,
    #[command(flatten)]
    pace: Pace,
}

fn die_at(text: &str) -> Result<(Step, u32), String> {
    let (step, passes) = text.split_once(':').ok_or("expected STEP:PASSES")?;
    let passes = passes.parse().map_err(|e| format!("{passes:?}: {e}"))?;
    Ok((step.parse()?, passes))
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut interrupt = Interrupt::listen()?;
    let config = DevnetConfig {
        validators: arguments.validators,
        light: arguments.light,
        data_dir: arguments.data_dir,
        params: arguments.pace.params(),
        ..DevnetConfig::default()
    };
    let parent_left = stdin_ended();
    if let Some(journal) = &arguments.journal {
        crash_point::keep_journal(journal).map_err(|error| Error::System {
            what: "the journal",
            reason: error.to_string(),
        })?;
    }
    if let Some((step, passes)) = arguments.die_at {
        crash_point::arm(step, passes);
    }
    let devnet = Box::pin(Devnet::start(config)).await?;
    if announce(&devnet).is_ok() {
        tokio::select! {
            () = interrupt.heard() => {}
            _ = parent_left => {}
        }
    }
    devnet.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn announce(devnet: &Devnet) -> Result<()> {
    let failed = |reason: String| Error::System {
        what: "stdout",
        reason,
    };
    let line = serde_json::to_string(devnet.endpoints()).map_err(|e| failed(e.to_string()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|e| failed(e.to_string()))
}
