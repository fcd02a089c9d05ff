//! A block's commitments over the network.

use crate::client::sampler::{
    FIRST_PAUSE, LAST_ROUND, LONGEST_PAUSE, SHORTEST_ASK, Sampler, left, off_thread,
};
use crate::core::{Judgement, Reason, UnverifiedCommitments, Verdict};
use crate::{Error, Result};
use commitments::{CommitmentError, CommitmentGrid};
use futures::stream::{FuturesUnordered, StreamExt};
use net::{PeerId, Request, Response};
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};
use tokio::time::Instant;
use types::Header;

/// How long one peer has the question to itself before the next is asked as well: both answers
/// then cost bytes.
const HEDGE: Duration = Duration::from_millis(500);

/// What came of asking for the commitments.
pub(crate) enum Fetched {
    Grid(Arc<CommitmentGrid>),
    Not(Judgement),
}

impl Sampler {
    /// The block's commitments, from the first peer whose answer matches the header.
    pub(crate) async fn fetch_grid(
        &self,
        header: &Header,
        samples: usize,
        deadline: Instant,
        rng: &mut StdRng,
    ) -> Result<Fetched> {
        let mut met_peers = false;
        let mut pause = FIRST_PAUSE;
        loop {
            let peers = self.peers.shuffled(Clock::now(), rng);
            met_peers |= !peers.is_empty();
            if let Some(fetched) = self.first_grid(header, samples, peers, deadline).await? {
                return Ok(fetched);
            }
            let spare = left(deadline).saturating_sub(LAST_ROUND);
            if spare.is_zero() {
                let reason = if met_peers {
                    Reason::NoCommitments
                } else {
                    Reason::NoPeers
                };
                let judgement = Judgement::undecided(reason, header.dimensions, samples);
                return Ok(Fetched::Not(judgement));
            }
            tokio::time::sleep(pause.min(spare)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks each of these peers once: the next as soon as one has nothing to give, or when it
    /// keeps us waiting. Silence thus costs [`HEDGE`] and not a whole request's time. None when
    /// nobody had them.
    async fn first_grid(
        &self,
        header: &Header,
        samples: usize,
        peers: Vec<PeerId>,
        deadline: Instant,
    ) -> Result<Option<Fetched>> {
        let mut peers = peers.into_iter();
        let mut asked = FuturesUnordered::new();
        loop {
            if left(deadline) >= SHORTEST_ASK
                && let Some(peer) = peers.next()
            {
                asked.push(self.grid_from(header, samples, peer, deadline));
            }
            tokio::select! {
                Some(came) = asked.next() => if let Some(fetched) = came? {
                    return Ok(Some(fetched));
                },
                () = tokio::time::sleep(HEDGE), if !asked.is_empty() => {}
                else => return Ok(None),
            }
        }
    }

    /// What one peer gives; none when that is nothing, or not the header's.
    async fn grid_from(
        &self,
        header: &Header,
        samples: usize,
        peer: PeerId,
        deadline: Instant,
    ) -> Result<Option<Fetched>> {
        let left = left(deadline);
        let timeout = self.request_timeout.min(left);
        let request = Request::Commitments {
            height: header.height,
        };
        let commitments = match self.peers.net().request(peer, request, timeout).await {
            Ok(Response::Commitments(commitments)) => commitments,
            Ok(Response::Busy { retry_after_ms }) => {
                self.peers.rest(peer, retry_after_ms, Clock::now());
                return Ok(None);
            }
            Err(net::Error::Timeout { .. }) if left >= self.request_timeout => {
                self.peers.rest_silent(peer);
                return Ok(None);
            }
            Ok(_) | Err(_) => return Ok(None),
        };
        let claimed = UnverifiedCommitments::new(commitments);
        let expected = *header;
        match off_thread(move || claimed.verify(&expected)).await {
            Ok(grid) => Ok(Some(Fetched::Grid(Arc::new(grid)))),
            // They are the header's, so it is the proposer who made them so.
            Err(Error::Commitments(CommitmentError::BadCommitment { .. })) => {
                let reason = Reason::InvalidCommitments;
                Ok(Some(Fetched::Not(Judgement {
                    verdict: Verdict::Unavailable,
                    ..Judgement::undecided(reason, header.dimensions, samples)
                })))
            }
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(%peer, %error, "false commitments");
                self.peers.net().ban(peer, &error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
