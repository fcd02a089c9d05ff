//! `devnet disk-full`: a validator whose disk fills up.

use super::{exit_code, print_json};
use devnet::show::Screen;
use devnet::{Result, disk_full};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let screen = Screen::new(arguments.json);
    let report = Box::pin(disk_full(|step| screen.line(step))).await;
    screen.done();
    let report = report?;
    match &report.reason {
        Some(reason) => eprintln!("NOT CHECKED: no small file system can be mounted: {reason}"),
        None => screen.line(&format!(
            "{} acknowledged, {} lost, {} receipts without data, {} forks; the write that failed: {}",
            report.acknowledged,
            report.lost,
            report.unbacked_receipts,
            report.forks,
            report.store_failure.as_deref().unwrap_or("none"),
        )),
    }
    if arguments.json {
        print_json(&report)?;
    }
    Ok(exit_code(report.held()))
}
