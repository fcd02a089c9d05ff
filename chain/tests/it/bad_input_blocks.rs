//! Blocks that reference what they may not, or whose headers do not follow from them.

use crate::samples::{NOW, Network, meta, network, seeded_network};
use chain::{
    Block, BlockContext, BlockError, Error, ReceiptTerms, UnverifiedBlock, Weight, propose,
};
use types::{
    BlobId, BlobMeta, ChainId, CommitmentsRoot, GridDimensions, HeaderHash, Height, IndexEntry,
    IndexRoot, RowIndex, Timestamp,
};

/// A network with a valid block of three blobs.
struct Case {
    network: Network,
    metas: Vec<BlobMeta>,
    good: UnverifiedBlock,
}

fn case() -> Case {
    let network = network(&[1; 4]);
    let metas = vec![meta(1, 2, 1), meta(2, 1, 2), meta(3, 1, 3)];
    let candidates = metas.iter().map(|meta| network.candidate(meta)).collect();
    let good = propose(&network.context(), candidates, None, NOW)
        .unwrap()
        .to_unverified();
    Case {
        network,
        metas,
        good,
    }
}

impl Case {
    fn verify_in(
        &self,
        block: UnverifiedBlock,
        context: &BlockContext<'_>,
    ) -> Result<Block, BlockError> {
        block.verify(context, &|id| {
            self.metas.iter().find(|meta| meta.id() == *id).cloned()
        })
    }

    #[track_caller]
    fn invalid(&self, block: UnverifiedBlock) -> Error {
        match self.verify_in(block, &self.network.context()).unwrap_err() {
            BlockError::Invalid(error) => {
                assert!(error.is_peer_fault());
                error
            }
            missing @ BlockError::MissingMeta(_) => panic!("{missing}"),
        }
    }

    /// The block with these entries and terms instead, all else following from them.
    fn with_terms(&self, place: usize, terms: &ReceiptTerms) -> UnverifiedBlock {
        let mut block = self.good.clone();
        block.references[place].certificate = self.network.certify_by(terms, &[0, 1, 2, 3]);
        block
    }
}

