//! Trees against a naive twin.

use proptest::prelude::*;
use types::{Commitment, MerkleProof, MerkleTree, Tag, commitments_root, tagged_hash};

/// The root by recursion over halves.
fn naive_root(leaves: &[Vec<u8>]) -> [u8; 32] {
    fn top(nodes: &[[u8; 32]]) -> [u8; 32] {
        match nodes {
            [one] => *one,
            _ => {
                let (left, right) = nodes.split_at(nodes.len() / 2);
                tagged_hash(Tag::MerkleNode, &[&top(left), &top(right)])
            }
        }
    }
    let mut nodes: Vec<[u8; 32]> = leaves
        .iter()
        .map(|leaf| tagged_hash(Tag::MerkleLeaf, &[leaf]))
        .collect();
    nodes.resize(leaves.len().max(1).next_power_of_two(), [0; 32]);
    let count = (leaves.len() as u32).to_be_bytes();
    tagged_hash(Tag::MerkleRoot, &[&count, &top(&nodes)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn roots_equal_the_naive_ones_and_every_leaf_is_proven(
        leaves in proptest::collection::vec(any::<Vec<u8>>(), 0..40),
    ) {
        let tree = MerkleTree::new(leaves.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(tree.root(), naive_root(&leaves));
        for (i, leaf) in (0..).zip(&leaves) {
            let proof = tree.prove(i).unwrap();
            prop_assert_eq!(proof.index(), i);
            prop_assert_eq!(proof.count() as usize, leaves.len());
            let again = MerkleProof::decode(&proof.encode()).unwrap();
            prop_assert_eq!(&again, &proof);
            prop_assert!(proof.verify("leaf", leaf, &tree.root()).is_ok());
        }
        prop_assert!(tree.prove(leaves.len() as u32).is_err());
    }
}

#[test]
fn a_tree_commits_to_its_number_of_leaves() {
    // Four leaves, and three beside the padding that stands where the fourth would.
    let of = |leaves: &[&[u8]]| MerkleTree::new(leaves.iter().copied()).unwrap().root();
    let roots = [of(&[]), of(&[b""]), of(&[b"", b""]), of(&[b"", b"", b""])];
    for (i, root) in roots.iter().enumerate() {
        assert!(!roots[..i].contains(root));
    }
}

#[test]
fn a_tree_has_bounds() {
    let leaf: &[u8] = b"";
    assert!(MerkleTree::new(vec![leaf; 65_536].into_iter()).is_ok());
    assert!(MerkleTree::new(vec![leaf; 65_537].into_iter()).is_err());
}

#[test]
fn commitments_root_has_one_leaf_per_row() {
    let commitments: Vec<Commitment> = (0..3).map(|i| Commitment::new([i; 48])).collect();
    let leaves: Vec<Vec<u8>> = commitments.iter().map(|c| c.as_bytes().to_vec()).collect();
    let root = commitments_root(&commitments).unwrap();
    assert_eq!(root.to_bytes(), naive_root(&leaves));
}
