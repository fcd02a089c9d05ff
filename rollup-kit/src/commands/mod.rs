//! The commands, a file each.

mod await_certificate;
mod bond;
mod costs;
mod deploy;
mod devnet;
mod escape;
mod explore;
mod fetch;
mod follow;
mod game;
mod l1;
mod new;
mod on_l1;
mod operate;
mod prove;
mod respond;
mod setup;
mod submit;
mod wallet;
mod watch;

use chain::{TrustedSet, Weight};
use clap::{Args, Subcommand};
use ledger::Rules;
use rollup_kit::{Error, Rollup};
use serde_json::Value;
use std::path::{Path, PathBuf};
use validity::gadget::Ruled;

/// What a command has to say at its end, unless it has said it already.
pub(crate) type Outcome = Result<Option<Value>, Box<dyn std::error::Error>>;

/// Some of what a command was asked for is done, and the rest failed. Both are told.
#[derive(Debug, thiserror::Error)]
#[error("not all of it: {reason}")]
pub(crate) struct Partly {
    /// What is done.
    pub(crate) done: Value,
    /// Why not the rest.
    pub(crate) reason: String,
}

/// What all commands take.
#[derive(Args)]
pub(crate) struct Context {
    /// The node to talk to.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "http://127.0.0.1:26650"
    )]
    node: String,
    /// The file with the chain's id and its validators.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "validators.json"
    )]
    validators: PathBuf,
    /// One JSON object on stdout.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The program's own rules, if it has any.
    #[arg(skip)]
    pub(crate) ruled: Option<Ruled>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Submit(submit::Submit),
    Await(await_certificate::Await),
    Fetch(fetch::Fetch),
    L1(l1::L1),
    Deploy(deploy::Deploy),
    Bond(bond::Bond),
    Watch(watch::Watch),
    Respond(respond::Respond),
    Follow(follow::Follow),
    Explore(explore::Explore),
    Devnet(devnet::Devnet),
    Costs(costs::Costs),
    Game(game::Game),
    Prove(prove::Prove),
    Setup(setup::Setup),
    Operate(operate::Operate),
    Wallet(wallet::Wallet),
    New(new::New),
    Escape(escape::Escape),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Submit(command) => command.run(context).await,
            Self::Await(command) => command.run(context).await,
            Self::Fetch(command) => command.run(context).await,
            Self::L1(command) => command.run(context).await,
            Self::Deploy(command) => command.run(context).await,
            Self::Bond(command) => command.run(context).await,
            Self::Watch(command) => command.run(context).await,
            Self::Respond(command) => command.run(context).await,
            Self::Follow(command) => command.run(context).await,
            Self::Explore(command) => command.run(context).await,
            Self::Devnet(command) => command.run(context).await,
            Self::Costs(command) => command.run(context).await,
            Self::Game(command) => command.run(context).await,
            Self::Prove(command) => command.run(context).await,
            Self::Setup(command) => command.run(context).await,
            Self::Operate(command) => command.run(context).await,
            Self::New(command) => command.run(context).await,
            Self::Wallet(command) => Box::pin(command.run(context)).await,
            Self::Escape(command) => Box::pin(command.run(context)).await,
        }
    }
}

impl Context {
    /// The rules that states are derived by.
    fn rules(&self) -> Option<&'static dyn Rules> {
        self.ruled.map(|ruled| ruled.gadget() as _)
    }

    /// The rollup's way to its node, and the weight of all validators.
    async fn connect(&self) -> Result<(Rollup, Weight), Error> {
        let TrustedSet {
            chain_id,
            validators,
        } = read_set(&self.validators)?;
        let total = validators.total_weight();
        let rollup = Rollup::connect(&self.node, chain_id, validators).await?;
        Ok((rollup, total))
    }
}

/// Listens from now on; ends when somebody wants an end: ^C, or what a service manager sends.
#[cfg(unix)]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when somebody wants an end: ^C.
#[cfg(not(unix))]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn read_set(path: &Path) -> Result<TrustedSet, Error> {
    let bytes = std::fs::read(path).map_err(|error| failed(path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &impl std::fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
