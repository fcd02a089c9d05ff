//! `devnet up`: the whole idea, once through, before one's eyes.

use super::{Interrupt, Pace, interrupted, print_json, this_program};
use devnet::show::Screen;
use devnet::{
    Devnet, DevnetConfig, Error, Expectation, Network, Post, Processes, Programs, Result, round,
};
use futures::StreamExt;
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
    /// Full nodes besides that are no validators.
    #[arg(long, value_name = "N", default_value_t = 0)]
    full: usize,
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
    /// Run every node as a process of its own, instead of all of them in this one.
    #[arg(long)]
    processes: bool,
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
        full: arguments.full,
        light: arguments.light,
        data_dir: arguments.data_dir.clone(),
        withhold: arguments.withhold,
        params: arguments.pace.params(),
        ..DevnetConfig::default()
    };
    let mut interrupt = Interrupt::listen()?;
    let screen = Screen::new(arguments.json);
    screen.waiting("the trusted set-up is read, databases and ports are opened");
    if arguments.processes {
        let programs = Programs::beside(&this_program()?)?;
        let network = tokio::select! {
            started = Box::pin(Processes::start(config, &programs)) => started?,
            () = interrupt.heard() => return Ok(interrupted()),
        };
        drive(network, &post, &arguments, &screen, interrupt).await
    } else {
        let network = tokio::select! {
            started = Box::pin(Devnet::start(config)) => started?,
            () = interrupt.heard() => return Ok(interrupted()),
        };
        drive(network, &post, &arguments, &screen, interrupt).await
    }
}

/// The round, the blocks after it, and an orderly end.
async fn drive(
    network: impl Network,
    post: &Post,
    arguments: &Arguments,
    screen: &Screen,
    mut interrupt: Interrupt,
) -> Result<ExitCode> {
    let mut held = None;
    let done = tokio::select! {
        done = Box::pin(show_all(&network, post, arguments, screen, &mut held)) => done,
        () = interrupt.heard() => Ok(()),
    };
    screen.waiting("stopping");
    network.stop().await;
    screen.done();
    done.map(|()| match held {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => interrupted(),
    })
}

/// The round and, if wanted, the blocks after it. `held` is set once the round is over.
async fn show_all(
    network: &impl Network,
    post: &Post,
    arguments: &Arguments,
    screen: &Screen,
    held: &mut Option<bool>,
) -> Result<()> {
    let (all, tip) = run_round(network, post, arguments, screen).await?;
    *held = Some(all);
    if arguments.once {
        return Ok(());
    }
    tokio::select! {
        shown = follow(network, tip, arguments.blocks, screen) => shown,
        error = network.failed() => Err(error),
    }
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
    network: &impl Network,
    post: &Post,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<(bool, Height)> {
    screen.banner(network, arguments.withhold);
    let report = round(network, post, |at, step| screen.step(at, &step)).await?;
    let faults = Expectation::of(arguments.withhold).faults(&report);
    screen.outcome(&faults);
    if arguments.json {
        print_json(&report)?;
    }
    if !arguments.once {
        screen.endpoints(network.endpoints(), &report.blob_id);
    } else if arguments.data_dir.is_some() {
        screen.kept(network.endpoints());
    }
    Ok((faults.is_empty(), report.height))
}

/// A line per final block after `tip`, for so many blocks or for ever.
async fn follow(
    network: &impl Network,
    tip: Height,
    blocks: Option<u64>,
    screen: &Screen,
) -> Result<()> {
    let started = Instant::now();
    let mut seen = network.blocks(tip);
    let (mut shown, mut left) = (tip, blocks);
    while left != Some(0) {
        screen.waiting(format!(
            "block #{}; Ctrl-C ends the network",
            shown.get() + 1
        ));
        let Some(block) = seen.next().await.transpose()? else {
            return Ok(());
        };
        screen.block(started.elapsed(), &block);
        shown = block.header.height;
        left = left.map(|left| left - 1);
    }
    Ok(())
}
