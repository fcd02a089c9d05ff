//! What is answered, and what is refused.

use crate::Asked;
use crate::world::{World, key, who};
use alloy::primitives::U256;
use ledger::{Amount, Body, Tree};
use serde_json::{Value, json};
use settlement::Wei;
use settlement::contracts::abi;

const ETHER: u128 = Wei::PER_ETHER;

pub(crate) async fn funded() -> World {
    let mut world = World::new().await;
    let mut deriver = world.deriver().await;
    for tree in Tree::BOTH {
        world.deposit(who::USER, tree, ETHER).await;
        world.deposit(who::OTHER, tree, 2 * ETHER).await;
    }
    deriver.catch_up().await.unwrap();
    world.submit(deriver.derivation().history(), &[]).await;
    deriver.catch_up().await.unwrap();
    let recipient = derivation::convert::address(world.account(who::USER).address());
    let amount = Amount::new(ETHER / 4);
    let operations = [
        world.signed(who::USER, Tree::OnL1, Body::Withdraw { recipient, amount }),
        world.signed(who::USER, Tree::OffL1, Body::Withdraw { recipient, amount }),
    ];
    world
        .submit(deriver.derivation().history(), &operations)
        .await;
    world.deposit(who::USER, Tree::OffL1, ETHER / 100).await;
    world
}

fn key_of(who: usize) -> String {
    key(who).account_key().to_string()
}

#[tokio::test]
async fn what_is_derived_is_told() {
    let world = funded().await;
    let asked = Asked::new(world.deriver().await).await;
    asked.caught_up(&world.client).await;

    let owner = world.account(who::USER).address();
    let by_key = json!(["off_l1", key_of(who::USER), owner]);
    let account = asked.ask("rollup_account", by_key).await.unwrap();
    assert_eq!(account["balances"]["0"], (ETHER - ETHER / 4).to_string());
    assert_eq!(account["nonce"], "1");
    assert_eq!(account["as_of"]["batch"], 2);
    assert_eq!(account["as_of"]["current"], true);
    assert_eq!(account["as_of"]["is_final"], false);
    let index = account["index"].clone();
    let by_place = asked
        .ask("rollup_account", json!(["off_l1", index]))
        .await
        .unwrap();
    assert_eq!(by_place, account);

    // The proof leads to the root on L1.
    let proof = asked
        .ask("rollup_proof", json!(["off_l1", index]))
        .await
        .unwrap();
    let batch = abi::Rollup::batchAtCall { number: 2 };
    let batch = world
        .client
        .view(world.deployment.rollup, &batch)
        .await
        .unwrap();
    let root = proof["root"].as_str().unwrap();
    assert_eq!(U256::from_str_radix(root, 16).unwrap(), batch.roots.offL1);
    proves(&proof, index.as_u64().unwrap());

    let told = asked.ask("rollup_batch", json!([2])).await.unwrap();
    assert_eq!(told["status"], "submitted");
    assert_eq!(told["on_l1_row"], "calldata");
    assert_eq!(told["off_l1_row"], "network");
    assert_eq!(told["withdrawals"], 2);
    let all = asked.ask("rollup_batches", json!([])).await.unwrap();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(all[2], told);
    let some = asked.ask("rollup_batches", json!([1, 1])).await.unwrap();
    assert_eq!(some.as_array().unwrap().len(), 1);
    assert_eq!(some[0]["number"], 1);

    let queue = asked.ask("rollup_queue", json!(["off_l1"])).await.unwrap();
    assert_eq!((&queue["head"], &queue["tail"]), (&json!(2), &json!(3)));
    assert_eq!(queue["waiting"][0]["amount"], (ETHER / 100).to_string());
    assert_eq!(queue["oldest_deadline"], queue["waiting"][0]["deadline"]);
    let roots = asked.ask("rollup_roots", json!([])).await.unwrap();
    assert_eq!(roots["off_l1"]["derived"], roots["off_l1"]["on_l1"]);

    // The tree on L1 pays at once, the other once its data is final.
    for (index, claimable) in [(0, true), (1, false)] {
        let claim = asked.ask("rollup_claim", json!([2, index])).await.unwrap();
        assert_eq!(claim["claimable"], claimable, "{claim}");
    }
    asked.follower.stop().await.unwrap();
}

