//! Validators that join, leave, come back and change their weight while the network goes on.

use crate::network::{bytes, caught_up, client, config, patiently, post_final, start};
use chain::{ChainParams, Checkpoint, SetEdit, UnverifiedSetChange, ValidatorSet, Weight};
use da_node::consensus::{Phase, Role};
use da_node::{Faults, Limits, Part};
use devnet::{Devnet, DevnetConfig, Newcomer};
use light_node::LightNode;
use light_node::core::Verdict;
use std::time::Duration;
use types::{ChainId, Epoch, Height, SetHash};

/// Short epochs, in which there is time enough to approve something.
const EPOCH: u64 = 12;

fn short_epochs(light: usize) -> DevnetConfig {
    let params = ChainParams {
        block_interval_ms: 150,
        empty_block_interval_ms: 300,
        epoch_blocks: EPOCH,
        ..ChainParams::devnet()
    };
    DevnetConfig {
        params,
        ..config(light)
    }
}

fn join(devnet: &Devnet, node: usize, weight: u64) -> SetEdit {
    let key = devnet.key(node);
    SetEdit::Join {
        key: key.public_key().to_bytes(),
        weight: Weight::new(weight),
        possession: key.prove_possession(),
    }
}

fn leave(devnet: &Devnet, node: usize) -> SetEdit {
    let key = devnet.key(node).public_key().to_bytes();
    SetEdit::Leave { key }
}

fn reweigh(devnet: &Devnet, node: usize, weight: u64) -> SetEdit {
    SetEdit::Reweigh {
        key: devnet.key(node).public_key().to_bytes(),
        weight: Weight::new(weight),
    }
}

/// Has all these members approve a change, and waits until every node is where it holds. On a
/// busy machine an epoch may end before all have approved: then it is for the next one.
async fn change(devnet: &Devnet, members: &[usize], edits: Vec<SetEdit>) -> ValidatorSet {
    let first = &devnet.nodes()[members[0]];
    let before = first.validators();
    let changed = async {
        while first.validators() == before {
            approve(devnet, members, edits.clone()).await;
        }
    };
    patiently(changed).await;
    let (height, after) = (*first.tip().borrow(), first.validators());
    for node in devnet.nodes() {
        let mut tip = node.tip();
        patiently(async { tip.wait_for(|tip| *tip >= height).await.unwrap().get() }).await;
        assert_eq!(node.validators(), after);
    }
    after
}

/// Approves a change for the next epoch and waits for that epoch.
async fn approve(devnet: &Devnet, members: &[usize], edits: Vec<SetEdit>) {
    let node = &devnet.nodes()[members[0]];
    // Early in an epoch, so that there is time for it.
    let mut tip = node.tip();
    let early = |tip: &Height| (tip.get() + 1).is_multiple_of(EPOCH);
    tip.wait_for(early).await.unwrap();
    let asked = client(devnet, members[0]).await;
    let wanted = asked.set_changes().await.unwrap();
    let change = UnverifiedSetChange::new(
        ChainId::from_slice(&wanted.chain_id).unwrap(),
        SetHash::from_slice(&wanted.set).unwrap(),
        Epoch::new(wanted.next_epoch),
        edits,
    );
    for member in members {
        let member = client(devnet, *member).await;
        if let Err(late) = member.approve_set_change(change.encode()).await {
            tracing::debug!(%late, "not approved");
        }
    }
    let begins = Height::new(wanted.next_epoch_height - 1);
    tip.wait_for(|tip| *tip >= begins).await.unwrap();
}

async fn plays(devnet: &Devnet, node: usize, part: Part) {
    let mut playing = devnet.nodes()[node].part();
    patiently(async {
        let playing = playing.wait_for(|playing| *playing == part).await;
        drop(playing.unwrap());
    })
    .await;
}

/// Waits until a node that was away signs again: it may have to observe a height first.
async fn votes(devnet: &Devnet, node: usize) {
    let mut status = devnet.nodes()[node].consensus();
    let validating = Phase::Running(Role::Validating);
    patiently(async {
        let votes = status.wait_for(|status| status.phase == validating).await;
        drop(votes.unwrap());
    })
    .await;
}

/// Waits until the network is some heights further.
async fn goes_on(devnet: &Devnet, node: usize) -> Height {
    let mut tip = devnet.nodes()[node].tip();
    let later = Height::new(tip.borrow().get() + 4);
    patiently(async { *tip.wait_for(|tip| *tip >= later).await.unwrap() }).await
}