fn noun(error: Error) -> types::Error {
    match error {
        Error::Noun(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn the_case_itself_is_good() {
    let case = case();
    assert!(
        case.verify_in(case.good.clone(), &case.network.context())
            .is_ok()
    );
}

#[test]
fn a_blob_without_enough_receipts() {
    let case = case();
    let mut block = case.good.clone();
    let terms = block.references[1].certificate.terms;
    block.references[1].certificate = case.network.certify_by(&terms, &[0, 1]);
    assert_eq!(
        case.invalid(block),
        Error::Quorum {
            what: "availability certificate",
            got: Weight::new(2),
            total: Weight::new(4)
        }
    );
}

#[test]
fn a_blob_with_a_forged_certificate() {
    for place in 0..3 {
        let case = case();
        let mut block = case.good.clone();
        let terms = case.network.terms(BlobId::new([9; 32]));
        let other = case.network.certify_by(&terms, &[0, 1, 2, 3]);
        block.references[place].certificate.signature = other.signature;
        assert_eq!(
            case.invalid(block),
            Error::Aggregate {
                what: "availability certificate",
                signers: 4
            }
        );
    }
}

#[test]
fn forged_certificates_that_cancel_out() {
    // Swapped, their sum is right; only the weights of the batch tell them from good ones.
    let case = case();
    let mut block = case.good.clone();
    let first = block.references[0].certificate.signature;
    block.references[0].certificate.signature = block.references[1].certificate.signature;
    block.references[1].certificate.signature = first;
    assert!(matches!(case.invalid(block), Error::Aggregate { .. }));
}

#[test]
fn a_certificate_of_another_blob() {
    let case = case();
    let mut block = case.good.clone();
    block.references[0].certificate = block.references[1].certificate.clone();
    assert_eq!(
        case.invalid(block),
        Error::WrongBlob {
            entry: 0,
            got: case.good.references[1].entry.id(),
            expected: case.good.references[0].entry.id()
        }
    );
}

#[test]
fn a_certificate_of_another_chain_or_set() {
    let case = case();
    let blob = case.good.references[0].entry.id();
    let elsewhere = ChainId::new([9; 32]);
    let terms = ReceiptTerms {
        chain_id: elsewhere,
        ..case.network.terms(blob)
    };
    assert_eq!(
        case.invalid(case.with_terms(0, &terms)),
        Error::WrongChain {
            got: elsewhere,
            expected: case.network.chain_id
        }
    );
    let other = seeded_network(&[1; 4], 2);
    let terms = ReceiptTerms {
        set: other.set.hash(),
        ..case.network.terms(blob)
    };
    assert_eq!(
        case.invalid(case.with_terms(0, &terms)),
        Error::WrongSet {
            got: other.set.hash(),
            expected: case.network.set.hash()
        }
    );
}

#[test]
fn a_blob_twice() {
    let case = case();
    let mut block = case.good.clone();
    let again = block.references[2].clone();
    block.references.push(again);
    assert_eq!(
        noun(case.invalid(block)),
        types::Error::IndexOrder {
            entry: 3,
            problem: "is not above the one before it"
        }
    );
}

#[test]
fn blobs_out_of_order() {
    let case = case();
    let mut block = case.good.clone();
    block.references.swap(1, 2);
    assert!(matches!(
        noun(case.invalid(block)),
        types::Error::IndexOrder { entry: 1, .. }
    ));
}

#[test]
fn a_gap_between_blobs() {
    let case = case();
    let mut block = case.good.clone();
    let row = RowIndex::new(4).unwrap();
    block.references[2].entry = IndexEntry::new(&case.metas[2], row).unwrap();
    assert_eq!(
        noun(case.invalid(block)),
        types::Error::IndexOrder {
            entry: 2,
            problem: "does not begin where the one before it ends"
        }
    );
}

#[test]
fn a_blob_that_is_ordered_already() {
    let case = case();
    let blob = case.good.references[1].entry.id();
    let is_ordered = move |id: &BlobId| *id == blob;
    let context = BlockContext {
        is_ordered: &is_ordered,
        ..case.network.context()
    };
    assert_eq!(
        case.verify_in(case.good.clone(), &context).unwrap_err(),
        BlockError::Invalid(Error::AlreadyOrdered { blob })
    );
}

#[test]
fn an_expired_certificate_and_one_from_the_future() {
    let case = case();
    let blob = case.good.references[0].entry.id();
    let params = &case.network.params;
    let (window_ms, drift_ms) = (params.ordering_window_ms, params.clock_drift_ms);
    let oldest = Timestamp::new(NOW.get() - window_ms);
    let youngest = NOW.plus_millis(drift_ms);
    for accepted_at in [oldest, youngest] {
        let block = case.with_terms(0, &case.network.terms_at(blob, accepted_at));
        assert!(case.verify_in(block, &case.network.context()).is_ok());
    }
    for accepted_at in [Timestamp::new(oldest.get() - 1), youngest.plus_millis(1)] {
        let block = case.with_terms(0, &case.network.terms_at(blob, accepted_at));
        assert_eq!(
            case.invalid(block),
            Error::OrderingWindow {
                blob,
                accepted_at,
                time: NOW,
                window_ms,
                drift_ms
            }
        );
    }
}

#[test]
fn a_certificate_that_expires_at_a_wrong_time() {
    let case = case();
    let expected = case.network.terms(case.good.references[0].entry.id());
    let got = expected.expires_at.plus_millis(1);
    let terms = ReceiptTerms {
        expires_at: got,
        ..expected
    };
    assert_eq!(
        case.invalid(case.with_terms(0, &terms)),
        Error::ExpiresAt {
            got,
            expected: expected.expires_at
        }
    );
}

#[test]
fn wrong_roots_and_dimensions() {
    let case = case();
    let content = |block| match case.invalid(block) {
        Error::WrongContent { what, .. } => what,
        other => panic!("{other}"),
    };
    let mut block = case.good.clone();
    block.header.index_root = IndexRoot::new([1; 32]);
    assert_eq!(content(block), "index root");
    let mut block = case.good.clone();
    block.header.commitments_root = CommitmentsRoot::new([1; 32]);
    assert_eq!(content(block), "commitments root");
    for rows in [0, 3, 5] {
        let mut block = case.good.clone();
        block.header.dimensions = GridDimensions::new(rows).unwrap();
        assert_eq!(content(block), "rows");
    }
    let mut block = case.good.clone();
    block.references.pop();
    assert_eq!(content(block), "rows");
}

#[test]
fn an_entry_that_contradicts_the_description() {
    // The same blob, entered under another namespace: everything in the header agrees with the
    // entries, but not with what the blob's id commits to.
    let case = case();
    let blob = case.metas[2].id();
    let mut bytes = case.good.references[2].entry.encode();
    bytes[28] = 200;
    let entry = IndexEntry::decode(&bytes).unwrap();
    let mut block = case.good.clone();
    block.references[2].entry = entry;
    let entries = block
        .references
        .iter()
        .map(|reference| reference.entry)
        .collect();
    block.header.index_root = types::IndexTree::new(entries).unwrap().root();
    assert_eq!(case.invalid(block), Error::WrongEntry { entry: 2, blob });
}

#[test]
fn missing_descriptions_are_not_yet_rather_than_invalid() {
    let mut case = case();
    let missing: Vec<BlobId> = [0, 2].map(|i| case.good.references[i].entry.id()).to_vec();
    case.metas.retain(|meta| !missing.contains(&meta.id()));
    let error = case
        .verify_in(case.good.clone(), &case.network.context())
        .unwrap_err();
    assert!(!error.is_peer_fault());
    assert_eq!(error, BlockError::MissingMeta(missing));
    // What is invalid stays so, whatever is missing.
    let mut block = case.good.clone();
    block.references[1].certificate.signature = block.references[0].certificate.signature;
    assert!(matches!(case.invalid(block), Error::Aggregate { .. }));
}

#[test]
fn a_wrong_description_is_our_own_fault() {
    let case = case();
    let wrong = meta(9, 1, 9);
    let error = case
        .good
        .clone()
        .verify(&case.network.context(), &|_| Some(wrong.clone()))
        .unwrap_err();
    assert!(!error.is_peer_fault());
    assert_eq!(
        error,
        BlockError::Invalid(Error::WrongMeta {
            got: wrong.id(),
            expected: case.good.references[0].entry.id()
        })
    );
}

#[test]
fn a_header_that_does_not_follow_its_parent() {
    let case = case();
    let parent = case.network.context().parent;

    let mut block = case.good.clone();
    block.header.chain_id = ChainId::new([9; 32]);
    assert!(matches!(case.invalid(block), Error::WrongChain { .. }));

    for got in [2, 3, u64::MAX] {
        let mut block = case.good.clone();
        block.header.height = Height::new(got);
        assert_eq!(
            case.invalid(block),
            Error::WrongHeight {
                what: "block",
                got: Height::new(got),
                expected: Height::new(1)
            }
        );
    }

    let mut block = case.good.clone();
    block.header.parent = HeaderHash::new([9; 32]);
    assert_eq!(
        case.invalid(block),
        Error::WrongParent {
            got: HeaderHash::new([9; 32]),
            expected: parent.hash
        }
    );

    let mut block = case.good.clone();
    block.header.time = parent.time;
    assert_eq!(
        case.invalid(block),
        Error::TimeBeforeParent {
            got: parent.time,
            parent: parent.time
        }
    );
}

#[test]
fn a_header_from_the_future() {
    let case = case();
    let drift_ms = case.network.params.clock_drift_ms;
    let mut block = case.good.clone();
    block.header.time = NOW.plus_millis(drift_ms + 1);
    assert_eq!(
        case.invalid(block.clone()),
        Error::TimeAhead {
            got: block.header.time,
            now: NOW,
            drift_ms
        }
    );
}

#[test]
fn a_header_of_another_set_now_or_next() {
    let case = case();
    let other = seeded_network(&[1; 4], 2).set.hash();
    let expected = case.network.set.hash();
    let mut block = case.good.clone();
    block.header.validators = other;
    let wrong = Error::WrongSet {
        got: other,
        expected,
    };
    assert_eq!(case.invalid(block), wrong);
    let mut block = case.good.clone();
    block.header.next_validators = other;
    assert_eq!(case.invalid(block), wrong);
}

#[test]
fn encodings_that_are_too_large_or_count_too_many() {
    let max = UnverifiedBlock::MAX_BYTES;
    assert_eq!(
        UnverifiedBlock::decode(&vec![0; max + 1]).unwrap_err(),
        Error::TooLarge {
            what: "block",
            got: max + 1,
            max
        }
    );
    let case = case();
    let mut bytes = case.good.encode();
    bytes[212..214].copy_from_slice(&257_u16.to_be_bytes());
    assert_eq!(
        UnverifiedBlock::decode(&bytes).unwrap_err(),
        Error::OutOfRange {
            what: "blobs of a block",
            got: 257,
            min: 0,
            max: 256
        }
    );
    let mut block = case.good.clone();
    block.references = vec![block.references[0].clone(); 257];
    assert!(matches!(
        case.invalid(block),
        Error::OutOfRange { got: 257, .. }
    ));
}
