//! `devnet serve`: validators for another process, which reads where they are from our stdout
//! and ends them by closing our stdin, or by killing us. With `--led` it also tells us, a line of
//! JSON at a time, which nodes withhold from now on; each line is answered by one.

use super::{Interrupt, Pace};
use da_node::crash_point::{self, Step};
use devnet::{Devnet, DevnetConfig, Error, Result, withheld};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::sync::mpsc;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Validators of equal stake.
    #[arg(long, default_value_t = 4)]
    validators: usize,
    /// Light nodes.
    #[arg(long, default_value_t = 0)]
    light: usize,
    /// Where keys, chain and data are kept; by default they are forgotten.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where to note everything that is signed.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Dies by SIGKILL when a node comes to this step for the so-manieth time.
    #[arg(long, value_name = "STEP:PASSES", value_parser = die_at)]
    die_at: Option<(Step, u32)>,
    /// Reads which nodes withhold from stdin: `{"withhold": FRACTION, "nodes": [N, …]}`.
    #[arg(long)]
    led: bool,
    /// For how many days blobs are kept: for an L1 whose clock is moved.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=28))]
    retention_days: Option<u64>,
    #[command(flatten)]
    pace: Pace,
}

/// A line that leads: these nodes refuse this fraction of their cells to everybody, from now on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    withhold: f64,
    nodes: Vec<usize>,
}

fn die_at(text: &str) -> Result<(Step, u32), String> {
    let (step, passes) = text.split_once(':').ok_or("expected STEP:PASSES")?;
    let passes = passes.parse().map_err(|e| format!("{passes:?}: {e}"))?;
    Ok((step.parse()?, passes))
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut interrupt = Interrupt::listen()?;
    let mut params = arguments.pace.params();
    if let Some(days) = arguments.retention_days {
        params.retention_ms = days * 24 * 60 * 60 * 1000;
    }
    let config = DevnetConfig {
        validators: arguments.validators,
        full: 0,
        light: arguments.light,
        data_dir: arguments.data_dir,
        params,
        ..DevnetConfig::default()
    };
    if let Some(journal) = &arguments.journal {
        crash_point::keep_journal(journal).map_err(|error| Error::System {
            what: "the journal",
            reason: error.to_string(),
        })?;
    }
    if let Some((step, passes)) = arguments.die_at {
        crash_point::arm(step, passes);
    }
    // From the start: whoever started us may leave before the network stands.
    let lines = stdin_lines();
    let devnet = Box::pin(Devnet::start(config)).await?;
    let mut ended = Ok(());
    if say(devnet.endpoints()).is_ok() {
        tokio::select! {
            () = interrupt.heard() => {}
            obeyed = obey(&devnet, lines, arguments.led) => ended = obeyed,
        }
    }
    devnet.stop().await;
    ended.map(|()| ExitCode::SUCCESS)
}

/// What is written to our stdin, until its other end is closed.
fn stdin_lines() -> mpsc::Receiver<String> {
    let (lines, heard) = mpsc::channel(1);
    // A thread of its own: it blocks until the very end, and nobody waits for it.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if !line.is_ok_and(|line| lines.blocking_send(line).is_ok()) {
                break;
            }
        }
    });
    heard
}

/// Carries out orders until stdin ends.
async fn obey(devnet: &Devnet, mut lines: mpsc::Receiver<String>, led: bool) -> Result<()> {
    let failed = |reason: String| Error::System {
        what: "an order on stdin",
        reason,
    };
    while let Some(line) = lines.recv().await {
        if !led {
            continue;
        }
        let order: Order = serde_json::from_str(&line).map_err(|e| failed(e.to_string()))?;
        let nodes = devnet.nodes();
        for node in &order.nodes {
            let running = nodes
                .get(*node)
                .ok_or_else(|| failed(format!("node {node}, expected below {}", nodes.len())))?;
            running.set_faults(withheld(Some(order.withhold)));
        }
        say(&order)?;
    }
    Ok(())
}

/// One line of JSON on stdout.
fn say(what: &impl Serialize) -> Result<()> {
    let failed = |reason: String| Error::System {
        what: "stdout",
        reason,
    };
    let line = serde_json::to_string(what).map_err(|e| failed(e.to_string()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|e| failed(e.to_string()))
}
