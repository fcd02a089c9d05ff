//! What operators are asked.

use super::answers::{Batch, OperatorBatch, OperatorHealth, OperatorInfo, OperatorOperation};
use super::ask::{Call, Rpc, Trouble, read, words};
use serde::Serialize;
use serde_json::json;
use settlement::Address;

/// What operators say of a batch's operations. L1 sees of signed ones that all are proved, and not
/// how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Places of the batch.
    pub(super) size: u64,
    /// Signed ones.
    pub(super) signed: u64,
    /// Out of L1's queues.
    pub(super) from_l1: u64,
    /// Fees that were collected.
    pub(super) collected: u64,
}

impl Counts {
    fn of(batch: &OperatorBatch) -> Self {
        let count = |holds: fn(&OperatorOperation) -> bool| {
            let found = batch.operations.iter().filter(|operation| holds(operation));
            found.count() as u64
        };
        Self {
            size: batch.size,
            signed: count(|o| matches!(o, OperatorOperation::Signed(_))),
            from_l1: count(|o| matches!(o, OperatorOperation::Queued { .. })),
            collected: count(|o| matches!(o, OperatorOperation::Collected { .. })),
        }
    }
}

/// Who an operator is, and how.
pub(super) async fn health(
    operator: &Rpc,
    rollup: Address,
) -> Result<(OperatorInfo, OperatorHealth), Trouble> {
    let asked = [("rollup_info", json!([])), ("rollup_health", json!([]))];
    let mut answers = operator.calls(&asked).await?.into_iter();
    let info: OperatorInfo = read(answers.next())?;
    if info.rollup != rollup {
        return Err(Trouble::Strange(format!(
            "it operates rollup {}, expected {rollup}",
            info.rollup
        )));
    }
    let mut health: OperatorHealth = read(answers.next())?;
    health.last_error = health.last_error.as_deref().map(words);
    Ok((info, health))
}

/// What an operator says of batches; nothing of those that it did not make, or that led elsewhere.
pub(super) async fn counts(
    operator: &Rpc,
    batches: &[Batch],
) -> Result<Vec<Option<Counts>>, Trouble> {
    let asked: Vec<Call> = batches
        .iter()
        .map(|batch| ("rollup_batch", json!([batch.number])))
        .collect();
    let answers = operator.calls(&asked).await?.into_iter();
    let counted = answers.zip(batches).map(|(answer, batch)| {
        // No answer and an answer of another form say as little.
        let found: OperatorBatch = read::<Option<_>>(Some(answer)).ok()??;
        let is_it = (found.next.on_l1, found.next.off_l1) == (batch.on_l1, batch.off_l1);
        is_it.then(|| Counts::of(&found))
    });
    Ok(counted.collect())
}
