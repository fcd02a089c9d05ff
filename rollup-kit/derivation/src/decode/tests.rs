#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::Sent;
use crate::{RowPlace, Submission};
use alloy::sol_types::SolCall;
use settlement::batch::{carrier, draft};
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::{Address, B256, U256};
use types::{BlobMeta, BlobMode, Commitment, Namespace, PayloadLength, Row};

fn meta() -> BlobMeta {
    let namespace = Namespace::new([1; 29]).unwrap();
    let length = PayloadLength::new(BlobMode::Raw, 2 * Row::BYTES as u64).unwrap();
    let commitments = vec![Commitment::new([7; 48]), Commitment::new([8; 48])];
    BlobMeta::new(namespace, length, commitments).unwrap()
}

fn submitted() -> abi::Submission {
    let roots = abi::Roots {
        onL1: U256::from(1),
        offL1: U256::from(2),
    };
    abi::Submission {
        carrier: carrier::CALLDATA,
        elements: vec![U256::from(5), U256::from(6)],
        meta: meta().encode().into(),
        ..draft(roots, U256::from(3))
    }
}

fn remembered(submission: &abi::Submission, rows: u16) -> abi::Batch {
    abi::Batch {
        roots: submission.roots.clone(),
        blob: B256::new(meta().id().to_bytes()),
        certificate: B256::ZERO,
        withdrawals: ExitTree::new(&submission.withdrawals).root(),
        publicRows: U256::ZERO,
        operator: Address::repeat_byte(1),
        submittedAt: 1,
        rows,
        openRows: 0,
        challengeUntil: 2,
        onHead: 0,
        offHead: 0,
        settings: 0,
        era: 0,
    }
}

fn call(submission: abi::Submission) -> Vec<u8> {
    abi::Rollup::submitBatchCall { submission }.abi_encode()
}

const ROLLUP: Address = Address::repeat_byte(0xcc);

fn submission(input: &[u8], batch: &abi::Batch) -> Submission {
    let sent = Sent {
        to: Some(ROLLUP),
        input: input.to_vec().into(),
    };
    super::submission(&sent, ROLLUP, batch)
}

fn rows_of(found: Submission) -> [RowPlace; 2] {
    match found {
        Submission::Batch { rows, .. } => rows,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_stand_in_the_statements_order() {
    let submitted = submitted();
    let batch = remembered(&submitted, 2);
    let [on, off] = rows_of(submission(&call(submitted.clone()), &batch));
    assert_eq!(
        on,
        RowPlace::Calldata([U256::from(5), U256::from(6)].into())
    );
    assert_eq!(off.commitment(), Some(Commitment::new([7; 48])));

    let point = |byte| settlement::contracts::kzg_point(&[byte; 48]);
    let on_l1 = abi::Submission {
        carrier: carrier::BLOBS,
        blobs: vec![point(3), point(4)],
        meta: Default::default(),
        ..submitted.clone()
    };
    let found = submission(&call(on_l1.clone()), &remembered(&on_l1, 0));
    let [on, off] = rows_of(found);
    assert_eq!(on, RowPlace::L1Blob(Commitment::new([3; 48])));
    assert_eq!(off, RowPlace::L1Blob(Commitment::new([4; 48])));

    let alone = abi::Submission {
        meta: Default::default(),
        ..submitted
    };
    let found = submission(&call(alone.clone()), &remembered(&alone, 0));
    assert_eq!(rows_of(found)[1], RowPlace::Absent);
}

/// Whoever calls through a contract of its own could write anything beside the call.
#[test]
fn a_decoy_is_not_believed() {
    let submitted = submitted();
    let batch = remembered(&submitted, 2);
    // The same roots, and other elements.
    let decoy = call(abi::Submission {
        elements: vec![U256::from(7)],
        ..submitted.clone()
    });
    let mut outer = vec![0xde, 0xad, 0xbe, 0xef];
    outer.extend(&decoy);
    outer.extend(call(submitted.clone()));
    assert_eq!(submission(&outer, &batch), Submission::Unreadable);
    for to in [None, Some(Address::repeat_byte(0xdd))] {
        let sent = Sent {
            to,
            input: decoy.clone().into(),
        };
        let found = super::submission(&sent, ROLLUP, &batch);
        assert_eq!(found, Submission::Unreadable);
    }
    // What was called is read, whatever comes after it.
    let mut honest = call(submitted);
    honest.extend(decoy);
    let [on, _] = rows_of(submission(&honest, &batch));
    assert_eq!(
        on,
        RowPlace::Calldata([U256::from(5), U256::from(6)].into())
    );
}

#[test]
fn what_is_not_the_batch_is_not_read() {
    let submitted = submitted();
    let batch = remembered(&submitted, 2);
    let bytes = call(submitted.clone());
    let unread = |bytes: &[u8], batch: &abi::Batch| {
        assert_eq!(submission(bytes, batch), Submission::Unreadable);
    };
    unread(&[], &batch);
    unread(&bytes[..bytes.len() / 2], &batch);
    unread(&bytes[1..], &batch);
    let mut other = batch.clone();
    other.blob = B256::ZERO;
    unread(&bytes, &other);
    other = batch.clone();
    other.withdrawals = B256::ZERO;
    unread(&bytes, &other);
    other = batch.clone();
    other.rows = 0;
    unread(&bytes, &other);
    let garbage = abi::Submission {
        meta: vec![0xff; 70].into(),
        ..submitted
    };
    unread(&call(garbage), &batch);
}
