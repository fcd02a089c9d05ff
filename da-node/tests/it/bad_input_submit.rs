//! Posts that are refused, with a reason, and leave nothing behind.

use crate::fixture::{Fixture, Refusal, detail, namespace, packed, params, raw_row, refusal};
use bytes::Bytes;
use da_node::Limits;
use proto::client::{ClientError, Retries};
use proto::v1::submit_blob_request::Part;
use proto::v1::{self, ErrorDetail, ErrorReason as Reason};
use proto::{Submission, wire_mode};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use types::limits::{MAX_PAYLOAD_BYTES, ROW_BYTES};
use types::{BlobId, BlobMode};

fn header(mode: BlobMode, length: u64) -> v1::SubmitBlobHeader {
    v1::SubmitBlobHeader {
        namespace: Bytes::copy_from_slice(namespace("bad").as_bytes()),
        mode: wire_mode(mode),
        length,
        expected_blob_id: None,
        with_proofs: false,
    }
}

fn chunk(bytes: usize) -> Part {
    Part::Chunk(vec![7; bytes].into())
}

/// Sends these parts and nothing else.
async fn send(fixture: &Fixture, parts: Vec<Part>) -> Result<v1::SubmitBlobResponse, ClientError> {
    let messages = parts
        .into_iter()
        .map(|part| v1::SubmitBlobRequest { part: Some(part) });
    let messages: Vec<_> = messages.collect();
    let answer = fixture
        .raw()
        .await
        .submit_blob(tokio_stream::iter(messages))
        .await;
    Ok(answer.map_err(ClientError::from)?.into_inner())
}

