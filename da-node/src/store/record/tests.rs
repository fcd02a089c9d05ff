#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{BlobRecord, BlobState};
use chain::{ReceiptTerms, Signature, UnverifiedAvailability};
use types::{BlobId, ChainId, HeaderHash, Height, SetHash, Timestamp};

fn certificate() -> UnverifiedAvailability {
    UnverifiedAvailability {
        terms: ReceiptTerms {
            chain_id: ChainId::new([1; 32]),
            set: SetHash::new([2; 32]),
            blob: BlobId::new([3; 32]),
            accepted_at: Timestamp::new(4),
            expires_at: Timestamp::new(5),
        },
        signers: vec![7],
        signature: Signature::new([6; 96]),
    }
}

/// Every state, a later one on the good way after those before it.
fn states() -> Vec<BlobState> {
    let certificate = certificate();
    vec![
        BlobState::Known,
        BlobState::Received,
        BlobState::Dispersed {
            receipts: 1,
            signed: 1,
            total: 4,
        },
        BlobState::Certified {
            certificate: certificate.clone(),
        },
        BlobState::Final {
            height: Height::new(9),
            header: HeaderHash::new([8; 32]),
            time: Timestamp::new(10),
            certificate,
        },
        BlobState::Expired,
        BlobState::Failed {
            reason: "alone".to_owned(),
        },
        BlobState::Pruned { height: None },
    ]
}

#[test]
fn what_is_certified_or_ordered_stays_so() {
    let states = states();
    let followers = |before: &BlobState| -> Vec<&str> {
        states
            .iter()
            .filter(|s| s.may_follow(before))
            .map(BlobState::name)
            .collect()
    };
    assert_eq!(followers(&states[4]), ["final", "pruned"]);
    assert_eq!(
        followers(&states[3]),
        ["certified", "final", "expired", "pruned"]
    );
    for begun in &states[1..3] {
        assert!(!followers(begun).contains(&"known"));
        assert_eq!(followers(begun).len(), states.len() - 1);
    }
    for open in [&states[0], &states[5], &states[6], &states[7]] {
        assert_eq!(followers(open).len(), states.len(), "{}", open.name());
    }
}

#[test]
fn records_read_back() {
    for state in states() {
        let (at, accepted_at) = (Timestamp::new(11), Timestamp::new(12));
        let record = BlobRecord {
            state,
            at,
            accepted_at,
        };
        assert_eq!(BlobRecord::decode(&record.encode()).unwrap(), record);
    }
}
