//! What is on disk, and when.

use crate::world::{World, who};
use derivation::Config;
use ledger::{Amount, Body, Tree};
use settlement::{BatchNumber, Wei};
use std::time::Duration;

/// A follower that is killed has on disk what it had of rows, which nobody may have by the time it
/// comes back.
#[tokio::test]
async fn what_came_as_rows_is_saved_at_once() {
    let mut world = World::new().await;
    let folder = world.folder.path().join("followed");
    let config = || Config {
        store: Some(folder.clone()),
        ..Config::default()
    };
    let mut deriver = world.deriver_with(config()).await;
    for tree in Tree::BOTH {
        world.deposit(who::USER, tree, Wei::PER_ETHER).await;
    }
    deriver.catch_up().await.unwrap();
    world.submit(deriver.derivation().history(), &[]).await;
    deriver.catch_up().await.unwrap();
    let to = world.index(who::USER, Tree::OffL1).unwrap();
    let amount = Amount::new(5);
    let recipient = derivation::convert::address(world.account(who::USER).address());
    let out = Body::Withdraw { recipient, amount };
    let out = world.signed(who::USER, Tree::OffL1, out);
    let history = deriver.derivation().history().clone();
    world.submit(&history, &[out]).await;
    deriver.catch_up().await.unwrap();
    assert_eq!(
        World::held(deriver.derivation().state(), Tree::OffL1, to),
        Wei::PER_ETHER - 5
    );
    world.network.withhold(true);
    let number = BatchNumber::new(2);
    let mut again = world.deriver_with(config()).await;
    // A save that took long has the next one wait, a minute at most.
    for _ in 0..700 {
        if again.derivation().standing(Tree::OffL1).after == number {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        deriver.step().await.unwrap();
        again = world.deriver_with(config()).await;
    }
    // Killed: nobody saves.
    drop(deriver);
    assert_eq!(again.derivation().history().newest(), number);
    again.catch_up().await.unwrap();
    assert!(again.derivation().standing(Tree::OffL1).is_current);
    assert_eq!(again.derivation().state().roots(), world.state.roots());
}
