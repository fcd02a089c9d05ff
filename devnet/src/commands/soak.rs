//! `devnet soak`: load and faults, for long.

use super::{Interrupt, Pace, exit_code, interrupted, print_json, this_program};
use devnet::show::Screen;
use devnet::soak::{MAX_MINUTES, SoakConfig, SoakEvent, SoakReport, soak};
use devnet::{Programs, Result};
use std::process::ExitCode;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How long.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_MINUTES)))]
    minutes: u32,
    /// Repeats the sizes, nodes, faults and moments of an earlier run; the machine does not
    /// repeat itself.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pace: Pace,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = SoakConfig {
        duration: Duration::from_secs(u64::from(arguments.minutes) * 60),
        seed: arguments.seed.unwrap_or_else(rand::random),
        programs: Programs::beside(&this_program()?)?,
        params: arguments.pace.params(),
    };
    let screen = Screen::new(arguments.json);
    screen.line("");
    screen.line(&format!(
        "  load and faults for {} minutes, seed {}",
        arguments.minutes, config.seed
    ));
    screen.line("");
    let mut interrupt = Interrupt::listen()?;
    let running = soak(config, |at, event| {
        let at = at.as_secs_f64();
        match event {
            SoakEvent::Waiting(what) => screen.waiting(what),
            SoakEvent::Begun { fault, node } => {
                screen.line(&format!("  {at:>8.1} s  validator {node} {fault}"));
            }
            SoakEvent::Over { node, acknowledged } => screen.line(&format!(
                "  {at:>8.1} s  validator {node} is well; {acknowledged} blobs acknowledged"
            )),
            SoakEvent::Broken(what) => screen.line(&format!("  {at:>8.1} s  FAULT  {what}")),
            _ => {}
        }
    });
    let report = tokio::select! {
        report = Box::pin(running) => report,
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

fn show(screen: &Screen, report: &SoakReport) {
    screen.line("");
    screen.line(&format!(
        "  {} acknowledged, {} certified, {} final, {} lost; {} read back meanwhile, {} of them \
         other bytes",
        report.acknowledged,
        report.certified,
        report.r#final,
        report.lost,
        report.reads,
        report.reads_mismatched
    ));
    screen.line(&format!(
        "  {} heights, {} forks; {} connections of strangers; light nodes found {:?}",
        report.heights, report.forks, report.connections, report.verdicts
    ));
    for process in &report.processes {
        let Some(shape) = process.shape else {
            screen.line(&format!("  {:<14} started too late to tell", process.name));
            continue;
        };
        screen.line(&format!(
            "  {:<14} {:>5} MiB at first, {:>5} at last, {:>5} at most, {:>+7.2} MiB a minute, \
             {} files, {} at last  {}",
            process.name,
            shape.first_bytes >> 20,
            shape.last_bytes >> 20,
            shape.most_bytes >> 20,
            shape.slope_mib_per_minute,
            shape.first_files,
            shape.last_files,
            if shape.is_flat() { "flat" } else { "NOT FLAT" }
        ));
    }
}
