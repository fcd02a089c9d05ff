//! Encodings are read back unchanged; nothing else panics.

use crate::samples::{NOW, Network, meta, network};
use chain::{
    BlockContext, Genesis, ReceiptTerms, Result, UnverifiedApproval, UnverifiedAvailability,
    UnverifiedBlock, UnverifiedFinality, UnverifiedHeader, UnverifiedReceipt, UnverifiedSetChange,
    UnverifiedSetChangeCertificate, ValidatorSet, propose,
};
use proptest::prelude::*;
use std::sync::LazyLock;
use types::BlobId;

static NETWORK: LazyLock<Network> = LazyLock::new(|| network(&[1, 2, 3, 4, 5]));

/// One good encoding of everything that can be decoded.
static ENCODINGS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let network = &*NETWORK;
    let terms = network.terms(BlobId::new([1; 32]));
    let header = network.finalize(&network.first_header());
    let candidates = [meta(1, 2, 1), meta(2, 1, 2)].map(|meta| network.candidate(&meta));
    let block = propose(&network.context(), candidates.to_vec(), None, NOW).unwrap();
    let change = network.change(1, network.every_kind_of_edit());
    let certificate = network.approve_by(&change, &[0, 1, 2, 3, 4]);
    let certificate = certificate.verify(&network.chain_id, &network.set).unwrap();
    let params = network.short_epochs(2);
    let context = BlockContext {
        params: &params,
        ..network.context()
    };
    let changing = propose(&context, Vec::new(), Some(certificate.clone()), NOW).unwrap();
    vec![
        terms.encode(),
        terms.sign(&network.keys[0]).encode(),
        network.certify(&terms).encode(),
        header.finality.encode(),
        header.encode(),
        block.to_unverified().encode(),
        network.set.encode(),
        network.genesis.encode(),
        change.encode(),
        certificate.change().approve(&network.keys[0]).encode(),
        certificate.encode(),
        changing.to_unverified().encode(),
    ]
});

/// Decodes as everything; what can be decoded must encode to the same bytes again. Says how
/// many decoders took it.
fn decodes_to_itself_if_at_all(bytes: &[u8]) -> usize {
    fn same<T>(bytes: &[u8], decoded: Result<T>, encode: impl Fn(&T) -> Vec<u8>) -> usize {
        decoded.map_or(0, |noun| {
            assert_eq!(encode(&noun), bytes);
            1
        })
    }
    same(bytes, ReceiptTerms::decode(bytes), ReceiptTerms::encode)
        + same(bytes, UnverifiedReceipt::decode(bytes), UnverifiedReceipt::encode)
        + same(
            bytes,
            UnverifiedAvailability::decode(bytes),
            UnverifiedAvailability::encode,
        )
        + same(bytes, UnverifiedFinality::decode(bytes), UnverifiedFinality::encode)
        + same(bytes, UnverifiedHeader::decode(bytes), UnverifiedHeader::encode)
        + same(bytes, UnverifiedBlock::decode(bytes), UnverifiedBlock::encode)
        + same(bytes, UnverifiedSetChange::decode(bytes), UnverifiedSetChange::encode)
        + same(bytes, UnverifiedApproval::decode(bytes), UnverifiedApproval::encode)
        + same(
            bytes,
            UnverifiedSetChangeCertificate::decode(bytes),
            UnverifiedSetChangeCertificate::encode,
        )
        + same(bytes, ValidatorSet::decode(bytes), ValidatorSet::encode)
        // A genesis has an encoding only once it is checked.
        + Genesis::decode(bytes).map_or(0, |genesis| {
            genesis.check().map_or(1, |checked| {
                assert_eq!(checked.encode(), bytes);
                1
            })
        })
}

#[test]
fn good_encodings_are_read_back() {
    for bytes in ENCODINGS.iter() {
        assert_eq!(decodes_to_itself_if_at_all(bytes), 1);
    }
}

#[test]
fn truncated_and_extended_encodings_are_refused() {
    let decoders: [fn(&[u8]) -> bool; 12] = [
        |bytes| ReceiptTerms::decode(bytes).is_ok(),
        |bytes| UnverifiedReceipt::decode(bytes).is_ok(),
        |bytes| UnverifiedAvailability::decode(bytes).is_ok(),
        |bytes| UnverifiedFinality::decode(bytes).is_ok(),
        |bytes| UnverifiedHeader::decode(bytes).is_ok(),
        |bytes| UnverifiedBlock::decode(bytes).is_ok(),
        |bytes| ValidatorSet::decode(bytes).is_ok(),
        |bytes| Genesis::decode(bytes).is_ok(),
        |bytes| UnverifiedSetChange::decode(bytes).is_ok(),
        |bytes| UnverifiedApproval::decode(bytes).is_ok(),
        |bytes| UnverifiedSetChangeCertificate::decode(bytes).is_ok(),
        |bytes| UnverifiedBlock::decode(bytes).is_ok(),
    ];
    assert_eq!(ENCODINGS.len(), decoders.len());
    for (bytes, decodes) in ENCODINGS.iter().zip(decoders) {
        assert!(decodes(bytes));
        for cut in 0..bytes.len() {
            assert!(!decodes(&bytes[..cut]));
        }
        assert!(!decodes(&[bytes, &[0][..]].concat()));
    }
}

#[test]
fn encodings_keep_their_bounds() {
    let network = &*NETWORK;
    let header = network.finalize(&network.first_header());
    assert!(header.encode().len() <= UnverifiedHeader::MAX_BYTES);
    assert!(header.finality.encode().len() <= UnverifiedFinality::MAX_BYTES);
    let terms = network.terms(BlobId::new([1; 32]));
    assert_eq!(terms.encode().len(), ReceiptTerms::BYTES);
    assert!(network.certify(&terms).encode().len() <= UnverifiedAvailability::MAX_BYTES);
    let receipt = terms.sign(&network.keys[0]);
    assert_eq!(receipt.encode().len(), UnverifiedReceipt::BYTES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        decodes_to_itself_if_at_all(&bytes);
    }

    #[test]
    fn bytes_that_differ_a_little_from_encodings(
        which in any::<proptest::sample::Index>(),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = ENCODINGS[which.index(ENCODINGS.len())].clone();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        decodes_to_itself_if_at_all(&bytes);
    }

    #[test]
    fn a_changed_header_or_certificate_never_verifies(
        place in any::<proptest::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut bytes = ENCODINGS[4].clone();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let verified = UnverifiedHeader::decode(&bytes)
            .and_then(|header| header.verify(&NETWORK.chain_id, &NETWORK.set));
        prop_assert!(verified.is_err());
    }

    #[test]
    fn a_changed_receipt_never_verifies(
        place in any::<proptest::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut bytes = ENCODINGS[1].clone();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let receipt = UnverifiedReceipt::decode(&bytes).unwrap();
        let terms = receipt.terms;
        prop_assert!(receipt.verify(&NETWORK.chain_id, &NETWORK.set, &terms).is_err());
    }
}
