#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::announcement::{Announcement, MAX_ANNOUNCEMENT_BYTES};
use chain::{PossessionProof, PublicKeyBytes, Signature, ValidatorAddress, Weight};
use types::{ChainId, Epoch, SetHash};

fn change(edits: usize) -> UnverifiedSetChange {
    let edits = (0..edits).map(|place| {
        let mut key = [0xff; 48];
        key[..2].copy_from_slice(&u16::try_from(place).unwrap().to_be_bytes());
        SetEdit::Join {
            key: PublicKeyBytes::new(key),
            weight: Weight::new(u64::MAX),
            possession: PossessionProof::new([0xff; 96]),
        }
    });
    let (chain, set) = (ChainId::new([1; 32]), SetHash::new([2; 32]));
    UnverifiedSetChange::new(chain, set, Epoch::new(u64::MAX), edits.collect())
}

fn approval(signer: usize) -> UnverifiedApproval {
    let mut address = [0xff; 20];
    address[..2].copy_from_slice(&u16::try_from(signer).unwrap().to_be_bytes());
    UnverifiedApproval {
        signer: ValidatorAddress::new(address),
        signature: Signature::new([0xff; 96]),
    }
}

/// The longest change, approved by the largest set.
pub(crate) fn longest() -> Approved {
    let approvals = (0..ValidatorSet::MAX_MEMBERS).map(approval).collect();
    (change(UnverifiedSetChange::MAX_EDITS), approvals)
}

fn one(change: &UnverifiedSetChange, approvals: &[UnverifiedApproval]) -> p2p::Approvals {
    p2p::Approvals {
        items: vec![encode_one(change, approvals)],
    }
}

#[test]
fn changes_survive_the_wire() {
    for changes in [
        vec![],
        vec![(change(1), vec![approval(0)])],
        vec![longest(); MAX_CHANGES],
    ] {
        assert_eq!(decode(&encode(&changes)).unwrap(), changes);
    }
    let (change, approval) = (change(2), approval(3));
    let announced = Announcement::Approval {
        change: change.clone(),
        approval,
    };
    let Announcement::Approval {
        change: got,
        approval: by,
    } = Announcement::decode(announced.encode()).unwrap()
    else {
        panic!("another kind");
    };
    assert_eq!((got, by), (change, approval));
}

#[test]
fn the_longest_change_can_be_announced() {
    let (change, approvals) = longest();
    let announced = Announcement::Approval {
        change,
        approval: approvals[0],
    };
    assert!(announced.encode().len() <= MAX_ANNOUNCEMENT_BYTES);
}

#[test]
fn bad_input_too_many_changes_or_approvals_none_or_one_twice() {
    let few = |approvals: Vec<UnverifiedApproval>| decode(&one(&change(1), &approvals));
    assert!(matches!(few(vec![]), Err(MessageError::Wire(_))));
    let many = (0..=ValidatorSet::MAX_MEMBERS).map(approval).collect();
    assert!(matches!(few(many), Err(MessageError::Wire(_))));
    assert!(matches!(
        few(vec![approval(1), approval(2), approval(1)]),
        Err(MessageError::Order { item: 2, .. })
    ));
    let changes = vec![(change(1), vec![approval(0)]); MAX_CHANGES + 1];
    assert!(matches!(
        decode(&encode(&changes)),
        Err(MessageError::Wire(_))
    ));
    // Announced, a change has one approval and no more.
    for approvals in [vec![], vec![approval(1), approval(2)]] {
        let wire = encode_one(&change(1), &approvals);
        assert!(matches!(decode_only(&wire), Err(MessageError::Wire(_))));
    }
}

#[test]
fn bad_input_bytes_that_are_no_change_or_no_approval() {
    let good = encode_one(&change(1), &[approval(1)]);
    let cut = |bytes: &bytes::Bytes| bytes.slice(..bytes.len() - 1);
    let short_change = p2p::ApprovedChange {
        change: cut(&good.change),
        ..good.clone()
    };
    let short_approval = p2p::ApprovedChange {
        approvals: vec![cut(&good.approvals[0])],
        ..good.clone()
    };
    let no_edits = p2p::ApprovedChange {
        change: change(0).encode().into(),
        ..good
    };
    for wire in [short_change, short_approval, no_edits] {
        assert!(matches!(
            decode_only(&wire),
            Err(MessageError::Chain { .. })
        ));
    }
}
