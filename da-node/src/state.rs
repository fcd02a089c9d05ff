//! What every part of a running node shares.

use crate::board::Board;
use crate::custody::Wanted;
use crate::disk::{Disk, Need};
use crate::faults::FaultSwitch;
use crate::membership::Membership;
use crate::metrics::{Metrics, names};
use crate::pool::Pool;
use crate::roles::Part;
use crate::sets::{Assigned, Sets};
use crate::store::{BlobState, Kept, Store};
use crate::tend::Pruned;
use crate::work::{Work, Workers};
use crate::{Clock, Error, Limits, Result};
use chain::{
    AvailabilityCertificate, ChainParams, CheckedGenesis, Checkpoint, ColumnSet, Parent,
    SigningKey, Tenure, UnverifiedAvailability, ValidatorAddress, ValidatorIndex, ValidatorSet,
};
use commitments::Setup;
use net::{Multiaddr, Network, PeerId};
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use types::{BlobId, BlobMeta, ChainId, HeaderHash, Height, Round, SetHash, Timestamp};

/// The shared state. Everything durable is in the store; the rest can be lost.
pub(crate) struct State {
    pub(crate) genesis: CheckedGenesis,
    /// The key that votes whenever it is in the set; none in a node that never does.
    pub(crate) key: Option<Arc<SigningKey>>,
    /// The validator sets by height.
    pub(crate) sets: Sets,
    /// The columns that this node keeps of blobs that it is no custodian of.
    pub(crate) kept_columns: ColumnSet,
    /// Whether it votes or follows at present.
    pub(crate) part: watch::Sender<Part>,
    /// A block that the chain must have.
    pub(crate) pinned: Option<Checkpoint>,
    /// The highest height that a full node has named: a claim, and shown as one.
    pub(crate) horizon: watch::Sender<Height>,
    /// Where the other validators reach this one's consensus.
    pub(crate) consensus_address: Option<Multiaddr>,
    /// Where this node's consensus reaches the members that told their address.
    pub(crate) contacts: watch::Sender<BTreeSet<String>>,
    /// Peers that may disperse though they are no validators.
    pub(crate) dispersers: HashSet<PeerId>,
    pub(crate) store: Store,
    pub(crate) disk: Disk,
    pub(crate) pruned: Pruned,
    pub(crate) board: Board,
    /// Changes of the validator set that wait.
    pub(crate) membership: Membership,
    pub(crate) pool: Pool,
    pub(crate) setup: &'static Setup,
    pub(crate) workers: Arc<Workers>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) network: Network,
    pub(crate) limits: Limits,
    pub(crate) faults: FaultSwitch,
    /// One permit per submission, from its first byte to its certificate.
    pub(crate) submissions: Arc<Semaphore>,
    /// One permit per request of a peer that computes.
    pub(crate) heavy: Arc<Semaphore>,
    /// The ways to the other validators, and what is on them.
    pub(crate) lanes: crate::accept::Lanes,
    /// Blobs that something is working on, by kind of work.
    pub(crate) accepting: Claims,
    /// Blobs whose custody is incomplete here.
    pub(crate) wanted: Wanted,
    /// The last final height.
    pub(crate) tip: watch::Sender<Height>,
    /// The highest height of which a certified header was seen.
    pub(crate) seen: watch::Sender<Height>,
    /// Whether some full node has told its newest header, or that it has none.
    pub(crate) greeted: watch::Sender<bool>,
    /// A height that some peer claims the network is at, never above the next one: worth
    /// starting that height early, and no more.
    pub(crate) claimed: watch::Sender<Height>,
    /// Why the node promises nothing any more, once consensus has halted or failed.
    pub(crate) unfit: watch::Sender<Option<String>>,
    /// One permit per answer that makes parity cells: each costs a combination of a column.
    pub(crate) parity: Arc<Semaphore>,
    pub(crate) views: crate::serve::Views,
    pub(crate) metrics: Arc<Metrics>,
    /// Open connections of clients.
    pub(crate) visitors: Arc<AtomicUsize>,
    /// The height and the round that consensus works on.
    pub(crate) at_work: watch::Sender<(Height, Round)>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl State {
    pub(crate) fn chain_id(&self) -> ChainId {
        self.genesis.chain_id()
    }

    pub(crate) fn params(&self) -> &ChainParams {
        self.genesis.params()
    }

    /// The set that certifies the height after the tip.
    pub(crate) fn validators(&self) -> ValidatorSet {
        self.sets.next().current.set().clone()
    }

    /// The set that a certificate of this chain names, if it was ever in force.
    pub(crate) fn set_named(&self, hash: &SetHash) -> Result<Option<ValidatorSet>> {
        Ok(self
            .sets
            .by_hash(hash)?
            .map(|assigned| assigned.set().clone()))
    }

    /// The height after the tip, and the sets that count there.
    pub(crate) fn upcoming(&self) -> Result<(Height, Tenure)> {
        let tip = *self.tip.borrow();
        let next = tip.next().unwrap_or(tip);
        Ok((next, self.sets.next().tenure))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// This node's place in a set; none when it is no member.
    pub(crate) fn index_in(&self, set: &Assigned) -> Option<ValidatorIndex> {
        set.index_of(&self.key.as_ref()?.public_key())
    }

    /// Whether this node is in the set of the next height.
    pub(crate) fn is_member(&self) -> bool {
        self.index_in(&self.sets.next().current).is_some()
    }

    /// The columns that this node keeps of every row of a blob that was certified by a set: its
    /// custody as a member, and what it keeps as a full node otherwise.
    pub(crate) fn columns_in(&self, set: &Assigned) -> ColumnSet {
        self.index_in(set)
            .map_or(self.kept_columns, |index| set.columns(index))
    }

    /// As [`Self::columns_in`] for the set with this hash.
    pub(crate) fn columns_under(&self, set: &SetHash) -> Result<ColumnSet> {
        let assigned = self.sets.by_hash(set)?;
        Ok(assigned.map_or(self.kept_columns, |assigned| self.columns_in(&assigned)))
    }

    /// The columns that this node keeps of every row of a blob: those of the set that certified
    /// it, or of the one that would now.
    pub(crate) fn columns_of(&self, blob: &BlobId) -> Result<ColumnSet> {
        let record = self.store.record(blob)?;
        match record.as_ref().and_then(|r| r.state.certificate()) {
            Some(certificate) => self.columns_under(&certificate.terms.set),
            None => Ok(self.columns_in(&self.sets.next().current)),
        }
    }

    /// Refuses a header at the height of the checkpoint that is not the checkpoint's.
    ///
    /// # Errors
    /// [`chain::Error::WrongHeader`].
    pub(crate) fn check_pinned(&self, height: Height, got: HeaderHash) -> Result<()> {
        match self.pinned {
            Some(Checkpoint { height: at, hash }) if at == height && hash != got => {
                Err(chain::Error::WrongHeader {
                    got,
                    expected: hash,
                }
                .into())
            }
            _ => Ok(()),
        }
    }

    /// Whether a blob accepted under these terms is still kept.
    pub(crate) fn is_retained(&self, terms: &chain::ReceiptTerms) -> bool {
        terms.expires_at > self.now()
    }

    /// Notes the height at which a peer says that the network is.
    pub(crate) fn heard_of(&self, height: Height) {
        self.horizon.send_if_modified(|horizon| {
            let higher = height > *horizon;
            *horizon = height.max(*horizon);
            higher
        });
    }

    /// Refuses to promise anything once consensus has halted or failed.
    pub(crate) fn check_fit(&self) -> Result<()> {
        match &*self.unfit.borrow() {
            None => Ok(()),
            Some(reason) => Err(Error::Unfit {
                reason: reason.clone(),
            }),
        }
    }

    /// Whether a validator is in the set of the next height or in the one before it.
    pub(crate) fn is_in_force(&self, address: &ValidatorAddress) -> bool {
        let in_force = self.sets.next();
        let find = |set: &Assigned| set.set().find(address).is_some();
        find(&in_force.current) || in_force.previous.as_deref().is_some_and(find)
    }

    /// Whether the peer may disperse: it has proven to be a validator of a set in force, or this
    /// node's operator has named it.
    pub(crate) fn may_disperse(&self, peer: &PeerId) -> bool {
        let bound = self.network.peer(peer).and_then(|peer| peer.validator);
        bound.is_some_and(|address| self.is_in_force(&address)) || self.dispersers.contains(peer)
    }

    /// How long a blob is kept from the time of the block that orders it: no node may forget
    /// that it is ordered while another could still propose it again.
    pub(crate) fn kept(&self) -> Kept {
        let params = self.params();
        Kept {
            after_order_ms: params.retention_ms.saturating_add(params.clock_drift_ms),
        }
    }

    /// What the block at the height after `height` builds on.
    pub(crate) fn parent(&self, height: Height) -> Result<Parent> {
        if height == Height::GENESIS {
            return Ok(Parent::genesis(&self.genesis));
        }
        let last = *self.tip.borrow();
        let block = self
            .store
            .block(height)?
            .ok_or(Error::UnknownHeight { got: height, last })?;
        let header = block.block.header;
        Ok(Parent {
            hash: header.hash(),
            height: header.height,
            time: header.time,
        })
    }

    /// Whether a block ordered the blob so recently that, at `time`, it is still retained.
    pub(crate) fn is_ordered(&self, blob: &BlobId, time: Timestamp) -> bool {
        match self.store.record(blob) {
            Ok(Some(record)) => match record.state {
                BlobState::Final { time: ordered, .. } => {
                    ordered.plus_millis(self.params().retention_ms) > time
                }
                _ => false,
            },
            // A store that fails must not let a blob be ordered twice.
            Err(_) => true,
            Ok(None) => false,
        }
    }

    /// Takes in a certificate that was made here or heard of: verifies it, remembers it, and
    /// lets the blob wait for a block. Says whether it was news.
    pub(crate) fn take_certificate(
        &self,
        meta: &BlobMeta,
        certificate: UnverifiedAvailability,
    ) -> Result<News> {
        let unverified = certificate.clone();
        // By a set that was replaced, or that is still to come: no use here.
        let in_force = self.sets.next();
        let Ok(assigned) = in_force.certifier(&certificate.terms, self.params()) else {
            return Ok(News::Old);
        };
        let certificate = certificate.verify(&self.chain_id(), assigned.set())?;
        let blob = certificate.blob();
        if meta.id() != blob {
            return Err(Error::BlobId {
                got: meta.id(),
                expected: blob,
            });
        }
        let terms = *certificate.terms();
        let window = self.params().ordering_window_ms;
        if terms.accepted_at.plus_millis(window) <= self.now() {
            return Ok(News::Old);
        }
        if let Some(record) = self.store.record(&blob)? {
            match record.state {
                BlobState::Final { .. } => return Ok(News::Old),
                BlobState::Certified { .. } => {
                    self.await_block(certificate, meta)?;
                    return Ok(News::Old);
                }
                _ => {}
            }
        }
        self.store.put_meta(meta)?;
        let state = BlobState::Certified {
            certificate: unverified,
        };
        self.board.set(blob, state, terms.accepted_at)?;
        self.metrics.count(&names::CERTIFICATES, &[], 1);
        self.await_block(certificate, meta)?;
        Ok(News::New)
    }

    /// Lets a certified blob wait for a block, unless one has ordered it meanwhile.
    fn await_block(&self, certificate: AvailabilityCertificate, meta: &BlobMeta) -> Result<()> {
        let blob = certificate.blob();
        self.pool.insert(certificate, meta.clone());
        let record = self.store.record(&blob)?;
        if record.is_some_and(|record| matches!(record.state, BlobState::Final { .. })) {
            self.pool.remove(&blob);
        }
        Ok(())
    }

    /// Lets certified blobs that no block took in time expire.
    pub(crate) fn expire_certified(&self) -> Result<()> {
        let window = self.params().ordering_window_ms;
        let limit = Timestamp::new(self.now().get().saturating_sub(window));
        for blob in self.pool.expire(limit) {
            let accepted_at = self
                .store
                .record(&blob)?
                .map_or_else(Timestamp::default, |r| r.accepted_at);
            self.board.set(blob, BlobState::Expired, accepted_at)?;
            self.metrics.count(&names::EXPIRED_BLOBS, &[], 1);
        }
        Ok(())
    }

    /// The header hash and height that a light node may start from.
    pub(crate) fn checkpoint(&self) -> Result<(HeaderHash, Height)> {
        let parent = self.parent(*self.tip.borrow())?;
        Ok((parent.hash, parent.height))
    }

    /// Why the node promises nothing at the moment.
    fn unfit(&self) -> Option<String> {
        let failed = self.unfit.borrow().clone();
        failed.or_else(|| self.disk.check(Need::Vote).err().map(|e| e.to_string()))
    }

    /// The node at a glance.
    pub(crate) fn status(&self) -> Result<NodeStatus> {
        let (hash, height) = self.checkpoint()?;
        let peers = self.network.connected_peers();
        let bound = peers.iter().filter_map(|peer| peer.validator);
        let set = self.validators();
        let (consensus_height, consensus_round) = *self.at_work.borrow();
        let waiting = self.submissions.available_permits();
        Ok(NodeStatus {
            chain_id: self.chain_id(),
            height,
            hash,
            peers: peers.len(),
            validators: bound.filter(|address| set.find(address).is_some()).count(),
            part: *self.part.borrow(),
            horizon: height.max(*self.horizon.borrow()),
            waiting_blobs: self.pool.waiting().len(),
            waiting_rows: self.pool.rows(),
            unfit: self.unfit(),
            consensus_height,
            consensus_round,
            submissions: self.limits.submissions.saturating_sub(waiting),
            wanted_blobs: self.wanted.len(),
            connections: self.visitors.load(Ordering::Relaxed),
            free_bytes: self.disk.free(),
            reserve_bytes: self.disk.reserve(),
        })
    }

    /// Runs work that computes on a thread of its own.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        // Tracked, so that a node that stops waits for what still holds its store.
        self.tasks
            .spawn_blocking(work)
            .await
            .map_err(|_| Error::Stopping)
    }

    /// As [`State::compute`]; the thread's processor time counts as this work.
    pub(crate) async fn compute_as<T: Send + 'static>(
        &self,
        work: Work,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let workers = Arc::clone(&self.workers);
        self.compute(move || workers.measure(work, job)).await
    }
}

