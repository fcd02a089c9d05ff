//! `devnet bandwidth`: custody by subset in real networks.

use super::{Interrupt, exit_code, interrupted, print_json};
use chain::ChainParams;
use devnet::Result;
use devnet::bandwidth::{BandwidthConfig, BandwidthStep, NetworkReport, bandwidth};
use devnet::show::Screen;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Validators of each network, 2 to 32.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "4,17,32"
    )]
    validators: Vec<usize>,
    /// Blobs posted to each.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    blobs: u16,
    /// Rows of each blob, of 128 KiB.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=128))]
    rows: u16,
    /// Decides the bytes.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = BandwidthConfig {
        validators: arguments.validators,
        blobs: arguments.blobs,
        rows: arguments.rows,
        seed: arguments.seed,
        params: ChainParams {
            block_interval_ms: 500,
            ..ChainParams::devnet()
        },
    };
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    screen.line("validators  columns  designed  received    most  acceptor sent  third  columns");
    let report = tokio::select! {
        report = Box::pin(bandwidth(&config, |step| show(&screen, step))) => report,
        () = interrupt.heard() => return Ok(interrupted()),
    };
    screen.done();
    let report = report?;
    let faults = report.faults();
    for fault in &faults {
        screen.line(&format!("not as it has to be: {fault}"));
    }
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(faults.is_empty()))
}

fn show(screen: &Screen, step: BandwidthStep) {
    match step {
        BandwidthStep::Starting { validators } => {
            screen.waiting(format!("{validators} validators start"));
        }
        BandwidthStep::Posting { blob } => screen.waiting(format!("blob {blob} is posted")),
        BandwidthStep::Stopping { third } => {
            screen.waiting(format!("all but {third} stop"));
        }
        BandwidthStep::Measured(network) => row(screen, &network),
        _ => {}
    }
}

fn row(screen: &Screen, network: &NetworkReport) {
    screen.line(&format!(
        "{:>10}{:>9.1}{:>10.3}{:>10.3}{:>8.3}{:>15.3}{:>7}{:>9}  {}",
        network.validators,
        network.mean_columns,
        network.designed,
        network.received,
        network.received_most,
        network.sent_by_acceptor,
        network.third,
        network.third_columns,
        if network.rebuilt {
            "brings it back"
        } else {
            "DOES NOT bring it back"
        }
    ));
}
