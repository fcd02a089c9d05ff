//! Networks with one validator or peer that lies, over real sockets.

use super::memory::Memory;
use super::network::{Cluster, STUCK, all_reach, assert_agreement};
use crate::consensus::context::{BlockHeight, Members, Part, Signature, ValueId};
use crate::consensus::engine::Engine;
use crate::consensus::recovery::Role;
use crate::consensus::signing::{address_of, part_digest};
use crate::consensus::vote_guard::{GuardOwner, VoteGuard};
use crate::consensus::{Application, pacing};
use bytes::Bytes;
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::Round;
use malachite::app::types::streaming::{StreamId, StreamMessage};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use types::Height;

/// Parts that name each of the others at its turns, unsigned and signed by the liar.
async fn forged(cluster: &Cluster, liar: usize) -> Vec<Part> {
    let genesis = &cluster.network.genesis;
    let (set, key) = (genesis.validators(), &cluster.network.keys[liar]);
    let app = Memory::new(&cluster.network, &[]);
    let mut parts = Vec::new();
    for height in 1..=4 {
        let mut block = app
            .propose(Height::FIRST, types::Round::new(0))
            .await
            .unwrap();
        block.header.height = Height::new(height);
        let (height, block) = (
            BlockHeight(block.header.height),
            Bytes::from(block.encode()),
        );
        for round in (0..=10).map(Round::new) {
            let members = Members::new(set.clone());
            let (proposer, _) = members.turn(height, round);
            if proposer == address_of(key) {
                continue;
            }
            let rounds = (round, Round::Nil);
            let digest = part_digest(&genesis.chain_id(), &set.hash(), height, rounds, &block);
            let own = key.sign_digest(&digest.unwrap()).into();
            parts.extend([own, Signature([0; 96])].map(|signature| Part {
                height,
                round,
                valid_round: Round::Nil,
                proposer,
                block: block.clone(),
                signature,
            }));
        }
    }
    parts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_that_name_another_validator_are_never_kept_nor_proposed() {
    let cluster = Cluster::new(4);
    let blobs: Vec<_> = (0..3).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..3)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    let mut handles = Vec::new();
    for (i, app) in apps.iter().enumerate() {
        handles.push(cluster.start(i, app).await);
    }

    // The fourth has an engine, no manners, and never votes.
    let config = cluster.config(3);
    std::fs::create_dir_all(&config.data_dir).unwrap();
    let owner = GuardOwner {
        chain_id: config.chain_id,
        address: address_of(&config.key).0,
    };
    let guard = VoteGuard::open(&config.data_dir.join("signed"), owner).unwrap();
    let guard = Arc::new(Mutex::new(guard));
    let silent: Arc<dyn Application> = Memory::new(&cluster.network, &[]);
    let (engine, mut messages) = Engine::start(&config, &silent, &guard, Role::Validating)
        .await
        .unwrap();
    tokio::spawn(async move { while messages.recv().await.is_some() {} });
    pacing::wait_for_peers(&engine.links().network, 3).await;
    let parts = forged(&cluster, 3).await;
    let mut n: u64 = 0;
    let attack = async {
        loop {
            for part in &parts {
                n += 1;
                let id = StreamId::new(Bytes::copy_from_slice(&n.to_be_bytes()));
                let message = StreamMessage::new(id, 0, StreamContent::Data(part.clone()));
                engine.links().publish(message);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let honest = async {
        // They hold the first height until they hear of it, which is by these parts.
        let heard = apps.iter().map(|app| async {
            let mut seen = app.seen.subscribe();
            seen.wait_for(|seen| *seen >= Height::FIRST).await.unwrap();
        });
        let heard = futures::future::join_all(heard);
        tokio::time::timeout(STUCK, heard)
            .await
            .expect("no part arrives");
        for app in &apps {
            app.want(3);
        }
        all_reach(&apps, 3).await;
    };
    tokio::select! {
        () = attack => {}
        () = honest => {}
    }
    assert_agreement(&apps, 3);
    let hash = |part: &Part| {
        let block = chain::UnverifiedBlock::decode(&part.block).unwrap();
        ValueId(block.header.hash())
    };
    for app in &apps {
        for kept in app.kept() {
            let id = kept.proposed.value;
            assert!(parts.iter().all(|part| hash(part) != id), "{kept:?}");
        }
    }
    for handle in handles {
        handle.stop().await;
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synced_block_with_another_body_is_refused_and_asked_of_somebody_else() {
    let cluster = Cluster::new(4);
    let blobs: Vec<_> = (0..4).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..4)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    let mut handles = Vec::new();
    for (i, app) in apps[..3].iter().enumerate() {
        app.want(4);
        handles.push(cluster.start(i, app).await);
    }
    all_reach(&apps[..3], 4).await;
    for handle in handles.drain(..) {
        handle.stop().await;
    }

    // A node tells its tip once it has started the height after it.
    for app in &apps {
        app.want(5);
    }
    apps[0].spoils.store(true, Ordering::SeqCst);
    for i in [0, 3] {
        handles.push(cluster.start(i, &apps[i]).await);
    }
    let refused = async {
        while apps[3].refused.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(STUCK, refused)
        .await
        .expect("nothing was synced");
    assert_eq!(apps[3].tip(), Height::GENESIS);
    handles.push(cluster.start(2, &apps[2]).await);
    all_reach(&apps, 4).await;
    assert_agreement(&apps, 4);
    for height in 1..=4 {
        assert_eq!(
            apps[3].block(height).encode(),
            apps[2].block(height).encode()
        );
    }
    for handle in handles {
        handle.stop().await;
    }
}
