//! Which sets count at a height.

use crate::samples::{NOW, Network, keys, network, seeded_network};
use chain::{Error, Parent, ReceiptTerms, Tenure};
use types::{BlobId, Header, Timestamp};

const BLOB: BlobId = BlobId::new([7; 32]);

struct Case {
    old: Network,
    new: Network,
    last: Header,
    tenure: Tenure,
}

fn case() -> Case {
    let old = network(&[1; 4]);
    let new = old.changed(&seeded_network(&[1; 3], 9).set, &keys(3, 9));
    let last = old.header(1, &Parent::genesis(&old.genesis), new.set.hash());
    let tenure = Tenure::genesis(&old.genesis)
        .after(&last, &new.set, &old.short_epochs(2))
        .unwrap();
    Case {
        old,
        new,
        last,
        tenure,
    }
}

#[test]
fn the_set_before_is_remembered() {
    let case = case();
    assert_eq!(case.tenure.set(), &case.new.set);
    assert_eq!(case.tenure.previous(), Some(&case.old.set));
    assert_eq!(Tenure::genesis(&case.old.genesis).previous(), None);
    // It is so for the whole epoch, and no longer.
    let next = case
        .new
        .header(2, &Parent::of(&case.last), case.new.set.hash());
    let params = case.old.short_epochs(2);
    assert_eq!(
        case.tenure.after(&next, &case.new.set, &params).unwrap(),
        case.tenure
    );
    let last = case.new.header(3, &Parent::of(&next), case.new.set.hash());
    let tenure = case.tenure.after(&last, &case.new.set, &params).unwrap();
    assert_eq!(tenure.set(), &case.new.set);
    assert_eq!(tenure.previous(), None);
}

#[test]
fn receipts_of_the_set_before_count_until_its_last_block() {
    let case = case();
    let params = &case.old.params;
    let certifier = |terms: &ReceiptTerms| case.tenure.certifier(terms, params).cloned();
    let latest = case.last.time.plus_millis(params.clock_drift_ms);
    for at in [NOW, case.last.time, latest] {
        assert_eq!(
            certifier(&case.old.terms_at(BLOB, at)),
            Ok(case.old.set.clone())
        );
    }
    let wrong = Error::WrongSet {
        got: case.old.set.hash(),
        expected: case.new.set.hash(),
    };
    for at in [latest.plus_millis(1), Timestamp::new(u64::MAX)] {
        assert_eq!(certifier(&case.old.terms_at(BLOB, at)), Err(wrong.clone()));
        assert_eq!(
            certifier(&case.new.terms_at(BLOB, at)),
            Ok(case.new.set.clone())
        );
    }
}

#[test]
fn only_two_sets_count() {
    let case = case();
    let third = case
        .old
        .changed(&seeded_network(&[1; 2], 8).set, &keys(2, 8));
    let header = case
        .new
        .header(2, &Parent::of(&case.last), third.set.hash());
    let tenure = Tenure::since(&header, &case.new.set, &third.set).unwrap();
    let certifier = |network: &Network| {
        let terms = network.terms_at(BLOB, case.last.time);
        tenure.certifier(&terms, &case.old.params).is_ok()
    };
    assert!(certifier(&third));
    assert!(certifier(&case.new));
    assert!(!certifier(&case.old));
}

#[test]
fn a_header_of_other_sets_is_refused() {
    let case = case();
    let params = case.old.short_epochs(2);
    let genesis = Tenure::genesis(&case.old.genesis);
    assert_eq!(
        genesis.after(&case.last, &case.old.set, &params),
        Err(Error::WrongSet {
            got: case.last.next_validators,
            expected: case.old.set.hash(),
        })
    );
    assert_eq!(
        case.tenure.after(&case.last, &case.new.set, &params),
        Err(Error::WrongSet {
            got: case.old.set.hash(),
            expected: case.new.set.hash(),
        })
    );
    // Before the epoch ends, no set follows another.
    let early = Error::WrongSet {
        got: case.new.set.hash(),
        expected: case.old.set.hash(),
    };
    let long = case.old.short_epochs(9);
    assert_eq!(genesis.after(&case.last, &case.new.set, &long), Err(early));
}
