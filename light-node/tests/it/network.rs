//! A chain that signs what it is told to, and full nodes that serve it more or less honestly.

use crate::fixture::Grid;
use chain::{
    ChainParams, CheckedGenesis, Checkpoint, FinalHeader, FinalityCertificate, Genesis,
    GenesisValidator, SigningKey, UnverifiedHeader, ValidatorSet, VoteKind, Weight, vote_digest,
};
use light_node::{Config, LightNode};
use net::{
    Announcement, Event, Identity, Multiaddr, NetConfig, NetLimits, Network, Request, Response,
    Role,
};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use types::{
    CommitmentsRoot, Coordinates, GridDimensions, Header, HeaderHash, Height, IndexRoot, Proof,
    Round, Timestamp,
};

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::new(since.as_millis() as u64)
}

/// Four validators of equal weight and what they have signed.
pub(crate) struct Chain {
    keys: Vec<SigningKey>,
    genesis: CheckedGenesis,
    blocks: Vec<(FinalHeader, Option<&'static Grid>)>,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self::begun_at(now())
    }

    pub(crate) fn begun_at(time: Timestamp) -> Self {
        let mut rng = StdRng::try_from_rng(&mut SysRng).unwrap();
        let keys: Vec<_> = (0..4).map(|_| SigningKey::generate(&mut rng)).collect();
        let genesis = Genesis {
            name: "light".to_owned(),
            time,
            validators: keys
                .iter()
                .map(|key| GenesisValidator::new(key, Weight::new(1)))
                .collect(),
            params: ChainParams::devnet(),
        };
        Self {
            keys,
            genesis: genesis.check().unwrap(),
            blocks: Vec::new(),
        }
    }

    pub(crate) fn genesis(&self) -> &CheckedGenesis {
        &self.genesis
    }

    pub(crate) fn set(&self) -> &ValidatorSet {
        self.genesis.validators()
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::genesis(&self.genesis.chain_id())
    }

    pub(crate) fn header(&self, height: u64) -> &FinalHeader {
        &self.blocks[height as usize - 1].0
    }

    /// The header that comes next, for a block with this grid.
    pub(crate) fn draft(&self, grid: Option<&Grid>) -> Header {
        let set = self.set().hash();
        let parent = self.blocks.last().map(|(header, _)| header);
        let (hash, time) = parent.map_or_else(
            || {
                (
                    HeaderHash::new(self.genesis.chain_id().to_bytes()),
                    self.genesis.time(),
                )
            },
            |parent| (parent.hash(), parent.header().time),
        );
        Header {
            chain_id: self.genesis.chain_id(),
            height: Height::new(self.blocks.len() as u64 + 1),
            time: time.plus_millis(1),
            parent: hash,
            dimensions: grid.map_or(GridDimensions::default(), Grid::dimensions),
            commitments_root: grid.map_or(CommitmentsRoot::new([0; 32]), Grid::root),
            index_root: IndexRoot::new([0; 32]),
            validators: set,
            next_validators: set,
        }
    }

    /// All validators sign the header.
    pub(crate) fn sign(&self, header: Header) -> FinalHeader {
        let (chain, set, hash) = (header.chain_id, self.set().hash(), header.hash());
        let digest = vote_digest(
            &chain,
            &set,
            header.height,
            Round::new(0),
            VoteKind::Precommit,
            Some(&hash),
        );
        let votes = self
            .keys
            .iter()
            .map(|key| (key.public_key().address(), key.sign_digest(&digest)));
        let certificate = FinalityCertificate::aggregate(
            &chain,
            self.set(),
            header.height,
            Round::new(0),
            &hash,
            votes,
        )
        .unwrap();
        let finality = certificate.to_unverified();
        UnverifiedHeader { header, finality }
            .verify(&chain, self.set())
            .unwrap()
    }

    /// The next block.
    pub(crate) fn extend(&mut self, grid: Option<&'static Grid>) -> FinalHeader {
        let header = self.sign(self.draft(grid));
        self.blocks.push((header.clone(), grid));
        header
    }
}

pub(crate) type SharedChain = Arc<Mutex<Chain>>;

pub(crate) fn shared(chain: Chain) -> SharedChain {
    Arc::new(Mutex::new(chain))
}

/// How a full node treats those who ask it for cells.
#[derive(Clone, Copy, PartialEq)]
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
}

/// A full node made for a test.
pub(crate) struct FullNode {
    net: Network,
    serving: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl FullNode {
    pub(crate) async fn start(chain: &SharedChain, manner: Manner) -> Self {
        let mut rng = StdRng::try_from_rng(&mut SysRng).unwrap();
        let config = NetConfig {
            chain_id: chain.lock().unwrap().genesis.chain_id(),
            listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
            bootstrap: Vec::new(),
            role: Role::Full,
            limits: NetLimits::default(),
        };
        let identity = Identity::generate(&mut rng);
        let (net, mut events) = Network::start(identity, config, None).await.unwrap();
        let serving = Arc::new(AtomicBool::new(true));
        let (chain, ready) = (Arc::clone(chain), Arc::clone(&serving));
        let task = tokio::spawn(async move {
            let (mut answers, mut unanswered) = (0, Vec::new());
            while let Some(event) = events.recv().await {
                if let Event::Request { request, reply, .. } = event {
                    let manner = match (manner, &request) {
                        (Manner::SilentOnCommitments, Request::Commitments { .. }) => {
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
        Self { net, serving, task }
    }

    pub(crate) fn addr(&self) -> Multiaddr {
        self.net.listen_addrs().remove(0)
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
    let block = |height: Height| {
        let place = usize::try_from(height.get()).ok()?.checked_sub(1)?;
        chain.blocks.get(place)
    };
    match request {
        Request::Genesis => Response::Genesis(chain.genesis.encode().into()),
        Request::LatestHeader => chain
            .blocks
            .last()
            .map_or(Response::NotFound, |(header, _)| {
                Response::LatestHeader(header.to_unverified())
            }),
        Request::Headers { from, count } => {
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
        Request::ValidatorSet { hash } if hash == chain.set().hash() => {
            Response::ValidatorSet(chain.set().clone())
        }
        Request::Commitments { height } if serving && manner != Manner::HeadersOnly => {
            match (manner, block(height).and_then(|(_, grid)| *grid)) {
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
        Manner::Honest
        | Manner::BusySoon
        | Manner::SilentOnCommitments
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
    while node.status().peers < peers {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    node
}
