//! Headers, sets and genesis files that must not be trusted.

use crate::network::{Chain, now};
use chain::{Checkpoint, TrustingPeriod, UnverifiedHeader};
use light_node::Error;
use light_node::core::{Anchor, Step, Trust};
use types::{ChainId, Height, Round, SetHash};

const PERIOD: TrustingPeriod = TrustingPeriod {
    millis: 14 * 24 * 3_600_000,
};

fn anchor(chain: &Chain) -> Anchor {
    Anchor::new(chain.genesis().chain_id(), chain.checkpoint(), PERIOD)
}

fn trust(chain: &Chain) -> Trust {
    anchor(chain).genesis(&chain.genesis().encode()).unwrap()
}

/// What comes of the chain's first header once it was changed.
fn refused(change: impl Fn(&mut UnverifiedHeader)) -> chain::Error {
    let mut chain = Chain::new();
    let mut header = chain.extend(None).to_unverified();
    change(&mut header);
    let mut trust = trust(&chain);
    let before = *trust.tip();
    let error = trust.accept(header, now()).unwrap_err();
    assert_eq!(*trust.tip(), before);
    match error {
        Error::Chain(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_good_is_trusted_and_a_gap_is_no_harm() {
    let mut chain = Chain::new();
    let mut trust = trust(&chain);
    chain.extend(None);
    chain.extend(None);
    let third = chain.extend(None);
    let step = trust.accept(third.to_unverified(), now()).unwrap();
    assert!(matches!(step, Step::Trusted(header) if *header == third));
    assert_eq!(trust.tip().height, Height::new(3));
    let first = chain.header(1).clone();
    let step = trust.accept(first.to_unverified(), now()).unwrap();
    assert!(matches!(step, Step::Trusted(header) if *header == first));
    assert_eq!(trust.tip().height, Height::new(3));
}

#[test]
fn a_genesis_of_another_chain() {
    let (chain, other) = (Chain::new(), Chain::new());
    let error = anchor(&chain)
        .genesis(&other.genesis().encode())
        .unwrap_err();
    assert!(matches!(error, Error::OtherGenesis { got, expected }
        if got == other.genesis().chain_id() && expected == chain.genesis().chain_id()));
    assert!(error.is_peer_fault());
}

#[test]
fn a_genesis_that_was_tampered_with_or_cut() {
    let chain = Chain::new();
    let good = chain.genesis().encode();
    let mut flipped = good.clone();
    flipped[40] ^= 1;
    for bytes in [&flipped[..], &good[..good.len() - 1], &[]] {
        let error = anchor(&chain).genesis(bytes).unwrap_err();
        assert!(matches!(error, Error::OtherGenesis { .. }));
    }
}

#[test]
fn another_header_than_the_checkpoints() {
    let mut chain = Chain::new();
    let (first, second) = (chain.extend(None), chain.extend(None));
    let anchor = Anchor::new(chain.genesis().chain_id(), Checkpoint::of(&first), PERIOD);
    let set = chain.set().clone();
    let error = anchor
        .header(second.to_unverified(), set.clone())
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::WrongHeight { .. })
    ));

    let mut changed = first.to_unverified();
    changed.header.time = changed.header.time.plus_millis(1);
    let error = anchor.header(changed, set.clone()).unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::WrongHeader { .. })
    ));

    anchor.header(first.to_unverified(), set).unwrap();
}

#[test]
fn another_set_than_the_checkpoints() {
    let mut chain = Chain::new();
    let first = chain.extend(None);
    let anchor = Anchor::new(chain.genesis().chain_id(), Checkpoint::of(&first), PERIOD);
    let set = Chain::new().set().clone();
    let error = anchor.header(first.to_unverified(), set).unwrap_err();
    assert!(matches!(error, Error::Chain(chain::Error::WrongSet { .. })));
}

#[test]
fn replaced_commitments() {
    let error = refused(|h| h.header.commitments_root = types::CommitmentsRoot::new([9; 32]));
    assert!(matches!(error, chain::Error::WrongHeader { .. }));
}

#[test]
fn replaced_commitments_under_the_new_hash() {
    let error = refused(|h| {
        h.header.commitments_root = types::CommitmentsRoot::new([9; 32]);
        h.finality.header = h.header.hash();
    });
    assert!(matches!(error, chain::Error::Aggregate { .. }));
}

