//! Trust over many changes of the validators: few headers looked at, fewer verified.

use crate::network::{Chain, now};
use chain::{TrustingPeriod, UnverifiedHeader, ValidatorSet};
use light_node::core::{Anchor, Search, Step, Trust};
use types::Height;

const PERIOD: TrustingPeriod = TrustingPeriod {
    millis: 14 * 24 * 3_600_000,
};

/// A chain of so many blocks, whose validators change with these.
fn chain(blocks: u64, changes: &[u64]) -> (Chain, Vec<ValidatorSet>) {
    let mut chain = Chain::new();
    let mut sets = vec![chain.set().clone()];
    for height in 1..=blocks {
        if changes.contains(&height) {
            chain.change_validators();
        }
        chain.extend(None);
        sets.push(chain.set().clone());
    }
    (chain, sets)
}

fn trust(chain: &Chain) -> Trust {
    Anchor::new(chain.genesis().chain_id(), chain.checkpoint(), PERIOD)
        .genesis(&chain.genesis().encode())
        .unwrap()
}

#[derive(Debug, Default, PartialEq)]
struct Effort {
    probes: usize,
    certificates: usize,
}

/// From the genesis to the newest header, as a client does it.
fn follow(chain: &Chain, sets: &[ValidatorSet], head: u64) -> (Trust, Effort) {
    let mut trust = trust(chain);
    let mut effort = Effort::default();
    let header = |height: Height| chain.header(height.get()).to_unverified();
    let mut wanted = header(Height::new(head));
    loop {
        match trust.accept(wanted.clone(), now()).unwrap() {
            Step::Trusted(trusted) => {
                effort.certificates += 1;
                if trusted.header().height.get() == head {
                    return (trust, effort);
                }
                wanted = header(Height::new(head));
            }
            Step::NeedsSet(hash) => {
                let set = sets.iter().find(|set| set.hash() == hash).unwrap();
                trust.add_set(set.clone()).unwrap();
            }
            Step::NeedsHeaders(_) => {
                let mut search = Search::new(&trust, &wanted.header);
                while let Some(height) = search.probe() {
                    effort.probes += 1;
                    search.take(header(height));
                }
                wanted = search.last().unwrap();
            }
        }
    }
}

#[test]
fn one_set_takes_one_certificate_however_far() {
    let (chain, sets) = chain(60, &[]);
    let (trust, effort) = follow(&chain, &sets, 60);
    assert_eq!(trust.tip().height, Height::new(60));
    let expected = Effort {
        probes: 0,
        certificates: 1,
    };
    assert_eq!(effort, expected);
}

#[test]
fn a_change_takes_one_certificate_and_the_head_one() {
    let changes = [1, 7, 8, 30, 58, 60];
    let (chain, sets) = chain(60, &changes);
    for head in [2, 8, 9, 10, 31, 59, 60] {
        let (trust, effort) = follow(&chain, &sets, head);
        assert_eq!(trust.tip().height, Height::new(head));
        let passed = changes.iter().filter(|change| **change < head).count();
        assert_eq!(effort.certificates, passed + 1, "up to {head}");
        assert!(effort.probes <= passed * 6, "{effort:?} up to {head}");
    }
}

#[test]
fn a_search_ends_whatever_it_is_given() {
    let (chain, _) = chain(3, &[1]);
    let mut ahead = chain.header(3).header().to_owned();
    ahead.height = Height::new(u64::MAX);
    for by_known in [true, false] {
        let mut search = Search::new(&trust(&chain), &ahead);
        let mut probes = 0;
        while let Some(height) = search.probe() {
            let mut header = chain.header(if by_known { 1 } else { 3 }).to_unverified();
            header.header.height = height;
            search.take(header);
            probes += 1;
        }
        assert!(probes <= 64, "{probes}");
        assert_eq!(search.last().is_some(), by_known);
    }
}

#[test]
fn bad_input_a_header_of_another_height_is_not_looked_at() {
    let (chain, _) = chain(9, &[5]);
    let mut search = Search::new(&trust(&chain), chain.header(9).header());
    let probe = search.probe();
    let others: Vec<UnverifiedHeader> = (1..=9)
        .filter(|height| Some(Height::new(*height)) != probe)
        .map(|height| chain.header(height).to_unverified())
        .collect();
    for header in others {
        search.take(header);
        assert_eq!(search.probe(), probe);
    }
}
