//! Bytes that change on the disk while a node is stopped.

use crate::fixture::{Fixture, config, genesis, packed, params};
use da_node::store::Store;
use std::path::{Path, PathBuf};

/// The files in which cells lie.
fn cell_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "blob"))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_alone_makes_what_is_damaged_from_the_rest() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("damage", 1, 200_000);
    let id = fixture.post(&submission, &payload).await;
    let folder = fixture.stop().await;

    let chain = genesis("test", params()).chain_id();
    let path = folder.path().join("store");
    // As it lies on the disk in the end.
    Store::open(&path, &chain)
        .unwrap()
        .reclaim(0, || false)
        .unwrap();
    let files = cell_files(&path);
    assert!(!files.is_empty());
    for file in &files {
        let mut bytes = std::fs::read(file).unwrap();
        let length = bytes.len();
        for place in [length / 7, length / 3, length / 2] {
            bytes[place] ^= 1;
        }
        std::fs::write(file, bytes).unwrap();
    }

    let fixture = Fixture::run(config(folder.path(), genesis("test", params())), folder).await;
    assert_eq!(fixture.client.fetch(id).await.unwrap().payload, payload);
    let held = fixture.node.held(&id).unwrap().unwrap();
    // What the reader did not need is found when it is read; what it found is made again.
    assert!(held.rows().all(|row| row.len() >= 125), "{held:?}");
    // It takes and signs for blobs as before.
    let (submission, payload) = packed("damage", 2, 1000);
    let id = fixture.post(&submission, &payload).await;
    assert_eq!(fixture.client.fetch(id).await.unwrap().payload, payload);
    fixture.stop().await;
}
