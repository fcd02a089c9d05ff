//! Between the trees, under another key, and out by force; with a follower to ask besides.

use super::operating::world::{ETHER, World, who};
use super::person::{Needs, Person, finalized, serve};
use alloy::network::Ethereum;
use alloy::providers::{Provider as _, RootProvider};
use derivation::{Deriver, NodeRows};
use follower::{Follower, Judge, Options};
use ledger::BatchSize;
use light_node::LightNode;
use serde_json::Value;
use std::time::Duration;

/// A follower of the world's rollup.
async fn follow(world: &World) -> Follower {
    let nodes = NodeRows::new(world.client.clone(), None);
    let rows = (world.network.clone(), nodes);
    let config = derivation::Config {
        confirmations: 0,
        ..derivation::Config::default()
    };
    let deriver = Deriver::open(world.client.clone(), world.deployment.clone(), rows, config);
    let options = Options {
        address: ([127, 0, 0, 1], 0).into(),
        pause: Duration::from_millis(50),
    };
    let judge = None::<Judge<LightNode>>;
    Follower::start(deriver.await.unwrap(), judge, options)
        .await
        .unwrap()
}

/// Until the follower is as far as L1 is now.
async fn caught_up(follower: &Follower, world: &World) {
    let head = world.client.head().await.unwrap().number;
    let asked = RootProvider::<Ethereum>::new_http(follower.url().parse().unwrap());
    for _ in 0..600 {
        let health: Value = asked
            .raw_request("rollup_health".into(), Value::Array(Vec::new()))
            .await
            .unwrap();
        let roots: Value = asked
            .raw_request("rollup_roots".into(), Value::Array(Vec::new()))
            .await
            .unwrap();
        let is_derived = ["on_l1", "off_l1"]
            .iter()
            .all(|tree| roots[tree]["waits_for"].is_null());
        if health["ok"] == true && health["l1_block"].as_u64() >= Some(head) && is_derived {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the follower does not follow");
}

/// What a claim said: claimed now and before, and what was fetched.
fn claims(told: &Value) -> (u64, u64, Option<&str>) {
    let number = |name: &str| told[name].as_u64().unwrap();
    let fetched = told["fetched"][0]["amount"].as_str();
    (number("claimed"), number("claimed_before"), fetched)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_moves_between_the_trees() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let server = serve(&operator).await;
    let follower = follow(&world).await;
    let alice = Person::new(&world, &server, who::ALICE);
    let asking = alice.asking(follower.url());
    let new = alice.told(Needs::Key, &["new", "-o", "key"]).await;
    let key = new["account"].as_str().unwrap();
    alice.told(Needs::L1Key, &["deposit", "2 ETH"]).await;
    world.settle(&mut operator, 1).await;

    let off = ["move", "0.5 ETH"];
    alice.told(Needs::Signing, &off).await;
    world.settle(&mut operator, 2).await;
    caught_up(&follower, &world).await;
    for person in [&alice, &asking] {
        let claim = ["claim", "2"];
        person.refused(Needs::Claiming, &claim, "not final").await;
    }
    finalized(&world).await;
    // What moves is put into the other tree's queue, and nothing is paid.
    let claimed = asking.told(Needs::Claiming, &["claim", "2"]).await;
    assert_eq!(claims(&claimed), (1, 0, Some("0")));
    world.settle(&mut operator, 3).await;
    assert_eq!(alice.held(key, "on_l1", "0").await.0, ETHER / 2);
    assert_eq!(alice.held(key, "off_l1", "0").await.0, ETHER * 3 / 2);

    // The way back is open at once; there it may be somebody else's.
    let bob = Person::new(&world, &server, who::BOB);
    let new = bob.told(Needs::Key, &["new", "-o", "key"]).await;
    let theirs = new["account"].as_str().unwrap();
    let owner = bob.address();
    let back = [
        "move",
        "0.2 ETH",
        "--tree",
        "on-l1",
        "--to-account",
        theirs,
        "--to-owner",
        &owner,
    ];
    alice.told(Needs::Signing, &back).await;
    world.settle(&mut operator, 4).await;
    let nothing = alice.told(Needs::Claiming, &["claim", "4"]).await;
    assert_eq!(claims(&nothing), (0, 0, None));
    let for_bob = ["claim", "4", "--recipient", &owner];
    let claimed = alice.told(Needs::Claiming, &for_bob).await;
    assert_eq!(claims(&claimed), (1, 0, None));
    world.settle(&mut operator, 5).await;
    assert_eq!(bob.held(theirs, "off_l1", "0").await.0, ETHER / 5);
    assert_eq!(alice.held(key, "on_l1", "0").await.0, ETHER * 3 / 10);
    caught_up(&follower, &world).await;
    let asking = bob.asking(follower.url());
    assert_eq!(asking.held(theirs, "off_l1", "0").await.0, ETHER / 5);
    follower.stop().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_changes_its_key_and_leaves_by_force() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let server = serve(&operator).await;
    let follower = follow(&world).await;
    let alice = Person::new(&world, &server, who::ALICE);
    let new = alice.told(Needs::Key, &["new", "-o", "key"]).await;
    let opened_with = new["account"].as_str().unwrap();
    alice.told(Needs::Key, &["new", "-o", "other"]).await;
    alice.told(Needs::L1Key, &["deposit", "2 ETH"]).await;
    world.settle(&mut operator, 1).await;
    let (_, place) = alice.held(opened_with, "off_l1", "0").await;

    let change = ["change-key", "--new-key", "other"];
    let passphrase = ["--new-passphrase-file", "passphrase"];
    let change = [&change[..], &passphrase].concat();
    alice.told(Needs::Signing, &change).await;
    let transfer = ["transfer", "0.1 ETH", "--to", &place];
    let opened = ["--opened-with", opened_with];
    let named = [&transfer[..], &opened].concat();
    let changed = alice.with_key("other");
    world.settle(&mut operator, 2).await;
    alice
        .refused(Needs::Signing, &transfer, "the account's key")
        .await;
    changed
        .refused(Needs::Signing, &transfer, "has no account")
        .await;
    changed.told(Needs::Signing, &named).await;
    world.settle(&mut operator, 3).await;

    // By force: with the old key nothing leaves, and L1 takes no notice of it.
    let in_vain = alice.told(Needs::L1Key, &["force", "1 ETH"]).await;
    assert_eq!(in_vain["account"].as_str(), Some(opened_with));
    let force = [&["force", "0.25 ETH"][..], &opened].concat();
    let forced = changed.told(Needs::L1Key, &force).await;
    assert_eq!(forced["owner"], alice.address().to_lowercase());
    world.settle(&mut operator, 4).await;
    let (held, _) = alice.held(opened_with, "off_l1", "0").await;
    assert_eq!(held, 2 * ETHER - ETHER / 4);
    finalized(&world).await;
    caught_up(&follower, &world).await;
    let asking = alice.asking(follower.url());
    let claimed = asking.told(Needs::Claiming, &["claim", "4"]).await;
    let fetched = (ETHER / 4).to_string();
    assert_eq!(claims(&claimed), (1, 0, Some(&*fetched)));
    follower.stop().await.unwrap();
    server.stop().await;
}
