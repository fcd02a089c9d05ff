//! `ListBlobs` and `GetBlob` by height: all of a namespace, proven to be all.

use crate::fixture::{Fixture, namespace, packed};
use chain::UnverifiedHeader;
use proto::v1::BlobEntry;
use std::collections::BTreeSet;
use types::{BlobId, NamespaceProof};

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_is_listed_completely() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    let mut posted = BTreeSet::new();
    let mut heights = BTreeSet::new();
    for (name, seed) in [("aa", 1), ("mm", 2), ("mm", 3), ("mm", 4), ("zz", 5)] {
        let (submission, payload) = packed(name, seed, 40);
        let id = fixture.post(&submission, &payload).await;
        heights.insert(client.await_final(id).await.unwrap().0);
        if name == "mm" {
            posted.insert(id);
        }
    }

    let mut listed = BTreeSet::new();
    for height in heights {
        for (name, seen) in [
            ("mm", &mut listed),
            ("nothing-of-that-name", &mut BTreeSet::new()),
        ] {
            let answer = client.list(namespace(name), height).await.unwrap();
            let header = UnverifiedHeader::decode(&answer.header).unwrap();
            let header = header
                .verify(
                    &fixture.node.status().unwrap().chain_id,
                    &fixture.node.validators(),
                )
                .unwrap();
            assert_eq!(header.header().height, height);
            let proof = NamespaceProof::decode(&answer.proof).unwrap();
            let listing = proof
                .verify(namespace(name), &header.header().index_root)
                .unwrap();
            let entries: Vec<_> = listing.entries().iter().map(BlobEntry::from).collect();
            assert_eq!(entries, answer.entries);
            let ids: Vec<BlobId> = listing.entries().iter().map(|entry| entry.id()).collect();
            if ids.is_empty() {
                assert!(client.fetch_at(height, namespace(name)).await.is_err());
            } else {
                let fetched = client.fetch_at(height, namespace(name)).await.unwrap();
                assert!(fetched.iter().map(|blob| blob.id).eq(ids.iter().copied()));
            }
            seen.extend(ids);
        }
    }
    assert_eq!(listed, posted);
    fixture.stop().await;
}
