//! `devnet repair`: a block comes back without its full nodes.

use super::{Pace, exit_code, print_json};
use devnet::show::Screen;
use devnet::{RepairConfig, RepairStep, Result, Step, repair};
use light_node::core::repair::Lines;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Validators that order the blob and then stop.
    #[arg(long, value_name = "N", default_value_t = 4)]
    validators: usize,
    /// Rows of the blob, of 128 KiB each.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=128))]
    rows: u16,
    /// Light nodes that sample its block.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=64))]
    light: u16,
    /// Cells that each of them samples.
    #[arg(long, value_name = "COUNT", default_value_t = 96, value_parser = clap::value_parser!(u32).range(1..=1024))]
    samples: u32,
    /// Rebuild columns alone, as a phone does.
    #[arg(long)]
    columns_only: bool,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pace: Pace,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = RepairConfig {
        validators: arguments.validators,
        rows: arguments.rows,
        light: arguments.light.into(),
        samples: arguments.samples,
        lines: if arguments.columns_only {
            Lines::Columns
        } else {
            Lines::Both
        },
        params: arguments.pace.params(),
    };
    let screen = Screen::new(arguments.json);
    screen.line("");
    screen.line(&format!(
        "  {} light nodes of {} samples hold about {:.0} % of the cells together; about {:.0} % \
         bring a block back",
        config.light,
        config.samples,
        100.0 * config.expected_part(),
        100.0 * config.needed_part(),
    ));
    screen.line("");
    screen.waiting("validators and light nodes start");
    let report = repair(config, |at, step| {
        if let Some(text) = words(&step) {
            screen.line(&format!("  {:>8.1} s  {text}", at.as_secs_f64()));
        }
    })
    .await;
    screen.done();
    let report = report?;
    screen.line(&format!(
        "  {} after {} ms: {}",
        if report.identical {
            "byte for byte"
        } else {
            "NOT the same"
        },
        report.ms,
        if report.full_nodes == 0 {
            "from light nodes alone"
        } else {
            "but full nodes were there"
        },
    ));
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(report.identical && report.full_nodes == 0))
}

/// What people are told of a step.
fn words(step: &RepairStep) -> Option<String> {
    match step {
        RepairStep::Way(step) => match step.as_ref() {
            Step::Posted { name, .. } => Some(format!("posted {name}")),
            Step::Final { height, .. } => Some(format!("ordered in block {height}, and final")),
            _ => None,
        },
        RepairStep::Sampled { cells, of } => Some(format!(
            "sampled: light nodes keep {cells} cells, repeated ones included, of a grid of {of}"
        )),
        RepairStep::Alone => Some("every full node has stopped".to_owned()),
        RepairStep::Rebuilt { figures } => Some(format!(
            "a new light node had {} cells from {} others, and rebuilt {} columns and {} rows",
            figures.cells_exchanged, figures.peers, figures.columns_rebuilt, figures.rows_rebuilt
        )),
        _ => None,
    }
}
