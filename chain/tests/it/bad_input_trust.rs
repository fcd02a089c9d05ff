//! Checkpoints that are none, forks, sets out of reach, and trust that has run out.

use crate::samples::{Network, network, seeded_network};
use chain::{Checkpoint, Error, FinalHeader, Parent, TrustedChain, TrustingPeriod};
use types::{Header, Height, SetHash, Timestamp};

const DAY: TrustingPeriod = TrustingPeriod { millis: 86_400_000 };

fn next(network: &Network, parent: &FinalHeader) -> Header {
    let height = parent.header().height.get() + 1;
    network.header(height, &Parent::from(parent), network.set.hash())
}

fn first(network: &Network) -> FinalHeader {
    network.final_header(&network.first_header())
}

fn advance(chain: &mut TrustedChain, network: &Network, header: &Header) -> Result<(), Error> {
    chain
        .advance(network.finalize(header), &network.set, header.time, DAY)
        .map(|_| ())
}

#[test]
fn texts_that_are_no_checkpoint() {
    let hash = "ab".repeat(32);
    for text in [
        String::new(),
        "@".to_owned(),
        hash.clone(),
        format!("{hash}@"),
        format!("{hash}@-1"),
        format!("{hash}@1@2"),
        format!("{}@1", "ab".repeat(31)),
        format!("{hash}@18446744073709551616"),
    ] {
        let error = text.parse::<Checkpoint>().unwrap_err();
        assert!(matches!(error, Error::CheckpointText { .. }), "{text}");
        assert!(!error.is_peer_fault());
    }
    let long = "x".repeat(10_000);
    assert_eq!(
        long.parse::<Checkpoint>().unwrap_err(),
        Error::CheckpointText {
            got: "x".repeat(100)
        }
    );
}

#[test]
fn another_header_than_the_checkpoints() {
    let network = network(&[1; 4]);
    let one = first(&network);
    let two = network.final_header(&next(&network, &one));
    let start = |checkpoint: &Checkpoint, header: &FinalHeader| {
        TrustedChain::from_checkpoint(
            network.chain_id,
            checkpoint,
            header.to_unverified(),
            network.set.clone(),
        )
    };
    let checkpoint = Checkpoint::of(&two);
    assert!(start(&checkpoint, &two).is_ok());
    assert_eq!(
        start(&checkpoint, &one).unwrap_err(),
        Error::WrongHeight {
            what: "checkpoint",
            got: Height::new(1),
            expected: Height::new(2)
        }
    );
    let other = Checkpoint {
        hash: one.hash(),
        ..checkpoint
    };
    assert_eq!(
        start(&other, &two).unwrap_err(),
        Error::WrongHeader {
            got: two.hash(),
            expected: one.hash()
        }
    );
}

#[test]
fn a_checkpoint_with_another_set() {
    let network = network(&[1; 4]);
    let other = seeded_network(&[1; 4], 2);
    let one = first(&network);
    let error = TrustedChain::from_checkpoint(
        network.chain_id,
        &Checkpoint::of(&one),
        one.to_unverified(),
        other.set,
    );
    assert!(matches!(error.unwrap_err(), Error::WrongSet { .. }));
}

