//! What the operator's journal says.

use crate::mempool::{Gone, OperationId};
use crate::plan::{BatchPlan, Carriage};
use crate::wire::WireOperation;
use serde::{Deserialize, Serialize};
use settlement::{BatchNumber, L1Time};

/// A line of the journal: something that the operator has promised, done, or learnt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// An operation, its signature verified, is in the pool.
    Accepted {
        /// Its id.
        id: OperationId,
        /// What was signed.
        operation: WireOperation,
        /// When it came.
        at: L1Time,
    },
    /// An operation left the pool without a batch.
    Dropped {
        /// Its id.
        id: OperationId,
        /// Why.
        why: Gone,
    },
    /// A batch is made; its operations are no longer in the pool.
    Sequenced(Box<BatchPlan>),
    /// The DA network has the row.
    Posted {
        /// Of which batch.
        number: BatchNumber,
    },
    /// The DA network has certified the row.
    Certified {
        /// Of which batch.
        number: BatchNumber,
        /// `chain::UnverifiedAvailability`, encoded, hexadecimal.
        certificate: String,
    },
    /// The rows go another way, so what was proved and certified is of no use.
    Carried {
        /// Of which batch.
        number: BatchNumber,
        /// Where they go now.
        carriage: Carriage,
    },
    /// The batch is proved.
    Proved {
        /// Which batch.
        number: BatchNumber,
        /// As the verifier's contract takes it, hexadecimal.
        proof: String,
    },
    /// The batch is in the outbox.
    Submitted {
        /// Which batch.
        number: BatchNumber,
        /// The payment's name there.
        payment: String,
    },
    /// This batch and those after it are given up; their operations wait again.
    Withdrawn {
        /// The first of them.
        from: BatchNumber,
        /// Why.
        reason: String,
        /// When: its operations wait from then on.
        at: L1Time,
    },
    /// No proof can be made of this batch. It and those after it are given up: what it is blamed on
    /// is dropped, everything else waits again.
    Refuted {
        /// Which batch.
        number: BatchNumber,
        /// What the prover says.
        reason: String,
        /// When: operations wait from then on.
        at: L1Time,
    },
    /// A fallback has reverted the batch's part off L1; the operations of that tree wait again.
    Voided {
        /// Which batch.
        number: BatchNumber,
        /// When: its operations wait from then on.
        at: L1Time,
    },
    /// The batch is final on L1.
    Final {
        /// Which batch.
        number: BatchNumber,
    },
}
