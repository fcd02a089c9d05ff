//! Light nodes that share connections: each draws its own plan from its own randomness, asks
//! every cell of it over libp2p, verifies what comes and judges. What they share is a few swarms
//! and the commitments of the block, which the first of them fetched and checked.

use crate::config::{MEETING, PORT_ATTEMPTS};
use crate::{Error, Result};
use commitments::{CommitmentGrid, Verifier};
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use light_node::core::{
    Answer, Ask, Goal, Judgement, Plan, Sampling, UnverifiedCommitments, Verdict,
};
use net::{
    Identity, Multiaddr, NetConfig, NetLimits, Network, PeerId, Request, Response, Role, Traffic,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use types::{ChainId, Coordinates, Header, Height, UnverifiedCell};

/// Swarms that the light nodes share: responders take few connections from one address.
const SWARMS: usize = 8;
/// Light nodes of one swarm that sample at a time.
const AT_A_TIME: usize = 4;
/// How many peers may refuse a cell before its light node takes it for withheld.
const CHANCES: u32 = 2;
/// How long one answer may take: all responders share this machine's cores, and slowness is
/// not what is measured.
const ANSWER: Duration = Duration::from_secs(60);
/// How long one light node may take, waits for busy responders included.
const PATIENCE: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(25);
/// The longest pause that a busy responder is given.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A light node to be, by what it is not free to choose.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    /// Where its randomness begins.
    pub(super) seed: [u8; 32],
    /// How many samples it takes.
    pub(super) goal: Goal,
}

/// Swarms that have met every responder, and the block that they sample.
pub(super) struct Clients {
    swarms: Vec<Network>,
    header: Header,
    grid: CommitmentGrid,
    verifier: &'static Verifier,
}

impl Clients {
    /// Joins the network and fetches the block's commitments.
    pub(super) async fn join(
        chain: ChainId,
        bootstrap: &[Multiaddr],
        responders: usize,
        header: Header,
    ) -> Result<Self> {
        let verifier = Verifier::ceremony()?;
        let mut swarms = Vec::with_capacity(SWARMS);
        for _ in 0..SWARMS {
            swarms.push(swarm(chain, bootstrap.to_vec()).await?);
        }
        for swarm in &swarms {
            meet(swarm, responders).await?;
        }
        let grid = fetch_grid(&swarms[0], &header).await?;
        Ok(Self {
            swarms,
            header,
            grid,
            verifier,
        })
    }

    /// The block's commitments, as a responder gave them and the header vouches for them.
    pub(super) const fn grid(&self) -> &CommitmentGrid {
        &self.grid
    }

    /// Lets each light node sample the block. Says how many found it unavailable; none may be
    /// left undecided.
    pub(super) async fn alarms(&self, draws: Vec<Draw>, done: impl Fn(usize)) -> Result<u32> {
        let (mut alarms, mut judged) = (0, 0);
        let mut judgements = stream::iter(draws.into_iter().enumerate())
            .map(|(light, draw)| async move { (light, self.sample(light, draw).await) })
            .buffer_unordered(AT_A_TIME * self.swarms.len());
        while let Some((light, judgement)) = judgements.next().await {
            match judgement?.verdict {
                Verdict::Available => {}
                Verdict::Unavailable => alarms += 1,
                Verdict::Undecided => {
                    return Err(Error::Late {
                        missing: format!("light node {light} could not decide"),
                        after: PATIENCE,
                    });
                }
            }
            judged += 1;
            done(judged);
        }
        Ok(alarms)
    }

    /// One light node: asks until every cell was given, or refused by so many peers.
    async fn sample(&self, light: usize, draw: Draw) -> Result<Judgement> {
        let failed = |error| Error::light(light)(error);
        let swarm = &self.swarms[light % self.swarms.len()];
        let mut rng = StdRng::from_seed(draw.seed);
        let plan = Plan::draw(self.header.dimensions, draw.goal, &mut rng).map_err(failed)?;
        let mut sampling = Sampling::new(plan, self.header.commitments_root);
        let deadline = Instant::now() + PATIENCE;
        let mut chances = 0;
        while chances < CHANCES && sampling.wanted() > 0 && Instant::now() < deadline {
            let asks = sampling.ask(&responders(swarm), &mut rng);
            let answers = asks.into_iter().map(|ask| self.put(swarm, ask));
            let mut pause = None;
            for (ask, answer, busy) in join_all(answers).await {
                pause = pause.max(busy);
                sampling
                    .answer(ask, answer)
                    .map_err(|fault| Error::system("a responder's answer", fault))?;
            }
            match pause {
                Some(pause) => sleep(pause).await,
                None => chances += 1,
            }
        }
        let (verifier, grid) = (self.verifier, self.grid.clone());
        let verified = move || {
            let lies = sampling.verify(verifier, &grid)?;
            Ok((sampling.judge(), lies.len()))
        };
        let (judgement, lies) = tokio::task::spawn_blocking(verified)
            .await
            .map_err(|error| Error::system("a thread", error))?
            .map_err(failed)?;
        if lies > 0 {
            return Err(Error::system("a responder's answer", "a false cell"));
        }
        Ok(judgement)
    }

    /// Puts a question; says how long to wait where the responder is busy.
    async fn put(
        &self,
        swarm: &Network,
        ask: Ask<PeerId>,
    ) -> (Ask<PeerId>, Answer, Option<Duration>) {
        let coordinates = ask.coordinates().to_vec();
        let came = request(swarm, ask.peer(), self.header.height, coordinates).await;
        match came {
            Ok(Given::Cells(cells)) => (ask, Answer::Cells(cells), None),
            Ok(Given::Busy(pause)) => (ask, Answer::Busy, Some(pause)),
            Err(error) => {
                tracing::debug!(%error, "no answer");
                (ask, Answer::Unreachable, Some(TICK))
            }
        }
    }

