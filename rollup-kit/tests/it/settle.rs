//! `deploy`, `watch` and `respond`, as a rollup's people run them.

mod keys;
mod site;

use crate::l1::L1;
use crate::network::Network;
use chain::{
    ChainParams, Genesis, GenesisValidator, L1Address, L1ChainId, SigningKey, Weight,
    registration_digest,
};
use commitments::{Setup, Threads};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rollup_kit::{Rollup, verify};
use serde_json::{Value, json};
use settlement::batch::{self, Attestors, CertifiedRows, Place};
use settlement::client::{Account, L1Client};
use settlement::contracts::abi;
use settlement::deploy::{self, Deployment};
use settlement::settings::RollupSettings;
use settlement::{U256, Wei};
use site::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use types::{BlobMode, Timestamp};

/// A first run that is killed is gone on with by the second; a third finds everything.
#[test]
fn a_killed_deployment_goes_on() {
    let (site, _genesis) = site_of_nobody();
    let mut first = site.deploy();
    let mut first = first
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The plan is on disk before anything is sent.
    while !site.deployment().exists() && first.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let second = answer(&site.deploy().output().unwrap());
    let planned = deploy::read(&site.deployment()).unwrap().unwrap();
    assert_eq!(second["rollup"], json!(planned.rollup));
    assert_eq!(second["registry"], json!(planned.registry));
    let third = answer(&site.deploy().output().unwrap());
    assert_eq!(third["rollup"], second["rollup"]);
    assert_eq!(
        (&third["transactions"], &third["gas"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn bad_input_deployments_are_refused() {
    let (site, _genesis) = site_of_nobody();
    let (_, key) = site.l1.account(DEPLOYER);
    // Nothing of this sends anything.
    let missing = refusal(site.deploy().args(["--threshold", "2"]));
    assert!(missing.contains("threshold"), "{missing}");
    let twice = site.l1.account(DEPLOYER).0;
    let named = refusal(site.deploy().args(["--attestor", twice]));
    assert!(named.contains("attestors"), "{named}");
    let unheard = refusal(&mut site.deploy_of("http://127.0.0.1:1", &site.genesis));
    assert!(unheard.contains("L1 does not answer"), "{unheard}");
    let no_url = refusal(&mut site.deploy_of("somewhere", &site.genesis));
    assert!(no_url.contains("http://HOST:PORT"), "{no_url}");
    for bytes in [&b"xyz"[..], b"", b"\xff"] {
        std::fs::write(site.key(DEPLOYER), bytes).unwrap();
        let refused = refusal(&mut site.deploy());
        assert!(refused.contains("0.key"), "{refused}");
        assert!(!refused.contains("xyz"), "a key is not repeated: {refused}");
    }
    std::fs::write(site.key(DEPLOYER), key).unwrap();
    let mut forged = genesis();
    forged.validators[0].possession = forged.validators[1].possession;
    for text in [
        "{".to_owned(),
        "{}".to_owned(),
        serde_json::to_string(&forged).unwrap(),
    ] {
        let file = site.file("bad.json");
        std::fs::write(&file, text).unwrap();
        let refused = refusal(&mut site.deploy_of(site.l1.http(), &file));
        assert!(refused.contains("bad.json"), "{refused}");
    }
    assert!(!site.deployment().exists());
    let sent = site.l1.ask(
        "eth_getTransactionCount",
        &json!([site.l1.account(DEPLOYER).0, "latest"]),
    );
    assert_eq!(sent, "0x0");

    // A file of another deployment is not gone on with.
    answer(&site.deploy().output().unwrap());
    let other = refusal(site.deploy().args(["--roots", "1", "2"]));
    assert!(other.contains("expected"), "{other}");
    std::fs::write(site.deployment(), "{").unwrap();
    let broken = refusal(&mut site.deploy());
    assert!(broken.contains("deployment.json"), "{broken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_and_validators_bond() {
    let (site, _genesis) = site_of_nobody();
    answer(&site.deploy().output().unwrap());
    let client = L1Client::connect(site.l1.http()).await.unwrap();
    let d = deploy::read(&site.deployment()).unwrap().unwrap();

    let little = refusal(&mut site.bond(&["operator", "0.1 ETH"], OPERATOR));
    assert!(little.contains("NotBonded"), "{little}");
    answer(
        &site
            .bond(&["operator", "64 ETH"], OPERATOR)
            .output()
            .unwrap(),
    );
    let operator = Account::from_secret(client.clone(), site.l1.account(OPERATOR).1).unwrap();
    let call = abi::Operators::bondsCall {
        operator: operator.address(),
    };
    let bonded = client.view(d.operators, &call).await.unwrap();
    assert_eq!(bonded.amount, Wei::ether(64).get());
    assert_eq!(bonded.place, 1);
    answer(&site.bond(&["resign"], OPERATOR).output().unwrap());
    let early = refusal(&mut site.bond(&["fetch"], OPERATOR));
    assert!(early.contains("TooEarly"), "{early}");

    let key = SigningKey::generate(&mut StdRng::seed_from_u64(1));
    let digest = registration_digest(
        &genesis().check().unwrap().chain_id(),
        L1ChainId::new(d.l1_chain),
        &L1Address::new(d.registry.into_array()),
        &L1Address::new(operator.address().into_array()),
    );
    let signed = json!({
        "key": key.public_key().to_bytes(),
        "signature": key.sign_digest(&digest),
    });
    let file = site.file("registration.json");
    std::fs::write(&file, signed.to_string()).unwrap();
    let validator = |by| {
        let named = file.to_str().unwrap();
        site.bond(&["validator", "100 ETH", "--registration", named], by)
    };
    // The owner is in what was signed.
    refusal(&mut validator(GRIEFER));
    for transactions in [2, 0] {
        let said = answer(&validator(OPERATOR).output().unwrap());
        assert_eq!(said["transactions"], transactions);
    }
    let other = refusal(&mut validator(GRIEFER));
    assert!(other.contains("owner of a validator"), "{other}");
    std::fs::write(&file, "{}").unwrap();
    let broken = refusal(&mut validator(OPERATOR));
    assert!(broken.contains("registration.json"), "{broken}");
}

#[test]
fn bad_input_watchers_and_responders_are_refused() {
    let (site, _genesis) = site_of_nobody();
    let bootstrap = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";
    let watch_on = |l1: &str| {
        let mut command = site.once_on(l1, "watch", WATCHER);
        command.args(["--bootstrap", bootstrap]);
        command
    };
    let watch = || watch_on(site.l1.http());
    let nothing = refusal(&mut watch());
    assert!(nothing.contains("deployment.json"), "{nothing}");
    answer(&site.deploy().output().unwrap());
    for (text, said) in [
        ("[limits]\nrounds_in_vain = 0", "rounds_in_vain"),
        ("[sampling]\ncells_per_row = 65", "cells_per_row"),
        ("[limits]\nmax_at_steak = 1", "max_at_steak"),
        ("limits = 3", "watcher.toml"),
    ] {
        let file = site.file("watcher.toml");
        std::fs::write(&file, text).unwrap();
        let refused = refusal(watch().arg("--config").arg(&file));
        assert!(refused.contains(said), "{text}: {refused}");
    }
    let nowhere = refusal(watch().args(["--bootstrap", "nowhere"]));
    assert!(nowhere.contains("multiaddr"), "{nowhere}");
    // L1 of another chain than the rollup stands on.
    let other = L1::start(&["--chain-id", "5"]);
    let wrong = refusal(&mut watch_on(other.http()));
    assert!(wrong.contains("chain 5"), "{wrong}");
    let mut respond = site.once_on(other.http(), "respond", ANSWERER);
    let wrong = refusal(respond.arg("--any-row"));
    assert!(wrong.contains("chain 5"), "{wrong}");

    // In nobody's name, as clap tells; with no node to answer out of.
    let nobody = site.once("respond", ANSWERER).output().unwrap();
    assert_eq!(nobody.status.code(), Some(2));
    let text = "policy = 1";
    let file = site.file("responder.toml");
    std::fs::write(&file, text).unwrap();
    let refused = refusal(
        site.once("respond", ANSWERER)
            .args(["--any-row", "--config"])
            .arg(&file),
    );
    assert!(refused.contains("responder.toml"), "{refused}");
    let mut alone = site.once("respond", ANSWERER);
    let alone = refusal(alone.args(["--any-row", "--node", "http://127.0.0.1:1"]));
    assert!(alone.contains("the node does not answer"), "{alone}");
    // Where there is nothing to do yet, that is no failure.
    let quiet = answer(&watch().output().unwrap());
    assert_eq!(
        (&quiet["newest"], &quiet["left_out"]),
        (&json!(0), &json!(0))
    );
}

/// A rollup on a DA network that runs: its rows are sampled, a griefer's challenge is answered out
/// of a node's store, and a second look does nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_is_deployed_watched_and_answered_for() {
    let network = Network::start();
    let site = Site::new(network.genesis());
    answer(&site.deploy().output().unwrap());
    let client = L1Client::connect(site.l1.http()).await.unwrap();
    let d = deploy::read(&site.deployment()).unwrap().unwrap();
    let account = |place| Account::from_secret(client.clone(), site.l1.account(place).1).unwrap();
    answer(
        &site
            .bond(&["operator", "64 ETH"], OPERATOR)
            .output()
            .unwrap(),
    );
    let operator = account(OPERATOR);
    submit(&network, &client, &d, &account(DEPLOYER), &operator).await;

    let config = site.file("watcher.toml");
    std::fs::write(&config, "[policy]\nconfirmations = 0\n").unwrap();
    let watch = || {
        let mut watch = site.once("watch", WATCHER);
        watch
            .args(["--bootstrap", network.p2p(1), "--node", network.grpc(1)])
            .arg("--config")
            .arg(&config);
        answer(&watch.output().unwrap())
    };
    let looked = watch();
    assert_eq!(looked["newest"], 1);
    let sampled = json!([{ "batch": 1, "row": 0, "verdict": "available" }]);
    assert_eq!(looked["sampled"], sampled);
    assert_eq!(
        (&looked["sent"], &looked["left_out"]),
        (&json!([]), &json!(0))
    );

    let griefer = account(GRIEFER);
    let call = abi::RowChallenges::challengeCall { number: 1, row: 0 };
    griefer
        .pay(d.row_challenges, &call, RollupSettings::default().min_bond)
        .await
        .unwrap();
    let respond = || {
        let mut respond = site.once("respond", ANSWERER);
        respond
            .args(["--node", network.grpc(2), "--operator"])
            .arg(operator.address().to_string());
        answer(&respond.output().unwrap())
    };
    let answered = respond();
    assert_eq!(answered["due"], 1);
    assert_eq!(answered["sent"], json!(["publish row 0 of batch 1"]));
    assert_eq!(answered["alarms"], 0);
    let again = respond();
    assert_eq!(again["due"], 0, "{again}");
    let names = again["sent"].as_array().unwrap();
    let publishes = |name: &&Value| name.as_str().unwrap().starts_with("publish");
    assert_eq!(names.iter().filter(publishes).count(), 0, "{again}");
    // The row stands on L1: nothing of it has to be sampled any more.
    let looked = watch();
    assert_eq!(looked["sampled"], json!([]));
}

/// Posts a payload to the DA network and submits the rollup's first batch with it.
async fn submit(
    network: &Network,
    client: &L1Client,
    d: &Deployment,
    attestor: &Account,
    operator: &Account,
) {
    let setup = Setup::ceremony().unwrap();
    let trust = network.trust();
    let rollup = Rollup::connect(network.grpc(0), trust.chain_id, trust.validators)
        .await
        .unwrap();
    let namespace = NAMESPACE.parse().unwrap();
    let payload = b"off-chain ".repeat(1_000);
    let threads = Threads::available().unwrap();
    let meta = verify::describe(setup, &threads, namespace, BlobMode::Packed, &payload).unwrap();
    let (_, rows) = erasure::payload_to_rows(BlobMode::Packed, &payload).unwrap();
    let id = rollup.submit(namespace, payload).await.unwrap();
    assert_eq!(id, meta.id());
    let certificate = rollup.await_certificate(id).await.unwrap();
    let da = CertifiedRows {
        meta,
        certificate: certificate.to_unverified(),
        rows,
    };
    let roots = |on: u64, off: u64| abi::Roots {
        onL1: U256::from(on),
        offL1: U256::from(off),
    };
    let first = abi::Rollup::batchAtCall { number: 0 };
    let prior = client.view(d.rollup, &first).await.unwrap().roots;
    let next = roots(1, 2);
    let mut submission = batch::draft(next.clone(), U256::from(3));
    let place = Place {
        l1_chain: client.chain_id(),
        rollup: d.rollup,
        number: 1,
        digest: submission.digest,
        prior: &prior,
        next: &next,
    };
    batch::attach(setup, &place, &mut submission, &[], Some(&da)).unwrap();
    let rows = da.meta.rows();
    Attestors::new(vec![attestor.signer().clone()])
        .prove_batch(client, d, &place, &mut submission, rows)
        .await
        .unwrap();
    let call = abi::Rollup::submitBatchCall { submission };
    operator.call(d.rollup, &call).await.unwrap();
}
