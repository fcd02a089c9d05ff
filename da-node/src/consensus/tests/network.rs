//! Networks of validators in one process, over real sockets on free ports.

use super::memory::{Memory, Network};
use crate::Faults;
use crate::consensus::{
    Application, ConsensusConfig, ConsensusError, ConsensusHandle, Phase, Role, peer_id, start,
};
use crate::faults::FaultSwitch;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use types::Height;

/// Nothing here is timed; this only keeps a stuck network from hanging the run.
pub(super) const STUCK: Duration = Duration::from_secs(120);

fn seed(i: usize) -> [u8; 32] {
    [i as u8 + 50; 32]
}

/// Ports that were free a moment ago, bound together so that no two are the same.
fn free_ports(n: usize) -> Vec<u16> {
    let bind = |_| TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners: Vec<_> = (0..n).map(bind).collect();
    listeners
        .iter()
        .map(|l| l.local_addr().unwrap().port())
        .collect()
}

pub(super) struct Cluster {
    pub(super) network: Network,
    /// Validators that are not honest.
    pub(super) faults: BTreeMap<usize, Faults>,
    folder: tempfile::TempDir,
    ports: Vec<u16>,
}

impl Cluster {
    pub(super) fn new(validators: u8) -> Self {
        Self::of(Network::new(validators))
    }

    /// One node for each key.
    pub(super) fn of(network: Network) -> Self {
        Self {
            faults: BTreeMap::new(),
            folder: tempfile::tempdir().unwrap(),
            ports: free_ports(network.keys.len()),
            network,
        }
    }

    pub(super) fn config(&self, i: usize) -> ConsensusConfig {
        let listen = |i: usize| format!("/ip4/127.0.0.1/tcp/{}", self.ports[i]);
        let others = (0..self.ports.len()).filter(|j| *j != i);
        ConsensusConfig {
            listen: listen(i),
            peers: others
                .map(|j| format!("{}/p2p/{}", listen(j), peer_id(seed(j)).unwrap()))
                .collect(),
            data_dir: self.folder.path().join(i.to_string()),
            key: Arc::clone(&self.network.keys[i]),
            p2p_key: seed(i),
            chain_id: self.network.genesis.chain_id(),
            params: *self.network.genesis.params(),
            moniker: format!("v{i}"),
            faults: FaultSwitch::new(self.faults.get(&i).cloned().unwrap_or_default()),
        }
    }

    pub(super) async fn start(&self, i: usize, app: &Arc<Memory>) -> ConsensusHandle {
        let app: Arc<dyn Application> = Arc::clone(app) as _;
        start(self.config(i), app).await.unwrap()
    }
}

pub(super) async fn all_reach(apps: &[Arc<Memory>], height: u64) {
    let all = futures::future::join_all(apps.iter().map(|app| app.reach(height)));
    tokio::time::timeout(STUCK, all)
        .await
        .expect("the network is stuck");
}

/// Every node has the same certified header at every height, and convicts nobody.
pub(super) fn assert_agreement(apps: &[Arc<Memory>], heights: u64) {
    assert_one_chain(apps, heights);
    for app in apps {
        assert_eq!(app.evidence(), Vec::new());
    }
}

