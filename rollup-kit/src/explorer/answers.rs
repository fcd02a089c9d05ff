//! What followers and operators answer, as far as it is shown. What has another form is refused.

use super::units::Amount;
use operator::wire::WireTree;
use serde::{Deserialize, Serialize};
use settlement::{Address, B256, BatchNumber};
use std::collections::BTreeMap;

/// Whether a follower knows balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    Full,
    Light,
}

/// How a follower is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FollowerHealth {
    pub(super) ok: bool,
    pub(super) mode: Mode,
    pub(super) l1_block: u64,
    pub(super) at_head: bool,
    pub(super) newest_batch: BatchNumber,
    pub(super) final_batch: BatchNumber,
    pub(super) frozen: bool,
    pub(super) missing_rows: u64,
    pub(super) last_error: Option<String>,
}

/// A tree as a follower has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TreeStanding {
    /// L1's root.
    pub(super) on_l1: Option<B256>,
    /// The follower's.
    pub(super) derived: Option<B256>,
    #[serde(default)]
    pub(super) accounts: Option<u64>,
    pub(super) after: BatchNumber,
    pub(super) is_current: bool,
    pub(super) waits_for: Option<BatchNumber>,
}

/// Both trees as a follower has them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Trees {
    pub(super) fallbacks: u32,
    pub(super) on_l1: TreeStanding,
    pub(super) off_l1: TreeStanding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Genesis,
    Batch,
    Checkpoint,
    Fallback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Submitted,
    Final,
    Void,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChallengeState {
    Open,
    Answered,
    Expired,
}

/// A row's challenge as a follower has it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Challenge {
    pub(super) row: u16,
    pub(super) state: ChallengeState,
    pub(super) deadline: u64,
}

/// A batch as a follower has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) number: BatchNumber,
    pub(super) kind: Kind,
    pub(super) fell_back_to: Option<BatchNumber>,
    pub(super) status: Status,
    pub(super) on_l1: B256,
    pub(super) off_l1: B256,
    pub(super) blob: Option<B256>,
    pub(super) rows: u16,
    pub(super) certificate: Option<B256>,
    pub(super) operator: Address,
    pub(super) submitted_at: u64,
    pub(super) challenge_until: u64,
    pub(super) block: u64,
    pub(super) transaction: B256,
    pub(super) withdrawals: u64,
    pub(super) claimed: u64,
    pub(super) challenges: Vec<Challenge>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum QueuedKind {
    Deposit,
    Forced,
    Cancelled,
}

/// An operation of L1 that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) place: u64,
    pub(super) kind: QueuedKind,
    pub(super) token: u16,
    pub(super) amount: Amount,
    pub(super) owner: Address,
    pub(super) account: B256,
    pub(super) enqueued_at: u64,
    pub(super) deadline: u64,
}

/// A tree's queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Queue {
    pub(super) tree: WireTree,
    pub(super) head: u64,
    pub(super) tail: u64,
    pub(super) oldest_deadline: Option<u64>,
    pub(super) waiting: Vec<Waiting>,
}

/// After which batch something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AsOf {
    pub(super) batch: BatchNumber,
    pub(super) current: bool,
    pub(super) is_final: bool,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) tree: WireTree,
    pub(super) index: u32,
    pub(super) key: B256,
    pub(super) owner: Address,
    pub(super) nonce: Amount,
    pub(super) balances: BTreeMap<u16, Amount>,
    pub(super) as_of: AsOf,
}

/// What is hashed of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leaf {
    pub(super) identity: B256,
    pub(super) next: B256,
    pub(super) key: B256,
    pub(super) meta: B256,
    pub(super) balances: B256,
}

/// From an account's leaf to its tree's root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) tree: WireTree,
    pub(super) index: u32,
    pub(super) leaf: Leaf,
    pub(super) path: Vec<[B256; ledger::ARITY]>,
    pub(super) accounts_root: B256,
    pub(super) root: B256,
    pub(super) as_of: AsOf,
}

/// Which operator it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OperatorInfo {
    pub(super) rollup: Address,
    pub(super) operator: Address,
    pub(super) batch_size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Carriage {
    Network,
    L1Blobs,
}

/// How an operator is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OperatorHealth {
    pub(super) ok: bool,
    pub(super) l1_block: Option<u64>,
    pub(super) newest_batch: Option<BatchNumber>,
    pub(super) carriage: Carriage,
    pub(super) pooled: u64,
    pub(super) in_flight: u64,
    pub(super) last_error: Option<String>,
}

/// What a batch is made of, as its operator has it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OperatorBatch {
    pub(super) size: u64,
    pub(super) next: OperatorRoots,
    pub(super) operations: Vec<OperatorOperation>,
}

/// The roots that an operator's batch leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct OperatorRoots {
    pub(super) on_l1: B256,
    pub(super) off_l1: B256,
}

/// An operation of a batch.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "operations are counted by their forms")]
pub(super) enum OperatorOperation {
    /// A signed one's id.
    Signed(B256),
    /// One of L1's queue.
    Queued { queue: u64 },
    /// The operator's fees.
    Collected { collect: u64 },
}
