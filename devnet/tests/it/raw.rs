//! Rows that are Ethereum's blobs already.

use crate::network::{client, config, patiently, start};
use commitments::Setup;
use proto::Submission;
use types::limits::{ELEMENT_BYTES, ROW_BYTES};
use types::{BlobMode, PayloadLength, Row};

/// Canonical elements: the highest byte of each is zero.
fn rows() -> Vec<u8> {
    (0..2 * ROW_BYTES)
        .map(|i| {
            if i % ELEMENT_BYTES == 0 {
                0
            } else {
                (i / 7) as u8
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_rows_come_back_unchanged_under_ethereums_commitments() {
    let devnet = start(config(0)).await;
    let (poster, reader) = (client(&devnet, 1).await, client(&devnet, 2).await);
    let length = PayloadLength::new(BlobMode::Raw, 2 * ROW_BYTES as u64).unwrap();
    let submission = Submission {
        namespace: "raw".parse().unwrap(),
        length,
        expected: None,
    };
    let way = async {
        let id = poster.submit(&submission, rows().into()).await.unwrap().id;
        poster.await_final(id).await.unwrap();
        reader.await_final(id).await.unwrap();
        let fetched = reader.fetch(id).await.unwrap();
        assert_eq!((fetched.length, fetched.payload), (length, rows()));
        reader.proof(id).await.unwrap()
    };
    let proof = patiently(way).await;
    let genesis = devnet.genesis();
    let proof = chain::UnverifiedBlobProof::from_parts(
        &proof.header,
        &proof.placement,
        &proof.meta,
        &proof.availability,
    )
    .unwrap()
    .verify(&genesis.chain_id(), genesis.validators())
    .unwrap();
    let setup = Setup::ceremony().unwrap();
    let expected: Vec<_> = rows()
        .chunks_exact(ROW_BYTES)
        .map(|row| setup.commit(&Row::from_slice(row).unwrap()).unwrap())
        .collect();
    assert_eq!(proof.meta().commitments(), expected);
    patiently(devnet.stop()).await;
}
