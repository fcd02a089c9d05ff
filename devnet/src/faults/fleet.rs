//! Four validators as processes, each in a network namespace of its own, and the relay between
//! them. This process has a namespace and a port too, from which it calls them.

use super::namespace::{self, Namespace};
use super::relay::{Relay, address};
use super::scenario::{Deed, Role, VALIDATORS};
use crate::folder::Folder;
use crate::processes::{Child, Place, configure, said};
use crate::{Error, Programs, Result};
use chain::{ChainParams, CheckedGenesis, PublicKey};
use da_node::operator::Host;
use futures::future::{join_all, try_join_all};
use proto::client::{Client, Retries};
use rustix::process::Signal;
use std::path::{Path, PathBuf};

/// Blocks come quickly, so that a scenario sees many.
const BLOCK_MS: u64 = 500;
const EMPTY_MS: u64 = 1_000;
/// In a namespace of its own, every port is free.
const P2P: u16 = 26_656;
const CONSENSUS: u16 = 26_657;
const GRPC: u16 = 26_650;

/// Running validators. All that is made ends when this is dropped.
pub(super) struct Fleet {
    nodes: Vec<Option<Child>>,
    clients: Vec<Client>,
    files: Vec<PathBuf>,
    namespaces: Vec<Namespace>,
    relay: Relay,
    programs: Programs,
    folder: Folder,
}

fn port(index: usize) -> u8 {
    // There are four of them.
    u8::try_from(index).unwrap_or(u8::MAX - 1)
}

impl Fleet {
    /// Makes namespaces, keys and configurations, and starts honest validators.
    ///
    /// # Errors
    /// [`Error::Namespaces`], and whatever keeps validators from starting.
    pub(super) async fn start(programs: Programs, scratch: &Path, seed: u64) -> Result<Self> {
        let path = scratch.to_owned();
        let open = move || Folder::open(Some(&path), VALIDATORS, params());
        let folder = tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| Error::system("a thread", error))??;
        let made = try_join_all((0..VALIDATORS).map(|n| Namespace::new(port(n)))).await?;
        let (namespaces, mut devices): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        devices.push(namespace::own(port(VALIDATORS)).await?);
        let places: Vec<_> = (0..VALIDATORS).map(place).collect();
        let files = configure(&places, &folder)?;
        let clients = places
            .iter()
            .enumerate()
            .map(|(node, place)| {
                let client = Client::connect_lazy(&format!("http://{}", place.grpc));
                let client = client.map_err(Error::client(node))?;
                Ok(client.with_retries(Retries::none()))
            })
            .collect::<Result<_>>()?;
        let mut fleet = Self {
            nodes: (0..VALIDATORS).map(|_| None).collect(),
            clients,
            files,
            namespaces,
            relay: Relay::start(devices, seed),
            programs,
            folder,
        };
        let started = (0..VALIDATORS).map(|node| fleet.run(node, Role::Honest));
        for (node, child) in join_all(started).await.into_iter().enumerate() {
            match child {
                Ok(child) => fleet.nodes[node] = Some(child),
                Err(error) => {
                    fleet.stop().await;
                    return Err(error);
                }
            }
        }
        Ok(fleet)
    }

    /// Starts one process and waits until it says that it runs.
    async fn run(&self, node: usize, role: Role) -> Result<Child> {
        let (namespace, file) = (&self.namespaces[node], &self.files[node]);
        let command = match role.arguments() {
            None => {
                let mut command = namespace.command(&self.programs.da_node);
                command.args(["--json", "start", "--until-stdin-ends", "--config"]);
                command.arg(file);
                command
            }
            Some(arguments) => {
                let mut command = namespace.command(&self.programs.devnet);
                command.args(["validator", "--config"]).arg(file);
                command.args(arguments);
                command
            }
        };
        let log = self.folder.node(node).join("log");
        let (mut child, lines) = Child::start(format!("node {node}"), command, &log)?;
        match said(&child, lines).await {
            Ok(_) => Ok(child),
            Err(error) => {
                child.kill().await;
                Err(error)
            }
        }
    }

    /// Does these things: lines and signals in order, then all starts at once.
    ///
    /// # Errors
    /// A validator that does not start again, or a signal that the system refuses.
    pub(super) async fn act(&mut self, deeds: &[Deed]) -> Result<()> {
        let mut starts = Vec::new();
        for deed in deeds {
            match *deed {
                Deed::Line(from, to, line) => self.relay.set(from, to, line),
                Deed::Pause(node) => self.signal(node, Signal::STOP)?,
                Deed::Resume(node) => self.signal(node, Signal::CONT)?,
                Deed::Kill(node) => {
                    if let Some(mut child) = self.nodes[node].take() {
                        child.kill().await;
                    }
                }
                Deed::Start(node, role) => starts.push((node, role)),
            }
        }
        let ending: Vec<_> = starts
            .iter()
            .filter_map(|(node, _)| self.nodes[*node].take())
            .collect();
        join_all(ending.into_iter().map(Child::stop)).await;
        let started = starts.iter().map(|(node, role)| self.run(*node, *role));
        let started = join_all(started).await;
        for ((node, _), child) in starts.iter().zip(started) {
            self.nodes[*node] = Some(child?);
        }
        Ok(())
    }

    fn signal(&self, node: usize, signal: Signal) -> Result<()> {
        self.nodes[node]
            .as_ref()
            .map_or(Ok(()), |child| child.signal(signal))
    }

    /// A client of one validator that does not hide failures by trying again.
    pub(super) fn client(&self, node: usize) -> &Client {
        &self.clients[node]
    }

    /// A validator's key.
    pub(super) fn public_key(&self, node: usize) -> Option<PublicKey> {
        let member = self.folder.members().get(node)?;
        Some(member.key.public_key())
    }

    /// The chain.
    pub(super) const fn genesis(&self) -> &CheckedGenesis {
        self.folder.genesis()
    }

    /// The first process that has ended by itself, if one has.
    pub(super) fn fallen(&self) -> Option<Error> {
        self.nodes.iter().flatten().find_map(Child::fallen)
    }

    /// Stops every validator and waits for them.
    pub(super) async fn stop(mut self) {
        // One that is paused could not hear that it is to stop.
        for child in self.nodes.iter().flatten() {
            if let Err(error) = child.signal(Signal::CONT) {
                tracing::debug!(%error, "not resumed");
            }
        }
        // Nobody calls them any more, so that no call holds a node up.
        self.clients.clear();
        let nodes = std::mem::take(&mut self.nodes);
        join_all(nodes.into_iter().flatten().map(Child::stop)).await;
    }
}

fn place(node: usize) -> Place {
    let ip = address(port(node));
    Place {
        host: Host::Ip(ip.into()),
        p2p: P2P,
        consensus: CONSENSUS,
        grpc: (ip, GRPC).into(),
    }
}

/// The devnet's parameters, quicker.
const fn params() -> ChainParams {
    ChainParams {
        block_interval_ms: BLOCK_MS,
        empty_block_interval_ms: EMPTY_MS,
        ..ChainParams::devnet()
    }
}
