//! `devnet simulate`: sizes that no machine holds.

use super::{exit_code, print_json};
use clap::Subcommand;
use devnet::Result;
use devnet::simulate::{
    CustodyConfig, CustodyReport, Needed, SimulationConfig, SimulationReport, Spread, Weights,
    simulate, simulate_custody,
};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The sampling of one block: load, how many light nodes rebuild it, how many are fooled.
    Sampling(Sampling),
    /// Custody by subset: how few columns a third of the weight may hold between them.
    ///
    /// Exit codes: 0 when every third that was found recovers every row, 1 otherwise.
    Custody(Custody),
}

#[derive(clap::Args)]
struct Sampling {
    /// Full nodes, each with the whole block.
    #[arg(long, value_name = "N", default_value_t = 100)]
    full: u32,
    /// Light nodes.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    light: u32,
    /// Rows of data in the block.
    #[arg(long, value_name = "N", default_value_t = 64)]
    rows: u32,
    /// Samples of each light node; 24 miss withholding once in a thousand times.
    #[arg(long, value_name = "N", default_value_t = 24)]
    samples: u32,
    /// Full nodes that each light node is connected with.
    #[arg(long, value_name = "N", default_value_t = 8)]
    peers: u32,
    /// Decides everything that chance decides.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Custody {
    /// Validators.
    #[arg(long, value_name = "N", default_value_t = 100)]
    validators: u32,
    /// What they weigh.
    #[arg(long, value_enum, default_value_t = Weights::Equal)]
    weights: Weights,
    /// Epochs, each with its own draw.
    #[arg(long, value_name = "N", default_value_t = 16)]
    epochs: u32,
    /// Looks for the third that holds least, and not only at some that chance draws.
    #[arg(long)]
    worst_third: bool,
    /// Decides everything that chance decides.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.what {
        What::Sampling(sampling) => run_sampling(&sampling),
        What::Custody(custody) => run_custody(&custody),
    }
}

fn run_custody(custody: &Custody) -> Result<ExitCode> {
    let report = simulate_custody(&CustodyConfig {
        validators: custody.validators,
        weights: custody.weights,
        epochs: custody.epochs,
        worst_third: custody.worst_third,
        seed: custody.seed,
    })?;
    if custody.json {
        print_json(&report)?;
    } else {
        show_custody(&report);
    }
    Ok(exit_code(report.held()))
}

fn show_custody(report: &CustodyReport) {
    println!(
        "{} validators, {} epochs, seed {}: {} to {} columns each, {:.2} on average",
        report.validators,
        report.epochs,
        report.seed,
        report.least_columns,
        report.most_columns,
        report.mean_columns
    );
    println!(
        "the poorest of {} thirds: {} validators with {} distinct columns; 64 recover every row",
        report.thirds, report.third, report.distinct_columns
    );
    println!(
        "a validator receives {:.3} bytes per byte of rows; with all columns {:.3}",
        report.bytes_per_byte, report.bytes_per_byte_full
    );
}

fn run_sampling(sampling: &Sampling) -> Result<ExitCode> {
    let report = simulate(&SimulationConfig {
        full: sampling.full,
        light: sampling.light,
        rows: sampling.rows,
        samples: sampling.samples,
        peers: sampling.peers,
        seed: sampling.seed,
    })?;
    if sampling.json {
        print_json(&report)?;
    } else {
        show(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(report: &SimulationReport) {
    let SimulationReport {
        full_node,
        light_node,
        rebuild,
        fooled,
        ..
    } = report;
    println!(
        "{} full nodes, {} light nodes of {} peers and {} samples, a block of {} rows, seed {}",
        report.full, report.light, report.peers, report.samples, report.rows, report.seed
    );
    println!(
        "grid of {} cells, {} withheld stop recovery; one light node misses them 1 in {:.0} times",
        report.cells,
        report.min_withheld,
        1.0 / report.miss_probability
    );
    println!();
    println!("{:<34}{:>12}{:>12}{:>12}", "", "formula", "mean", "most");
    spread("requests to a full node", &full_node.requests);
    spread("cells from a full node", &full_node.cells);
    spread("bytes from a full node", &full_node.bytes);
    spread("bytes to a light node", &light_node.bytes);
    println!(
        "busiest second of a full node: {} cells; from the header to the last sample: {} ms for \
         half of the light nodes, {} ms for all; most of one's samples at one peer: {}",
        full_node.busiest_second,
        light_node.median_ms,
        light_node.most_ms,
        light_node.largest_share
    );
    println!();
    println!(
        "{:<34}{:>12}{:>12}{:>12}{:>12}",
        "", "formula", "least", "median", "most"
    );
    needed("light nodes that rebuild: random", &rebuild.random);
    needed("  an attacker left the others out", &rebuild.adversarial);
    println!();
    println!("{:<34}{:>12}{:>12}", "", "formula", "simulated");
    for (what, victims) in [
        ("fooled: withheld beforehand", &fooled.fixed),
        ("fooled: answers linked nodes only", &fooled.selective),
    ] {
        println!(
            "{what:<34}{:>12.1}{:>12}",
            victims.predicted, victims.observed
        );
    }
}

fn spread(what: &str, spread: &Spread) {
    println!(
        "{what:<34}{:>12.1}{:>12.1}{:>12}",
        spread.predicted, spread.mean, spread.most
    );
}

fn needed(what: &str, needed: &Needed) {
    let shown = |count: Option<u32>| count.map_or("never".to_owned(), |count| count.to_string());
    println!(
        "{what:<34}{:>12.1}{:>12}{:>12}{:>12}",
        needed.predicted,
        shown(needed.least),
        shown(needed.median),
        shown(needed.most)
    );
}
