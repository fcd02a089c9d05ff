//! Out of a frozen rollup with what the follower prepared.

use crate::Asked;
use crate::door::funded;
use crate::world::{HOURS, who};
use follower::escapes;
use ledger::Tree;
use serde_json::{Value, json};
use settlement::batch::Attestors;
use settlement::contracts::abi;

#[tokio::test]
async fn everybody_leaves_with_what_was_prepared() {
    let world = funded().await;
    let mut deriver = world.deriver().await;
    deriver.catch_up().await.unwrap();
    let user = world.account(who::USER);
    let d = world.deployment.clone();
    let queued = deriver.derivation().history().next(Tree::OffL1, 1).unwrap();
    world.warp(8 * 24 * HOURS).await;
    let freeze = abi::Rollup::freezeCall {
        tree: 1,
        place: queued[0].place,
        operation: queued[0].on_l1.clone(),
    };
    user.call(d.rollup, &freeze).await.unwrap();
    // As `frozenRoot` does for whoever escapes: what is due becomes final.
    let finalize = abi::Rollup::finalizeCall {
        most: settlement::U256::from(99),
    };
    user.call(d.rollup, &finalize).await.unwrap();
    deriver.catch_up().await.unwrap();
    let folder = world.folder.path().join("escapes");
    let files = escapes::write(deriver.derivation(), &folder).unwrap();
    assert_eq!(files.len(), 2);
    let off: Value = serde_json::from_slice(&std::fs::read(&files[1]).unwrap()).unwrap();
    assert_eq!(off["tree"], "off_l1");
    assert_eq!(
        (&off["open"], &off["proved"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(off["holdings"].as_array().unwrap().len(), 2);

    let attestors = Attestors::new(vec![world.signers[who::DEPLOYER].clone()]);
    let exits = off["exits"].as_str().unwrap().parse().unwrap();
    let root = settlement::U256::from_str_radix(off["root"].as_str().unwrap(), 16).unwrap();
    let proof = attestors
        .prove_exits(
            &world.client,
            &d,
            settlement::batch::Tree::OffL1,
            root,
            exits,
        )
        .await
        .unwrap();
    let prove = abi::Rollup::proveExitsCall {
        tree: 1,
        exits,
        proof,
    };
    user.call(d.rollup, &prove).await.unwrap();

    let asked = Asked::new(deriver).await;
    asked.caught_up(&world.client).await;
    let index = world.index(who::OTHER, Tree::OffL1).unwrap().get();
    let own = asked
        .ask("rollup_escape", json!(["off_l1", index]))
        .await
        .unwrap();
    assert_eq!(own["proved"], true);
    let holding = &own["holdings"][0];
    assert_eq!(own["holdings"].as_array().unwrap().len(), 1);
    let escape = abi::Rollup::escapeCall {
        tree: 1,
        holding: abi::Holding {
            slot: holding["slot"].as_u64().unwrap(),
            owner: holding["owner"].as_str().unwrap().parse().unwrap(),
            token: 0,
            amount: holding["amount"].as_str().unwrap().parse().unwrap(),
        },
        path: abi::Path {
            index: holding["path"]["index"].as_u64().unwrap(),
            leaves: holding["path"]["leaves"].as_u64().unwrap(),
            siblings: serde_json::from_value(holding["path"]["siblings"].clone()).unwrap(),
        },
    };
    user.call(d.rollup, &escape).await.unwrap();
    asked.caught_up(&world.client).await;
    let own = asked
        .ask("rollup_escape", json!(["off_l1", index]))
        .await
        .unwrap();
    assert_eq!(own["holdings"][0]["escaped"], true);
    let nobody = asked
        .ask("rollup_escape", json!(["off_l1", 77]))
        .await
        .unwrap();
    assert_eq!(nobody["holdings"], json!([]));
}
