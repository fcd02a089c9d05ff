//! The devnet's command line.

mod commands;

use clap::{Parser, Subcommand};
use devnet::Error;
use std::process::ExitCode;

/// Networks on one machine: to see how it works, and to see that it survives.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts a network, sends a file all its way through it, and keeps it running.
    ///
    /// Exit codes: 0 when all held, 1 when something did not, 2 when the network cannot be
    /// what was asked for, 130 when it was interrupted before the end of the way.
    Up(commands::up::Arguments),
    /// Kills a network with SIGKILL while posting, and counts what was lost.
    ///
    /// Exit codes: 0 when nothing acknowledged was lost and nothing forked, 1 otherwise.
    Crash(commands::crash::Arguments),
    /// Measures custody by subset: what validators receive in networks of different sizes, and
    /// whether the poorest third brings a blob back.
    ///
    /// Exit codes: 0 when bytes fall as designed, nobody keeps more than its columns and every
    /// third brings its blobs back; 1 otherwise.
    Bandwidth(commands::bandwidth::Arguments),
    /// Fills the disk of one of four validators, and counts what was promised and not kept.
    /// Needs root, to mount a small file system; says NOT CHECKED without.
    ///
    /// Exit codes: 0 when nothing was lost or promised without being kept, 1 otherwise.
    DiskFull(commands::disk_full::Arguments),
    /// Breaks the network between validators, and has some of them lie, while posting.
    ///
    /// Exit codes: 0 when blocks went on or stalled as they should, and nothing forked and
    /// nothing was lost, 1 otherwise.
    Faults(commands::faults::Arguments),
    /// Withholds cells of a block, lets light nodes sample it, and holds the alarms they raise
    /// against the odds.
    ///
    /// Exit codes: 0 when alarms and recoverability are as predicted, 1 otherwise, 2 when it
    /// cannot be measured.
    Experiment(commands::experiment::Arguments),
    /// Simulates what no machine holds, in virtual time: the same for the same seed.
    Simulate(commands::simulate::Arguments),
    /// Measures a light node as a process of its own: bytes, memory, processor time, first
    /// verdict.
    ///
    /// Exit codes: 0 when it finds the block available and memory and bytes are within their
    /// goals, 1 otherwise.
    LightBench(commands::light_bench::Arguments),
    /// Loads a network with blobs: how much it takes, how soon it certifies, what it costs.
    ///
    /// Exit codes: 0 when every blob that was accepted was certified, however fast, 1 otherwise.
    Load(commands::load::Arguments),
    /// Runs processes under load and faults for long, and looks at their memory.
    ///
    /// Exit codes: 0 when nothing acknowledged was lost, nothing forked and every process kept its
    /// shape, 1 otherwise.
    Soak(commands::soak::Arguments),
    /// Stops every full node after a blob is ordered, and has it brought back by light nodes.
    ///
    /// Exit codes: 0 when it came back byte for byte without full nodes, 1 otherwise.
    Repair(commands::repair::Arguments),
    /// Runs validators until its stdin ends; prints where they are as one line of JSON.
    #[command(hide = true)]
    Serve(commands::serve::Arguments),
    /// Runs one validator with faults.
    #[command(hide = true)]
    Validator(commands::validator::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let done = match arguments.command {
        Command::Up(arguments) => Box::pin(commands::up::run(arguments)).await,
        Command::Crash(arguments) => Box::pin(commands::crash::run(arguments)).await,
        Command::Bandwidth(arguments) => Box::pin(commands::bandwidth::run(arguments)).await,
        Command::DiskFull(arguments) => Box::pin(commands::disk_full::run(arguments)).await,
        Command::Faults(arguments) => Box::pin(commands::faults::run(arguments)).await,
        Command::Experiment(arguments) => Box::pin(commands::experiment::run(arguments)).await,
        Command::LightBench(arguments) => Box::pin(commands::light_bench::run(arguments)).await,
        Command::Simulate(arguments) => commands::simulate::run(arguments),
        Command::Load(arguments) => Box::pin(commands::load::run(arguments)).await,
        Command::Soak(arguments) => Box::pin(commands::soak::run(arguments)).await,
        Command::Repair(arguments) => Box::pin(commands::repair::run(arguments)).await,
        Command::Serve(arguments) => Box::pin(commands::serve::run(arguments)).await,
        Command::Validator(arguments) => Box::pin(commands::validator::run(arguments)).await,
    };
    done.unwrap_or_else(|error: Error| {
        eprintln!("devnet: {error}");
        if error.is_usage() {
            ExitCode::from(2)
        } else {
            ExitCode::FAILURE
        }
    })
}