/// Hashes the way up, as whoever does not trust the follower does.
fn proves(proof: &Value, index: u64) {
    use ledger::poseidon::{Domain, hash};
    let scalar = |value: &Value| {
        let mut bytes = [0; 32];
        let word = U256::from_str_radix(value.as_str().unwrap(), 16).unwrap();
        bytes.copy_from_slice(&word.to_be_bytes::<32>());
        ledger::scalar_from_bytes(&bytes).unwrap()
    };
    let leaf = &proof["leaf"];
    let names = ["identity", "next", "key", "meta", "balances"];
    let mut hashed = hash(Domain::Leaf, names.map(|name| scalar(&leaf[name])));
    let mut place = index;
    for step in proof["path"].as_array().unwrap() {
        assert_eq!(scalar(&step[(place % 4) as usize]), hashed);
        hashed = hash(Domain::Node, [0, 1, 2, 3].map(|child| scalar(&step[child])));
        place /= 4;
    }
    assert_eq!(hashed, scalar(&proof["accounts_root"]));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let world = funded().await;
    let asked = Asked::new(world.deriver().await).await;
    asked.caught_up(&world.client).await;
    let owner = world.account(who::USER).address();
    let not_an_account = json!([0, "off_l1"]);
    let cases = [
        ("rollup_account", json!([]), "parameter"),
        ("rollup_account", json!(["on"]), "parameter"),
        ("rollup_account", json!([7, 1]), "parameter"),
        ("rollup_account", json!(["off_l1"]), "parameter"),
        ("rollup_account", json!(["off_l1", -1]), "parameter"),
        ("rollup_account", json!(["off_l1", 1.5]), "parameter"),
        ("rollup_account", json!(["off_l1", 1u64 << 24]), "parameter"),
        ("rollup_account", json!(["off_l1", 9999]), "not_found"),
        (
            "rollup_account",
            json!(["off_l1", "zz", owner]),
            "parameter",
        ),
        (
            "rollup_account",
            json!(["off_l1", "f".repeat(64), owner]),
            "parameter",
        ),
        (
            "rollup_account",
            json!(["off_l1", key_of(who::USER)]),
            "parameter",
        ),
        (
            "rollup_account",
            json!(["off_l1", key_of(who::USER), "0x12"]),
            "parameter",
        ),
        (
            "rollup_account",
            json!(["off_l1", key_of(9), owner]),
            "not_found",
        ),
        ("rollup_account", not_an_account, "parameter"),
        ("rollup_proof", json!(["off_l1", 9999]), "not_found"),
        ("rollup_proof", json!([null]), "parameter"),
        ("rollup_batch", json!([]), "parameter"),
        ("rollup_batch", json!(["one"]), "parameter"),
        ("rollup_batch", json!([99]), "not_found"),
        ("rollup_batches", json!(["one"]), "parameter"),
        ("rollup_batches", json!([1, -1]), "parameter"),
        ("rollup_claim", json!([2]), "parameter"),
        ("rollup_claim", json!([2, 5]), "not_found"),
        ("rollup_claim", json!([99, 0]), "not_found"),
        ("rollup_queue", json!([]), "parameter"),
        ("rollup_queue", json!(["both"]), "parameter"),
        ("rollup_escape", json!(["off_l1", 1]), "not_frozen"),
        ("rollup_escape", json!(["off_l1", 9999]), "not_frozen"),
    ];
    for (method, params, expected) in cases {
        let refused = asked.ask(method, params.clone()).await;
        let (_, name) = refused.expect_err(&format!("{method} {params}"));
        assert_eq!(name, expected, "{method} {params}");
    }
    let (code, _) = asked.ask("rollup_submit", json!([])).await.unwrap_err();
    assert_eq!(code, -32601, "it takes nothing in");
    // More than it hears, and it is there afterwards.
    let much = json!([
        "off_l1",
        "f".repeat(follower::limits::REQUEST_BYTES as usize)
    ]);
    let client = alloy::providers::RootProvider::<alloy::network::Ethereum>::new_http(
        asked.follower.url().parse().unwrap(),
    );
    let refused: Result<Value, _> =
        alloy::providers::Provider::raw_request(&client, "rollup_account".into(), much).await;
    assert!(refused.is_err());
    asked.ask("rollup_health", json!([])).await.unwrap();
}
