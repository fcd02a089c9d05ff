//! Networks in which validators lie.

use crate::network::{bytes, client, config, patiently, start};
use chain::{UnverifiedEquivocation, ValidatorAddress};
use da_node::Faults;
use devnet::{Devnet, DevnetConfig};
use futures::future::join_all;
use proto::Submission;
use proto::client::State;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use types::{BlobId, BlobMode, HeaderHash, Height, PayloadLength};

/// Four validators, these of them with faults.
async fn network(liars: &[usize], faults: Faults) -> Devnet {
    let liars: BTreeMap<_, _> = liars.iter().map(|node| (*node, faults.clone())).collect();
    start(DevnetConfig { liars, ..config(0) }).await
}

async fn post(devnet: &Devnet, node: usize, fill: u8) -> BlobId {
    let payload = bytes(fill);
    let submission = Submission {
        namespace: "liars".parse().unwrap(),
        length: PayloadLength::new(BlobMode::Packed, payload.len() as u64).unwrap(),
        expected: None,
    };
    let client = client(devnet, node).await;
    client.submit(&submission, payload.into()).await.unwrap().id
}

async fn post_final(devnet: &Devnet, node: usize, fill: u8) {
    let id = post(devnet, node, fill).await;
    let client = client(devnet, node).await;
    patiently(client.await_final(id)).await.unwrap();
}

async fn all_reach(devnet: &Devnet, height: u64) {
    let tips = devnet.nodes().iter().map(|node| async move {
        let mut tip = node.tip();
        tip.wait_for(|tip| tip.get() >= height).await.unwrap();
    });
    patiently(join_all(tips)).await;
}

/// Every node has the same header at each of these heights.
fn assert_one_chain(devnet: &Devnet, heights: u64) {
    for height in (1..=heights).map(Height::new) {
        let hashes: BTreeSet<HeaderHash> = devnet
            .nodes()
            .iter()
            .map(|node| node.block(height).unwrap().unwrap().block.header.hash())
            .collect();
        assert_eq!(hashes.len(), 1, "height {height}");
    }
}

fn address(devnet: &Devnet, node: usize) -> ValidatorAddress {
    let file = devnet.folder().join(format!("node-{node}/validator.key"));
    let text = std::fs::read_to_string(file).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let key = file["public_key"].as_str().unwrap();
    let mut members = devnet.genesis().validators().iter();
    let named = members.find(|(_, member)| member.key().to_bytes().to_string() == key);
    named.unwrap().1.address()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equivocator_is_convicted_by_every_honest_validator_before_anybody() {
    let faults = Faults {
        equivocates: true,
        ..Faults::default()
    };
    let devnet = network(&[3], faults).await;
    post_final(&devnet, 0, 1).await;
    all_reach(&devnet, 6).await;
    assert_one_chain(&devnet, 6);

    let (chain, set) = (devnet.genesis().chain_id(), devnet.genesis().validators());
    for node in 0..3 {
        let client = client(&devnet, node).await;
        // Who only heard of a height once it was final saw no second vote there, but a later one.
        let found = patiently(async {
            loop {
                let found = client.evidence(None).await.unwrap();
                if !found.is_empty() {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let found = found.await;
        for answer in found {
            let evidence = UnverifiedEquivocation::decode(&answer.evidence).unwrap();
            let evidence = evidence.verify(&chain, set).unwrap();
            assert_eq!(evidence.validator(), address(&devnet, 3));
            assert_eq!(answer.height, evidence.at().height.get());
        }
        let innocent = address(&devnet, node);
        let of_innocent = client.evidence(Some(innocent.as_bytes())).await.unwrap();
        assert_eq!(of_innocent, []);
    }

    // The command verifies it against the set's file, and believes no node.
    let da_node = Path::new(env!("CARGO_BIN_EXE_devnet")).with_file_name("da-node");
    let shown = Command::new(da_node)
        .args(["evidence", "--json", "--node", devnet.grpc(0).unwrap()])
        .arg("--validators")
        .arg(devnet.folder().join("validators.json"))
        .output()
        .unwrap();
    assert!(
        shown.status.success(),
        "{}",
        String::from_utf8_lossy(&shown.stderr)
    );
    let text = String::from_utf8(shown.stdout).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["verified"], true);
    let liar = address(&devnet, 3).to_string();
    assert_eq!(first["validator"], liar);
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_keeps_its_votes_back_stops_nobody() {
    let faults = Faults {
        drops_votes: true,
        ..Faults::default()
    };
    let devnet = network(&[2], faults).await;
    post_final(&devnet, 0, 2).await;
    all_reach(&devnet, 5).await;
    assert_one_chain(&devnet, 5);
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_keep_their_votes_back_stop_the_chain_and_fork_nothing() {
    let faults = Faults {
        drops_votes: true,
        ..Faults::default()
    };
    let devnet = network(&[2, 3], faults).await;
    // Certificates need receipts and no votes: the blob waits for a block that does not come.
    let id = post(&devnet, 0, 3).await;
    let poster = client(&devnet, 0).await;
    patiently(poster.await_certified(id)).await.unwrap();
    // Nothing happens, which no event tells: it is given longer than an honest height takes.
    tokio::time::sleep(Duration::from_secs(6)).await;
    for node in devnet.nodes() {
        assert_eq!(*node.tip().borrow(), Height::GENESIS);
    }
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_and_blocks_that_fit_no_commitment_are_signed_by_nobody_honest() {
    let faults = Faults {
        encodes_wrongly: true,
        ..Faults::default()
    };
    let devnet = network(&[3], faults).await;
    let spoiled = post(&devnet, 3, 4).await;
    // The liar's blocks are refused in its turns, and others are decided.
    post_final(&devnet, 0, 5).await;
    all_reach(&devnet, 6).await;
    assert_one_chain(&devnet, 6);
    match client(&devnet, 3)
        .await
        .status(spoiled)
        .await
        .unwrap()
        .state
    {
        State::Received => {}
        // Its own receipt alone.
        State::Dispersed { receipts, .. } => assert!(receipts <= 1, "{receipts}"),
        State::Failed { .. } => {}
        state => panic!("{}", state.name()),
    }
    patiently(devnet.stop()).await;
}
