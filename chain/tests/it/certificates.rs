//! Certificates that certify.

use crate::samples::{ROUND, network};
use chain::{Bitmap, FinalityCertificate, ReceiptCollector, ValidatorIndex, Weight};
use types::BlobId;

#[test]
fn receipts_make_a_certificate_as_soon_as_they_exceed_two_thirds() {
    let network = network(&[1, 1, 1, 4]);
    let terms = network.terms(BlobId::new([1; 32]));
    let mut collector = ReceiptCollector::new(terms, network.set.clone());
    for (signer, weight) in [(3, 4), (0, 5)] {
        assert!(collector.finish().is_none());
        let got = collector.add(network.receipt(signer, &terms)).unwrap();
        assert_eq!(got, Weight::new(weight));
    }
    let certificate = collector.finish().unwrap();
    assert_eq!(certificate.blob(), terms.blob);
    assert_eq!(certificate.signed_weight(), Weight::new(5));
    assert_eq!(certificate.total_weight(), Weight::new(7));
    let signers: Vec<u16> = certificate
        .signers()
        .iter()
        .map(ValidatorIndex::get)
        .collect();
    assert_eq!(signers, [0, 3]);

    let again = certificate.to_unverified();
    let again = again.verify(&network.chain_id, &network.set).unwrap();
    assert_eq!(again, certificate);
}

#[test]
fn the_order_of_receipts_does_not_matter() {
    let network = network(&[1; 4]);
    let terms = network.terms(BlobId::new([1; 32]));
    let gather = |order: [usize; 3]| {
        let mut collector = ReceiptCollector::new(terms, network.set.clone());
        for signer in order {
            collector.add(network.receipt(signer, &terms)).unwrap();
        }
        collector.finish().unwrap()
    };
    assert_eq!(gather([0, 1, 2]), gather([2, 0, 1]));
    let by_hand = network.certify_by(&terms, &[0, 1, 2]);
    assert_eq!(gather([0, 1, 2]).to_unverified(), by_hand);
}

#[test]
fn precommits_make_a_certificate() {
    let network = network(&[1; 4]);
    let header = network.first_header();
    let votes = [3, 0, 2].map(|signer| {
        let address = network.keys[signer].public_key().address();
        (address, network.precommit(&header, ROUND, signer))
    });
    let (chain_id, set) = (&network.chain_id, &network.set);
    let hash = header.hash();
    let made =
        FinalityCertificate::aggregate(chain_id, set, header.height, ROUND, &hash, votes).unwrap();
    assert_eq!(
        made.to_unverified(),
        network.finality_by(&header, &[0, 2, 3])
    );
    let again = made.to_unverified().verify(chain_id, set).unwrap();
    assert_eq!(again, made);
    assert_eq!(made.header(), hash);
    assert_eq!(made.signed_weight(), Weight::new(3));
    let mut signers = Bitmap::new(4);
    for signer in [0, 2, 3] {
        signers.set(ValidatorIndex::new(signer)).unwrap();
    }
    assert_eq!(made.signers(), &signers);
}
