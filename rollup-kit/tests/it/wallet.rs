//! A user of a rollup, by the program: from a deposit to what is paid on L1.

// The same world that the operator is tested in, of which not all is needed here.
#[allow(dead_code, unused_imports)]
#[path = "../../operator/tests/it"]
pub(crate) mod operating {
    pub(crate) mod derived;
    pub(crate) mod network;
    pub(crate) mod world;
}

mod moves;
mod person;
pub(crate) mod tokens;
mod void;

use ledger::BatchSize;
use operating::world::{ETHER, World, who};
use person::{Needs, Person, finalized, serve, told};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_deposits_transfers_withdraws_and_claims() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let server = serve(&operator).await;
    let [alice, bob] = [who::ALICE, who::BOB].map(|who| Person::new(&world, &server, who));

    let mut accounts = Vec::new();
    for person in [&alice, &bob] {
        let new = person.told(Needs::Key, &["new", "-o", "key"]).await;
        let shown = person.told(Needs::Key, &["address", "key"]).await;
        assert_eq!(new["account"], shown["account"]);
        accounts.push(shown["account"].as_str().unwrap().to_owned());
        let again = ["new", "-o", "key"];
        person.refused(Needs::Key, &again, "not written over").await;
        let deposited = person.told(Needs::L1Key, &["deposit", "2 ETH"]).await;
        assert_eq!(deposited["account"], shown["account"]);
    }
    world.settle(&mut operator, 1).await;
    let (held, _) = alice.holds(&accounts[0]).await;
    let (_, to) = bob.holds(&accounts[1]).await;
    assert_eq!(held, 2 * ETHER);

    // Whoever waits does so while the operator settles.
    let transfer = ["transfer", "0.5 ETH", "--to", &to, "--wait", "on-l1"];
    let mut waiting = alice.command(Needs::Signing, &transfer);
    let waiting = tokio::spawn(async move { waiting.output().await.unwrap() });
    world.settle(&mut operator, 2).await;
    let transferred = told(&waiting.await.unwrap());
    assert_eq!(
        (&transferred["stage"], &transferred["batch"]),
        (&"on_l1".into(), &2.into())
    );
    assert_eq!(alice.holds(&accounts[0]).await.0, ETHER * 3 / 2);
    assert_eq!(bob.holds(&accounts[1]).await.0, ETHER * 5 / 2);

    let withdraw = ["withdraw", "1 ETH", "--nonce", "0"];
    let withdrawn = bob.told(Needs::Signing, &withdraw).await;
    assert_eq!(withdrawn["stage"], "pooled");
    assert!(
        withdrawn["confirmation"]
            .as_str()
            .unwrap()
            .starts_with("soft")
    );
    // The same again is the same operation, before it is in a batch and after.
    let again = bob.told(Needs::Signing, &withdraw).await;
    assert_eq!(
        (&again["id"], &again["stage"]),
        (&withdrawn["id"], &"pooled".into())
    );
    world.settle(&mut operator, 3).await;
    let again = bob.told(Needs::Signing, &withdraw).await;
    assert_eq!(
        (&again["id"], &again["stage"]),
        (&withdrawn["id"], &"on_l1".into())
    );
    let id = withdrawn["id"].as_str().unwrap();
    let status = bob.told(Needs::Server, &["status", id]).await;
    assert_eq!(
        (&status["stage"], &status["batch"]),
        (&"on_l1".into(), &3.into())
    );
    assert_eq!(bob.holds(&accounts[1]).await.0, ETHER * 3 / 2);

    // Off L1, money leaves once the batch is final.
    bob.refused(Needs::Claiming, &["claim", "3"], "not final")
        .await;
    finalized(&world).await;
    let claimed = bob.told(Needs::Claiming, &["claim", "3"]).await;
    assert_eq!(
        (&claimed["claimed"], &claimed["claimed_before"]),
        (&1.into(), &0.into())
    );
    assert_eq!(claimed["fetched"][0]["amount"], ETHER.to_string());
    let again = bob.told(Needs::Claiming, &["claim", "3"]).await;
    assert_eq!(
        (&again["claimed"], &again["claimed_before"]),
        (&0.into(), &1.into())
    );
    assert_eq!(again["fetched"][0]["amount"], "0");
    let others = alice.told(Needs::Claiming, &["claim", "3"]).await;
    assert_eq!(others["claimed"], 0);
    server.stop().await;
}

/// Nothing is signed with what does not open, nor for another rollup, account or price.
#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_refuses() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let server = serve(&operator).await;
    let alice = Person::new(&world, &server, who::ALICE);
    let account = alice.told(Needs::Key, &["new", "-o", "key"]).await["account"].clone();
    alice.told(Needs::L1Key, &["deposit", "2 ETH"]).await;
    world.settle(&mut operator, 1).await;
    let (_, place) = alice.holds(account.as_str().unwrap()).await;

    let transfer = ["transfer", "1 ETH", "--to", &place];
    let lacking = ["transfer", "3 ETH", "--to", &place];
    alice
        .refused(Needs::Signing, &lacking, "insufficient")
        .await;
    let gap = [&transfer[..], &["--nonce", "9999"]].concat();
    alice.refused(Needs::Signing, &gap, "nonce_gap").await;
    let on_l1 = [&transfer[..], &["--tree", "on-l1"]].concat();
    alice
        .refused(Needs::Signing, &on_l1, "has no account")
        .await;
    let unknown = "11".repeat(32);
    alice
        .refused(Needs::Server, &["status", &unknown], "knows no operation")
        .await;

    let passphrase = alice.folder.join("passphrase");
    std::fs::write(&passphrase, "another horse").unwrap();
    alice
        .refused(Needs::Signing, &transfer, "another passphrase")
        .await;
    std::fs::write(&passphrase, "correct horse").unwrap();
    let deployment = alice.folder.join("deployment.json");
    let mut other: Value = serde_json::from_slice(&std::fs::read(&deployment).unwrap()).unwrap();
    other["rollup"] = other["vault"].clone();
    std::fs::write(&deployment, other.to_string()).unwrap();
    alice
        .refused(Needs::Signing, &transfer, "the operator's rollup")
        .await;
    server.stop().await;
}
