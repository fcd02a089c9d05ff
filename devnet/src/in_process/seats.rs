//! What full nodes of a network in this process are started from, and their first start.

use crate::config::{PORT_ATTEMPTS, withheld};
use crate::folder::{Folder, Member, full_name};
use crate::ports::free_ports;
use crate::{DevnetConfig, Error, Result};
use chain::CheckedGenesis;
use commitments::Threads;
use da_node::{Faults, Keep, Limits, Node, NodeConfig};
use futures::future::join_all;
use net::{Multiaddr, PeerId};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

/// What one full node is started from, at first and again.
pub(super) struct Seat {
    name: String,
    folder: PathBuf,
    pub(super) member: Member,
    /// The port of its consensus.
    port: u16,
    /// Whether it has its validator key.
    pub(super) votes: bool,
    /// The consensus addresses that it is configured with.
    pub(super) peers: Vec<String>,
    /// Its own faults, in place of the network's.
    faults: Option<Faults>,
}

impl Seat {
    pub(super) fn new(
        folder: &Folder,
        name: String,
        member: Member,
        port: u16,
        votes: bool,
    ) -> Self {
        Self {
            folder: folder.other(&name),
            name,
            member,
            port,
            votes,
            peers: Vec::new(),
            faults: None,
        }
    }

    /// Where its consensus is reached.
    fn consensus(&self) -> Result<String> {
        let peer = da_node::consensus::peer_id(*self.member.network.consensus_seed)
            .map_err(|error| Error::system("an identity in consensus", error))?;
        Ok(format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", self.port))
    }
}

/// What all full nodes of a network have in common.
pub(super) struct Plan {
    pub(super) genesis: CheckedGenesis,
    pub(super) withhold: Option<f64>,
    pub(super) limits: Limits,
    pub(super) threads: Arc<Threads>,
    /// The other full nodes that may disperse.
    pub(super) dispersers: Vec<PeerId>,
}

impl Plan {
    pub(super) fn config(&self, seat: &Seat, bootstrap: Vec<Multiaddr>) -> Result<NodeConfig> {
        let parse = |address: &str| {
            let parsed = address.parse();
            parsed.map_err(|e| Error::system("a multiaddr", e))
        };
        Ok(NodeConfig {
            moniker: seat.name.clone(),
            data_dir: seat.folder.clone(),
            genesis: self.genesis.clone(),
            checkpoint: None,
            validator_key: seat.votes.then(|| Arc::clone(&seat.member.key)),
            keep: Keep::All,
            identity: seat.member.network.identity.clone(),
            p2p_listen: ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]
                .into_iter()
                .map(parse)
                .collect::<Result<_>>()?,
            p2p_bootstrap: bootstrap,
            p2p_dispersers: self.dispersers.clone(),
            consensus_listen: format!("/ip4/127.0.0.1/tcp/{}", seat.port),
            consensus_address: Some(parse(&seat.consensus()?)?),
            consensus_peers: seat.peers.clone(),
            consensus_seed: *seat.member.network.consensus_seed,
            grpc_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            door: da_node::grpc::Door::default(),
            metrics_listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            threads: Arc::clone(&self.threads),
            limits: self.limits,
            faults: match &seat.faults {
                Some(faults) => faults.clone(),
                None => withheld(self.withhold),
            },
            clock: NodeConfig::system_clock(),
        })
    }
}

/// The consensus addresses of everybody in `seats` but one.
pub(super) fn others(seats: &[Seat], seat: usize) -> Result<Vec<String>> {
    let others = seats.iter().enumerate().filter(|(other, _)| *other != seat);
    others
        .filter(|(_, other)| other.votes)
        .map(|(_, other)| other.consensus())
        .collect()
}

pub(super) type Started = (Vec<Seat>, Vec<Node>);

/// Starts all full nodes; none stays behind when one of them does not start.
pub(super) async fn start_nodes(
    config: &DevnetConfig,
    plan: &mut Plan,
    folder: &Folder,
) -> Result<Started> {
    let mut attempt = 1;
    loop {
        let seats = seats(config, folder)?;
        plan.dispersers = seats
            .iter()
            .filter(|seat| !seat.votes)
            .map(|seat| seat.member.network.peer_id())
            .collect();
        let (nodes, failure) = try_start_nodes(plan, &seats).await?;
        let Some(error) = failure else {
            return Ok((seats, nodes));
        };
        join_all(nodes.into_iter().map(Node::stop)).await;
        // Consensus ports are looked up, released and bound again: somebody may come between.
        let clash = matches!(&error, Error::Node { source, .. }
            if matches!(**source, da_node::Error::Listen { .. } | da_node::Error::Consensus(_)));
        if !clash || attempt == PORT_ATTEMPTS {
            return Err(error);
        }
        tracing::warn!(%error, attempt, "starting again on other ports");
        attempt += 1;
    }
}

/// Validators first.
fn seats(config: &DevnetConfig, folder: &Folder) -> Result<Vec<Seat>> {
    let ports = free_ports(config.validators + config.full)?;
    let validators = folder
        .members()
        .iter()
        .enumerate()
        .map(|(node, member)| (format!("node-{node}"), member.clone(), true));
    let mut members: Vec<_> = validators.collect();
    for full in 0..config.full {
        let name = full_name(full);
        let member = folder.newcomer(&name)?;
        members.push((name, member, false));
    }
    let mut seats: Vec<Seat> = members
        .into_iter()
        .zip(ports)
        .map(|((name, member, votes), port)| Seat::new(folder, name, member, port, votes))
        .collect();
    for seat in 0..seats.len() {
        seats[seat].peers = others(&seats, seat)?;
        seats[seat].faults = config.liars.get(&seat).cloned();
    }
    Ok(seats)
}

/// One attempt: the nodes that were started, and what kept the next from it.
async fn try_start_nodes(plan: &Plan, seats: &[Seat]) -> Result<(Vec<Node>, Option<Error>)> {
    let mut nodes: Vec<Node> = Vec::with_capacity(seats.len());
    for (node, seat) in seats.iter().enumerate() {
        let bootstrap = nodes.iter().flat_map(Node::p2p_addrs).collect();
        let config = plan.config(seat, bootstrap)?;
        match Box::pin(Node::start(config)).await {
            Ok(started) => nodes.push(started),
            Err(error) => return Ok((nodes, Some(Error::node(node)(error)))),
        }
    }
    Ok((nodes, None))
}
