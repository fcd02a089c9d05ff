//! What left by a batch that was reverted, among what left by others.

use super::operating::world::{ETHER, World, who};
use super::person::{Needs, Person, finalized, serve};
use ledger::BatchSize;
use serde_json::json;
use settlement::Wei;
use settlement::contracts::abi;

#[tokio::test(flavor = "multi_thread")]
async fn a_void_withdrawal_keeps_no_other_back() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let server = serve(&operator).await;
    let alice = Person::new(&world, &server, who::ALICE);
    alice.told(Needs::Key, &["new", "-o", "key"]).await;
    for tree in ["on-l1", "off-l1"] {
        let deposit = ["deposit", "2 ETH", "--tree", tree];
        alice.told(Needs::L1Key, &deposit).await;
    }
    world.settle(&mut operator, 1).await;
    for (batch, tree) in [(2, "off-l1"), (3, "on-l1")] {
        let withdraw = ["withdraw", "1 ETH", "--tree", tree];
        alice.told(Needs::Signing, &withdraw).await;
        world.settle(&mut operator, batch).await;
    }
    // Nobody answers for what the second has off L1.
    let challenges = world.deployment.row_challenges;
    let call = abi::RowChallenges::challengeCall { number: 2, row: 0 };
    let bob = world.account(who::BOB);
    bob.pay(challenges, &call, Wei::ether(1)).await.unwrap();
    world.warp(25 * 3600).await;
    let call = abi::RowChallenges::expireCall { number: 2, row: 0 };
    bob.call(challenges, &call).await.unwrap();
    finalized(&world).await;

    let claim = ["claim", "2", "3"];
    let told = alice.told(Needs::Claiming, &claim).await;
    assert_eq!(
        (&told["claimed"], &told["void"]),
        (&json!(1), &json!([2])),
        "{told}"
    );
    assert_eq!(told["fetched"][0]["amount"], ETHER.to_string());
    let again = alice.told(Needs::Claiming, &["claim", "2"]).await;
    assert_eq!(
        (&again["claimed"], &again["void"]),
        (&json!(0), &json!([2]))
    );
    server.stop().await;
}
