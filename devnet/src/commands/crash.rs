//! `devnet crash`: kill -9, again and again, while posting.

use super::{exit_code, print_json, this_program};
use devnet::Result;
use devnet::crash::{CrashConfig, Event, run as crash};
use devnet::show::Screen;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often the network is killed.
    #[arg(long, value_name = "N", default_value_t = 5)]
    kills: u32,
    /// Repeats the sizes, nodes and moments of an earlier run; the machine does not repeat
    /// itself.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = CrashConfig {
        kills: arguments.kills,
        seed: arguments.seed.unwrap_or_else(rand::random),
        program: this_program()?,
    };
    let screen = Screen::new(arguments.json);
    screen.line("");
    screen.line(&format!(
        "  kill -9 while posting, {} times, seed {}",
        config.kills, config.seed
    ));
    screen.line("");
    let report = crash(config, |at, event| match &event {
        Event::Waiting(what) => screen.waiting(*what),
        _ => screen.line(&format!("  {:>8.1} s  {event}", at.as_secs_f64())),
    })
    .await;
    screen.done();
    let report = report?;
    screen.line("");
    screen.line(&format!(
        "  {} acknowledged, {} certified, {} final, {} lost, {} ordered twice, {} forks in {} \
         heights",
        report.acknowledged,
        report.certified,
        report.r#final,
        report.lost,
        report.ordered_twice,
        report.forks,
        report.heights
    ));
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(report.held()))
}
