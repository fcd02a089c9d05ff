//! Compares the engines with their rivals, and reports the figures.

use std::process::ExitCode;

use benches::{BenchError, Options, OutputFile, Plan, compare};
use clap::Parser;

/// What a wrong command line exits with, as clap has it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let plan = match Plan::try_from(Options::parse()) {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("compare: error: {error}");
            return ExitCode::from(USAGE);
        }
    };
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: &Plan) -> Result<(), BenchError> {
    let open = |path: &Option<_>| path.as_deref().map(OutputFile::open).transpose();
    let (json, chart) = (open(&plan.json)?, open(&plan.chart)?);
    let report = compare(plan, |progress| eprintln!("compare: {progress}"))?;
    print!("{}", report.table());
    if let Some(file) = json {
        file.write(&report.json()?)?;
    }
    if let Some(file) = chart {
        file.write(&report.chart())?;
    }
    Ok(())
}
