//! Ordering: validators agree on one block per height through Malachite's Tendermint.
//!
//! ```text
//! ready_for ─height→ propose ─part→ judge (elsewhere) ─votes→ commit ─certificate→ ready_for …
//! ```
//!
//! The engine decides; the node behind [`Application`] builds, judges and stores. Every file
//! says one thing: `context` and `codec` are the engine's nouns and their bytes, `signing` and
//! `vote_guard` what is signed and never contradicted, `values` what was proposed and not yet
//! decided, `admission` whose proposals are looked at, `app` the message loop, `proposals` its
//! longest answers, `pacing` when a height starts, `recovery` and `halt` what a restart may do,
//! `engine` the actors, `supervisor` their life; `evidence` is what convicts a validator that
//! contradicts itself, and `byzantine` is one, for tests.
//!
//! What a crash cannot undo: a value is synced before consensus hears of it, an own value is
//! never built twice for a round, a step is synced before it is signed, a decision is synced
//! before it is acknowledged. A log that lost votes makes the node observe until the network
//! has passed them; a damaged log halts it until an operator has looked.

mod admission;
mod app;
mod byzantine;
mod codec;
mod context;
mod engine;
mod error;
mod evidence;
mod halt;
mod pacing;
mod proposals;
mod recovery;
mod signing;
mod supervisor;
mod values;
mod vote_guard;

#[cfg(test)]
mod tests;

pub use codec::CodecError;
pub use engine::peer_id;
pub use error::{ConsensusError, Result};
pub use recovery::Role;
pub use supervisor::{ConsensusHandle, Phase, Status, start};

use crate::faults::FaultSwitch;
use async_trait::async_trait;
use bytes::Bytes;
use chain::{
    ChainParams, Equivocation, FinalityCertificate, SigningKey, UnverifiedBlock, ValidatorSet,
};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use types::{ChainId, Height, Round};

/// What the application thinks of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It may be voted for.
    Valid,
    /// It must not be voted for, whatever may still arrive. The text is for the log.
    Invalid(String),
    /// Custody or a description is missing and is being pulled; ask again.
    NotYet,
}

/// The node as consensus sees it.
///
/// Calls that write return only when what they wrote survives a crash. None is made twice at a
/// time for the same height, except `judge` (once per block) and the readers.
#[async_trait]
pub trait Application: Send + Sync + 'static {
    /// The last decided height, 0 before the first.
    fn tip(&self) -> Height;

    /// The highest height of which a certified header was seen, at least the tip.
    fn certified(&self) -> Height;

    /// The set that certifies a height, at most a few above the tip.
    fn validators(&self, height: Height) -> ValidatorSet;

    /// Whether a height is the first that this node's key may sign at, so that it cannot have
    /// signed anything before. A node without a record of signed steps may then begin at once.
    fn joins_at(&self, height: Height) -> bool;

    /// Consensus addresses of other validators that were learned while the node runs, besides
    /// the configured ones; each ends in `/p2p/` and the peer there.
    fn contacts(&self) -> watch::Receiver<BTreeSet<String>> {
        watch::Sender::default().subscribe()
    }

    /// Resolves when the block should be started: there is something to order and the block
    /// interval has passed since the parent, or the empty-block interval has passed, or the
    /// network was [seen](Self::saw) at this height or above.
    async fn ready_for(&self, height: Height);

    /// The network was seen at the height after the tip, or above: by a vote, a proposal, or a
    /// peer's decided tip. Called with no other height, so that a claim of a connected peer is
    /// worth starting one height early and nothing more. Called often; must not block.
    fn saw(&self, height: Height);

    /// Builds a block now: certified blobs that fit; may be empty.
    ///
    /// # Errors
    /// Whatever kept it from being built; the round then goes to the next proposer.
    async fn propose(
        &self,
        height: Height,
        round: Round,
    ) -> Result<UnverifiedBlock, ConsensusError>;

    /// Judges a proposal. Asked again while the answer is [`Judgement::NotYet`] or takes longer
    /// than 1.5 s, until the height is decided.
    async fn judge(&self, block: &UnverifiedBlock) -> Judgement;

    /// Judges a block that a peer sent beside a finality certificate: of this chain, and what
    /// its header commits to. The header's hash is compared with the certificate afterwards,
    /// and the data is pulled then.
    async fn accept_decided(&self, block: &UnverifiedBlock) -> Judgement;

    /// Stores a decided block, synced. Asked again after a crash for the same height. `raw` is
    /// what [`Self::decided`] gives back: the block with its single signatures.
    ///
    /// # Errors
    /// Whatever kept it from being stored; consensus then stops and starts again.
    async fn commit(
        &self,
        block: UnverifiedBlock,
        certificate: FinalityCertificate,
        raw: Bytes,
    ) -> Result<(), ConsensusError>;

    /// A decided height's `raw`, for peers that catch up.
    async fn decided(&self, height: Height) -> Option<Bytes>;

    /// The lowest height that [`Self::decided`] still has.
    fn history_min(&self) -> Height;

    /// Keeps an undecided value, synced. The same height, round and key replace.
    ///
    /// # Errors
    /// Whatever kept it from being stored.
    fn put_undecided(
        &self,
        height: Height,
        round: Round,
        key: Bytes,
        value: Bytes,
    ) -> Result<(), ConsensusError>;

    /// Every undecided value of a height.
    ///
    /// # Errors
    /// Whatever kept them from being read.
    fn undecided(&self, height: Height) -> Result<Vec<(Round, Bytes)>, ConsensusError>;

    /// Forgets the undecided values of every height up to and including this one.
    ///
    /// # Errors
    /// Whatever kept them from being removed.
    fn prune_undecided(&self, up_to: Height) -> Result<(), ConsensusError>;

    /// Keeps evidence of a validator that contradicted itself. May block for a moment.
    fn evidence(&self, equivocation: &Equivocation);
}

/// What consensus needs to start.
#[derive(Debug, Clone)]
pub struct ConsensusConfig {
    /// Where to listen, as a multiaddress with a port, on TCP or QUIC.
    pub listen: String,
    /// The other validators' addresses. When each ends in `/p2p/` and its [`peer_id`], nobody
    /// else can connect.
    pub peers: Vec<String>,
    /// The folder of the log, the record of signed steps and the halt marker.
    pub data_dir: PathBuf,
    /// The validator's key.
    pub key: Arc<SigningKey>,
    /// The seed of the engine's network key, ed25519.
    pub p2p_key: [u8; 32],
    /// The chain.
    pub chain_id: ChainId,
    /// The chain's constants; the block interval bounds the wait for a proposer.
    pub params: ChainParams,
    /// The node's name in logs and metrics.
    pub moniker: String,
    /// The faults it shall have: none outside tests.
    pub(crate) faults: FaultSwitch,
}
