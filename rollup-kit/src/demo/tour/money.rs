//! Deposits, transfers and withdrawals, in both trees.

use super::person::{OFF_L1, ON_L1};
use super::{Tour, power};
use crate::{Error, Result};
use alloy::primitives::U256;
use settlement::Wei;
use settlement::contracts::abi;

/// What the operators keep for an account of their fees in each tree.
const TILL: Wei = Wei::milliether(100);
/// The window for challenges, and a minute.
const DAY: u64 = 24 * 60 * 60 + 60;

/// Ids of two transfers that were settled.
pub(super) struct Transfers {
    pub(super) on_l1: String,
    pub(super) off_l1: String,
}

/// Eight deposits.
pub(super) async fn deposits(tour: &mut Tour<'_, '_>) -> Result<()> {
    tour.stage.tell("1  Deposits");
    let [first, second] = tour.sequencers.clone();
    tour.alice.deposit(Wei::ether(10), OFF_L1).await?;
    tour.bob.deposit(Wei::ether(6), ON_L1).await?;
    for tree in [ON_L1, OFF_L1] {
        tour.dora.deposit(Wei::ether(1), tree).await?;
        first.deposit(TILL, tree).await?;
        second.deposit(TILL, tree).await?;
    }
    tour.stage.tell(
        "      Alice puts 10 ETH where data is off L1, Bob 6 where it is on L1, Dora 1 into each",
    );
    tour.turn_of(0).await?;
    tour.until("the deposits", async |tour| {
        // They wait in order, the second operator's last.
        for tree in [ON_L1, OFF_L1] {
            let last = tour.sequencers[1].holds(tour.follower(), tree).await?;
            if last.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await?;
    let newest = tour.newest().await?;
    tour.stage.tell(format!(
        "      {newest} batches took them: proved, settled, and derived by the follower"
    ));
    tour.stage.ledger.read(&tour.stage.client, "deposits").await
}

/// A transfer in each tree.
pub(super) async fn transfers(tour: &mut Tour<'_, '_>) -> Result<Transfers> {
    tour.stage.tell("2  Transfers");
    let newest = tour.newest().await?;
    let one = Wei::ether(1).to_string();
    let mut ids = Vec::new();
    for (from, tree) in [(&tour.alice, OFF_L1), (&tour.bob, ON_L1)] {
        let (to, _) = held(tour, "Dora's account", tree).await?;
        let what = ["transfer", &one, "--to", &to, "--tree", tree];
        ids.push(from.sign(tour.operator(0), &what).await?);
    }
    tour.stage.tell(format!(
        "      Alice and Bob give Dora 1 ETH each: operations {:.12}… and {:.12}…",
        ids[0], ids[1]
    ));
    power::cut(tour, &ids[1]).await?;
    tour.settled(newest + 1).await?;
    for id in &ids {
        tour.landed(id).await?;
    }
    let newest = tour.newest().await?;
    tour.followed(newest).await?;
    for tree in [ON_L1, OFF_L1] {
        let (_, amount) = held(tour, "Dora's account", tree).await?;
        if amount != Wei::ether(2) {
            return Err(Error::Stage {
                what: "Dora's account",
                reason: format!("{amount} {tree}, expected 2 ETH"),
            });
        }
    }
    tour.stage.tell(format!(
        "      settled by batch {newest}; the follower, which asks no operator, says so too"
    ));
    tour.stage
        .ledger
        .read(&tour.stage.client, "transfers")
        .await?;
    let [off_l1, on_l1] = [ids.remove(0), ids.remove(0)];
    Ok(Transfers { on_l1, off_l1 })
}

/// Dora's place and holding in a tree, by the follower.
async fn held(tour: &Tour<'_, '_>, what: &'static str, tree: &str) -> Result<(String, Wei)> {
    let found = tour.dora.holds(tour.follower(), tree).await?;
    found.ok_or_else(|| Error::Stage {
        what,
        reason: format!("there is none {tree}"),
    })
}

/// Withdrawals: one at once, one into the other tree, and one that waits until its data is final.
/// Says how much was paid.
pub(super) async fn withdrawals(tour: &mut Tour<'_, '_>) -> Result<Wei> {
    tour.stage.tell("3  Withdrawals");
    let newest = tour.newest().await?;
    let (one, two, half) = (Wei::ether(1), Wei::ether(2), Wei::milliether(500));
    let operator = tour.operator(0).to_owned();
    let ids = [
        tour.bob
            .sign(&operator, &["withdraw", &one.to_string(), "--tree", ON_L1])
            .await?,
        tour.alice
            .sign(&operator, &["withdraw", &two.to_string(), "--tree", OFF_L1])
            .await?,
        tour.dora
            .sign(&operator, &["move", &half.to_string(), "--tree", ON_L1])
            .await?,
    ];
    let mut batches = Vec::new();
    tour.settled(newest + 1).await?;
    for id in &ids {
        let status = tour.landed(id).await?;
        batches.push(status["batch"].as_u64().unwrap_or_default());
    }
    let bobs = tour.bob.claim(&operator, batches[0]).await?;
    tour.stage.tell(format!(
        "      Bob's {bobs} are paid at once: the data of that tree is on L1"
    ));
    tour.dora.claim(&operator, batches[2]).await?;
    tour.stage
        .tell("      Dora's 0.5 ETH become a deposit in the other tree");
    let newest = tour.newest().await?;
    tour.settled(newest + 1).await?;
    tour.stage.pass(DAY).await?;
    let rollup = tour.stage.deployment()?.rollup;
    let call = abi::Rollup::finalizeCall { most: U256::MAX };
    tour.stage.cast.deployer.call(rollup, &call).await?;
    let alices = tour.alice.claim(tour.follower(), batches[1]).await?;
    tour.stage.tell(format!(
        "      a day passes, nobody challenges: Alice's {alices} are paid"
    ));
    paid("Alice", alices, two)?;
    paid("Bob", bobs, one)?;
    tour.stage
        .ledger
        .read(&tour.stage.client, "withdrawals")
        .await?;
    Ok(bobs + alices)
}

fn paid(who: &'static str, got: Wei, expected: Wei) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(Error::Stage {
        what: "a withdrawal",
        reason: format!("{who} was paid {got}, expected {expected}"),
    })
}
