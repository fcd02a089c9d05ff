//! How much of others' requests is read and handled at once: per peer, and altogether.
//!
//! A peer's gate outlives its connections for as long as anything that passed it is under way,
//! so that another connection gains it nothing.

use crate::shared::Rank;
use libp2p::PeerId;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests that one light or unknown peer may be writing at once; more are not taken.
pub(crate) const MAX_STRANGE_READS: usize = 16;
/// Requests of one full node that are read at once; more wait.
pub(crate) const MAX_MEMBER_READS: usize = 32;
/// Large requests of one validator that are read or handled at once; more wait.
pub(crate) const MAX_LARGE_PER_PEER: usize = 4;
/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// What one peer may have under way.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) peer: PeerId,
    strange: Arc<Semaphore>,
    member: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Gate {
    fn new(peer: PeerId) -> Self {
        Self {
            peer,
            strange: Arc::new(Semaphore::new(MAX_STRANGE_READS)),
            member: Arc::new(Semaphore::new(MAX_MEMBER_READS)),
            large: Arc::new(Semaphore::new(MAX_LARGE_PER_PEER)),
        }
    }

    /// A turn to read a request, before anything of it is known.
    pub(crate) async fn turn(&self, rank: Rank) -> io::Result<OwnedSemaphorePermit> {
        match rank {
            Rank::Unknown | Rank::Light => Arc::clone(&self.strange)
                .try_acquire_owned()
                .map_err(|_| io::Error::new(io::ErrorKind::WouldBlock, "too many at once")),
            Rank::Full | Rank::Validator => acquire(&self.member, 1).await,
        }
    }

    /// Whether nothing but the table of gates holds on to it.
    fn is_idle(gate: &Arc<Self>) -> bool {
        Arc::strong_count(gate) == 1
            && [&gate.strange, &gate.member, &gate.large]
                .into_iter()
                .all(|turns| Arc::strong_count(turns) == 1)
    }
}

/// A request's share of memory, and its sender's turn if it is large; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _memory: OwnedSemaphorePermit,
    _turn: Option<OwnedSemaphorePermit>,
}

/// The gates of all peers, and the memory that they have in common.
#[derive(Debug)]
pub(crate) struct Gates {
    peers: Mutex<HashMap<PeerId, Arc<Gate>>>,
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Gates {
    /// So many bytes of small and of large requests at once, from all peers together.
    pub(crate) fn new(small: usize, large: usize) -> Self {
        Self {
            peers: Mutex::default(),
            small: Arc::new(Semaphore::new(small)),
            large: Arc::new(Semaphore::new(large)),
        }
    }

    /// The gate of a peer, the same for all its connections.
    pub(crate) fn of(&self, peer: PeerId) -> Arc<Gate> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|other, gate| *other == peer || !Gate::is_idle(gate));
        let gate = peers.entry(peer).or_insert_with(|| Gate::new(peer).into());
        Arc::clone(gate)
    }

    /// Memory for a small request.
    pub(crate) async fn small(&self, bytes: usize) -> io::Result<Share> {
        Ok(Share {
            _memory: acquire(&self.small, bytes).await?,
            _turn: None,
        })
    }

    /// The peer's turn, then memory for a large request.
    pub(crate) async fn large(&self, gate: &Gate, bytes: usize) -> io::Result<Share> {
        let turn = acquire(&gate.large, 1).await?;
        Ok(Share {
            _memory: acquire(&self.large, bytes).await?,
            _turn: Some(turn),
        })
    }
}

async fn acquire(turns: &Arc<Semaphore>, count: usize) -> io::Result<OwnedSemaphorePermit> {
    let count = u32::try_from(count).map_err(io::Error::other)?;
    let acquired = Arc::clone(turns).acquire_many_owned(count);
    match tokio::time::timeout(MAX_WAIT, acquired).await {
        Ok(permit) => permit.map_err(io::Error::other),
        Err(_) => Err(io::Error::new(io::ErrorKind::WouldBlock, "no turn in time")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn a_strangers_turns_are_counted_across_its_connections() {
        let gates = Gates::new(1_000, 1_000);
        let (peer, other) = (PeerId::random(), PeerId::random());
        let mut turns = Vec::new();
        for _ in 0..MAX_STRANGE_READS {
            turns.push(gates.of(peer).turn(Rank::Unknown).await.unwrap());
        }
        for rank in [Rank::Unknown, Rank::Light] {
            let error = gates.of(peer).turn(rank).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        }
        assert!(gates.of(other).turn(Rank::Light).await.is_ok());
        turns.pop();
        assert!(gates.of(peer).turn(Rank::Light).await.is_ok());
    }

    #[tokio::test]
    async fn one_validator_cannot_take_the_memory_of_all() {
        let gates = Gates::new(0, 10 * MAX_LARGE_PER_PEER);
        let (greedy, other) = (gates.of(PeerId::random()), gates.of(PeerId::random()));
        let mut shares = Vec::new();
        for _ in 0..MAX_LARGE_PER_PEER {
            shares.push(gates.large(&greedy, 1).await.unwrap());
        }
        // Through another connection, too, it has to wait.
        let again = gates.of(greedy.peer);
        assert!(gates.large(&again, 1).now_or_never().is_none());
        assert!(gates.large(&other, 1).await.is_ok());
        shares.pop();
        assert!(gates.large(&again, 1).await.is_ok());
    }

    #[tokio::test]
    async fn memory_is_bounded_over_all_peers() {
        let gates = Gates::new(100, 0);
        let first = gates.small(60).await.unwrap();
        assert!(gates.small(60).now_or_never().is_none());
        drop(first);
        assert!(gates.small(60).await.is_ok());
    }

    #[tokio::test]
    async fn gates_are_forgotten_once_nothing_is_under_way() {
        let gates = Gates::new(10, 10);
        let busy = gates.of(PeerId::random());
        let peer = busy.peer;
        let share = gates.large(&busy, 1).await.unwrap();
        drop(busy);
        for _ in 0..100 {
            gates.of(PeerId::random());
        }
        // The busy one and the newest.
        assert_eq!(gates.peers.lock().unwrap().len(), 2);
        assert!(gates.peers.lock().unwrap().contains_key(&peer));
        drop(share);
        gates.of(PeerId::random());
        assert_eq!(gates.peers.lock().unwrap().len(), 1);
    }
}
