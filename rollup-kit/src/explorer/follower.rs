//! What a follower is asked.

use super::answers::{Account, Batch, FollowerHealth, Proof, Queue, Trees};
use super::ask::{Rpc, Trouble, find, read, words};
use operator::wire::WireTree;
use serde::Serialize;
use serde_json::json;
use settlement::BatchNumber;

/// Batches of a list.
pub(super) const LISTED: u64 = 50;

/// Operations of a queue that are shown.
const WAITING: usize = 100;
/// Challenges of a batch that are shown.
const CHALLENGES: usize = 100;

/// What a follower says of the whole rollup.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Derived {
    pub(super) health: FollowerHealth,
    pub(super) trees: Trees,
    pub(super) queues: [Queue; 2],
    /// The newest first.
    pub(super) batches: Vec<Batch>,
}

/// Asks for all of the overview.
pub(super) async fn overview(follower: &Rpc) -> Result<Derived, Trouble> {
    let asked = [
        ("rollup_health", json!([])),
        ("rollup_roots", json!([])),
        ("rollup_queue", json!([WireTree::OnL1])),
        ("rollup_queue", json!([WireTree::OffL1])),
        ("rollup_batches", json!([null, LISTED])),
    ];
    let mut answers = follower.calls(&asked).await?.into_iter();
    let mut derived = Derived {
        health: read(answers.next())?,
        trees: read(answers.next())?,
        queues: [read(answers.next())?, read(answers.next())?],
        batches: newest_first(read(answers.next())?),
    };
    let last_error = &mut derived.health.last_error;
    *last_error = last_error.as_deref().map(words);
    for queue in &mut derived.queues {
        queue.waiting.truncate(WAITING);
    }
    Ok(derived)
}

/// The batches before one, the newest first, at most [`LISTED`].
pub(super) async fn before(follower: &Rpc, number: u64) -> Result<Vec<Batch>, Trouble> {
    let from = number.saturating_sub(LISTED);
    let count = number - from;
    if count == 0 {
        return Ok(Vec::new());
    }
    let found = follower
        .call(("rollup_batches", json!([from, count])))
        .await?;
    Ok(newest_first(found))
}

fn newest_first(mut batches: Vec<Batch>) -> Vec<Batch> {
    batches.truncate(usize::try_from(LISTED).unwrap_or(usize::MAX));
    for batch in &mut batches {
        batch.challenges.truncate(CHALLENGES);
    }
    batches.sort_unstable_by_key(|batch| std::cmp::Reverse(batch.number));
    batches
}

/// A batch and the one before it.
pub(super) async fn batch(
    follower: &Rpc,
    number: BatchNumber,
) -> Result<Option<(Batch, Option<Batch>)>, Trouble> {
    let mut asked = vec![("rollup_batch", json!([number]))];
    if let Some(before) = number.get().checked_sub(1) {
        asked.push(("rollup_batch", json!([before])));
    }
    let mut answers = follower.calls(&asked).await?.into_iter();
    let Some(mut batch) = find::<Batch>(answers.next())? else {
        return Ok(None);
    };
    batch.challenges.truncate(CHALLENGES);
    if batch.number != number {
        return Err(Trouble::Strange(format!(
            "batch {}, asked for {number}",
            batch.number
        )));
    }
    let prior = match answers.next() {
        None => None,
        some => find(some)?,
    };
    Ok(Some((batch, prior)))
}

/// An account with its path; none where there is none.
pub(super) async fn account(
    follower: &Rpc,
    tree: WireTree,
    index: u32,
) -> Result<Option<(Account, Proof)>, Trouble> {
    let asked = [
        ("rollup_account", json!([tree, index])),
        ("rollup_proof", json!([tree, index])),
    ];
    let mut answers = follower.calls(&asked).await?.into_iter();
    let account: Option<Account> = find(answers.next())?;
    let proof: Option<Proof> = find(answers.next())?;
    Ok(account.zip(proof))
}
