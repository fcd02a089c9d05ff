//! Whom to ask for blocks.

use crate::state::State;
use chain::{UnverifiedBlock, UnverifiedFinality};
use net::{MAX_BLOCKS, Offence, PeerId, Request, Response, Role};
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use types::Height;

/// How long a peer may take to give some blocks.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long a peer that failed is left alone.
const REST: Duration = Duration::from_secs(5);
/// Peers asked for the same blocks, one after the other.
const ATTEMPTS: usize = 8;
/// What is asked for at a time.
const COUNT: u16 = 8;
const _: () = assert!(COUNT as usize == MAX_BLOCKS);

/// Consecutive blocks as one peer gave them; nothing of them is verified.
#[derive(Debug)]
pub(super) struct Batch {
    peer: PeerId,
    blocks: Vec<(UnverifiedBlock, UnverifiedFinality)>,
}

impl Batch {
    pub(super) const fn peer(&self) -> PeerId {
        self.peer
    }

    pub(super) fn blocks(&self) -> &[(UnverifiedBlock, UnverifiedFinality)] {
        &self.blocks
    }

    /// The first height; none of an empty batch.
    pub(super) fn first(&self) -> Option<Height> {
        self.blocks.first().map(|(block, _)| block.header.height)
    }

    /// The height after the last.
    pub(super) fn after(&self) -> Option<Height> {
        self.blocks
            .last()
            .and_then(|(block, _)| block.header.height.next())
    }

    /// Whether the peer gave as many as were asked for: it may have more.
    pub(super) fn is_full(&self) -> bool {
        self.blocks.len() == usize::from(COUNT)
    }
}

/// The full nodes that are connected, and which of them rest.
#[derive(Debug, Default)]
pub(super) struct Sources {
    resting: HashMap<PeerId, Instant>,
}

impl Sources {
    /// Blocks from a height on, from whoever has them; none when nobody has.
    pub(super) async fn blocks(&mut self, state: &State, from: Height) -> Option<Batch> {
        for peer in self.candidates(state) {
            let request = Request::Blocks { from, count: COUNT };
            match state.network.request(peer, request, DEADLINE).await {
                Ok(Response::Blocks(blocks)) => return Some(Batch { peer, blocks }),
                Ok(Response::Busy { retry_after_ms }) => {
                    self.rest(peer, Duration::from_millis(retry_after_ms.into()).min(REST));
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%peer, %error, "gives no blocks");
                    self.rest(peer, REST);
                }
            }
        }
        None
    }

    /// A peer gave what does not verify.
    pub(super) fn refuse(&mut self, state: &State, peer: PeerId) {
        state.network.report(peer, Offence::BadProof);
        self.rest(peer, REST);
    }

    fn rest(&mut self, peer: PeerId, time: Duration) {
        self.resting.insert(peer, Instant::now() + time);
    }

    /// In an order of chance, so that no peer decides who is asked.
    fn candidates(&mut self, state: &State) -> Vec<PeerId> {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        let mut peers: Vec<PeerId> = state
            .network
            .connected_peers()
            .into_iter()
            .filter(|peer| peer.role == Role::Full && !self.resting.contains_key(&peer.peer))
            .map(|peer| peer.peer)
            .collect();
        peers.shuffle(&mut rand::rng());
        peers.truncate(ATTEMPTS);
        peers
    }
}