#[test]
fn another_round_than_was_signed() {
    let error = refused(|h| h.finality.round = Round::new(1));
    assert!(matches!(error, chain::Error::Aggregate { .. }));
}

#[test]
fn too_little_weight() {
    let error = refused(|h| h.finality.signers = vec![0b0011]);
    assert!(matches!(error, chain::Error::Quorum { .. }));
}

#[test]
fn a_header_of_another_chain() {
    let mut other = Chain::new();
    let foreign = other.extend(None);
    let chain = Chain::new();
    let mut header = foreign.to_unverified();
    header.header.validators = chain.set().hash();
    header.finality.set = chain.set().hash();
    header.finality.header = header.header.hash();
    let error = trust(&chain).accept(header, now()).unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::WrongChain { .. })
    ));
}

#[test]
fn a_header_by_a_set_that_nobody_named() {
    let mut chain = Chain::new();
    let mut trust = trust(&chain);
    let mut header = chain.extend(None).to_unverified();
    header.header.validators = SetHash::new([5; 32]);
    let error = trust.accept(header.clone(), now()).unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::UntrustedSet { .. })
    ));
    // Far ahead, the change may lie in between.
    header.header.height = Height::new(1000);
    let step = trust.accept(header, now()).unwrap();
    assert!(matches!(step, Step::NeedsHeaders(from) if from == Height::FIRST));
}

#[test]
fn the_next_set_is_asked_for_and_no_other_taken() {
    let mut chain = Chain::new();
    let next = Chain::new();
    let mut trust = trust(&chain);
    let mut draft = chain.draft(None);
    draft.next_validators = next.set().hash();
    trust
        .accept(chain.sign(draft).to_unverified(), now())
        .unwrap();

    let mut second = chain.extend(None).to_unverified();
    second.header.height = Height::new(2);
    second.header.validators = next.set().hash();
    let step = trust.accept(second, now()).unwrap();
    assert!(matches!(step, Step::NeedsSet(hash) if hash == next.set().hash()));
    let error = trust.add_set(Chain::new().set().clone()).unwrap_err();
    assert!(matches!(error, Error::OtherSet { expected, .. } if expected == next.set().hash()));
    trust.add_set(next.set().clone()).unwrap();
}

#[test]
fn two_certified_headers_of_one_height() {
    let mut chain = Chain::new();
    let mut draft = chain.draft(None);
    let first = chain.extend(None);
    draft.time = draft.time.plus_millis(7);
    let second = chain.sign(draft);
    let mut trust = trust(&chain);
    trust.accept(first.to_unverified(), now()).unwrap();
    let error = trust.accept(second.to_unverified(), now()).unwrap_err();
    assert!(!error.is_peer_fault());
    match error {
        Error::Chain(chain::Error::Fork {
            first: a,
            second: b,
        }) => {
            assert_eq!((*a, *b), (first, second));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn trust_that_ran_out() {
    let begun = now().get() - PERIOD.millis - 1000;
    let mut chain = Chain::begun_at(types::Timestamp::new(begun));
    let header = chain.extend(None);
    let error = trust(&chain)
        .accept(header.to_unverified(), now())
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::TrustExpired { .. })
    ));
    assert!(!error.is_peer_fault());
}

#[test]
fn a_chain_id_that_nothing_hashes_to() {
    let chain = Chain::new();
    let id = ChainId::new([0; 32]);
    let error = Anchor::new(id, Checkpoint::genesis(&id), PERIOD)
        .genesis(&chain.genesis().encode())
        .unwrap_err();
    assert!(matches!(error, Error::OtherGenesis { expected, .. } if expected == id));
}

#[test]
fn a_certificate_forged_by_others() {
    // They sign the very same header, and say that they are the true set.
    let chain = Chain::new();
    let mut forged = Chain::new().certify(chain.draft(None), Round::new(0), 0..4);
    let error = trust(&chain).accept(forged.clone(), now()).unwrap_err();
    assert!(matches!(error, Error::Chain(chain::Error::WrongSet { .. })));
    assert!(error.is_peer_fault());
    forged.finality.set = chain.set().hash();
    let error = trust(&chain).accept(forged, now()).unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::Aggregate { .. })
    ));
    assert!(error.is_peer_fault());
}

