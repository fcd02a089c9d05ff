//! `devnet validator`: one validator as `da-node start` runs it, with faults. The real program
//! has no switch for them.

use da_node::operator::{self, Config, Ended, Run};
use da_node::{Clock, Faults, SystemClock};
use devnet::{Result, withheld};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use types::Timestamp;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The configuration, as `da-node start` reads it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The fraction of the cells that it refuses.
    #[arg(long, value_name = "FRACTION")]
    withhold: Option<f64>,
    /// It signs two votes and two proposals for one.
    #[arg(long)]
    equivocate: bool,
    /// It keeps its votes to itself.
    #[arg(long)]
    drop_votes: bool,
    /// It proposes, disperses and signs for what fits no commitment.
    #[arg(long)]
    wrong_encoding: bool,
    /// Milliseconds by which its clock is ahead; behind, if negative.
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    clock_ms: i64,
}

/// The system's clock, set wrong.
struct Skewed(i64);

impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        Timestamp::new(SystemClock.now().get().saturating_add_signed(self.0))
    }
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut config = Config::read(&arguments.config)?.load(None)?;
    config.faults = Faults {
        equivocates: arguments.equivocate,
        drops_votes: arguments.drop_votes,
        encodes_wrongly: arguments.wrong_encoding,
        ..withheld(arguments.withhold)
    };
    if arguments.clock_ms != 0 {
        config.clock = Arc::new(Skewed(arguments.clock_ms));
    }
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