async fn refused(fixture: &Fixture, parts: Vec<Part>) -> (Refusal, ErrorDetail) {
    let refused = detail(&send(fixture, parts).await.unwrap_err());
    let limits = fixture.client.limits().await.unwrap();
    assert_eq!(
        limits.queue_depth, 0,
        "a refused post keeps no place in the queue"
    );
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_promise_what_cannot_be() {
    let fixture = Fixture::start().await;
    let max = MAX_PAYLOAD_BYTES as u64;
    let bounds = Refusal::ours(Code::InvalidArgument, Reason::OutOfBounds);
    for (mode, length) in [
        (BlobMode::Packed, 0),
        (BlobMode::Packed, max + 1),
        (BlobMode::Packed, u64::MAX),
        (BlobMode::Raw, 0),
        (BlobMode::Raw, ROW_BYTES as u64 + 1),
        (BlobMode::Raw, max + ROW_BYTES as u64),
    ] {
        let (refusal, detail) = refused(&fixture, vec![Part::Header(header(mode, length))]).await;
        assert_eq!(refusal, bounds, "{mode} {length}");
        assert_eq!(detail.got, length.to_string());
    }

    let with = |change: fn(&mut v1::SubmitBlobHeader)| {
        let mut header = header(BlobMode::Packed, 10);
        change(&mut header);
        vec![Part::Header(header), chunk(10)]
    };
    for (parts, reason) in [
        (with(|h| h.mode = 0), Reason::Code),
        (with(|h| h.mode = 9), Reason::Code),
        (with(|h| h.namespace = Bytes::new()), Reason::Namespace),
        (
            with(|h| h.namespace = vec![1; 28].into()),
            Reason::Namespace,
        ),
        (
            with(|h| h.namespace = vec![0; 29].into()),
            Reason::Namespace,
        ),
        (
            with(|h| h.namespace = vec![0xff; 29].into()),
            Reason::Namespace,
        ),
        (
            with(|h| h.expected_blob_id = Some(vec![1; 31].into())),
            Reason::OutOfBounds,
        ),
    ] {
        let (refusal, _) = refused(&fixture, parts).await;
        assert_eq!(refusal, Refusal::ours(Code::InvalidArgument, reason));
    }
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_do_not_keep_their_word() {
    let fixture = Fixture::start().await;
    let good = || Part::Header(header(BlobMode::Packed, 1000));
    let invalid = |reason| Refusal::ours(Code::InvalidArgument, reason);
    for (what, parts, expected) in [
        ("nothing", vec![], invalid(Reason::Stream)),
        ("a chunk first", vec![chunk(10)], invalid(Reason::Stream)),
        ("no chunks", vec![good()], invalid(Reason::LengthMismatch)),
        (
            "too few bytes",
            vec![good(), chunk(999)],
            invalid(Reason::LengthMismatch),
        ),
        (
            "too many bytes",
            vec![good(), chunk(999), chunk(2)],
            invalid(Reason::LengthMismatch),
        ),
        (
            "a second header",
            vec![good(), chunk(500), good()],
            invalid(Reason::Stream),
        ),
        (
            "an empty chunk",
            vec![good(), chunk(0)],
            invalid(Reason::OutOfBounds),
        ),
    ] {
        assert_eq!(refused(&fixture, parts).await.0, expected, "{what}");
    }
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_chunks_and_messages() {
    let fixture = Fixture::start().await;
    let good = || Part::Header(header(BlobMode::Packed, MAX_PAYLOAD_BYTES as u64));
    let (refusal, detail) = refused(&fixture, vec![good(), chunk((1 << 20) + 1)]).await;
    assert_eq!(
        refusal,
        Refusal::ours(Code::InvalidArgument, Reason::OutOfBounds)
    );
    assert_eq!(detail.expected, "1..=1048576");

    let (refusal, _) = refused(&fixture, vec![good(), chunk(3 << 20)]).await;
    assert_eq!(
        refusal,
        Refusal::ours(Code::OutOfRange, Reason::OutOfBounds)
    );
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_that_are_not_what_they_should_be() {
    let fixture = Fixture::start().await;
    let mut rows = vec![0; 2 * ROW_BYTES];
    rows[ROW_BYTES + 32..ROW_BYTES + 64].fill(0xff);
    let parts = vec![
        Part::Header(header(BlobMode::Raw, 2 * ROW_BYTES as u64)),
        Part::Chunk(rows.into()),
    ];
    let (refusal, detail) = refused(&fixture, parts).await;
    assert_eq!(
        refusal,
        Refusal::ours(Code::InvalidArgument, Reason::NonCanonical)
    );
    assert_eq!(detail.got, "element 1 of row 1");

    let (submission, payload) = packed("bad", 1, 100);
    let wrong = Submission {
        expected: Some(BlobId::new([9; 32])),
        ..submission
    };
    let error = fixture.client.submit(&wrong, payload).await.unwrap_err();
    let (refusal, found) = crate::fixture::detail(&error);
    assert_eq!(
        refusal,
        Refusal::ours(Code::InvalidArgument, Reason::BlobIdMismatch)
    );
    let id: BlobId = found.got.parse().unwrap();
    // Nothing of a refused blob is remembered.
    assert_eq!(fixture.node.record(&id).unwrap(), None);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_blob_twice_at_once_is_one_blob() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("twice", 5, 300_000);
    let posts: Vec<_> = (0..4)
        .map(|_| {
            let (client, payload) = (fixture.client.clone(), payload.clone());
            tokio::spawn(async move { client.submit(&submission, payload).await })
        })
        .collect();
    let mut ids = Vec::new();
    for post in posts {
        ids.push(post.await.unwrap().unwrap().id);
    }
    assert!(ids.iter().all(|id| *id == ids[0]));
    let (height, _) = fixture.client.await_final(ids[0]).await.unwrap();

    // Posted once more when it is final: still the same, and ordered once.
    assert_eq!(fixture.post(&submission, &payload).await, ids[0]);
    let (other, bytes) = packed("twice", 6, 10);
    let later = fixture.post(&other, &bytes).await;
    let (last, _) = fixture.client.await_final(later).await.unwrap();
    let mut ordered = Vec::new();
    for at in 1..=last.get() {
        let block = fixture.node.block(types::Height::new(at)).unwrap().unwrap();
        ordered.extend(block.blobs().map(|(id, _)| (id, at)));
    }
    let places: Vec<_> = ordered.iter().filter(|(id, _)| *id == ids[0]).collect();
    assert_eq!(places, [&(ids[0], height.get())]);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_midway_retries_and_loses_nothing() {
    let limits = Limits {
        submissions: 1,
        ..Limits::default()
    };
    let fixture = Fixture::start_with(params(), limits).await;
    let (submission, payload) = packed("midway", 1, 200_000);

    // Half of the payload, then silence: its place in the queue is taken.
    let (parts, receiver) = mpsc::channel(4);
    let part = |part| v1::SubmitBlobRequest { part: Some(part) };
    parts
        .send(part(Part::Header((&submission).into())))
        .await
        .unwrap();
    parts
        .send(part(Part::Chunk(payload.slice(..100_000))))
        .await
        .unwrap();
    let mut raw = fixture.raw().await;
    let half = tokio::spawn(async move { raw.submit_blob(ReceiverStream::new(receiver)).await });
    while fixture.client.limits().await.unwrap().queue_depth == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    // A full queue says when to come back.
    let once = fixture.client.clone().with_retries(Retries::none());
    let error = once.submit(&submission, payload.clone()).await.unwrap_err();
    let (full, found) = detail(&error);
    assert_eq!(
        (full.code, full.reason),
        (Code::ResourceExhausted, Reason::Busy)
    );
    assert!(!full.peer_fault);
    assert!(found.retry_after_ms > 0);
    assert_eq!(
        error.retry_after(),
        Some(Duration::from_millis(found.retry_after_ms))
    );

    // The client is cut off; the one that retries gets its place and the blob is whole.
    half.abort();
    drop(parts);
    let id = fixture.post(&submission, &payload).await;
    assert_eq!(fixture.client.fetch(id).await.unwrap().payload, payload);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_rows_come_back_unchanged() {
    let fixture = Fixture::start().await;
    let (submission, payload) = raw_row("raw", 3);
    let id = fixture.post(&submission, &payload).await;
    let fetched = fixture.client.fetch(id).await.unwrap();
    assert_eq!(fetched.payload, payload);
    assert_eq!(fetched.length, submission.length);
    let proof = fixture.client.proof(id).await.unwrap();
    let meta = types::BlobMeta::decode(&proof.meta).unwrap();
    let row = types::Row::from_slice(&payload).unwrap();
    let commitment = commitments::Setup::ceremony()
        .unwrap()
        .commit(&row)
        .unwrap();
    assert_eq!(meta.commitments(), [commitment]);

    // The same bytes in another mode or namespace are another blob.
    let (packed_twin, _) = packed("raw", 0, payload.len());
    assert_ne!(fixture.post(&packed_twin, &payload).await, id);
    let refused = refusal(fixture.client.status(BlobId::new([1; 32])).await);
    assert_eq!(refused, Refusal::ours(Code::NotFound, Reason::Unknown));
    fixture.stop().await;
}
