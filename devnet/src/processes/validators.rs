//! Full nodes as processes, validators and others: a configuration for each, then all of them at
//! once.

use super::{Child, Programs};
use crate::config::PORT_ATTEMPTS;
use crate::folder::{Folder, NETWORK_KEY, VALIDATOR_KEY, full_name};
use crate::ports::free_ports;
use crate::{DevnetConfig, Error, NodeEndpoints, Result};
use chain::Weight;
use da_node::operator::{Config, Host, Role, ValidatorFile, files};
use futures::future::join_all;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a node may take to start.
const START: Duration = Duration::from_secs(180);
const HOST: Host = Host::LOOPBACK;
/// Ports of one node: peers, consensus, gRPC.
const PORTS: usize = 3;

/// What `da-node start --json` says once it runs.
#[derive(Deserialize)]
struct Announced {
    grpc: String,
    p2p: Vec<String>,
    metrics: Option<String>,
}

/// Starts all of them; none stays behind when one of them does not start.
pub(super) async fn start(
    config: &DevnetConfig,
    folder: &Folder,
    programs: &Programs,
) -> Result<(Vec<Child>, Vec<NodeEndpoints>)> {
    let mut attempt = 1;
    loop {
        let ports = free_ports(PORTS * (config.validators + config.full))?;
        let places: Vec<_> = ports.chunks(PORTS).map(Place::on_loopback).collect();
        let files = configure(&places, folder)?;
        let started = try_start(config, &files, programs).await;
        match started {
            // Ports are looked up, released and bound again: somebody may come between. Whatever
            // else it is comes again.
            Err(error @ Error::Child { .. }) if attempt < PORT_ATTEMPTS => {
                tracing::warn!(%error, attempt, "starting again on other ports");
                attempt += 1;
            }
            started => return started,
        }
    }
}

/// Where one node is reached: by peers and light nodes, by validators, by clients.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) host: Host,
    pub(crate) p2p: u16,
    pub(crate) consensus: u16,
    pub(crate) grpc: SocketAddr,
}

impl Place {
    fn on_loopback(ports: &[u16]) -> Self {
        Self {
            host: HOST,
            p2p: ports[0],
            consensus: ports[1],
            grpc: SocketAddr::from((Ipv4Addr::LOCALHOST, ports[2])),
        }
    }
}

/// Writes every node's configuration, validators first. Places beyond theirs are those of full
/// nodes that do not vote.
pub(crate) fn configure(places: &[Place], folder: &Folder) -> Result<Vec<PathBuf>> {
    let validators = folder.members().len();
    let full: Vec<String> = (validators..places.len())
        .map(|node| full_name(node - validators))
        .collect();
    let dispersers = full
        .iter()
        .map(|name| Ok(folder.newcomer(name)?.network.peer_id().to_string()))
        .collect::<Result<Vec<_>>>()?;
    // As operators would do it: everybody announces its addresses, and all of them stand in
    // everybody's configuration.
    let announced = folder
        .members()
        .iter()
        .zip(places)
        .enumerate()
        .map(|(node, (member, place))| {
            Ok(ValidatorFile::new(
                format!("node-{node}"),
                &member.key,
                &member.network,
                Weight::new(1),
                place.host.p2p(place.p2p),
                place.host.tcp(place.consensus),
            )?)
        })
        .collect::<Result<Vec<_>>>()?;
    let bootstrap: Vec<_> = announced.iter().flat_map(|file| file.p2p.clone()).collect();
    let peers: Vec<_> = announced.iter().map(|f| f.consensus.clone()).collect();
    places
        .iter()
        .enumerate()
        .map(|(node, place)| {
            let other = node.checked_sub(validators);
            let name = other.map_or_else(|| format!("node-{node}"), full_name);
            let home = folder.other(&name);
            let mut config = Config {
                moniker: name,
                role: other.map_or(Role::Validator, |_| Role::Full),
                data_dir: ".".into(),
                genesis: folder.genesis_file(),
                chain_id: Some(folder.genesis().chain_id()),
                ..Config::default()
            };
            config.keys.validator = VALIDATOR_KEY.into();
            config.keys.network = NETWORK_KEY.into();
            config.p2p.listen = place.host.p2p(place.p2p);
            config.p2p.bootstrap.clone_from(&bootstrap);
            config.p2p.dispersers.clone_from(&dispersers);
            config.consensus.listen = place.host.tcp(place.consensus);
            config.consensus.peers.clone_from(&peers);
            config.grpc.listen = place.grpc;
            // What is not on loopback is in a namespace of the devnet's own.
            config.grpc.insecure = !place.grpc.ip().is_loopback();
            config.metrics.listen = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
            let path = home.join("config.toml");
            files::replace(&path, config.render()?.as_bytes())?;
            Ok(path)
        })
        .collect()
}

/// Starts one of them again, as it was configured, with this fraction of its cells withheld.
pub(super) async fn start_one(
    node: usize,
    withhold: Option<f64>,
    folder: &Folder,
    programs: &Programs,
) -> Result<(Child, NodeEndpoints)> {
    let home = folder.node(node);
    let command = command(programs, &home.join("config.toml"), withhold);
    let (child, lines) = Child::start(format!("node {node}"), command, &home.join("log"))?;
    let endpoints = said(&child, lines).await?;
    Ok((child, endpoints))
}

async fn try_start(
    config: &DevnetConfig,
    files: &[PathBuf],
    programs: &Programs,
) -> Result<(Vec<Child>, Vec<NodeEndpoints>)> {
    let mut starting = Vec::with_capacity(files.len());
    for (node, file) in files.iter().enumerate() {
        let log = file.with_file_name("log");
        let command = command(programs, file, config.withhold);
        starting.push(Child::start(format!("node {node}"), command, &log)?);
    }
    let waiting = starting.into_iter().map(|(child, lines)| async move {
        let said = said(&child, lines).await;
        (child, said)
    });
    let (children, said): (Vec<_>, Vec<_>) = join_all(waiting).await.into_iter().unzip();
    match said.into_iter().collect::<Result<Vec<_>>>() {
        Ok(nodes) => Ok((children, nodes)),
        Err(error) => {
            join_all(children.into_iter().map(Child::stop)).await;
            Err(error)
        }
    }
}

/// The real program; one that withholds only where that was asked for.
fn command(programs: &Programs, config: &Path, withhold: Option<f64>) -> Command {
    let mut command;
    match withhold {
        None => {
            command = Command::new(&programs.da_node);
            command.args(["--json", "start", "--until-stdin-ends", "--config"]);
            command.arg(config);
        }
        Some(fraction) => {
            command = Command::new(&programs.devnet);
            command.args(["validator", "--config"]).arg(config);
            command.args(["--withhold", &fraction.to_string()]);
        }
    }
    command
}

/// Waits for the one line that says where the node is.
pub(crate) async fn said(
    child: &Child,
    mut lines: mpsc::Receiver<String>,
) -> Result<NodeEndpoints> {
    let line = tokio::select! {
        line = timeout(START, lines.recv()) => line,
        error = child.ended() => return Err(error),
    };
    let line = match line {
        Ok(Some(line)) => line,
        Ok(None) => return Err(child.ended().await),
        Err(_) => {
            let seconds = START.as_secs();
            return Err(child.failure(format!("did not start within {seconds} s")));
        }
    };
    match serde_json::from_str::<Announced>(&line) {
        Ok(Announced { grpc, p2p, metrics }) => Ok(NodeEndpoints { grpc, p2p, metrics }),
        Err(error) => Err(child.failure(format!("said {line:?}: {error}"))),
    }
}