/// Waits until a light node has judged this height or a later one available.
async fn judges(light: &LightNode, height: Height) {
    let judged = async {
        loop {
            let recent = light.status().recent;
            let available = |v: &light_node::BlockVerdict| v.verdict == Verdict::Available;
            if recent.iter().any(|v| v.height >= height && available(v)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    patiently(judged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_joins_is_needed_is_reweighed_and_another_leaves() {
    let mut devnet = start(short_epochs(1)).await;
    let genesis = devnet.genesis().clone();
    let (before, before_at) = post_final(&devnet, 0, &bytes(1)).await;

    let newcomer = patiently(devnet.join(Newcomer::Validator)).await.unwrap();
    caught_up(&devnet, newcomer, before_at).await;
    plays(&devnet, newcomer, Part::Follower).await;

    // 3 of 7: the founders are too few without it, at the very first height of the epoch.
    let edits = vec![join(&devnet, newcomer, 3)];
    let five = change(&devnet, &[0, 1, 2], edits).await;
    assert_eq!((five.len(), five.total_weight()), (5, Weight::new(7)));
    plays(&devnet, newcomer, Part::Validator).await;
    goes_on(&devnet, 0).await;

    // It signs receipts: the founders' do not make a certificate.
    let (blob, at) = post_final(&devnet, 1, &bytes(2)).await;
    let stored = devnet.nodes()[1].block(at).unwrap().unwrap();
    let certificate = &stored.block.references[0].certificate;
    assert_eq!(certificate.terms.set, five.hash());
    let signers = chain::Bitmap::decode(five.len(), &certificate.signers).unwrap();
    let (place, _) = five
        .find_key(&devnet.key(newcomer).public_key())
        .expect("a member");
    assert!(signers.iter().any(|signer| signer == place));

    // One that was away while it joined finds it all the same, and is needed with it.
    let returned = patiently(devnet.restart(0)).await.unwrap();
    votes(&devnet, returned).await;
    patiently(devnet.remove(0)).await;
    patiently(devnet.remove(0)).await;
    assert_eq!(devnet.nodes().len(), 3);
    goes_on(&devnet, 0).await;
    let (founder, newcomer, returned) = (0, 1, 2);

    // One founder leaves for good, the newcomer weighs less; those who are gone leave, too.
    let gone = five
        .iter()
        .map(|(_, member)| member.key().to_bytes())
        .filter(|key| (0..3).all(|node| devnet.key(node).public_key().to_bytes() != *key));
    let mut edits: Vec<_> = gone.map(|key| SetEdit::Leave { key }).collect();
    edits.extend([reweigh(&devnet, newcomer, 1), leave(&devnet, founder)]);
    let two = change(&devnet, &[founder, newcomer, returned], edits).await;
    assert_eq!((two.len(), two.total_weight()), (2, Weight::new(2)));
    plays(&devnet, founder, Part::Follower).await;
    let (last, last_at) = post_final(&devnet, returned, &bytes(3)).await;

    // Who has left follows on, and keeps and serves what it signed for.
    caught_up(&devnet, founder, last_at).await;
    let reader = client(&devnet, founder).await;
    for (blob, fill) in [(before, 1), (blob, 2), (last, 3)] {
        let fetched = patiently(reader.fetch(blob)).await.unwrap();
        assert_eq!(fetched.payload, bytes(fill));
    }

    // A certificate of the first set verifies after all that.
    let old = devnet.nodes()[founder].block(before_at).unwrap().unwrap();
    let old = old.block.references[0].certificate.clone();
    old.verify(&genesis.chain_id(), genesis.validators())
        .unwrap();

    // Light nodes follow across all changes: the one that was there, and one from the genesis.
    judges(&devnet.light()[0], last_at).await;
    let addrs = devnet.nodes().iter().flat_map(|node| node.p2p_addrs());
    let checkpoint = Checkpoint::genesis(&genesis.chain_id());
    let late = light_node::Config::new(checkpoint, addrs.collect());
    let late = LightNode::start(late).await.unwrap();
    judges(&late, last_at).await;
    late.shutdown().await;
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_validators_join_at_once_and_one_leaves_and_comes_back() {
    let config = DevnetConfig {
        validators: 3,
        ..short_epochs(0)
    };
    let mut devnet = start(config).await;
    let one = patiently(devnet.join(Newcomer::Validator)).await.unwrap();
    let other = patiently(devnet.join(Newcomer::Validator)).await.unwrap();

    // 2 + 2 of 7: neither the founders nor one of the two can do without the other.
    let edits = vec![join(&devnet, one, 2), join(&devnet, other, 2)];
    change(&devnet, &[0, 1, 2], edits).await;
    plays(&devnet, one, Part::Validator).await;
    plays(&devnet, other, Part::Validator).await;
    goes_on(&devnet, 0).await;

    let edits = vec![leave(&devnet, one)];
    change(&devnet, &[0, 1, 2, other], edits).await;
    plays(&devnet, one, Part::Follower).await;
    goes_on(&devnet, one).await;

    let edits = vec![join(&devnet, one, 4)];
    change(&devnet, &[0, 1, 2, other], edits).await;
    plays(&devnet, one, Part::Validator).await;
    goes_on(&devnet, one).await;
    post_final(&devnet, one, &bytes(4)).await;
    patiently(devnet.stop()).await;
}

/// Two of four vote and take no custody: too few sign until the others weigh more. The blob that
/// is on its way then is dispersed to the new set, and certified by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_is_replaced_during_a_dispersal_leaves_the_blob_to_its_successor() {
    let config = DevnetConfig {
        params: ChainParams {
            clock_drift_ms: 2_000,
            ..short_epochs(0).params
        },
        ..short_epochs(0)
    };
    let limits = Limits {
        dispersal_deadline_ms: 120_000,
        ..Limits::default()
    };
    let devnet = Box::pin(Devnet::start_with(config, limits)).await.unwrap();
    for node in &devnet.nodes()[2..] {
        node.set_faults(Faults {
            refuses_custody: true,
            ..Faults::default()
        });
    }
    let payload = bytes(5);
    let posted = post_final(&devnet, 0, &payload);
    let edits = vec![reweigh(&devnet, 0, 10), reweigh(&devnet, 1, 10)];
    let changed = change(&devnet, &[0, 1, 2], edits);
    let ((blob, at), set) = futures::future::join(posted, changed).await;

    let stored = devnet.nodes()[0].block(at).unwrap().unwrap();
    let certificate = &stored.block.references[0].certificate;
    assert_eq!(certificate.terms.set, set.hash());
    assert_eq!(certificate.terms.blob, blob);
    let signers = chain::Bitmap::decode(set.len(), &certificate.signers).unwrap();
    assert_eq!(signers.iter().count(), 2);
    caught_up(&devnet, 1, at).await;
    let reader = client(&devnet, 1).await;
    assert_eq!(
        patiently(reader.fetch(blob)).await.unwrap().payload,
        payload
    );
    patiently(devnet.stop()).await;
}
