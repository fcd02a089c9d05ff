//! Who keeps what, and that any third of the weight has enough.

use crate::samples::keys;
use chain::{ColumnSet, Custody, Validator, ValidatorIndex, ValidatorSet, Weight};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use types::{ChainId, ColumnIndex, Epoch};

const CHAIN: ChainId = ChainId::new([3; 32]);

fn set(weights: &[u64]) -> ValidatorSet {
    let members = keys(weights.len(), 11)
        .iter()
        .zip(weights)
        .map(|(key, weight)| Validator::new(key.public_key(), Weight::new(*weight)))
        .collect();
    ValidatorSet::new(members).unwrap()
}

fn assign(set: &ValidatorSet, epoch: u64) -> Vec<ColumnSet> {
    let custody = Custody::assign(set, &CHAIN, Epoch::new(epoch)).unwrap();
    set.iter()
        .map(|(index, _)| custody.columns(index))
        .collect()
}

fn union(columns: &[ColumnSet], members: &[usize]) -> usize {
    members
        .iter()
        .fold(ColumnSet::empty(), |union, &i| union.union(columns[i]))
        .len()
}

/// The fewest columns that a third of the members is found to hold: from many random starts,
/// members are exchanged for others as long as that makes the union smaller.
fn worst_third(columns: &[ColumnSet], starts: u64) -> usize {
    let third = columns.len() / 3 + 1;
    let mut worst = usize::MAX;
    for start in 0..starts {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.shuffle(&mut StdRng::seed_from_u64(start));
        let mut held = union(columns, &order[..third]);
        loop {
            let before = held;
            for inside in 0..third {
                for outside in third..order.len() {
                    order.swap(inside, outside);
                    let other = union(columns, &order[..third]);
                    if other < held {
                        held = other;
                    } else {
                        order.swap(inside, outside);
                    }
                }
            }
            if held == before {
                break;
            }
        }
        worst = worst.min(held);
    }
    worst
}

#[test]
fn up_to_sixteen_keep_everything() {
    for count in [1, 4, 16] {
        let columns = assign(&set(&vec![1; count]), 0);
        assert!(columns.iter().all(|columns| *columns == ColumnSet::full()));
    }
}

#[test]
fn above_sixteen_everyone_keeps_as_many_as_the_bound_demands() {
    for (count, expected) in [(17, 28), (32, 17), (100, 8)] {
        let columns = assign(&set(&vec![1; count]), 0);
        assert!(columns.iter().all(|columns| columns.len() == expected));
    }
}

#[test]
fn the_worst_third_of_seventeen_holds_enough() {
    // Every third there is.
    for epoch in 0..3 {
        let columns = assign(&set(&[1; 17]), epoch);
        let thirds = (0..1_u32 << 17).filter(|members| members.count_ones() == 6);
        let worst = thirds
            .map(|third| {
                let members: Vec<usize> = (0..17).filter(|i| (third >> i) & 1 == 1).collect();
                union(&columns, &members)
            })
            .min()
            .unwrap();
        assert!((64..128).contains(&worst), "{worst}");
        // The search that the larger sets need finds what there is to find.
        assert!(worst_third(&columns, 30) <= worst + 2);
    }
}

#[test]
fn the_worst_third_of_thirty_two_holds_enough() {
    for epoch in 0..10 {
        let worst = worst_third(&assign(&set(&[1; 32]), epoch), 10);
        assert!((64..128).contains(&worst), "{worst}");
    }
}

#[test]
fn the_worst_third_of_a_hundred_holds_enough() {
    for epoch in 0..4 {
        let worst = worst_third(&assign(&set(&[1; 100]), epoch), 3);
        assert!((64..128).contains(&worst), "{worst}");
    }
}

