//! A disk with less room than the node keeps free.

use crate::fixture::{Fixture, Refusal, config, detail, genesis, packed, params, refusal};
use da_node::{Limits, NodeConfig};
use proto::client::Retries;
use proto::v1::ErrorReason as Reason;
use tonic::Code;

/// No disk has so much room.
const ENDLESS: u64 = 1 << 60;

#[tokio::test(flavor = "multi_thread")]
async fn submissions_are_refused_before_the_disk_is_full_and_reads_are_not() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("space", 1, 1000);
    let id = fixture.post(&submission, &payload).await;
    let status = fixture.client.node_status().await.unwrap();
    assert!(status.free_bytes > 0 && status.reserve_bytes == 1 << 30);

    let folder = fixture.stop().await;
    let full = NodeConfig {
        limits: Limits {
            reserve_bytes: ENDLESS,
            ..Limits::default()
        },
        ..config(folder.path(), genesis("test", params()))
    };
    let fixture = Fixture::run(full, folder).await;
    assert_eq!(fixture.client.fetch(id).await.unwrap().payload, payload);
    let client = fixture.client.clone().with_retries(Retries::none());
    let (submission, payload) = packed("space", 2, 1000);
    let error = client.submit(&submission, payload).await.unwrap_err();
    let (refused, said) = detail(&error);
    assert_eq!(
        refused,
        Refusal {
            code: Code::ResourceExhausted,
            reason: Reason::NoRoom,
            peer_fault: false,
        }
    );
    assert!(said.got.ends_with("free bytes"), "{}", said.got);
    assert_eq!(said.expected, format!("at least {ENDLESS}"));
    assert!(said.retry_after_ms > 0);
    // It does not vote either, and says so.
    let status = client.node_status().await.unwrap();
    assert_eq!(status.reserve_bytes, ENDLESS);
    assert!(status.unfit.unwrap().contains("votes need room"));
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_room_for_receipts_certifies_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let free = rustix_free(folder.path());
    // More than is free, and less than twice that: submissions alone are refused.
    let tight = NodeConfig {
        limits: Limits {
            reserve_bytes: free + free / 2,
            ..Limits::default()
        },
        ..config(folder.path(), genesis("test", params()))
    };
    let fixture = Fixture::run(tight, folder).await;
    let client = fixture.client.clone().with_retries(Retries::none());
    let (submission, payload) = packed("space", 3, 1000);
    let refused = refusal(client.submit(&submission, payload).await);
    assert_eq!(refused.reason, Reason::NoRoom);
    assert_eq!(client.node_status().await.unwrap().unfit, None);
    fixture.stop().await;
}

fn rustix_free(folder: &std::path::Path) -> u64 {
    let of = rustix::fs::statvfs(folder).unwrap();
    of.f_bavail * of.f_frsize
}
