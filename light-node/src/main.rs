//! The light node's command line.

mod commands;

use clap::{Parser, Subcommand};
use light_node::core::{Confidence, DailyBudget, Goal, SampleCount, Verdict};
use light_node::{BlockVerdict, ChainId, Checkpoint, Config, Error, LightNode, Page, Result};
use net::Multiaddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The pause before a block is sampled again.
const PAUSE: Duration = Duration::from_millis(200);
/// The exit code after a fork.
const FORKED: u8 = 5;

/// Samples every block of a network and says how sure it is that the data is there.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Follows a network from a checkpoint and prints a line per block.
    ///
    /// Exit codes with --once: 0 available, 3 unavailable, 4 undecided. Always: 1 for an
    /// error, 5 when two certified headers that contradict one another were seen, now or in
    /// a former run with the same folder.
    Start(Start),
    /// Asks a light node that runs on this machine, and shows a page, how it fares.
    Status(commands::status::Arguments),
}

#[derive(clap::Args)]
struct Start {
    /// What to trust: a header's hash at its height; at height 0 the chain's id.
    #[arg(long, value_name = "HASH@HEIGHT")]
    checkpoint: Checkpoint,
    /// The chain's id, needed unless the checkpoint is at height 0.
    #[arg(long, value_name = "ID")]
    chain: Option<ChainId>,
    /// An address to join by; may be given several times.
    #[arg(long, value_name = "MULTIADDR", required = true, num_args = 1..)]
    bootstrap: Vec<Multiaddr>,
    /// The chance to be fooled that is accepted; decides the number of samples [default: 0.001].
    #[arg(long, value_name = "PROBABILITY", conflicts_with = "samples")]
    confidence: Option<f64>,
    /// Samples per block, instead of a confidence.
    #[arg(long, value_name = "COUNT")]
    samples: Option<u32>,
    /// Megabytes that a day may take, both ways together [default: no limit]. Where that is not
    /// enough for every block, a random subset is sampled and the others are undecided; headers
    /// are followed all the same.
    #[arg(long, value_name = "MB")]
    max_mb_per_day: Option<u32>,
    /// One JSON object per block.
    #[arg(long)]
    json: bool,
    /// Judge one block and end.
    #[arg(long)]
    once: bool,
    /// How often a block is sampled while its verdict is undecided; a line for each time.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    attempts: u32,
    /// How long the sampling of one block may take, in milliseconds [default: 4000].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(100..=600_000))]
    deadline_ms: Option<u64>,
    /// How long one request may take, in milliseconds [default: 1500].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(100..=600_000))]
    request_timeout_ms: Option<u64>,
    /// Stop when standard input ends: for supervisors whose end must be this node's.
    #[arg(long)]
    until_stdin_ends: bool,
    /// An address to listen on, so that other light nodes can ask for what this one keeps when
    /// full nodes are gone; may be given several times.
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<Multiaddr>,
    /// How much of what was sampled is kept for others, for an hour, in MiB [default: 8].
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u16).range(0..=4096))]
    keep_mib: Option<u16>,
    /// Rebuild rows, too, when samples fail: with the whole set-up in memory.
    #[cfg(feature = "repair-rows")]
    #[arg(long)]
    repair_rows: bool,
    /// Where to keep the identity, the newest trusted header, a week of verdicts and the day's
    /// bytes.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Shows a page at this address of loopback, 127.0.0.1:8780 if none is given; port 0 takes a
    /// free one. `status --data-dir` finds it.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = commands::status::PAGE)]
    page: Option<SocketAddr>,
}

