//! What the page is told.

use super::answers::{Account, Batch, FollowerHealth, OperatorHealth, OperatorInfo, Queue, Trees};
use super::l1::{OnL1, Submission};
use super::operators::Counts;
use super::path::Path;
use serde::Serialize;
use settlement::{Address, B256};
use std::sync::Arc;

/// How a source is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct SourceState {
    /// Where it is.
    pub(super) at: String,
    /// Whether it was asked at all.
    pub(super) asked: bool,
    /// What is wrong with it, if something is.
    pub(super) trouble: Option<String>,
    /// When it answered last, Unix seconds of this machine.
    pub(super) answered_at: Option<u64>,
}

/// An operator that is asked.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct OperatorView {
    pub(super) source: SourceState,
    pub(super) info: Option<OperatorInfo>,
    pub(super) health: Option<OperatorHealth>,
}

/// A batch in a list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Listed {
    #[serde(flatten)]
    pub(super) batch: Batch,
    /// What an operator says of its operations.
    pub(super) counts: Option<Counts>,
    /// Operations out of L1's queues, as its transaction has them.
    pub(super) from_l1: Option<usize>,
    /// What its transaction used.
    pub(super) gas: Option<u64>,
    pub(super) blob_gas: Option<u64>,
}

/// What a follower derived.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DerivedView {
    pub(super) health: FollowerHealth,
    pub(super) trees: Trees,
    pub(super) queues: [Queue; 2],
    pub(super) batches: Vec<Listed>,
}

/// The whole rollup at a glance.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Overview {
    pub(super) rollup: Address,
    pub(super) l1_chain: u64,
    pub(super) chain: String,
    pub(super) namespace: String,
    /// When this was put together, Unix seconds of this machine.
    pub(super) at: u64,
    pub(super) follower: SourceState,
    pub(super) l1: SourceState,
    pub(super) operators: Vec<OperatorView>,
    /// None before the follower has answered.
    pub(super) derived: Option<DerivedView>,
    /// None before L1 has answered.
    pub(super) on_l1: Option<OnL1>,
}

/// The roots of both trees.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct RootsView {
    pub(super) on_l1: B256,
    pub(super) off_l1: B256,
}

impl From<&Batch> for RootsView {
    fn from(batch: &Batch) -> Self {
        Self {
            on_l1: batch.on_l1,
            off_l1: batch.off_l1,
        }
    }
}

/// A batch with all that is known of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BatchDetail {
    #[serde(flatten)]
    pub(super) listed: Listed,
    /// The roots before it.
    pub(super) prior: Option<RootsView>,
    /// What its transaction said.
    pub(super) submission: Option<Arc<Submission>>,
    /// Why that is not known.
    pub(super) submission_trouble: Option<String>,
}

/// How an account's path stands to L1.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub(super) enum Judgement {
    /// It leads to the root that L1 has after the batch.
    Proven,
    /// It does not, or is none.
    False { reason: String },
    /// L1 could not be asked.
    Unknown { reason: String },
}

/// An account with its path.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AccountDetail {
    #[serde(flatten)]
    pub(super) account: Account,
    /// None for one that does not hold.
    pub(super) path: Option<Path>,
    /// What L1 has.
    pub(super) root_on_l1: Option<B256>,
    pub(super) judgement: Judgement,
}
