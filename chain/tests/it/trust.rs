//! Trust that moves on.

use crate::samples::{Network, network, seeded_network};
use chain::{Checkpoint, Parent, TrustedChain, TrustingPeriod};
use types::{Header, Height};

const DAY: TrustingPeriod = TrustingPeriod { millis: 86_400_000 };

fn advance(chain: &mut TrustedChain, network: &Network, header: &Header) {
    let verified = chain
        .advance(network.finalize(header), &network.set, header.time, DAY)
        .unwrap();
    assert_eq!(verified.header(), header);
}

/// `count` headers of one set.
fn headers(network: &Network, count: u64) -> Vec<Header> {
    let mut parent = Parent::genesis(&network.genesis);
    (1..=count)
        .map(|height| {
            let header = network.header(height, &parent, network.set.hash());
            parent = Parent::of(&header);
            header
        })
        .collect()
}

#[test]
fn checkpoints_are_written_and_read() {
    let network = network(&[1; 4]);
    let header = network.final_header(&network.first_header());
    for checkpoint in [
        Checkpoint::of(&header),
        Checkpoint::genesis(&network.chain_id),
    ] {
        assert_eq!(
            checkpoint.to_string().parse::<Checkpoint>().unwrap(),
            checkpoint
        );
    }
    assert_eq!(Checkpoint::of(&header).chain_id(), None);
    let genesis = Checkpoint::genesis(&network.chain_id);
    assert_eq!(genesis.chain_id(), Some(network.chain_id));
    assert_eq!(genesis.to_string(), format!("{}@0", network.chain_id));
}

#[test]
fn headers_may_be_skipped_and_older_ones_seen_later() {
    let network = network(&[1; 4]);
    let headers = headers(&network, 6);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    for place in [0, 3, 5, 1, 2, 4] {
        advance(&mut chain, &network, &headers[place]);
    }
    assert_eq!(chain.tip(), &Parent::of(&headers[5]));
    assert_eq!(chain.latest().unwrap().header(), &headers[5]);
    advance(&mut chain, &network, &headers[5]);
    // Those below the tip are remembered like the others.
    for header in &headers {
        let remembered = chain.header(header.height).unwrap();
        assert_eq!(remembered.header(), header);
        assert!(chain.contradicted(header).is_none());
    }
}

#[test]
fn a_checkpoint_is_a_beginning() {
    let network = network(&[1; 4]);
    let headers = headers(&network, 4);
    let third = network.final_header(&headers[2]);
    let mut chain = TrustedChain::from_checkpoint(
        network.chain_id,
        &Checkpoint::of(&third),
        third.to_unverified(),
        network.set.clone(),
    )
    .unwrap();
    assert_eq!(chain.latest(), Some(&third));
    advance(&mut chain, &network, &headers[3]);
    advance(&mut chain, &network, &headers[0]);
    assert_eq!(chain.tip().height, Height::new(4));
}

#[test]
fn trust_follows_a_change_of_set() {
    let old = network(&[1; 4]);
    let new = Network {
        chain_id: old.chain_id,
        ..seeded_network(&[2, 3, 4], 2)
    };
    let mut chain = TrustedChain::from_genesis(&old.genesis);
    let one = old.header(1, &Parent::genesis(&old.genesis), old.set.hash());
    let two = old.header(2, &Parent::of(&one), new.set.hash());
    let three = new.header(3, &Parent::of(&two), new.set.hash());
    let four = new.header(4, &Parent::of(&three), new.set.hash());
    advance(&mut chain, &old, &one);
    advance(&mut chain, &old, &two);
    assert_eq!(chain.next_set_hash(), new.set.hash());
    advance(&mut chain, &new, &four);
    assert_eq!(chain.set(), &new.set);
    advance(&mut chain, &new, &three);
}

#[test]
fn only_recent_headers_are_remembered() {
    let network = network(&[1]);
    let count = TrustedChain::REMEMBERED as u64 + 3;
    let headers = headers(&network, count);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    for header in &headers {
        advance(&mut chain, &network, header);
    }
    assert!(chain.header(Height::new(3)).is_none());
    assert!(chain.header(Height::new(4)).is_some());
    assert!(chain.header(Height::new(count)).is_some());

    // What is older than all that is remembered comes and goes.
    advance(&mut chain, &network, &headers[0]);
    assert!(chain.header(Height::new(1)).is_none());
    assert!(chain.header(Height::new(4)).is_some());
}

#[test]
fn an_older_header_takes_the_place_of_none_but_the_oldest() {
    let network = network(&[1]);
    let count = TrustedChain::REMEMBERED as u64 + 1;
    let headers = headers(&network, count);
    let mut chain = TrustedChain::from_genesis(&network.genesis);
    for header in headers.iter().filter(|header| header.height.get() != 5) {
        advance(&mut chain, &network, header);
    }
    assert!(chain.header(Height::new(1)).is_some());
    advance(&mut chain, &network, &headers[4]);
    assert!(chain.header(Height::new(5)).is_some());
    assert!(chain.header(Height::new(1)).is_none());
    assert_eq!(
        chain.latest().unwrap().header(),
        &headers[count as usize - 1]
    );
}
