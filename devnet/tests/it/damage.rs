//! A validator whose disk gives other bytes than were written to it.

use crate::network::{bytes, client, config, patiently, post, start};
use chain::ColumnSet;
use da_node::store::Store;
use devnet::{DevnetConfig, round};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn damaged_cells_are_fetched_again_and_never_served() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("net");
    let kept = || DevnetConfig {
        data_dir: Some(folder.clone()),
        ..config(0)
    };
    let devnet = start(kept()).await;
    let chain = devnet.genesis().chain_id();
    let posted = patiently(round(&devnet, &post(bytes(4)), |_, _| {})).await;
    let id = posted.unwrap().blob_id;
    let node = &devnet.nodes()[0];
    let whole = || async {
        let covers = || {
            let held = node.held(&id).unwrap();
            held.is_some_and(|held| held.covers(ColumnSet::full()))
        };
        while !covers() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    patiently(whole()).await;
    patiently(devnet.stop()).await;

    let store = folder.join("node-0/store");
    Store::open(&store, &chain)
        .unwrap()
        .reclaim(0, || false)
        .unwrap();
    let mut flipped = 0;
    for entry in std::fs::read_dir(&store).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "blob")
        {
            let mut bytes = std::fs::read(&path).unwrap();
            // More than half of the cells: what is left of a row does not make it.
            for place in (100..bytes.len()).step_by(3_000) {
                bytes[place] ^= 1;
                flipped += 1;
            }
            std::fs::write(&path, bytes).unwrap();
        }
    }
    assert!(flipped > 128, "{flipped}");

    let devnet = start(kept()).await;
    let damaged = client(&devnet, 0).await;
    let fetched = patiently(damaged.fetch(id)).await.unwrap();
    assert_eq!(fetched.payload, bytes(4));
    // It signs and serves as before.
    let after = patiently(round(&devnet, &post(bytes(5)), |_, _| {})).await;
    assert!(after.unwrap().round_trip);
    patiently(devnet.stop()).await;
}
