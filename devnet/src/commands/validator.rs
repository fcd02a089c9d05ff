//! `devnet validator`: one validator as `da-node start` runs it, with faults. The real program
//! has no switch for them.

use da_node::operator::{self, Config, Ended, Run};
use devnet::{Result, faults};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The configuration, as `da-node start` reads it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The fraction of the cells that it refuses.
    #[arg(long, value_name = "FRACTION")]
    withhold: f64,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut config = Config::read(&arguments.config)?.load(None)?;
    config.faults = faults(Some(arguments.withhold));
    let how = Run {
        announce: true,
        until_stdin_ends: true,
    };
    let ended = Box::pin(operator::run(config, how)).await?;
    if let Ended::Halted(reason) | Ended::GaveUp(reason) = &ended {
        eprintln!("devnet: {reason}");
    }
    Ok(ended.exit().into())
}
