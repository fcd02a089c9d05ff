//! Proofs that do not hold, or come when they should not: refused, with nothing left behind.

use crate::brought::{claims, extend};
use crate::fixture::{Fixture, Refusal, detail, packed};
use bytes::Bytes;
use proto::client::ClientError;
use proto::v1::submit_blob_request::Part;
use proto::v1::{self, ErrorReason as Reason};
use proto::{RowProofs, Submission};
use tonic::Code;
use types::{BlobMeta, Commitment, Proof};

/// The point at infinity, compressed: a valid point, and the proof of constant rows alone.
fn infinity() -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[0] = 0xc0;
    bytes
}

async fn refused(
    fixture: &Fixture,
    submission: &Submission,
    payload: &Bytes,
    rows: &[RowProofs],
) -> Refusal {
    let posted = fixture
        .client
        .submit_proved(submission, payload.clone(), rows, |_| {})
        .await;
    let (refusal, _) = detail(&posted.unwrap_err());
    let limits = fixture.client.limits().await.unwrap();
    assert_eq!(
        limits.queue_depth, 0,
        "its place in the queue is free again"
    );
    // Nothing is remembered of what it claimed to be.
    let commitments = rows.iter().map(|row| *row.commitment()).collect();
    if let Ok(meta) = BlobMeta::new(submission.namespace, submission.length, commitments) {
        assert_eq!(fixture.node.record(&meta.id()).unwrap(), None);
    }
    refusal
}

#[tokio::test(flavor = "multi_thread")]
async fn commitments_and_proofs_that_do_not_hold() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("bad", 3, 200_000);
    let good = claims(&extend(&submission, &payload));
    assert_eq!(good.len(), 2);
    let with = |row: usize, change: &dyn Fn(&mut Commitment, &mut Vec<Proof>)| {
        let mut rows = good.clone();
        let (mut commitment, mut proofs) = (*rows[row].commitment(), rows[row].proofs().to_vec());
        change(&mut commitment, &mut proofs);
        rows[row] = RowProofs::new(commitment, proofs).unwrap();
        rows
    };
    let other = *good[0].commitment();
    let mut flipped = *good[1].proofs()[90].as_bytes();
    flipped[47] ^= 1;
    let mut swapped = good.clone();
    swapped.swap(0, 1);
    for (what, rows) in [
        (
            "two proofs swapped",
            with(1, &|_, proofs| proofs.swap(5, 6)),
        ),
        (
            "no point",
            with(0, &|_, proofs| proofs[127] = Proof::new([0xff; 48])),
        ),
        (
            "a flipped bit",
            with(1, &|_, proofs| proofs[90] = Proof::new(flipped)),
        ),
        (
            "infinity for a proof",
            with(0, &|_, proofs| proofs[0] = Proof::new(infinity())),
        ),
        (
            "infinity for a commitment",
            with(1, &|commitment, _| {
                *commitment = Commitment::new(infinity())
            }),
        ),
        (
            "no point for a commitment",
            with(1, &|commitment, _| *commitment = Commitment::new([9; 48])),
        ),
        (
            "another row's commitment",
            with(1, &|commitment, _| *commitment = other),
        ),
        ("rows swapped", swapped),
    ] {
        let refusal = refused(&fixture, &submission, &payload, &rows).await;
        let expected = Refusal::ours(Code::InvalidArgument, Reason::Proofs);
        assert_eq!(refusal, expected, "{what}");
    }

    // Of another payload: as true as can be, and not this one's.
    let (twin, bytes) = packed("bad", 4, 200_000);
    let foreign = claims(&extend(&twin, &bytes));
    let refusal = refused(&fixture, &submission, &payload, &foreign).await;
    assert_eq!(refusal.reason, Reason::Proofs);

    // The right ones are taken after all of this.
    let posted = fixture
        .client
        .submit_proved(&submission, payload, &good, |_| {})
        .await
        .unwrap();
    fixture.client.await_final(posted.id).await.unwrap();
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_of_more_or_fewer_rows() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("bad", 3, 1_000);
    let row = || RowProofs::new(Commitment::new([1; 48]), vec![Proof::new([2; 48]); 128]).unwrap();
    for rows in [vec![], vec![row(), row()], vec![row(); 200]] {
        let refusal = refused(&fixture, &submission, &payload, &rows).await;
        let expected = Refusal::ours(Code::InvalidArgument, Reason::OutOfBounds);
        assert_eq!(refusal, expected, "{} rows", rows.len());
    }
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_proofs_in_the_wrong_order() {
    let fixture = Fixture::start().await;
    let (submission, _) = packed("bad", 3, 1_000);
    let header = |with_proofs| {
        Part::Header(v1::SubmitBlobHeader {
            with_proofs,
            ..v1::SubmitBlobHeader::from(&submission)
        })
    };
    let chunk = |bytes: usize| Part::Chunk(vec![7; bytes].into());
    let proofs = |commitment: usize, proofs: usize| {
        Part::RowProofs(v1::RowProofs {
            commitment: vec![1; commitment].into(),
            proofs: vec![2; proofs].into(),
        })
    };
    let row = || proofs(48, 6_144);
    for (what, parts, reason) in [
        ("proofs first", vec![row()], Reason::Stream),
        (
            "none announced",
            vec![header(false), chunk(1_000), row()],
            Reason::Stream,
        ),
        (
            "before the payload",
            vec![header(true), row(), chunk(1_000)],
            Reason::Stream,
        ),
        (
            "within the payload",
            vec![header(true), chunk(500), row(), chunk(500)],
            Reason::Stream,
        ),
        (
            "more payload after them",
            vec![header(true), chunk(1_000), row(), chunk(1)],
            Reason::LengthMismatch,
        ),
        (
            "too few proofs",
            vec![header(true), chunk(1_000), proofs(48, 6_143)],
            Reason::OutOfBounds,
        ),
        (
            "too many proofs",
            vec![header(true), chunk(1_000), proofs(48, 6_192)],
            Reason::OutOfBounds,
        ),
        (
            "a short commitment",
            vec![header(true), chunk(1_000), proofs(47, 6_144)],
            Reason::OutOfBounds,
        ),
    ] {
        let messages: Vec<_> = parts
            .into_iter()
            .map(|part| v1::SubmitBlobRequest { part: Some(part) })
            .collect();
        let mut raw = fixture.raw().await;
        let answer = raw.submit_blob(tokio_stream::iter(messages)).await;
        let (refusal, _) = detail(&ClientError::from(answer.unwrap_err()));
        let expected = Refusal::ours(Code::InvalidArgument, reason);
        assert_eq!(refusal, expected, "{what}");
    }
    fixture.stop().await;
}
