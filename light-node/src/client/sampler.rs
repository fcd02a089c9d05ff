//! Sampling one block over the network.

use crate::client::config::Config;
use crate::client::grid::Fetched;
use crate::client::peers::Peers;
use crate::client::report::BlockVerdict;
use crate::core::{Answer, Ask, Goal, Judgement, Plan, Sampling};
use crate::{Error, Result};
use chain::FinalHeader;
use commitments::{CommitmentGrid, VerifiedCell, Verifier};
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
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(800);
/// Nobody is asked with less time than this: an honest peer could not answer.
pub(crate) const SHORTEST_ASK: Duration = Duration::from_millis(200);
/// What pauses leave of the time, so that the last round has more than the shortest.
pub(crate) const LAST_ROUND: Duration = SHORTEST_ASK.saturating_mul(2);

/// Randomness of our own, from the system.
pub(crate) fn own_randomness() -> Result<StdRng> {
    StdRng::try_from_rng(&mut SysRng).map_err(Error::Randomness)
}

/// What the sampling of a block left: the verdict, and what was verified on the way.
pub(crate) struct Sampled {
    pub(crate) header: FinalHeader,
    pub(crate) verdict: BlockVerdict,
    /// None where no commitments came, or none were needed.
    pub(crate) held: Option<Holding>,
}

/// Commitments that are the header's, and the cells that were verified against them.
pub(crate) struct Holding {
    pub(crate) grid: Arc<CommitmentGrid>,
    pub(crate) cells: Vec<VerifiedCell>,
}

/// Samples blocks.
pub(crate) struct Sampler {
    pub(crate) peers: Arc<Peers>,
    pub(crate) verifier: &'static Verifier,
    pub(crate) goal: Goal,
    deadline: Duration,
    pub(crate) request_timeout: Duration,
}

impl Sampler {
    pub(crate) fn new(peers: Arc<Peers>, verifier: &'static Verifier, config: &Config) -> Self {
        Self {
            peers,
            verifier,
            goal: config.goal,
            deadline: config.deadline,
            request_timeout: config.request_timeout,
        }
    }

    /// Samples the block of a header that is trusted since `accepted`, and judges it. The
    /// deadline runs from now on: a wait for other blocks is no sign of withholding.
    pub(crate) async fn sample(&self, header: &FinalHeader, accepted: Instant) -> Result<Sampled> {
        let before = self.peers.net().traffic().received;
        let deadline = Instant::now() + self.deadline;
        let (judgement, held) = self.judge(header.header(), deadline).await?;
        let received = self.peers.net().traffic().received.saturating_sub(before);
        let verdict = BlockVerdict::new(
            header.header().height,
            header.hash(),
            &judgement,
            received,
            accepted.elapsed(),
        );
        Ok(Sampled {
            header: header.clone(),
            verdict,
            held,
        })
    }

    async fn judge(
        &self,
        header: &Header,
        deadline: Instant,
    ) -> Result<(Judgement, Option<Holding>)> {
        let mut rng = own_randomness()?;
        let plan = Plan::draw(header.dimensions, self.goal, &mut rng)?;
        let mut sampling = Sampling::new(plan, header.commitments_root);
        if header.dimensions.is_empty() {
            return Ok((sampling.judge(), None));
        }
        let samples = sampling.figures().samples;
        let grid = match self.fetch_grid(header, samples, deadline, &mut rng).await? {
            Fetched::Grid(grid) => grid,
            Fetched::Not(judgement) => return Ok((judgement, None)),
        };
        let mut pause = FIRST_PAUSE;
        while left(deadline) >= SHORTEST_ASK {
            let peers = self.peers.ready(std::time::Instant::now());
            let asks = sampling.ask(&peers, &mut rng);
            let answers = join_all(
                asks.into_iter()
                    .map(|ask| self.put(header.height, ask, deadline)),
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
            let spare = left(deadline).saturating_sub(LAST_ROUND);
            if sampling.is_complete() || spare.is_zero() {
                break;
            }
            tokio::time::sleep(pause.min(spare)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        if sampling.claimed() > 0 {
            sampling = self.verify(sampling, &grid).await?;
        }
        let judgement = sampling.judge();
        let cells = sampling.into_verified();
        Ok((judgement, Some(Holding { grid, cells })))
    }

    /// Puts a question and classifies what comes of it.
    async fn put(
        &self,
        height: Height,
        ask: Ask<PeerId>,
        deadline: Instant,
    ) -> (Ask<PeerId>, Answer) {
        let request = Request::Samples {
            height,
            coordinates: ask.coordinates().to_vec(),
        };
        let left = left(deadline);
        let timeout = self.request_timeout.min(left);
        let came = self.peers.net().request(ask.peer(), request, timeout).await;
        if let Ok(Response::Busy { retry_after_ms }) = &came {
            let now = std::time::Instant::now();
            self.peers.rest(ask.peer(), *retry_after_ms, now);
        }
        let answer = classify(came, left < self.request_timeout);
        if answer == Answer::Silent {
            self.peers.rest_silent(ask.peer());
        }
        (ask, answer)
    }

    /// Verifies off the reactor's threads, and bans whoever lied.
    async fn verify(
        &self,
        mut sampling: Sampling<PeerId>,
        grid: &Arc<CommitmentGrid>,
    ) -> Result<Sampling<PeerId>> {
        let (verifier, grid) = (self.verifier, Arc::clone(grid));
        let (sampling, lies) = off_thread(move || {
            let lies = sampling.verify(verifier, &grid)?;
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
}

/// What came of a question. `cut_short`: it had less time than any question should, by a
/// deadline of our own, so that silence says nothing of the peer. Neither does a question that
/// was never sent.
fn classify(came: net::Result<Response>, cut_short: bool) -> Answer {
    match came {
        Ok(Response::Samples(cells)) if !cells.is_empty() => Answer::Cells(cells),
        Ok(Response::Busy { .. }) => Answer::Busy,
        Ok(_) => Answer::Refused,
        Err(net::Error::Timeout { .. }) if !cut_short => Answer::Silent,
        Err(net::Error::Banned { .. } | net::Error::NotConnected { .. }) => Answer::Unreachable,
        Err(error) if error.is_peer_fault() => Answer::Refused,
        Err(_) => Answer::Unreachable,
    }
}

/// What is left until then.
pub(crate) fn left(deadline: Instant) -> Duration {
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

#[cfg(test)]
mod tests;