    /// Every cell of the grid that the responders give, verified. Each is asked for at one
    /// responder: they refuse the same.
    pub(super) async fn fetch_all(&self) -> Result<Vec<UnverifiedCell>> {
        let dimensions = self.header.dimensions;
        let mut at: Vec<Coordinates> = (0..dimensions.cells())
            .map(|number| dimensions.cell(number))
            .collect::<types::Result<_>>()?;
        // A responder makes the parity cells of a column together.
        at.sort_unstable_by_key(|at| (at.column, at.row));
        let chunks: Vec<Vec<_>> = at.chunks(net::MAX_SAMPLES).map(<[_]>::to_vec).collect();
        let answers: Vec<Vec<UnverifiedCell>> = stream::iter(chunks.into_iter().enumerate())
            .map(|(chunk, coordinates)| self.fetch(chunk, coordinates))
            .buffer_unordered(self.swarms.len())
            .try_collect()
            .await?;
        Ok(answers.into_iter().flatten().collect())
    }

    async fn fetch(&self, chunk: usize, at: Vec<Coordinates>) -> Result<Vec<UnverifiedCell>> {
        let swarm = &self.swarms[chunk % self.swarms.len()];
        let peers = responders(swarm);
        let deadline = Instant::now() + PATIENCE;
        for attempt in chunk.. {
            let Some(peer) = peers.get(attempt % peers.len().max(1)) else {
                break;
            };
            match request(swarm, *peer, self.header.height, at.clone()).await? {
                Given::Busy(pause) if Instant::now() < deadline => sleep(pause).await,
                Given::Busy(_) => break,
                Given::Cells(cells) => {
                    let (verifier, grid) = (self.verifier, self.grid.clone());
                    let verified = cells.clone();
                    tokio::task::spawn_blocking(move || verifier.verify_cells(&grid, verified))
                        .await
                        .map_err(|error| Error::system("a thread", error))??;
                    return Ok(cells);
                }
            }
        }
        Err(Error::Late {
            missing: "no responder has time".to_owned(),
            after: PATIENCE,
        })
    }

    /// Application bytes of all light nodes so far.
    pub(super) fn traffic(&self) -> Traffic {
        let mut all = Traffic::default();
        for traffic in self.swarms.iter().map(Network::traffic) {
            all.received += traffic.received;
            all.sent += traffic.sent;
        }
        all
    }

    pub(super) async fn leave(self) {
        join_all(self.swarms.iter().map(Network::shutdown)).await;
    }
}

/// What a responder gave.
enum Given {
    Cells(Vec<UnverifiedCell>),
    Busy(Duration),
}

async fn request(
    swarm: &Network,
    peer: PeerId,
    height: Height,
    coordinates: Vec<Coordinates>,
) -> Result<Given> {
    let request = Request::Samples {
        height,
        coordinates,
    };
    Ok(match swarm.request(peer, request, ANSWER).await? {
        Response::Samples(cells) => Given::Cells(cells),
        Response::Busy { retry_after_ms } => {
            let pause = Duration::from_millis(u64::from(retry_after_ms));
            Given::Busy(pause.clamp(TICK, LONGEST_PAUSE))
        }
        other => {
            let reason = format!("{other:?} for cells of a block that it has");
            return Err(Error::system("a responder's answer", reason));
        }
    })
}

/// A swarm that nobody asks anything.
async fn swarm(chain: ChainId, bootstrap: Vec<Multiaddr>) -> Result<Network> {
    let mut attempt = 1;
    loop {
        let config = NetConfig {
            chain_id: chain,
            listen: Vec::new(),
            bootstrap: bootstrap.clone(),
            role: Role::Light,
            limits: NetLimits::default(),
        };
        let identity = Identity::generate(&mut rand::rng());
        match Network::start(identity, config, None).await {
            Ok((network, mut events)) => {
                // Dropped requests are answered "busy", dropped announcements go no further.
                tokio::spawn(async move { while events.recv().await.is_some() {} });
                return Ok(network);
            }
            Err(error) if attempt == PORT_ATTEMPTS => return Err(error.into()),
            Err(_) => attempt += 1,
        }
    }
}

/// The full nodes of a swarm, always in the same order.
fn responders(swarm: &Network) -> Vec<PeerId> {
    let mut peers: Vec<PeerId> = swarm
        .connected_peers()
        .into_iter()
        .filter(|peer| peer.is_full())
        .map(|peer| peer.peer)
        .collect();
    peers.sort_unstable();
    peers
}

async fn meet(swarm: &Network, responders_wanted: usize) -> Result<()> {
    let started = Instant::now();
    while responders(swarm).len() < responders_wanted {
        if started.elapsed() > MEETING {
            return Err(Error::Late {
                missing: format!(
                    "light nodes have met {} of {responders_wanted} responders",
                    responders(swarm).len()
                ),
                after: MEETING,
            });
        }
        sleep(TICK).await;
    }
    Ok(())
}

async fn fetch_grid(swarm: &Network, header: &Header) -> Result<CommitmentGrid> {
    let height = header.height;
    for peer in responders(swarm) {
        let request = Request::Commitments { height };
        if let Response::Commitments(came) = swarm.request(peer, request, ANSWER).await? {
            let came = UnverifiedCommitments::new(came);
            return came.verify(header).map_err(Error::light(0));
        }
    }
    Err(Error::Late {
        missing: format!("no responder has the commitments of block {height}"),
        after: ANSWER,
    })
}
