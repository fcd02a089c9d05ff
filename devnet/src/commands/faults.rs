//! `devnet faults`: a broken network, and validators that lie.

use super::{Interrupt, exit_code, interrupted, print_json, this_program};
use devnet::faults::{FaultsConfig, Scenario, enter_namespace, run as faults};
use devnet::show::Screen;
use devnet::{Error, Programs, Result};
use std::process::ExitCode;
use std::time::Duration;

/// The longest that a fault is let last: an hour.
const MAX_SECONDS: u32 = 3_600;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What is to go wrong, one after the other; all there is by default.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// Seconds that each fault lasts at least.
    #[arg(long, value_name = "N", default_value_t = 8)]
    seconds: u32,
    /// Repeats what chance took and what was posted; the machine does not repeat itself.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
    /// This process has a network namespace of its own already.
    #[arg(long, hide = true)]
    in_namespace: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    if !(1..=MAX_SECONDS).contains(&arguments.seconds) {
        return Err(Error::OutOfRange {
            what: "seconds",
            got: arguments.seconds.into(),
            min: 1.0,
            max: MAX_SECONDS.into(),
        });
    }
    if !arguments.in_namespace {
        let given = std::env::args_os().skip(1);
        return Err(enter_namespace(given.chain(["--in-namespace".into()])));
    }
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    let scenarios = if arguments.scenario.is_empty() {
        Scenario::ALL.to_vec()
    } else {
        arguments.scenario
    };
    let config = FaultsConfig {
        lasts: Duration::from_secs(arguments.seconds.into()),
        seed: arguments.seed.unwrap_or_else(rand::random),
        programs: Programs::beside(&this_program()?)?,
        scenarios,
    };
    screen.line("");
    screen.line(&format!(
        "  {} scenarios, seed {}; heights of the validators before, during and after",
        config.scenarios.len(),
        config.seed
    ));
    screen.line("");
    let running = faults(config, |at, event| match &event {
        devnet::faults::Event::Waiting(what) => screen.waiting(what.clone()),
        _ => screen.line(&format!("  {:>8.1} s  {event}", at.as_secs_f64())),
    });
    let report = tokio::select! {
        report = Box::pin(running) => report,
        // All that was made ends with its handles, and the namespaces with this process.
        () = interrupt.heard() => return Ok(interrupted()),
    };
    screen.done();
    let report = report?;
    screen.line("");
    screen.line(&format!(
        "  {} of {} held, {} forks, {} blobs lost",
        report.scenarios.iter().filter(|s| s.held).count(),
        report.scenarios.len(),
        report.forks,
        report.lost
    ));
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(report.held()))
}