/// A node at a glance.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NodeStatus {
    /// The chain.
    pub chain_id: ChainId,
    /// The last final height.
    pub height: Height,
    /// Its header's hash; the chain id at the genesis.
    pub hash: HeaderHash,
    /// Connected peers that passed the handshake.
    pub peers: usize,
    /// Those of them that proved to be other validators of the set.
    pub validators: usize,
    /// Whether it votes or follows.
    pub part: Part,
    /// The highest height that peers have named, which nobody has proven; at least its own.
    pub horizon: Height,
    /// Certified blobs that wait for a block.
    pub waiting_blobs: usize,
    /// Rows that they have.
    pub waiting_rows: usize,
    /// Why the node promises nothing any more; none while it is fit.
    pub unfit: Option<String>,
    /// The height that consensus works on.
    pub consensus_height: Height,
    /// Its round.
    pub consensus_round: Round,
    /// Submissions being received, encoded or dispersed.
    pub submissions: usize,
    /// Blobs whose custody is incomplete here and is being pulled.
    pub wanted_blobs: usize,
    /// Open connections of clients.
    pub connections: usize,
    /// Bytes that are free on the file system of its data.
    pub free_bytes: u64,
    /// Bytes that are to stay free there.
    pub reserve_bytes: u64,
}

/// Whether something was heard for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It was.
    New,
    /// It was known, or is too old to matter.
    Old,
}

/// Blobs that somebody is working on: a second worker leaves them alone.
#[derive(Debug, Default)]
pub(crate) struct Claims(Arc<Mutex<HashSet<BlobId>>>);

impl Claims {
    /// Claims a blob until the claim is dropped; none when another holds it.
    pub(crate) fn claim(&self, blob: BlobId) -> Option<Claim> {
        let mut claimed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.insert(blob).then(|| Claim {
            claims: Arc::clone(&self.0),
            blob,
        })
    }
}

/// A blob being worked on.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Arc<Mutex<HashSet<BlobId>>>,
    blob: BlobId,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.blob);
    }
}
