//! `devnet up`: the whole idea, once through, before one's eyes.

use super::{Interrupt, Pace, interrupted};
use devnet::show::Screen;
use devnet::{Devnet, DevnetConfig, Error, Expectation, Post, Report, Result, round};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::time::Instant;
use types::{BlobMode, Height, PayloadLength};

/// What is posted when nothing is given: the grid of a block, as a picture.
const PICTURE: &[u8] = include_bytes!("../../../assets/grid.png");
/// Whose blob it is.
const NAMESPACE: &str = "devnet";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Validators of equal stake.
    #[arg(long, value_name = "N", default_value_t = 4)]
    validators: usize,
    /// Light nodes.
    #[arg(long, value_name = "N", default_value_t = 3)]
    light: usize,
    /// Stop after so many further blocks, instead of at Ctrl-C.
    #[arg(long, value_name = "N", conflicts_with = "once")]
    blocks: Option<u64>,
    /// Where keys, chain and data are kept; by default they are deleted at the end.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The fraction of the cells that every full node refuses: with 0.3 or more, every light
    /// node is expected to find the block unavailable.
    #[arg(long, value_name = "FRACTION")]
    withhold: Option<f64>,
    /// Stop once the file has gone all its way.
    #[arg(long)]
    once: bool,
    /// One JSON object on stdout; lines for people go to stderr.
    #[arg(long)]
    json: bool,
    /// The file to post, instead of a picture.
    #[arg(long, value_name = "FILE")]
    post: Option<PathBuf>,
    #[command(flatten)]
    pace: Pace,
}

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let post = read_post(arguments.post.as_deref())?;
    let config = DevnetConfig {
        validators: arguments.validators,
        light: arguments.light,
        data_dir: arguments.data_dir.clone(),
        withhold: arguments.withhold,
        params: arguments.pace.params(),
    };
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    screen.waiting("the trusted set-up is read, databases and ports are opened");
    let devnet = tokio::select! {
        started = Box::pin(Devnet::start(config)) => started?,
        () = interrupt.heard() => return Ok(interrupted()),
    };
    let done = tokio::select! {
        done = Box::pin(run_round(&devnet, &post, &arguments, &screen)) => Some(done),
        () = interrupt.heard() => None,
    };
    let code = match done {
        Some(Ok((held, tip))) => {
            if !arguments.once {
                tokio::select! {
                    shown = follow(&devnet, tip, arguments.blocks, &screen) => shown?,
                    () = interrupt.heard() => {}
                }
            }
            Ok(if held {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Some(Err(error)) => Err(error),
        None => Ok(interrupted()),
    };
    screen.waiting("stopping");
    devnet.stop().await;
    screen.done();
    code
}

fn read_post(file: Option<&Path>) -> Result<Post> {
    let (name, payload) = match file {
        None => ("grid.png".to_owned(), PICTURE.to_vec()),
        Some(path) => {
            let payload = std::fs::read(path).map_err(|error| Error::File {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
            let name = path.file_name().unwrap_or(path.as_os_str());
            (name.to_string_lossy().into_owned(), payload)
        }
    };
    // Found out now, not after the network has started.
    PayloadLength::new(BlobMode::Packed, payload.len() as u64)?;
    Ok(Post {
        name,
        namespace: NAMESPACE.parse()?,
        mode: BlobMode::Packed,
        payload,
    })
}

/// The way, its report, and whether all of it held.
async fn run_round(
    devnet: &Devnet,
    post: &Post,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<(bool, Height)> {
    screen.banner(devnet, arguments.withhold);
    let report = round(devnet, post, |at, step| screen.step(at, &step)).await?;
    let faults = Expectation::of(arguments.withhold).faults(&report);
    screen.outcome(&faults);
    if arguments.json {
        println!("{}", text(&report)?);
    }
    if !arguments.once {
        screen.endpoints(devnet.endpoints(), &report.blob_id);
    } else if arguments.data_dir.is_some() {
        screen.kept(devnet.endpoints());
    }
    Ok((faults.is_empty(), report.height))
}

fn text(report: &Report) -> Result<String> {
    serde_json::to_string(report).map_err(|error| Error::System {
        what: "the report",
        reason: error.to_string(),
    })
}

/// A line per final block after `tip`, for so many blocks or for ever.
async fn follow(devnet: &Devnet, tip: Height, blocks: Option<u64>, screen: &Screen) -> Result<()> {
    let Some(node) = devnet.nodes().first() else {
        return Ok(());
    };
    let started = Instant::now();
    let failed = |source| Error::Node {
        node: 0,
        source: Box::new(source),
    };
    let mut tips = node.tip();
    let (mut shown, mut left) = (tip, blocks);
    loop {
        screen.waiting(format!(
            "block #{}; Ctrl-C ends the network",
            shown.get() + 1
        ));
        let last = *tips.borrow_and_update();
        while let Some(height) = shown.next().filter(|next| *next <= last && left != Some(0)) {
            if let Some(stored) = node.block(height).map_err(failed)? {
                let block = &stored.block;
                screen.block(started.elapsed(), &block.header, block.references.len());
            }
            shown = height;
            left = left.map(|left| left - 1);
        }
        if left == Some(0) || tips.changed().await.is_err() {
            return Ok(());
        }
    }
}