#[test]
fn two_headers_of_one_height_are_a_fork() {
    let network = network(&[1; 4]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let one = network.first_header();
    advance(&mut chain, &network, &one).unwrap();
    let other = Header {
        time: one.time.plus_millis(1),
        ..one
    };
    let error = advance(&mut chain, &network, &other).unwrap_err();
    assert!(!error.is_peer_fault());
    let Error::Fork { first, second } = error else {
        panic!("{error}")
    };
    // Both are evidence: certified headers that name the signers.
    assert_eq!((first.header(), second.header()), (&one, &other));
    assert!(
        first
            .to_unverified()
            .verify(&network.chain_id, &network.set)
            .is_ok()
    );
    assert!(
        second
            .to_unverified()
            .verify(&network.chain_id, &network.set)
            .is_ok()
    );
    assert_eq!(chain.latest().unwrap().header(), &one);
}

#[test]
fn a_header_below_the_tip_can_show_a_fork() {
    let network = network(&[1; 4]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let one = first(&network);
    let two = network.final_header(&next(&network, &one));
    for header in [&one, &two] {
        advance(&mut chain, &network, header.header()).unwrap();
    }
    let other = Header {
        time: one.header().time.plus_millis(1),
        ..*one.header()
    };
    assert!(matches!(
        advance(&mut chain, &network, &other).unwrap_err(),
        Error::Fork { .. }
    ));
}

#[test]
fn a_header_that_was_filled_in_below_the_tip_can_show_a_fork() {
    let network = network(&[1; 4]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let mut filled = vec![first(&network)];
    for _ in 0..4 {
        let parent = filled.last().unwrap();
        filled.push(network.final_header(&next(&network, parent)));
    }
    // The tip first; of those below it the second, with neither neighbour known.
    advance(&mut chain, &network, filled[4].header()).unwrap();
    advance(&mut chain, &network, filled[1].header()).unwrap();

    let twin = Header {
        time: filled[1].header().time.plus_millis(1),
        ..*filled[1].header()
    };
    assert_eq!(chain.contradicted(&twin), Some(&filled[1]));
    let Error::Fork { first, second } = advance(&mut chain, &network, &twin).unwrap_err() else {
        panic!("no fork");
    };
    assert_eq!((*first, second.header()), (filled[1].clone(), &twin));

    let child = next(&network, &network.final_header(&twin));
    assert_eq!(chain.contradicted(&child), Some(&filled[1]));
    assert!(matches!(
        advance(&mut chain, &network, &child).unwrap_err(),
        Error::Fork { .. }
    ));
}

#[test]
fn a_header_on_another_parent_is_a_fork() {
    let network = network(&[1; 4]);
    let one = first(&network);
    let other = network.final_header(&Header {
        time: one.header().time.plus_millis(1),
        ..*one.header()
    });
    let two_on_other = next(&network, &other);

    let mut upwards = TrustedChain::from_genesis(&network.genesis);
    advance(&mut upwards, &network, one.header()).unwrap();
    assert!(matches!(
        advance(&mut upwards, &network, &two_on_other).unwrap_err(),
        Error::Fork { .. }
    ));

    let mut downwards = TrustedChain::from_genesis(&network.genesis);
    advance(&mut downwards, &network, &two_on_other).unwrap();
    assert!(matches!(
        advance(&mut downwards, &network, one.header()).unwrap_err(),
        Error::Fork { .. }
    ));
}

#[test]
fn a_first_header_that_does_not_build_on_the_genesis() {
    let network = network(&[1; 4]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let got = types::HeaderHash::new([9; 32]);
    let header = Header {
        parent: got,
        ..network.first_header()
    };
    assert_eq!(
        advance(&mut chain, &network, &header).unwrap_err(),
        Error::WrongParent {
            got,
            expected: types::HeaderHash::new(network.chain_id.to_bytes())
        }
    );
    assert!(chain.latest().is_none());
}

#[test]
fn a_set_out_of_reach() {
    let network = network(&[1; 4]);
    let other = Network {
        chain_id: network.chain_id,
        ..seeded_network(&[1; 4], 2)
    };
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let header = Header {
        validators: other.set.hash(),
        ..network.first_header()
    };
    let error = advance(&mut chain, &other, &header).unwrap_err();
    assert!(!error.is_peer_fault());
    assert_eq!(
        error,
        Error::UntrustedSet {
            got: other.set.hash(),
            current: network.set.hash(),
            next: network.set.hash()
        }
    );
}

#[test]
fn a_set_whose_hash_is_not_the_headers() {
    let network = network(&[1; 4]);
    let other = seeded_network(&[1; 4], 2);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let header = network.finalize(&network.first_header());
    let error = chain.advance(header, &other.set, network.first_header().time, DAY);
    assert!(matches!(error.unwrap_err(), Error::WrongSet { .. }));
}

#[test]
fn trust_runs_out() {
    let network = network(&[1; 4]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let header = network.finalize(&network.first_header());
    let trusted = network.genesis.time();
    let now = trusted.plus_millis(DAY.millis + 1);
    let error = chain
        .advance(header.clone(), &network.set, now, DAY)
        .unwrap_err();
    assert!(!error.is_peer_fault());
    assert_eq!(
        error,
        Error::TrustExpired {
            trusted,
            now,
            period_ms: DAY.millis
        }
    );
    let now = Timestamp::new(now.get() - 1);
    assert!(chain.advance(header, &network.set, now, DAY).is_ok());
}

#[test]
fn a_newer_header_of_an_older_time() {
    let network = network(&[1; 4]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let one = first(&network);
    advance(&mut chain, &network, one.header()).unwrap();
    let two = Header {
        time: one.header().time,
        ..next(&network, &one)
    };
    assert_eq!(
        advance(&mut chain, &network, &two).unwrap_err(),
        Error::TimeBeforeParent {
            got: two.time,
            parent: one.header().time
        }
    );
}

#[test]
fn a_next_set_that_was_never_announced() {
    let network = network(&[1; 4]);
    let announced = SetHash::new([1; 32]);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    let one = network.header(1, &Parent::genesis(&network.genesis), announced);
    advance(&mut chain, &network, &one).unwrap();
    let other = Network {
        chain_id: network.chain_id,
        ..seeded_network(&[1; 4], 2)
    };
    let two = other.header(2, &Parent::of(&one), other.set.hash());
    assert_eq!(
        advance(&mut chain, &other, &two).unwrap_err(),
        Error::UntrustedSet {
            got: other.set.hash(),
            current: network.set.hash(),
            next: announced
        }
    );
}
