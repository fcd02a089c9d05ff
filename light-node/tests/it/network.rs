//! Full nodes that serve a chain more or less honestly.

use crate::fixture::Grid;
pub(crate) use crate::signing::{Chain, now};
use crate::wait::until;
use chain::FinalHeader;
use light_node::{Config, LightNode};
use net::{
    Announcement, Event, Identity, Multiaddr, NetConfig, NetLimits, Network, Request, Response,
    Role,
};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use types::{ColumnIndex, Coordinates, Height, Proof};

pub(crate) type SharedChain = Arc<Mutex<Chain>>;

pub(crate) fn shared(chain: Chain) -> SharedChain {
    Arc::new(Mutex::new(chain))
}

/// How a full node treats those who ask it for cells.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    Honest,
    /// Keeps every other column to itself.
    Withholds,
    /// Gives each cell with the proof of no cell at all.
    Lies,
    /// Gives the commitments of another block.
    GivesCommitments(&'static [types::Commitment]),
    /// Says that it is busy, always.
    Busy,
    /// Answers one question for cells, and is busy from then on.
    BusySoon,
    /// Has headers, and nothing else.
    HeadersOnly,
    /// Neither gives commitments nor says so.
    SilentOnCommitments,
    /// Neither gives cells nor says so.
    SilentOnSamples,
    /// Answers with no cell at all.
    Empty,
    /// Gives every cell twice.
    Twice,
    /// Gives every cell of the grid, whatever was asked.
    Everything,
    /// Gives the cells of another block.
    GivesCells(&'static Grid),
    /// Gives the cell of the next column, as that of the column asked for.
    Shifts,
    /// Gives headers of other heights than were asked for.
    Misleads,
    /// Gives no validator set.
    KeepsSets,
}

/// A full node made for a test.
pub(crate) struct FullNode {
    net: Network,
    identity: [u8; 32],
    asked: Arc<Mutex<Vec<&'static str>>>,
    serving: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl FullNode {
    pub(crate) async fn start(chain: &SharedChain, manner: Manner) -> Self {
        let mut rng = StdRng::try_from_rng(&mut SysRng).unwrap();
        let identity = Identity::generate(&mut rng);
        let listen = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
        Self::start_as(identity, listen, chain, manner).await
    }

    /// Comes back under the same name and address.
    pub(crate) async fn restart(
        identity: [u8; 32],
        addr: &Multiaddr,
        chain: &SharedChain,
        manner: Manner,
    ) -> Self {
        // Without the name at the end.
        let mut listen = addr.clone();
        listen.pop();
        Self::start_as(Identity::from_bytes(identity), listen, chain, manner).await
    }

    async fn start_as(
        identity: Identity,
        listen: Multiaddr,
        chain: &SharedChain,
        manner: Manner,
    ) -> Self {
        let config = NetConfig {
            chain_id: chain.lock().unwrap().genesis().chain_id(),
            listen: vec![listen],
            bootstrap: Vec::new(),
            role: Role::Full,
            limits: NetLimits::default(),
        };
        let name = identity.to_bytes();
        let (net, mut events) = Network::start(identity, config, None).await.unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let serving = Arc::new(AtomicBool::new(true));
        let (chain, ready) = (Arc::clone(chain), Arc::clone(&serving));
        let task = tokio::spawn(async move {
            let (mut answers, mut unanswered) = (0, Vec::new());
            while let Some(event) = events.recv().await {
                if let Event::Request { request, reply, .. } = event {
                    log.lock().unwrap().push(request.name());
                    let manner = match (manner, &request) {
                        (Manner::SilentOnCommitments, Request::Commitments { .. })
                        | (Manner::SilentOnSamples, Request::Samples { .. }) => {
                            unanswered.push(reply);
                            continue;
                        }
                        (Manner::BusySoon, Request::Samples { .. }) if answers > 0 => Manner::Busy,
                        (manner, Request::Samples { .. }) => {
                            answers += 1;
                            manner
                        }
                        (manner, _) => manner,
                    };
                    let ready = ready.load(Ordering::Relaxed);
                    reply.send(answer(&chain.lock().unwrap(), manner, ready, request));
                }
            }
        });
        Self {
            net,
            identity: name,
            asked,
            serving,
            task,
        }
    }

    pub(crate) fn addr(&self) -> Multiaddr {
        self.net.listen_addrs().remove(0)
    }

    pub(crate) const fn identity(&self) -> [u8; 32] {
        self.identity
    }

    /// How many requests of this name it was asked.
    pub(crate) fn asked(&self, name: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|request| **request == name).count()
    }

    /// Whether it gives cells and commitments yet.
    pub(crate) fn serve(&self, serving: bool) {
        self.serving.store(serving, Ordering::Relaxed);
    }

    pub(crate) async fn announce(&self, header: &FinalHeader) {
        let announcement = Announcement::Header(header.to_unverified());
        self.net.announce(announcement).await.unwrap();
    }

    pub(crate) async fn stop(self) {
        self.net.shutdown().await;
        self.task.abort();
    }
}

fn answer(chain: &Chain, manner: Manner, serving: bool, request: Request) -> Response {
    let block = |height| chain.block(height);
    match request {
        Request::Genesis => Response::Genesis(chain.genesis().encode().into()),
        Request::LatestHeader => chain.newest().map_or(Response::NotFound, |header| {
            Response::LatestHeader(header.to_unverified())
        }),
        Request::Headers { from, count } => {
            let from = match manner {
                Manner::Misleads => Height::new(from.get() / 2 + 1),
                _ => from,
            };
            let headers: Vec<_> = (from.get()..from.get() + u64::from(count))
                .map_while(|height| block(Height::new(height)))
                .map(|(header, _)| header.to_unverified())
                .collect();
            if headers.is_empty() {
                Response::NotFound
            } else {
                Response::Headers(headers)
            }
        }
        Request::ValidatorSet { hash } => match (manner, chain.set_of(hash)) {
            (Manner::KeepsSets, _) | (_, None) => Response::NotFound,
            (_, Some(set)) => Response::ValidatorSet(set.clone()),
        },
        Request::Commitments { height } if serving => {
            match (manner, block(height).and_then(|(_, grid)| *grid)) {
                (Manner::HeadersOnly, _) => Response::NotFound,
                (Manner::GivesCommitments(others), _) => Response::Commitments(others.to_vec()),
                (_, Some(grid)) => Response::Commitments(grid.commitments().commitments().to_vec()),
                (_, None) => Response::NotFound,
            }
        }
        Request::Samples {
            height,
            coordinates,
        } if serving => match block(height).and_then(|(_, grid)| *grid) {
            Some(grid) => samples(grid, manner, &coordinates),
            None => Response::NotFound,
        },
        _ => Response::NotFound,
    }
}

fn samples(grid: &Grid, manner: Manner, coordinates: &[Coordinates]) -> Response {
    let mut cells = grid.cells(coordinates);
    match manner {
        Manner::Busy => return Response::Busy { retry_after_ms: 50 },
        Manner::HeadersOnly => return Response::NotFound,
        Manner::Withholds => cells.retain(|cell| cell.at.column.get() % 2 == 0),
        Manner::Lies => {
            for cell in &mut cells {
                // The point at infinity: well formed, and the proof of constants only.
                let mut infinity = [0; 48];
                infinity[0] = 0xc0;
                cell.proof = Proof::new(infinity);
            }
        }
        Manner::Empty => cells.clear(),
        Manner::Twice => cells.extend(cells.clone()),
        Manner::Everything => {
            let all = (0..grid.dimensions().cells()).map(|n| grid.dimensions().cell(n).unwrap());
            cells = grid.cells(&all.collect::<Vec<_>>());
        }
        Manner::GivesCells(other) => cells = other.cells(coordinates),
        Manner::Shifts => {
            let shifted = |at: &Coordinates| Coordinates {
                column: ColumnIndex::new((u64::from(at.column.get()) + 1) % 128).unwrap(),
                ..*at
            };
            cells = grid.cells(&coordinates.iter().map(shifted).collect::<Vec<_>>());
            for (cell, at) in cells.iter_mut().zip(coordinates) {
                cell.at = *at;
            }
        }
        Manner::Honest
        | Manner::BusySoon
        | Manner::Misleads
        | Manner::KeepsSets
        | Manner::SilentOnCommitments
        | Manner::SilentOnSamples
        | Manner::GivesCommitments(_) => {}
    }
    Response::Samples(cells)
}

/// Full nodes in these manners.
pub(crate) async fn full_nodes(chain: &SharedChain, manners: &[Manner]) -> Vec<FullNode> {
    let mut nodes = Vec::new();
    for &manner in manners {
        nodes.push(FullNode::start(chain, manner).await);
    }
    nodes
}

/// A light node's configuration: it trusts the genesis and knows the nodes' addresses.
pub(crate) fn config(chain: &SharedChain, nodes: &[FullNode]) -> Config {
    let checkpoint = chain.lock().unwrap().checkpoint();
    let mut config = Config::new(checkpoint, nodes.iter().map(FullNode::addr).collect());
    config.poll_interval = Duration::from_millis(100);
    config
}

/// A light node that is connected with all of them.
pub(crate) async fn light_node(config: Config) -> LightNode {
    let peers = config.bootstrap.len();
    let node = LightNode::start(config).await.unwrap();
    until(|| node.status().peers >= peers).await;
    node
}
