//! `start`: a validator as a process.

use super::error::{CliError, Result};
use crate::operator::{self, Config, Ended, Exit, Run};
use std::path::PathBuf;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::EnvFilter;

#[derive(Debug, clap::Args)]
pub(super) struct Start {
    /// The configuration, as `init` writes it.
    #[arg(long, value_name = "FILE", env = "ASSAY_CONFIG")]
    config: PathBuf,
    /// The passphrase of a sealed validator key, instead of the configuration's.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Stop when standard input ends: for supervisors whose end must be this node's.
    #[arg(long)]
    until_stdin_ends: bool,
}

/// Runs the validator to its end.
pub(super) async fn start(command: Start, json: bool) -> Result<Exit> {
    let config = Config::read(&command.config)?;
    // What is still to be written is written when this is dropped.
    let _log = log_to_stderr(&config.log.filter)?;
    let node = config.load(command.passphrase_file)?;
    let how = Run {
        announce: json,
        until_stdin_ends: command.until_stdin_ends,
    };
    let ended = Box::pin(operator::run(node, how)).await?;
    let exit = ended.exit();
    match ended {
        Ended::Asked => Ok(exit),
        Ended::Halted(reason) => Err(CliError::Ended {
            reason: format!("consensus is halted for safety: {reason}"),
            exit,
        }),
        Ended::StoreFailed(reason) => Err(CliError::Ended {
            reason: format!(
                "the store failed: {reason}; what was acknowledged is kept, and the \
                             node goes on when it is started on a disk with room"
            ),
            exit,
        }),
        Ended::GaveUp(reason) => Err(CliError::Ended {
            reason: format!("consensus gave up: {reason}"),
            exit,
        }),
    }
}

/// The environment's directives come before the configuration's. Lines wait for a thread of their
/// own, and are lost where too many wait: whoever does not read them holds up nobody.
fn log_to_stderr(filter: &str) -> Result<WorkerGuard> {
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| filter.to_owned());
    let filter = EnvFilter::try_new(&directives).map_err(|error| operator::Error::Address {
        what: "log directives",
        got: format!("{directives:?} ({error})"),
        expected: "target=level, divided by commas",
    })?;
    let (lines, guard) = NonBlocking::new(std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(lines)
        .with_ansi(false)
        .init();
    Ok(guard)
}
