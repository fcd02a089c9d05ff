//! Networks with validators that lie.

use super::memory::Memory;
use super::network::{Cluster, all_reach, assert_one_chain};
use crate::Faults;
use crate::consensus::ConsensusHandle;
use chain::Contradiction;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use types::Height;

fn equivocator() -> Faults {
    Faults {
        equivocates: true,
        ..Faults::default()
    }
}

fn dropper() -> Faults {
    Faults {
        drops_votes: true,
        ..Faults::default()
    }
}

/// Four validators, the last of them with these faults.
async fn start(faults: &[Faults]) -> (Cluster, Vec<Arc<Memory>>, Vec<ConsensusHandle>) {
    let mut cluster = Cluster::new(4);
    cluster.faults = (0..4).rev().zip(faults.iter().cloned()).collect();
    let blobs: Vec<_> = (0..12).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..4)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    let mut handles = Vec::new();
    for (i, app) in apps.iter().enumerate() {
        app.want(12);
        handles.push(cluster.start(i, app).await);
    }
    (cluster, apps, handles)
}

async fn stop(handles: Vec<ConsensusHandle>) {
    for handle in handles {
        assert!(!handle.is_halted());
        handle.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_equivocator_forks_nothing_and_every_honest_node_convicts_it() {
    let (cluster, apps, handles) = start(&[equivocator()]).await;
    all_reach(&apps, 12).await;
    assert_one_chain(&apps, 12);
    let liar = cluster.network.keys[3].public_key().address();
    for app in &apps[..3] {
        let evidence = app.evidence();
        assert!(
            !evidence.is_empty(),
            "twelve heights of it, and no evidence"
        );
        let accused: BTreeSet<_> = evidence.iter().map(|found| found.validator()).collect();
        assert_eq!(accused, BTreeSet::from([liar]));
        let votes = |found: &chain::Equivocation| {
            matches!(found.contradiction(), Contradiction::Votes { .. })
        };
        assert!(evidence.iter().any(votes));
    }
    // Each of its turns made two proposals, and whoever heard both says so.
    let proposals = apps[..3].iter().flat_map(|app| app.evidence());
    let proposals = proposals.filter(|e| matches!(e.contradiction(), Contradiction::Proposals(_)));
    assert!(proposals.count() > 0, "nobody noticed two proposals");
    stop(handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_four_keeps_its_votes_back_and_blocks_go_on() {
    let (_cluster, apps, handles) = start(&[dropper()]).await;
    all_reach(&apps, 8).await;
    assert_one_chain(&apps, 8);
    stop(handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_four_keep_their_votes_back_and_nothing_is_decided() {
    let (_cluster, apps, handles) = start(&[dropper(), dropper()]).await;
    // Nothing happens, which no event tells: it is given longer than an honest height takes.
    tokio::time::sleep(Duration::from_secs(6)).await;
    for app in &apps {
        use crate::consensus::Application;
        assert_eq!(app.tip(), Height::GENESIS, "decided without a quorum");
        assert_eq!(app.evidence(), Vec::new());
    }
    stop(handles).await;
}
