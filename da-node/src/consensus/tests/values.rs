//! What is kept of undecided values, and which copy is taken.

use super::memory::{Memory, Network};
use crate::consensus::ConsensusError;
use crate::consensus::codec::Undecided;
use crate::consensus::context::{Address, BlockHeight, Signature, ValueId};
use crate::consensus::values::{Kept, MAX_PER_ROUND, Source, Values};
use bytes::Bytes;
use malachite::app::types::ProposedValue;
use malachite::app::types::core::{Round, Validity};
use std::sync::Arc;
use types::{HeaderHash, Height};

const HEIGHT: BlockHeight = BlockHeight(Height::FIRST);
const ME: Address = Address([2; 20]);
const OTHER: Address = Address([3; 20]);

fn app() -> Arc<Memory> {
    Memory::new(&Network::new(1), &[])
}

fn load(app: &Arc<Memory>) -> Arc<Values> {
    Arc::new(Values::load(Arc::clone(app) as _).unwrap())
}

fn id(n: u8) -> ValueId {
    ValueId(HeaderHash::new([n; 32]))
}

/// A signed value; its bytes tell the copies of one id apart.
fn value(
    round: u32,
    proposer: Address,
    n: u8,
    validity: Validity,
    bytes: &'static str,
) -> Undecided {
    Undecided {
        proposed: ProposedValue {
            height: HEIGHT,
            round: Round::new(round),
            valid_round: Round::Nil,
            proposer,
            value: id(n),
            validity,
        },
        block: Bytes::from_static(bytes.as_bytes()),
        signature: Some(Signature([n; 96])),
    }
}

fn synced(round: u32, proposer: Address, n: u8, bytes: &'static str) -> Undecided {
    Undecided {
        signature: None,
        ..value(round, proposer, n, Validity::Valid, bytes)
    }
}

#[tokio::test]
async fn a_full_round_is_an_error_and_holds_back_neither_own_nor_synced_values() {
    let app = app();
    let values = load(&app);
    for n in 0..MAX_PER_ROUND as u8 {
        let received = value(0, OTHER, n, Validity::Invalid, "junk");
        assert_eq!(
            values.keep(received, Source::Received).await.unwrap(),
            Kept::New
        );
    }
    let more = value(0, OTHER, 9, Validity::Valid, "more");
    match values.keep(more, Source::Received).await {
        Err(error @ ConsensusError::RoundFull { height, max, .. }) => {
            assert_eq!((height, max), (HEIGHT.0, MAX_PER_ROUND));
            assert!(error.is_peer_fault());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(values.decided(HEIGHT, id(9)), None);

    let own = value(0, ME, 10, Validity::Valid, "own");
    let certified = synced(0, OTHER, 11, "certified");
    let next_round = value(1, OTHER, 12, Validity::Valid, "next");
    values.keep(own.clone(), Source::Own).await.unwrap();
    values
        .keep(certified.clone(), Source::Synced)
        .await
        .unwrap();
    values
        .keep(next_round.clone(), Source::Received)
        .await
        .unwrap();
    for values in [values, load(&app)] {
        assert_eq!(values.own(HEIGHT, Round::new(0), ME), Some(own.clone()));
        assert_eq!(values.decided(HEIGHT, id(11)), Some(certified.clone()));
        assert_eq!(values.decided(HEIGHT, id(12)), Some(next_round.clone()));
    }
}

#[tokio::test]
async fn a_decision_takes_a_valid_copy_whichever_came_first() {
    for bad_first in [true, false] {
        let app = app();
        let values = load(&app);
        let bad = value(0, OTHER, 1, Validity::Invalid, "spoiled");
        let good = synced(0, OTHER, 1, "right");
        let mut both = [(bad, Source::Received), (good.clone(), Source::Synced)];
        if !bad_first {
            both.reverse();
        }
        for (value, source) in both {
            assert_eq!(values.keep(value, source).await.unwrap(), Kept::New);
        }
        for values in [values, load(&app)] {
            assert_eq!(values.decided(HEIGHT, id(1)), Some(good.clone()));
        }
    }
}

#[tokio::test]
async fn an_invalid_copy_alone_is_never_a_decision() {
    let values = load(&app());
    let bad = value(0, OTHER, 1, Validity::Invalid, "spoiled");
    values.keep(bad, Source::Received).await.unwrap();
    assert_eq!(values.decided(HEIGHT, id(1)), None);
    assert_eq!(
        values.proposed(HEIGHT, id(1), (Round::new(0), Round::Nil)),
        None
    );
}

#[tokio::test]
async fn a_valid_copy_replaces_an_invalid_one_and_not_the_other_way_round() {
    let app = app();
    let values = load(&app);
    let bad = value(0, OTHER, 1, Validity::Invalid, "spoiled");
    let good = value(0, OTHER, 1, Validity::Valid, "right");
    for (value, kept) in [
        (bad.clone(), Kept::New),
        (bad.clone(), Kept::Known),
        (good.clone(), Kept::New),
        (bad, Kept::Known),
    ] {
        assert_eq!(values.keep(value, Source::Received).await.unwrap(), kept);
    }
    for values in [values, load(&app)] {
        assert_eq!(values.at(HEIGHT), std::slice::from_ref(&good.proposed));
        assert_eq!(values.decided(HEIGHT, id(1)), Some(good.clone()));
    }
}

#[tokio::test]
async fn own_is_only_what_is_signed_and_valid() {
    let values = load(&app());
    let round = Round::new(0);
    let wrong = synced(0, ME, 1, "made up beside a certificate");
    values.keep(wrong, Source::Synced).await.unwrap();
    let invalid = value(0, ME, 2, Validity::Invalid, "spoiled");
    values.keep(invalid, Source::Received).await.unwrap();
    assert_eq!(values.own(HEIGHT, round, ME), None);
    let own = value(0, ME, 3, Validity::Valid, "own");
    values.keep(own.clone(), Source::Own).await.unwrap();
    assert_eq!(values.own(HEIGHT, round, ME), Some(own));
    assert_eq!(values.own(HEIGHT, Round::new(1), ME), None);
}

#[tokio::test]
async fn synced_values_stand_for_nothing_until_decided_and_are_few() {
    let app = app();
    let values = load(&app);
    for n in 0..100 {
        let made_up = synced(0, OTHER, n, "made up");
        values.keep(made_up, Source::Synced).await.unwrap();
    }
    for values in [values, load(&app)] {
        assert_eq!(values.at(HEIGHT), []);
        assert!(!values.judged_valid(HEIGHT, b"made up"));
        assert_eq!(
            values.proposed(HEIGHT, id(99), (Round::new(0), Round::Nil)),
            None
        );
        let kept = (0..100).filter(|n| values.decided(HEIGHT, id(*n)).is_some());
        assert_eq!(kept.collect::<Vec<_>>(), (92..100).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_value_is_sent_again_as_it_was_proposed_in_that_round_if_it_was() {
    let values = load(&app());
    let (first, again) = (
        value(0, OTHER, 1, Validity::Valid, "block"),
        value(4, ME, 1, Validity::Valid, "block"),
    );
    for value in [&first, &again] {
        values.keep(value.clone(), Source::Received).await.unwrap();
    }
    for (round, expected) in [(0, &first), (4, &again)] {
        let found = values.proposed(HEIGHT, id(1), (Round::new(round), Round::Nil));
        assert_eq!(found.as_ref(), Some(expected));
    }
    let found = values.proposed(HEIGHT, id(1), (Round::new(9), Round::new(4)));
    assert!(found.is_some(), "any round's part will do");
}
