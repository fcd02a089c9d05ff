//! What the program can do, a file per command.

pub(crate) mod bandwidth;
pub(crate) mod crash;
pub(crate) mod disk_full;
pub(crate) mod experiment;
pub(crate) mod faults;
pub(crate) mod light_bench;
pub(crate) mod load;
pub(crate) mod repair;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod soak;
pub(crate) mod up;
pub(crate) mod validator;

use chain::ChainParams;
use devnet::{Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

fn this_program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|error| Error::System {
        what: "this program's path",
        reason: error.to_string(),
    })
}

/// One JSON object on stdout.
fn print_json(report: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string(report).map_err(|error| Error::System {
        what: "the report",
        reason: error.to_string(),
    })?;
    println!("{text}");
    Ok(())
}

/// Whether all held, to a shell.
fn exit_code(held: bool) -> ExitCode {
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What an interrupted program answers by convention.
fn interrupted() -> ExitCode {
    ExitCode::from(130)
}

/// Ctrl-C, or a polite kill.
struct Interrupt {
    ctrl_c: Signal,
    terminate: Signal,
}

impl Interrupt {
    fn listen() -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| Error::System {
                what: "a signal handler",
                reason: error.to_string(),
            })
        };
        Ok(Self {
            ctrl_c: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn heard(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The chain's parameters, for those who want to see something happen sooner.
#[derive(clap::Args)]
pub(crate) struct Pace {
    /// Milliseconds from block to block while there is something to order.
    #[arg(long, value_name = "MS", hide = true, default_value_t = ChainParams::devnet().block_interval_ms)]
    block_ms: u64,
    /// Milliseconds from block to block while there is nothing.
    #[arg(long, value_name = "MS", hide = true, default_value_t = ChainParams::devnet().empty_block_interval_ms)]
    empty_ms: u64,
}

impl Pace {
    fn params(&self) -> ChainParams {
        ChainParams {
            block_interval_ms: self.block_ms,
            empty_block_interval_ms: self.empty_ms,
            ..ChainParams::devnet()
        }
    }
}