#[test]
fn certificates_of_two_rounds_mixed() {
    let chain = Chain::new();
    let draft = chain.draft(None);
    let zero = chain.certify(draft, Round::new(0), 0..3);
    let one = chain.certify(draft, Round::new(1), 1..4);
    for whole in [zero.clone(), one.clone()] {
        trust(&chain).accept(whole, now()).unwrap();
    }
    let mixed = |change: fn(&mut UnverifiedHeader, &UnverifiedHeader)| {
        let mut mixed = zero.clone();
        change(&mut mixed, &one);
        trust(&chain).accept(mixed, now()).unwrap_err()
    };
    for error in [
        mixed(|zero, one| zero.finality.signature = one.finality.signature),
        mixed(|zero, one| zero.finality.signers.clone_from(&one.finality.signers)),
        mixed(|zero, one| zero.finality.round = one.finality.round),
        mixed(|zero, _| zero.finality.signers = vec![0b1111]),
    ] {
        assert!(matches!(
            error,
            Error::Chain(chain::Error::Aggregate { .. })
        ));
    }
}

#[test]
fn signers_of_another_number_and_none() {
    let error = refused(|h| h.finality.signers.push(0));
    assert!(matches!(error, chain::Error::BitmapLength { .. }));
    let error = refused(|h| h.finality.signers.clear());
    assert!(matches!(error, chain::Error::BitmapLength { .. }));
    let error = refused(|h| h.finality.signers = vec![0b1_1111]);
    assert!(matches!(error, chain::Error::StrayBits { .. }));
    let error = refused(|h| h.finality.signers = vec![0]);
    assert!(matches!(error, chain::Error::Quorum { .. }));
    // All but one, and the signature of all.
    let error = refused(|h| h.finality.signers = vec![0b0111]);
    assert!(matches!(error, chain::Error::Aggregate { .. }));
}

#[test]
fn a_header_cut_anywhere_is_no_header() {
    let mut chain = Chain::new();
    let whole = chain.extend(None).to_unverified().encode();
    assert!(UnverifiedHeader::decode(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(UnverifiedHeader::decode(&whole[..length]).is_err());
    }
    let longer = [&whole[..], &[0]].concat();
    assert!(UnverifiedHeader::decode(&longer).is_err());
}

#[test]
fn a_height_far_ahead_that_nobody_signed() {
    for height in [2, 1000, u64::MAX] {
        let error = refused(|h| {
            h.header.height = Height::new(height);
            h.finality.height = Height::new(height);
            h.finality.header = h.header.hash();
        });
        assert!(matches!(error, chain::Error::Aggregate { .. }), "{height}");
    }
}

#[test]
fn a_clock_that_is_slow_trusts_nothing_and_blames_nobody() {
    let mut chain = Chain::new();
    let header = chain.extend(None);
    let drift = Trust::CLOCK_DRIFT_MS;
    let time = header.header().time.get();
    for (behind, slow) in [(drift, false), (drift + 1, true), (time, true)] {
        let mut trust = trust(&chain);
        let clock = types::Timestamp::new(time - behind);
        match trust.accept(header.to_unverified(), clock) {
            Ok(Step::Trusted(_)) => assert!(!slow, "{behind}"),
            Err(error @ Error::ClockBehind { .. }) => {
                assert!(slow && !error.is_peer_fault(), "{behind}");
                assert_eq!(trust.tip().height, Height::GENESIS);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_forged_header_of_the_future_is_not_taken_for_a_slow_clock() {
    let error = refused(|h| {
        h.header.time = h.header.time.plus_millis(365 * 24 * 3_600_000);
        h.finality.header = h.header.hash();
    });
    assert!(matches!(error, chain::Error::Aggregate { .. }));
}

#[test]
fn trust_expires_while_a_node_sleeps() {
    let mut chain = Chain::new();
    let mut trust = trust(&chain);
    trust
        .accept(chain.extend(None).to_unverified(), now())
        .unwrap();
    let next = chain.extend(None).to_unverified();
    let woken = now().plus_millis(PERIOD.millis + 60_000);
    let error = trust.accept(next.clone(), woken).unwrap_err();
    assert!(matches!(
        error,
        Error::Chain(chain::Error::TrustExpired { .. })
    ));
    // A shorter sleep does no harm.
    let woken = now().plus_millis(PERIOD.millis - 3_600_000);
    assert!(matches!(trust.accept(next, woken), Ok(Step::Trusted(_))));
}
