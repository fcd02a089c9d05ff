//! A batch whose data is withheld, and everybody's way out.

use super::super::acts::{expire, fallback, fetch, light_node, notice, row, watcher};
use super::super::network::VALIDATORS;
use super::person::{OFF_L1, ON_L1};
use super::setting::{KEYS, STATE};
use super::{Tour, light};
use crate::{Error, Result};
use settlement::Wei;
use settlement::contracts::abi;

/// How long an operation may wait before anybody freezes the rollup, and a day.
const WAIT: u64 = 8 * 24 * 60 * 60;

/// What the act came to.
pub(super) struct Escaped {
    /// What Alice left with.
    pub(super) amount: Wei,
    /// The batch that was reverted.
    pub(super) reverted: u64,
    /// What was hers.
    pub(super) expected: Wei,
    /// What everybody left behind.
    pub(super) left_behind: Wei,
    /// What the operator lost.
    pub(super) slashed: Wei,
}

/// Plays it.
pub(super) async fn withheld(tour: &mut Tour<'_, '_>) -> Result<Escaped> {
    tour.stage.tell("5  Data withheld");
    tour.turn_of(0).await?;
    let newest = tour.newest().await?;
    tour.followed(newest).await?;
    let (_, held) = alices(tour).await?;
    let late = Wei::ether(2);
    tour.alice.deposit(late, OFF_L1).await?;
    tour.settled(newest + 1).await?;
    let number = tour.newest().await?;
    for operator in tour.operators.drain(..) {
        operator.kill().await;
    }
    let everybody: Vec<usize> = (0..VALIDATORS).collect();
    tour.stage.da.withhold(1.0, &everybody).await?;
    tour.stage.tell(format!(
        "      batch {number} takes 2 ETH more of Alice's; then operators and validators give \
         nothing away any more"
    ));
    let light = light::start(tour).await?;
    light::finds(tour, &light, number, "unavailable").await?;
    light.stop().await?;
    tour.stage
        .tell("      a light follower that comes now samples it: unavailable");
    let slashed = challenged(tour, number).await?;

    tour.stage.tell("6  The way out");
    tour.stage.pass(WAIT).await?;
    // What the follower has derived stays in its folder.
    if let Some(follower) = tour.follower.take() {
        follower.stop().await?;
    }
    let before = tour.stage.client.balance(tour.alice.address()).await?;
    let two = ["--size", "2", "--place", "0"];
    let left = tour.alice.escape(KEYS, STATE, &two).await?;
    if left["froze"] != true {
        return Err(Error::Stage {
            what: "Alice's escape",
            reason: format!("the rollup was not frozen by it: {left}"),
        });
    }
    let amount = paid(&left)?;
    tour.stage.tell(format!(
        "      a week passes, her deposit still waits: she freezes the rollup, proves what was \
         hers and leaves with {amount}"
    ));
    let after = tour.stage.client.balance(tour.alice.address()).await?;
    if after + Wei::milliether(200) < before + amount {
        return Err(Error::Stage {
            what: "Alice's escape",
            reason: format!("she has {after} after {before}"),
        });
    }
    let left = tour.dora.escape(KEYS, STATE, &["--everybody"]).await?;
    let [holdings, proofs] = ["holdings", "proofs"].map(|what| left[what].to_string());
    for account in [
        &tour.bob,
        &tour.dora,
        &tour.sequencers[0],
        &tour.sequencers[1],
    ] {
        fetch(tour.stage, &account.l1).await?;
    }
    let vault = tour.stage.deployment()?.vault;
    let left_behind = tour.stage.client.balance(vault).await?;
    tour.stage.tell(format!(
        "      Dora brings out everybody else: {holdings} holdings by {proofs} proofs of sixteen \
         at most; {left_behind} stay behind"
    ));
    tour.stage.ledger.read(&tour.stage.client, "escape").await?;
    Ok(Escaped {
        amount,
        reverted: number,
        expected: held + late,
        left_behind,
        slashed,
    })
}

/// The watcher notices and challenges; a day later the batch is reverted. Says what the operator
/// lost.
async fn challenged(tour: &mut Tour<'_, '_>, number: u64) -> Result<Wei> {
    let stage = &mut *tour.stage;
    let light = light_node(stage).await?;
    let mut watcher = watcher(stage, light).await?;
    notice(stage, &mut watcher, number).await?;
    let deadline = row(stage, &stage.cast.watcher, number).await?.deadline;
    let now = stage.client.head().await?.time;
    stage.pass(deadline.since(now) + 1).await?;
    stage.tell("      a day passes, and nobody answers");
    let slashed = expire(stage, &mut watcher, number).await?;
    let root = fallback(stage).await?;
    watcher.into_sampler().shutdown().await;
    stage.ledger.read(&stage.client, "withholding").await?;
    let last = abi::Rollup::finalBatchCall {};
    let rollup = stage.deployment()?.rollup;
    let last = stage.client.view(rollup, &last).await?;
    let call = abi::Rollup::batchAtCall { number: last };
    let stands = stage.client.view(rollup, &call).await?.roots.offL1;
    if stands == root {
        return Ok(slashed);
    }
    Err(Error::Stage {
        what: "the fallback",
        reason: format!("to {root:#x}, the last final root is {stands:#x}"),
    })
}

async fn alices(tour: &Tour<'_, '_>) -> Result<(String, Wei)> {
    let found = tour.alice.holds(tour.follower(), OFF_L1).await?;
    let elsewhere = tour.alice.holds(tour.follower(), ON_L1).await?;
    match (found, elsewhere) {
        (Some(found), None) => Ok(found),
        (found, elsewhere) => Err(Error::Stage {
            what: "Alice's account",
            reason: format!("{found:?} off L1, {elsewhere:?} on L1"),
        }),
    }
}

/// What a command fetched of ETH.
fn paid(left: &serde_json::Value) -> Result<Wei> {
    let ether = left["fetched"][0][1].as_str();
    let amount = ether.and_then(|text| text.parse().ok()).map(Wei::new);
    amount.ok_or_else(|| Error::Stage {
        what: "an escape",
        reason: left.to_string(),
    })
}
