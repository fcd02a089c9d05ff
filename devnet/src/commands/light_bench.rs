//! `devnet light-bench`: what a light node costs.

use super::{Interrupt, exit_code, interrupted, print_json};
use devnet::Result;
use devnet::light_bench::{LightBenchConfig, light_bench};
use devnet::show::Screen;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Rows of data in the block.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=256))]
    rows: u32,
    /// Samples that the light node takes.
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1024))]
    samples: u32,
    /// The light node's program, instead of the one that was built beside this.
    #[arg(long, value_name = "FILE")]
    light_node: Option<PathBuf>,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let program = match arguments.light_node {
        Some(program) => program,
        None => super::this_program()?.with_file_name("light-node"),
    };
    let config = LightBenchConfig {
        rows: arguments.rows,
        samples: arguments.samples,
        program,
    };
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    let report = tokio::select! {
        report = Box::pin(light_bench(&config, |what| screen.waiting(what))) => report,
        () = interrupt.heard() => return Ok(interrupted()),
    };
    screen.done();
    let report = report?;
    screen.line(&format!("  {}", config.program.display()));
    screen.line(&format!(
        "  {} rows, {} of {} samples at {} peers: {}, miss probability {:.1e}",
        report.rows,
        report.samples,
        config.samples,
        report.peers,
        report.verdict,
        report.miss_probability
    ));
    screen.line(&format!(
        "  {} bytes received, {} KiB resident, {} KiB at the peak, {:.1} ms of CPU, first \
         verdict after {} ms",
        report.bytes_received,
        report.rss >> 10,
        report.peak_rss >> 10,
        report.cpu_ms,
        report.first_verdict_ms
    ));
    for goal in report.goals() {
        let mark = if goal.met { "met   " } else { "missed" };
        screen.line(&format!("  {mark}  {}", goal.what));
    }
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(report.held()))
}
