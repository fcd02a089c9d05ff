//! Sampling one block over the network.

use crate::client::config::Config;
use crate::client::peers::Peers;
use crate::client::report::BlockVerdict;
use crate::core::{
    Answer, Ask, Goal, Judgement, Plan, Reason, Sampling, UnverifiedCommitments, Verdict,
};
use crate::{Error, Result};
use chain::FinalHeader;
use commitments::{CommitmentError, CommitmentGrid, Setup};
use futures::future::join_all;
use net::{Offence, PeerId, Request, Response};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use types::{Header, Height};

/// The pause before the first repetition; it doubles up to [`LONGEST_PAUSE`]. Full nodes may
/// need a moment after finality before they serve.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(800);

/// Randomness of our own, from the system.
pub(crate) fn own_randomness() -> Result<StdRng> {
    StdRng::try_from_rng(&mut SysRng).map_err(Error::Randomness)
}

/// Samples blocks.
pub(crate) struct Sampler {
    pub(crate) peers: Arc<Peers>,
    pub(crate) setup: &'static Setup,
    pub(crate) goal: Goal,
    deadline: Duration,
    request_timeout: Duration,
}

enum Fetched {
    Grid(Arc<CommitmentGrid>),
    Not(Judgement),
}

impl Sampler {
    pub(crate) fn new(peers: Arc<Peers>, setup: &'static Setup, config: &Config) -> Self {
        Self {
            peers,
            setup,
            goal: config.goal,
            deadline: config.deadline,
            request_timeout: config.request_timeout,
        }
    }

    /// Samples the block of a header that is trusted already, and judges it.
    pub(crate) async fn sample(&self, header: &FinalHeader) -> Result<BlockVerdict> {
        let started = Instant::now();
        let before = self.peers.net().traffic().received;
        let judgement = self.judge(header.header(), started + self.deadline).await?;
        let received = self.peers.net().traffic().received.saturating_sub(before);
        Ok(BlockVerdict::new(
            header.header().height,
            header.hash(),
            &judgement,
            received,
            started.elapsed(),
        ))
    }

    async fn judge(&self, header: &Header, deadline: Instant) -> Result<Judgement> {
        let mut rng = own_randomness()?;
        let plan = Plan::draw(header.dimensions, self.goal, &mut rng)?;
        let mut sampling = Sampling::new(plan, header.commitments_root);
        if header.dimensions.is_empty() {
            return Ok(sampling.judge());
        }
        let samples = sampling.figures().samples;
        let grid = match self.fetch_grid(header, samples, deadline, &mut rng).await? {
            Fetched::Grid(grid) => grid,
            Fetched::Not(judgement) => return Ok(judgement),
        };
        let mut pause = FIRST_PAUSE;
        loop {
            let peers = self.peers.ready(std::time::Instant::now());
            let asks = sampling.ask(&peers, &mut rng);
            let timeout = self.request_timeout.min(left(deadline));
            let answers = join_all(
                asks.into_iter()
                    .map(|ask| self.put(header.height, ask, timeout)),
            )
            .await;
            for (ask, answer) in answers {
                let peer = ask.peer();
                if let Err(fault) = sampling.answer(ask, answer) {
                    self.peers.net().ban(peer, &fault.to_string());
                }
            }
            // One batch for all, as long as nobody lies or keeps us waiting.
            let late = left(deadline) < self.deadline / 2;
            if sampling.wanted() == 0 || late {
                sampling = self.verify(sampling, &grid).await?;
            }
            if sampling.is_complete() || left(deadline).is_zero() {
                return Ok(sampling.judge());
            }
            tokio::time::sleep(pause.min(left(deadline))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Puts a question and classifies what comes of it.
    async fn put(
        &self,
        height: Height,
        ask: Ask<PeerId>,
        timeout: Duration,
    ) -> (Ask<PeerId>, Answer) {
        let request = Request::Samples {
            height,
            coordinates: ask.coordinates().to_vec(),
        };
        let answer = match self.peers.net().request(ask.peer(), request, timeout).await {
            Ok(Response::Samples(cells)) if !cells.is_empty() => Answer::Cells(cells),
            Ok(Response::Busy { retry_after_ms }) => {
                let now = std::time::Instant::now();
                self.peers.rest(ask.peer(), retry_after_ms, now);
                Answer::Busy
            }
            Ok(_) => Answer::Refused,
            Err(net::Error::Timeout { .. }) => Answer::Silent,
            Err(error) if error.is_peer_fault() => Answer::Refused,
            Err(_) => Answer::Unreachable,
        };
        (ask, answer)
    }

    /// Verifies off the reactor's threads, and bans whoever lied.
    async fn verify(
        &self,
        mut sampling: Sampling<PeerId>,
        grid: &Arc<CommitmentGrid>,
    ) -> Result<Sampling<PeerId>> {
        let (setup, grid) = (self.setup, Arc::clone(grid));
        let (sampling, lies) = off_thread(move || {
            let lies = sampling.verify(setup, &grid)?;
            Ok((sampling, lies))
        })
        .await?;
        for lie in lies {
            tracing::warn!(peer = %lie.peer, at = %lie.at, fault = %lie.fault, "false cell");
            self.peers.net().report(lie.peer, Offence::BadProof);
            self.peers.net().ban(lie.peer, &lie.fault.to_string());
        }
        Ok(sampling)
    }

    /// The block's commitments, from the first peer whose answer matches the header.
    async fn fetch_grid(
        &self,
        header: &Header,
        samples: usize,
        deadline: Instant,
        rng: &mut StdRng,
    ) -> Result<Fetched> {
        let mut met_peers = false;
        let mut pause = FIRST_PAUSE;
        let undecided =
            |reason| Fetched::Not(Judgement::undecided(reason, header.dimensions, samples));
        loop {
            for peer in self.peers.shuffled(std::time::Instant::now(), rng) {
                met_peers = true;
                let timeout = self.request_timeout.min(left(deadline));
                if timeout.is_zero() {
                    break;
                }
                let request = Request::Commitments {
                    height: header.height,
                };
                match self.peers.net().request(peer, request, timeout).await {
                    Ok(Response::Commitments(commitments)) => {
                        let header = *header;
                        let checked = off_thread(move || {
                            UnverifiedCommitments::new(commitments).verify(&header)
                        })
                        .await;
                        match checked {
                            Ok(grid) => return Ok(Fetched::Grid(Arc::new(grid))),
                            // They are the header's, so it is the proposer who made them so.
                            Err(Error::Commitments(CommitmentError::BadCommitment { .. })) => {
                                return Ok(Fetched::Not(Judgement {
                                    verdict: Verdict::Unavailable,
                                    ..Judgement::undecided(
                                        Reason::InvalidCommitments,
                                        header.dimensions,
                                        samples,
                                    )
                                }));
                            }
                            Err(error) if error.is_peer_fault() => {
                                tracing::warn!(%peer, %error, "false commitments");
                                self.peers.net().ban(peer, &error.to_string());
                            }
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(Response::Busy { retry_after_ms }) => {
                        let now = std::time::Instant::now();
                        self.peers.rest(peer, retry_after_ms, now);
                    }
                    Ok(_) | Err(_) => {}
                }
            }
            if left(deadline).is_zero() {
                return Ok(undecided(if met_peers {
                    Reason::NoCommitments
                } else {
                    Reason::NoPeers
                }));
            }
            tokio::time::sleep(pause.min(left(deadline))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Runs a computation where it does not hold up the network.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Stopped {
            reason: error.to_string(),
        })?
}
