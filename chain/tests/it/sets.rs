//! Sets, weights and proposers.

use crate::samples::{keys, network};
use chain::{Bitmap, Validator, ValidatorIndex, ValidatorSet, Weight};
use proptest::prelude::*;
use types::{Height, Round};

#[test]
fn members_are_sorted_and_found() {
    let network = network(&[5, 6, 7, 8]);
    let set = &network.set;
    assert_eq!(set.len(), 4);
    assert_eq!(set.total_weight(), Weight::new(26));
    let keys: Vec<_> = set.iter().map(|(_, member)| *member.key()).collect();
    assert!(keys.is_sorted());
    for (index, member) in set.iter() {
        assert_eq!(set.get(index), Some(member));
        assert_eq!(set.find(&member.address()), Some((index, member)));
        assert_eq!(set.find_key(member.key()), Some((index, member)));
    }
    let stranger = crate::samples::keys(1, 50)[0].public_key();
    assert_eq!(set.find(&stranger.address()), None);
    assert_eq!(set.find_key(&stranger), None);
    assert_eq!(set.get(ValidatorIndex::new(4)), None);
}

#[test]
fn a_set_is_read_back_whatever_order_it_was_given_in() {
    let network = network(&[5, 6, 7, 8]);
    let mut members: Vec<Validator> = network.set.iter().map(|(_, member)| *member).collect();
    members.reverse();
    let again = ValidatorSet::new(members).unwrap();
    assert_eq!(again.hash(), network.set.hash());
    let decoded = ValidatorSet::decode(&network.set.encode()).unwrap();
    assert_eq!(decoded, network.set);
    assert_eq!(decoded.encode(), network.set.encode());
}

#[test]
fn quorum_is_strictly_more_than_two_thirds_even_of_the_greatest_weight() {
    let key = keys(1, 1)[0].public_key();
    let of = |total| ValidatorSet::new(vec![Validator::new(key, Weight::new(total))]).unwrap();
    for (total, least) in [(1, 1), (2, 2), (3, 3), (4, 3), (6, 5), (7, 5), (100, 67)] {
        assert!(of(total).has_quorum(Weight::new(least)));
        assert!(!of(total).has_quorum(Weight::new(least - 1)));
    }
    let max = ValidatorSet::MAX_TOTAL.get();
    assert_eq!(max % 3, 0);
    assert!(!of(max).has_quorum(Weight::new(max / 3 * 2)));
    assert!(of(max).has_quorum(Weight::new(max / 3 * 2 + 1)));
}

#[test]
fn weights_of_bitmaps_add_up() {
    let network = network(&[5, 6, 7, 8]);
    for bits in 0..16_u8 {
        let bitmap = Bitmap::decode(4, &[bits]).unwrap();
        let expected: u64 = (0..4).filter(|i| (bits >> i) & 1 == 1).map(|i| 5 + i).sum();
        assert_eq!(
            network.set.weight_of(&bitmap).unwrap(),
            Weight::new(expected)
        );
    }
}

/// How often each member proposes in `turns` heights from `start`.
fn proposals(set: &ValidatorSet, start: u64, turns: u64) -> Vec<u64> {
    let mut counts = vec![0; set.len()];
    for height in start..start + turns {
        let proposer = set.proposer(Height::new(height), Round::new(0));
        counts[set.find_key(proposer.key()).unwrap().0.as_usize()] += 1;
    }
    counts
}

#[test]
fn proposers_have_turns_by_weight_over_any_stretch() {
    for weights in [&[1, 1, 1, 1][..], &[1, 2, 3, 4], &[10, 1, 1], &[1; 21]] {
        let network = network(weights);
        let total: u64 = weights.iter().sum();
        for start in [1, 1_000, 123_456_789] {
            for turns in [10, 100, 5_000] {
                let counts = proposals(&network.set, start, turns);
                for (count, weight) in counts.iter().zip(weights) {
                    let fair = (turns * weight) as f64 / total as f64;
                    assert!((*count as f64 - fair).abs() <= 4.0, "{count} of {fair}");
                }
            }
        }
    }
}

#[test]
fn a_proposer_that_is_down_costs_one_round() {
    let network = network(&[3, 3, 3, 1]);
    for height in (1..2_000).map(Height::new) {
        for round in 0..4 {
            let now = network.set.proposer(height, Round::new(round));
            let next = network.set.proposer(height, Round::new(round + 1));
            assert_ne!(now, next);
        }
    }
}

#[test]
fn a_proposer_exists_for_every_turn() {
    let network = network(&[1, u64::MAX / 8]);
    for (height, round) in [(0, 0), (u64::MAX, u32::MAX), (u64::MAX, 0), (1, u32::MAX)] {
        let proposer = network.set.proposer(Height::new(height), Round::new(round));
        assert!(network.set.find_key(proposer.key()).is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn bitmaps_are_read_back(members in 1..=200_usize, seed in any::<[u8; 25]>()) {
        let mut bitmap = Bitmap::new(members);
        let chosen: Vec<u16> = (0..members as u16)
            .filter(|i| (seed[usize::from(i / 8)] >> (i % 8)) & 1 == 1)
            .collect();
        for &index in &chosen {
            bitmap.set(ValidatorIndex::new(index)).unwrap();
        }
        let again = Bitmap::decode(members, &bitmap.encode()).unwrap();
        prop_assert_eq!(&again, &bitmap);
        prop_assert_eq!(again.count(), chosen.len());
        let listed: Vec<u16> = again.iter().map(ValidatorIndex::get).collect();
        prop_assert_eq!(listed, chosen);
    }
}
