//! `devnet load`: how much a network takes, and how soon.

use super::{Interrupt, Pace as Blocks, exit_code, interrupted, print_json, this_program};
use devnet::load::{Flow, Latency, LoadConfig, LoadReport, MAX_SECONDS, Mode, Pace, load};
use devnet::show::Screen;
use devnet::{Programs, Result};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Validators of equal stake.
    #[arg(long, value_name = "N", default_value_t = 4)]
    validators: usize,
    /// Seconds that are measured.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SECONDS)))]
    seconds: u32,
    /// Seconds before them that are not.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=600))]
    warm_up: u32,
    /// Bytes of each blob; by default what one row takes.
    #[arg(long, value_name = "N")]
    blob_bytes: Option<usize>,
    /// Blobs a second, whatever becomes of those before.
    #[arg(
        long,
        value_name = "BLOBS",
        default_value_t = 1.0,
        conflicts_with = "max"
    )]
    rate: f64,
    /// As fast as the network takes them.
    #[arg(long)]
    max: bool,
    /// Posters of `--max`, each of which waits for its certificate.
    #[arg(long, value_name = "N", default_value_t = 6, requires = "max")]
    posters: usize,
    /// Who commits and proves.
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Mode::NodeProves)]
    mode: Mode,
    /// Run every node as a process of its own, instead of all of them in this one.
    #[arg(long)]
    processes: bool,
    /// Decides the payloads.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    blocks: Blocks,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let programs = if arguments.processes {
        Some(Programs::beside(&this_program()?)?)
    } else {
        None
    };
    let one_row = match arguments.mode {
        Mode::Raw => types::limits::ROW_BYTES,
        Mode::NodeProves | Mode::PosterProves => {
            erasure::PACKED_BYTES_PER_ROW - types::limits::PACKED_HEADER_BYTES
        }
    };
    let config = LoadConfig {
        validators: arguments.validators,
        seconds: arguments.seconds,
        warm_up: arguments.warm_up,
        blob_bytes: arguments.blob_bytes.unwrap_or(one_row),
        pace: if arguments.max {
            Pace::Max {
                posters: arguments.posters,
            }
        } else {
            Pace::Rate(arguments.rate)
        },
        mode: arguments.mode,
        seed: arguments.seed,
        programs,
        params: arguments.blocks.params(),
    };
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    let report = tokio::select! {
        report = Box::pin(load(&config, |what| screen.waiting(what))) => report,
        () = interrupt.heard() => return Ok(interrupted()),
    };
    screen.done();
    let report = report?;
    show(&screen, &report);
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(report.held()))
}

fn show(screen: &Screen, report: &LoadReport) {
    let machine = &report.machine;
    screen.line("");
    screen.line(&format!(
        "  {} of {}, load average {:.1}; {} validators, blobs of {} bytes, {} s",
        machine.cores,
        machine.processor,
        machine.load_average,
        report.validators,
        report.blob_bytes,
        report.seconds
    ));
    screen.line("");
    for (name, flow) in [
        ("offered", report.offered),
        ("accepted", report.accepted),
        ("certified", report.certified),
        ("final", report.r#final),
    ] {
        let Flow { blobs, mib_per_s } = flow;
        screen.line(&format!(
            "  {name:<10} {blobs:>7} blobs  {mib_per_s:>8.2} MiB/s"
        ));
    }
    let lost = (report.refused, report.failed, report.uncertified);
    screen.line(&format!(
        "  {} refused for want of room, {} failed, {} accepted and never certified",
        lost.0, lost.1, lost.2
    ));
    screen.line("");
    for (name, latency) in [
        ("accepted", report.to_accepted_ms),
        ("certified", report.to_certificate_ms),
        ("final", report.to_final_ms),
    ] {
        if let Some(Latency { p50, p99, max, .. }) = latency {
            screen.line(&format!(
                "  until {name:<10} P50 {p50:>7.0} ms   P99 {p99:>7.0} ms   max {max:>7.0} ms"
            ));
        }
    }
    if let Some(cpu) = &report.cpu_ms_per_mib {
        screen.line("");
        screen.line("  processor time, ms for each MiB of payload, all nodes together");
        for (work, ms) in &cpu.by_work {
            screen.line(&format!("    {work:<10} {ms:>8.1}"));
        }
        screen.line(&format!("    {:<10} {:>8.1}", "other", cpu.other));
        screen.line(&format!("    {:<10} {:>8.1}", "total", cpu.total));
    }
    if let Some(bytes) = report.dispersed_bytes_per_validator_per_byte {
        screen.line(&format!(
            "  {bytes:.2} bytes of cells and proofs to each other validator for each of payload"
        ));
    }
    screen.line(&format!(
        "  {} data and {} parity cells served meanwhile",
        report.data_cells_served, report.parity_cells_served
    ));
    for goal in &report.goals {
        let mark = if goal.met { "met   " } else { "missed" };
        screen.line(&format!("  {mark}  {}", goal.what));
    }
    if let Some(failure) = &report.failure {
        screen.line(&format!("  the first failure: {failure}"));
    }
}