/// Every node has the same certified header at every height.
pub(super) fn assert_one_chain(apps: &[Arc<Memory>], heights: u64) {
    for height in 1..=heights {
        let first = apps[0].final_header(height);
        for app in apps {
            let header = app.final_header(height);
            assert_eq!(header.hash(), first.hash(), "height {height}");
            assert_eq!(header.header().height, Height::new(height));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_order_blobs_though_one_lacks_data_at_first() {
    let cluster = Cluster::new(4);
    let blobs: Vec<_> = (0..5).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..4)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    // Of five proposals at least three are somebody else's, and each is judged by everybody.
    apps[2].not_yet.store(3, Ordering::SeqCst);
    let mut handles = Vec::new();
    for (i, app) in apps.iter().enumerate() {
        app.want(5);
        handles.push(cluster.start(i, app).await);
    }
    all_reach(&apps, 5).await;

    assert_agreement(&apps, 5);
    for height in 1..=5 {
        let block = apps[0].block(height);
        let ids: Vec<_> = block.references.iter().map(|r| r.entry.id()).collect();
        assert_eq!(ids, [blobs[height as usize - 1].1.id()], "height {height}");
        let certificate = apps[0].final_header(height);
        let certificate = certificate.certificate();
        assert!(
            cluster
                .network
                .genesis
                .validators()
                .has_quorum(certificate.signed_weight())
        );
    }
    assert_eq!(apps[2].deferred.load(Ordering::SeqCst), 3);
    for handle in handles {
        assert!(!handle.is_halted());
        let status = handle.status();
        handle.stop().await;
        assert_eq!(status.borrow().phase, Phase::Stopped);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_network_goes_on_and_the_one_left_behind_catches_up() {
    let cluster = Cluster::new(4);
    let blobs: Vec<_> = (0..6).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..4)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    for (until, running) in [(2, 0..4), (4, 0..3), (6, 0..4)] {
        let mut handles = Vec::new();
        for i in running.clone() {
            apps[i].want(until);
            handles.push(cluster.start(i, &apps[i]).await);
        }
        all_reach(&apps[running], until).await;
        for handle in handles {
            handle.stop().await;
        }
    }
    assert_agreement(&apps, 6);
    assert!(
        apps[3].synced.load(Ordering::SeqCst) >= 2,
        "heights 3 and 4 came by sync"
    );
    for app in &apps {
        assert_eq!(app.undecided_below(6), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_lost_its_record_observes_first_and_signs_later() {
    let cluster = Cluster::new(4);
    let blobs: Vec<_> = (0..4).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..4)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    let mut handles = Vec::new();
    for (i, app) in apps.iter().enumerate() {
        app.want(2);
        handles.push(cluster.start(i, app).await);
    }
    all_reach(&apps, 2).await;
    handles.pop().unwrap().stop().await;
    std::fs::remove_file(cluster.config(3).data_dir.join("signed")).unwrap();

    let handle = cluster.start(3, &apps[3]).await;
    let mut status = handle.status();
    let observing = Phase::Running(Role::ObservingUntil(Height::new(3)));
    assert_eq!(status.borrow_and_update().phase, observing);
    for app in &apps {
        app.want(4);
    }
    let validating = status.wait_for(|s| s.phase == Phase::Running(Role::Validating));
    tokio::time::timeout(STUCK, validating)
        .await
        .expect("it observes for ever")
        .unwrap();
    assert!(apps[3].tip() >= Height::new(3));
    all_reach(&apps, 4).await;
    assert_agreement(&apps, 4);
    handles.push(handle);
    for handle in handles {
        handle.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_height_that_nobody_needs_is_held_and_released_by_the_network() {
    let cluster = Cluster::new(4);
    let blobs: Vec<_> = (0..2).map(|n| cluster.network.blob(n)).collect();
    let apps: Vec<_> = (0..4)
        .map(|_| Memory::new(&cluster.network, &blobs))
        .collect();
    let mut handles = Vec::new();
    for (i, app) in apps.iter().enumerate() {
        app.want(1);
        handles.push(cluster.start(i, app).await);
    }
    all_reach(&apps, 1).await;
    // One node wants the next height; what it says releases the others.
    apps[1].want(2);
    all_reach(&apps, 2).await;
    assert_agreement(&apps, 2);
    for app in &apps {
        assert_eq!(app.tip(), Height::new(2), "nobody wanted a third");
    }
    for handle in handles {
        handle.stop().await;
    }
}

#[tokio::test]
async fn bad_input_addresses_and_halt_markers_keep_it_from_starting() {
    let cluster = Cluster::new(1);
    let app = || -> Arc<dyn Application> { Memory::new(&cluster.network, &[]) };
    let good = cluster.config(0);
    for listen in ["", "127.0.0.1:1", "/ip4/127.0.0.1/udp/1", "/ip4/x/tcp/1"] {
        let config = ConsensusConfig {
            listen: listen.into(),
            ..good.clone()
        };
        match start(config, app()).await {
            Err(ConsensusError::Address { what, got, .. }) => {
                assert_eq!((what, got.as_str()), ("listen address", listen));
            }
            other => panic!("{listen}: {other:?}"),
        }
    }
    let config = ConsensusConfig {
        peers: vec!["nowhere".into()],
        ..good.clone()
    };
    let refused = start(config, app()).await;
    let peer = matches!(
        refused,
        Err(ConsensusError::Address {
            what: "peer address",
            ..
        })
    );
    assert!(peer, "{refused:?}");

    crate::consensus::halt::write(&good.data_dir, "looked at by nobody").unwrap();
    match start(good, app()).await {
        Err(ConsensusError::Halted { reason, .. }) => assert_eq!(reason, "looked at by nobody"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_validator_decides_alone() {
    let cluster = Cluster::new(1);
    let blobs: Vec<_> = (0..3).map(|n| cluster.network.blob(n)).collect();
    let apps = [Memory::new(&cluster.network, &blobs)];
    apps[0].want(3);
    let handle = cluster.start(0, &apps[0]).await;
    all_reach(&apps, 3).await;
    assert_agreement(&apps, 3);
    handle.stop().await;
}