impl Start {
    fn config(&self) -> Result<Config> {
        let mut config = Config::new(self.checkpoint, self.bootstrap.clone());
        config.chain = self.chain;
        config.data_dir.clone_from(&self.data_dir);
        config.budget = self
            .max_mb_per_day
            .map(DailyBudget::megabytes)
            .transpose()?;
        config.listen.clone_from(&self.listen);
        if let Some(mib) = self.keep_mib {
            config.held.bytes = usize::from(mib) << 20;
        }
        #[cfg(feature = "repair-rows")]
        if self.repair_rows {
            config.repair = light_node::core::repair::Lines::Both;
        }
        if let Some(ms) = self.deadline_ms {
            config.deadline = Duration::from_millis(ms);
        }
        if let Some(ms) = self.request_timeout_ms {
            config.request_timeout = Duration::from_millis(ms);
        }
        config.goal = match (self.samples, self.confidence) {
            (Some(count), _) => Goal::Samples(SampleCount::new(count)?),
            (None, Some(miss)) => Goal::Confidence(Confidence::new(miss)?),
            (None, None) => Goal::default(),
        };
        Ok(config)
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(log_filter())
        .init();
    let done = match Arguments::parse().command {
        Command::Start(arguments) => start(&arguments).await,
        Command::Status(arguments) => commands::status::run(&arguments).await,
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("light-node: {error}");
            match error {
                Error::ForkOnRecord { .. } => ExitCode::from(FORKED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// What `RUST_LOG` asks for: levels by target. Regular expressions over fields, which a fuller
/// filter has, would cost a phone a seventh of a megabyte.
fn log_filter() -> Targets {
    let asked = std::env::var("RUST_LOG").ok();
    asked
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))
}

async fn start(arguments: &Start) -> Result<ExitCode> {
    let stop = asked_to_stop(arguments.until_stdin_ends);
    tokio::pin!(stop);
    let node = LightNode::start(arguments.config()?).await?;
    // Held until the end: the page closes when it is dropped.
    let _page = match arguments.page {
        Some(at) => Some(show_page(&node, at).await?),
        None => None,
    };
    let mut verdicts = node.verdicts();
    loop {
        tokio::select! {
            verdict = verdicts.recv() => match verdict {
                Ok(verdict) => {
                    show(&verdict, arguments.json);
                    let verdict = again(&node, verdict, arguments).await;
                    if arguments.once {
                        node.shutdown().await;
                        return Ok(code(verdict.verdict));
                    }
                }
                Err(RecvError::Lagged(missed)) => {
                    eprintln!("light-node: {missed} verdicts were not shown");
                }
                Err(RecvError::Closed) => break,
            },
            () = node.stopped() => break,
            () = &mut stop => {
                node.shutdown().await;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    let status = node.status();
    if let Some(fork) = status.fork {
        if arguments.json {
            println!("{}", serde_json::json!({ "halted": fork }));
        } else {
            println!("halted: {fork}");
        }
        return Ok(ExitCode::from(FORKED));
    }
    Err(Error::Stopped {
        reason: status.stopped.unwrap_or_default(),
    })
}

async fn show_page(node: &LightNode, at: SocketAddr) -> Result<Page> {
    let page = node.serve_page(at).await?;
    eprintln!("light-node: the page is at http://{}/", page.address());
    Ok(page)
}

/// Samples a block again while it is undecided, as often as was asked for.
async fn again(node: &LightNode, mut verdict: BlockVerdict, arguments: &Start) -> BlockVerdict {
    for _ in 1..arguments.attempts {
        if verdict.verdict != Verdict::Undecided {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        // A node that has stopped is noticed by whoever waits for the next verdict.
        if let Ok(sampled) = node.sample(verdict.height).await {
            show(&sampled, arguments.json);
            verdict = sampled;
        }
    }
    verdict
}

/// Resolves at Ctrl-C and, where that counts, when standard input ends.
async fn asked_to_stop(until_stdin_ends: bool) {
    let stdin_ended = async {
        if !until_stdin_ends {
            return std::future::pending().await;
        }
        let (ended, heard) = tokio::sync::oneshot::channel();
        // A thread of its own: it blocks until the very end, and nobody waits for it.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = ended.send(());
        });
        drop(heard.await);
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = stdin_ended => {}
    }
}

fn show(verdict: &BlockVerdict, json: bool) {
    if json {
        println!("{}", serde_json::json!(verdict));
    } else {
        println!("{verdict}");
    }
}

fn code(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Available => ExitCode::SUCCESS,
        Verdict::Unavailable => ExitCode::from(3),
        Verdict::Undecided => ExitCode::from(4),
    }
}
