//! Networks whose validator set changes while they run.

use super::memory::{Memory, Network};
use super::network::{Cluster, all_reach, assert_agreement};
use crate::consensus::{Application, ConsensusHandle};
use chain::{
    SetChangeCertificate, SetEdit, SigningKey, TrustedChain, TrustingPeriod, ValidatorSet, Weight,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use types::Height;

const EPOCH_BLOCKS: u64 = 3;
/// The last heights of epochs 0, 1 and 2.
const LAST: [u64; 3] = [2, 5, 8];

fn join(key: &SigningKey, weight: u64) -> SetEdit {
    SetEdit::Join {
        key: key.public_key().to_bytes(),
        weight: Weight::new(weight),
        possession: key.prove_possession(),
    }
}

fn leave(key: &SigningKey) -> SetEdit {
    SetEdit::Leave {
        key: key.public_key().to_bytes(),
    }
}

fn reweigh(key: &SigningKey, weight: u64) -> SetEdit {
    SetEdit::Reweigh {
        key: key.public_key().to_bytes(),
        weight: Weight::new(weight),
    }
}

/// A fifth validator joins with so much weight that nothing is decided without it, the first
/// one leaves, and then the weights are evened out.
fn changes(network: &Network) -> Vec<SetChangeCertificate> {
    let keys = &network.keys;
    let plans = [
        vec![join(&keys[4], 40)],
        vec![leave(&keys[0])],
        vec![reweigh(&keys[4], 12), reweigh(&keys[1], 12)],
    ];
    let mut set = network.genesis.validators().clone();
    let mut changes = Vec::new();
    for (epoch, edits) in (1..).zip(plans) {
        let change = network.change(&set, epoch, edits);
        set = change.change().next_set().clone();
        changes.push(change);
    }
    changes
}

/// Every header is by the set that the changes up to its height make, and a light node walks
/// from one to the next.
fn assert_sets(apps: &[Arc<Memory>], network: &Network, heights: u64) {
    let changes = changes(network);
    let mut sets: Vec<ValidatorSet> = vec![network.genesis.validators().clone()];
    sets.extend(changes.iter().map(|c| c.change().next_set().clone()));
    let set_of = |height: u64| &sets[LAST.iter().filter(|last| **last < height).count()];
    let mut trusted = TrustedChain::from_genesis(&network.genesis);
    for height in 1..=heights {
        let header = apps[0].final_header(height);
        let set = set_of(height);
        assert_eq!(header.set_hash(), set.hash(), "height {height}");
        let next = header.header().next_validators;
        assert_eq!(next, set_of(height + 1).hash(), "height {height}");
        assert!(set.has_quorum(header.certificate().signed_weight()));
        for app in apps {
            assert_eq!(app.validators(Height::new(height)), *set, "height {height}");
        }
        let (time, day) = (header.header().time, TrustingPeriod { millis: 86_400_000 });
        let unverified = header.to_unverified();
        trusted.advance(unverified, set, time, day).unwrap();
    }
}

async fn stop(handles: Vec<ConsensusHandle>) {
    for handle in handles {
        assert!(!handle.is_halted());
        handle.stop().await;
    }
}

fn cluster() -> (Cluster, Vec<Arc<Memory>>) {
    let cluster = Cluster::of(Network::with_spares(4, 1, EPOCH_BLOCKS));
    // Certified by the first set, the last of them ordered by the second.
    let blobs: Vec<_> = (0..3).map(|n| cluster.network.blob(n)).collect();
    let changes = changes(&cluster.network);
    let memory = || {
        let app = Memory::new(&cluster.network, &blobs);
        app.expect_changes(&changes);
        app
    };
    let apps = (0..5).map(|_| memory()).collect();
    (cluster, apps)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validators_join_leave_and_change_weight_and_blocks_go_on() {
    let (cluster, apps) = cluster();
    let mut handles = Vec::new();
    for (i, app) in apps.iter().enumerate() {
        app.want(10);
        handles.push(cluster.start(i, app).await);
    }
    all_reach(&apps, 10).await;
    assert_agreement(&apps, 10);
    assert_sets(&apps, &cluster.network, 10);
    assert_eq!(apps[0].block(3).references.len(), 1);
    stop(handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_catches_up_across_the_changes() {
    let (cluster, apps) = cluster();
    // It has signed nothing when it is started again, and has not forgotten anything.
    apps[4].joins.store(LAST[0] + 1, Ordering::SeqCst);
    for (until, running) in [
        (2, vec![0, 1, 2, 3, 4]),
        (8, vec![0, 1, 2, 4]),
        (10, vec![1, 2, 3, 4]),
    ] {
        let mut handles = Vec::new();
        for &i in &running {
            apps[i].want(until);
            handles.push(cluster.start(i, &apps[i]).await);
        }
        let here: Vec<_> = running.iter().map(|&i| Arc::clone(&apps[i])).collect();
        all_reach(&here, until).await;
        stop(handles).await;
    }
    assert!(apps[3].synced.load(Ordering::SeqCst) >= 6);
    assert_agreement(&apps[1..], 10);
    assert_sets(&apps[1..], &cluster.network, 10);
}
