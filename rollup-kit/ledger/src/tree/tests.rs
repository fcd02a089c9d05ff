#![allow(clippy::cast_possible_truncation)]

use super::*;

const SMALL: usize = 3;

/// Hashes every node of the tree.
fn naive(leaves: &[(u32, Fr)]) -> Fr {
    let mut level = vec![Fr::zero(); capacity(SMALL) as usize];
    for (place, leaf) in leaves {
        level[*place as usize] = *leaf;
    }
    while level.len() > 1 {
        level = level
            .chunks_exact(ARITY)
            .map(|c| node([c[0], c[1], c[2], c[3]]))
            .collect();
    }
    level[0]
}

fn leaves() -> Vec<(u32, Fr)> {
    [(0, 5u64), (63, 7), (17, 1), (18, 0), (17, 9)]
        .map(|(place, leaf)| (place, Fr::from(leaf)))
        .to_vec()
}

#[test]
fn all_ways_to_a_root_agree() {
    let expected = naive(&leaves());
    assert_eq!(QuadTree::<SMALL>::from_leaves(leaves()).root(), expected);
    let mut tree = QuadTree::<SMALL>::new();
    assert_eq!(tree.root(), naive(&[]));
    for (place, leaf) in leaves() {
        tree.set(place, leaf);
    }
    assert_eq!(tree.root(), expected);
}

#[test]
fn a_path_leads_to_the_root() {
    let tree = QuadTree::<SMALL>::from_leaves(leaves());
    for place in 0..capacity(SMALL) as u32 {
        let mut hash = tree.leaf(place);
        for (height, step) in tree.path(place).into_iter().enumerate() {
            assert_eq!(step[(place >> (2 * height)) as usize % ARITY], hash);
            hash = node(step);
        }
        assert_eq!(hash, tree.root());
    }
}

#[test]
fn places_beyond_the_tree_are_left_alone() {
    let mut tree = QuadTree::<SMALL>::from_leaves(leaves());
    let root = tree.root();
    tree.set(64, Fr::from(1u64));
    assert_eq!(tree.root(), root);
    let beyond = leaves().into_iter().chain([(64, Fr::from(1u64))]);
    assert_eq!(QuadTree::<SMALL>::from_leaves(beyond).root(), root);
}
