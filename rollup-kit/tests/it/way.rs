//! The library, all the way.

use crate::network::Network;
use chain::{TrustedSet, UnverifiedBlobProof, ValidatorSet};
use rollup_kit::{Error, Rollup};
use types::{BlobId, ChainId};

fn batch(fill: u8) -> Vec<u8> {
    (0..200_000_u32)
        .map(|i| fill.wrapping_add(i.to_le_bytes()[0]))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_posted_certified_ordered_and_returned_by_another_node() {
    let network = Network::start();
    let TrustedSet {
        chain_id,
        validators,
    } = network.trust();
    let connect = async |node| {
        Rollup::connect(network.grpc(node), chain_id, validators.clone())
            .await
            .unwrap()
    };
    let (rollup, elsewhere) = (connect(0).await, connect(2).await);
    let namespace = "rollup".parse().unwrap();

    let id = rollup.submit(namespace, batch(1)).await.unwrap();
    let certificate = rollup.await_certificate(id).await.unwrap();
    assert_eq!(certificate.blob(), id);
    assert!(validators.has_quorum(certificate.signed_weight()));

    let (proof, encoded) = rollup.await_final_encoded(id).await.unwrap();
    assert_eq!(proof.id(), id);
    assert_eq!(proof.meta().rows(), 2);
    let offline = UnverifiedBlobProof::decode(&encoded).unwrap();
    assert_eq!(offline.verify(&chain_id, &validators).unwrap(), proof);

    elsewhere.await_final(id).await.unwrap();
    assert_eq!(elsewhere.fetch_verified(id).await.unwrap(), batch(1));

    // The same bytes are the same blob, wherever they are posted.
    assert_eq!(elsewhere.submit(namespace, batch(1)).await.unwrap(), id);
    let unknown = rollup
        .fetch_verified(BlobId::new([1; 32]))
        .await
        .unwrap_err();
    assert!(
        matches!(&unknown, Error::Client(error) if error.is_not_found()),
        "{unknown}"
    );
    assert!(rollup.submit(namespace, Vec::new()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_a_network_that_is_not_ours_is_refused() {
    let (ours, other) = (Network::start(), Network::start());
    let (trust, theirs) = (ours.trust(), other.trust());

    // Another chain's node is found out at once.
    let refused = Rollup::connect(other.grpc(0), trust.chain_id, trust.validators.clone()).await;
    let Err(refused) = refused else {
        panic!("connected")
    };
    assert!(
        matches!(refused, Error::OtherChain { got, expected }
            if got == theirs.chain_id && expected == trust.chain_id),
        "{refused}"
    );

    // One that claims to be of our chain is found out by its certificate.
    let deceived = |set: ValidatorSet| async {
        Rollup::connect(other.grpc(0), theirs.chain_id, set)
            .await
            .unwrap()
    };
    let rollup = deceived(trust.validators).await;
    let id = rollup
        .submit("rollup".parse().unwrap(), b"batch".to_vec())
        .await
        .unwrap();
    let refused = rollup.await_certificate(id).await.unwrap_err();
    assert!(
        matches!(refused, Error::Chain(_)) && refused.is_peer_fault(),
        "{refused}"
    );
    let refused = rollup.await_final(id).await.unwrap_err();
    assert!(matches!(refused, Error::Chain(_)), "{refused}");

    let nobody = Rollup::connect(
        "http://127.0.0.1:1",
        ChainId::new([0; 32]),
        theirs.validators,
    );
    assert!(matches!(nobody.await, Err(Error::Client(_))));
}
