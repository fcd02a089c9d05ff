//! `devnet experiment`: what is withheld, and how often light nodes notice.

use super::{Interrupt, exit_code, interrupted, print_json};
use devnet::Result;
use devnet::experiment::{
    ExperimentConfig, ExperimentReport, MAX_LIGHT, MAX_ROWS, Progress, Shape, experiment,
};
use devnet::show::Screen;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What the full nodes refuse to serve.
    #[arg(long, value_name = "SHAPE")]
    shape: Shape,
    /// Samples of each light node; several are measured one after another.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [8, 16, 24, 48])]
    samples: Vec<u32>,
    /// Light nodes, for each number of samples.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_LIGHT)))]
    light: u32,
    /// Rows of data in the block.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_ROWS)))]
    rows: u32,
    /// Decides the cells withheld and every light node's plan.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = ExperimentConfig {
        shape: arguments.shape,
        samples: arguments.samples,
        light: arguments.light,
        rows: arguments.rows,
        seed: arguments.seed,
    };
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    let report = tokio::select! {
        report = Box::pin(experiment(&config, |progress| show(&screen, &config, progress))) => report,
        () = interrupt.heard() => return Ok(interrupted()),
    };
    screen.done();
    let report = report?;
    let faults = report.faults();
    conclude(&screen, &report, &faults);
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(faults.is_empty()))
}

fn show(screen: &Screen, config: &ExperimentConfig, progress: Progress) {
    match progress {
        Progress::Starting => screen.waiting("four full nodes start"),
        Progress::Posting => screen.waiting("a block is posted, certified and ordered"),
        Progress::Switched { withheld, cells } => {
            screen.line("");
            screen.line(&format!(
                "  {} rows, {cells} cells; every full node refuses {withheld} of them: {}",
                config.rows,
                shape_in_words(config.shape)
            ));
            screen.line("");
            screen.line("  samples   alarm predicted   observed   99.9 % within");
        }
        Progress::Judged { samples, done } => screen.waiting(format!(
            "{done} of {} light nodes have taken {samples} samples",
            config.light
        )),
        Progress::Measured(alarms) => screen.line(&format!(
            "  {:>7}   {:>13.2} %   {:>6.2} %   {:.2} to {:.2} %{}",
            alarms.samples,
            100.0 * alarms.predicted,
            100.0 * alarms.observed,
            100.0 * alarms.low,
            100.0 * alarms.high,
            if alarms.holds() { "" } else { "   OUTSIDE" }
        )),
        Progress::Recovering => screen.waiting("all that is served is fetched and decoded"),
        _ => {}
    }
}

const fn shape_in_words(shape: Shape) -> &'static str {
    match shape {
        Shape::Random => "anywhere, as many as a rectangle has",
        Shape::Rectangle => "a rectangle of N + 1 rows by 65 columns",
        Shape::RectangleMinusOne => "a rectangle of N + 1 rows by 65 columns, less one cell",
        Shape::Row => "one whole row",
        Shape::Column => "one whole column",
    }
}

fn conclude(screen: &Screen, report: &ExperimentReport, faults: &[String]) {
    screen.line("");
    screen.line(if report.recoverable {
        "  recoverable: the block was decoded from what was served, byte for byte"
    } else {
        "  not recoverable: what was served does not decode"
    });
    screen.line(&format!(
        "  {} light nodes for each number of samples, seed {}; each asked for every cell of its \
         own plan over libp2p, through a few shared swarms, and verified its own batch",
        report.light, report.seed
    ));
    for fault in faults {
        screen.line(&format!("  not as predicted: {fault}"));
    }
}