#[test]
fn custody_grows_with_weight() {
    let weights: Vec<u64> = (1..=40).collect();
    let columns = assign(&set(&weights), 0);
    let counts: Vec<usize> = columns.iter().map(|columns| columns.len()).collect();
    assert!(counts.is_sorted());
    assert!(counts[0] >= 1 && counts[39] > 8 * counts[3], "{counts:?}");
    // A member with more than a third of the weight can be alone.
    let mut weights = vec![1; 20];
    weights[7] = 11;
    let columns = assign(&set(&weights), 0);
    assert!(columns[7].len() >= 64);
    assert!(columns[0].len() < 64);
}

#[test]
fn thirds_of_uneven_weight_hold_enough() {
    // Those with the lightest weights and the heaviest, and random ones, filled to a third.
    let weights: Vec<u64> = (0..60).map(|i| 1 + i * i).collect();
    let total: u64 = weights.iter().sum();
    let columns = assign(&set(&weights), 5);
    for start in 0..2_000 {
        let mut order: Vec<usize> = (0..60).collect();
        match start {
            0 => {}
            1 => order.reverse(),
            _ => order.shuffle(&mut StdRng::seed_from_u64(start)),
        }
        let mut weight = 0;
        order.retain(|&i| {
            let wanted = 3 * weight <= total;
            if wanted {
                weight += weights[i];
            }
            wanted
        });
        assert!(3 * weight > total);
        assert!(union(&columns, &order) >= 64);
    }
}

#[test]
fn assignments_depend_on_epoch_chain_and_set_and_on_nothing_else() {
    let set_of = set(&[1; 20]);
    let base = assign(&set_of, 7);
    assert_eq!(assign(&set_of, 7), base);
    let differs = |other: &[ColumnSet]| {
        let same = base.iter().zip(other).filter(|(a, b)| a == b).count();
        assert_eq!(same, 0);
    };
    differs(&assign(&set_of, 8));
    let elsewhere = Custody::assign(&set_of, &ChainId::new([4; 32]), Epoch::new(7)).unwrap();
    let elsewhere: Vec<_> = set_of.iter().map(|(i, _)| elsewhere.columns(i)).collect();
    differs(&elsewhere);
    let mut weights = vec![1; 20];
    weights[19] = 2;
    differs(&assign(&set(&weights), 7));
}

#[test]
fn every_column_is_drawn_about_as_often() {
    let set = set(&[1; 100]);
    let mut counts = [0_u32; 128];
    for epoch in 0..40 {
        for columns in assign(&set, epoch) {
            for column in columns.iter() {
                counts[column.as_usize()] += 1;
            }
        }
    }
    // 40 epochs of 800 draws: 250 per column on average, standard deviation 15.3.
    assert_eq!(counts.iter().sum::<u32>(), 32_000);
    assert!(
        counts.iter().all(|count| (160..340).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn an_index_beyond_the_set_keeps_nothing() {
    let custody = Custody::assign(&set(&[1; 4]), &CHAIN, Epoch::new(0)).unwrap();
    assert!(custody.columns(ValidatorIndex::new(4)).is_empty());
}

#[test]
fn column_sets_are_sets() {
    let of = |columns: &[u64]| -> ColumnSet {
        columns
            .iter()
            .map(|&c| ColumnIndex::new(c).unwrap())
            .collect()
    };
    let (a, b) = (of(&[0, 5, 127]), of(&[5, 6]));
    assert_eq!(a.union(b), of(&[0, 5, 6, 127]));
    assert_eq!(a.intersection(b), of(&[5]));
    assert_eq!(a.difference(b), of(&[0, 127]));
    assert_eq!(ColumnSet::from_bits(a.to_bits()), a);
    let listed: Vec<u8> = a.iter().map(ColumnIndex::get).collect();
    assert_eq!(listed, [0, 5, 127]);
    assert!(a.contains(ColumnIndex::new(127).unwrap()));
    assert!(!b.contains(ColumnIndex::new(127).unwrap()));
    assert_eq!(ColumnSet::full().len(), 128);
    assert!(ColumnSet::empty().is_empty());
}
