//! Merkle and placement proofs that do not prove what they claim.

use crate::samples::{NOBODY, index};
use types::{Error, MerkleProof, MerkleTree, PlacementProof};

const LEAVES: [&[u8]; 5] = [b"a", b"b", b"c", b"d", b"e"];

fn tree() -> MerkleTree {
    MerkleTree::new(LEAVES.iter().copied()).unwrap()
}

fn proof_bytes(leaf: u32) -> Vec<u8> {
    tree().prove(leaf).unwrap().encode()
}

#[track_caller]
fn refuses(bytes: &[u8], leaf: &[u8]) {
    let proof = MerkleProof::decode(bytes).expect("well-formed");
    let error = proof.verify("leaf", leaf, &tree().root()).unwrap_err();
    assert!(matches!(error, Error::MerkleRoot { what: "leaf", .. }));
}

#[test]
fn another_index() {
    for claimed in [0, 1, 3, 4] {
        let mut bytes = proof_bytes(2);
        bytes[3] = claimed;
        refuses(&bytes, b"c");
    }
}

#[test]
fn another_count_of_the_same_depth() {
    for claimed in [6, 7, 8] {
        let mut bytes = proof_bytes(2);
        bytes[7] = claimed;
        refuses(&bytes, b"c");
    }
}

#[test]
fn another_count_of_another_depth() {
    let bytes = proof_bytes(2);
    for (claimed, siblings) in [(3, 2), (4, 2), (9, 4)] {
        let mut other = bytes[..8].to_vec();
        other[7] = claimed;
        other.extend_from_slice(&bytes[8..]);
        other.resize(8 + 32 * siblings, 0);
        refuses(&other, b"c");
    }
}

#[test]
fn every_bit_of_every_sibling_counts() {
    let bytes = proof_bytes(4);
    for bit in 64..8 * bytes.len() {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        refuses(&other, b"e");
    }
}

#[test]
fn another_leaf() {
    refuses(&proof_bytes(2), b"d");
    refuses(&proof_bytes(2), b"");
}

#[test]
fn padding_is_no_leaf() {
    // Leaf 5 of 8 is padding: its hash is 32 zeros, which no bytes hash to.
    let mut bytes = proof_bytes(4);
    bytes[3] = 5;
    let error = MerkleProof::decode(&bytes).unwrap_err();
    assert_eq!(
        error,
        Error::OutOfRange {
            what: "leaf",
            got: 5,
            min: 0,
            max: 4
        }
    );
    assert!(tree().prove(5).is_err());
}

#[test]
fn an_inner_node_is_no_leaf() {
    // Without tags a node's two children, taken as one leaf, would prove themselves.
    let shallow = MerkleTree::new([&b"a"[..], b"b"].into_iter()).unwrap();
    let sibling = &shallow.prove(0).unwrap().encode()[8..40];
    let other = &shallow.prove(1).unwrap().encode()[8..40];
    let forged = [other, sibling].concat();
    let proof = MerkleProof::decode(&[0, 0, 0, 0, 0, 0, 0, 1]).unwrap();
    assert!(proof.verify("leaf", &forged, &shallow.root()).is_err());
}

#[test]
fn counts_out_of_bounds() {
    for count in [0_u32, 65_537, u32::MAX] {
        let bytes = [0_u32.to_be_bytes(), count.to_be_bytes()].concat();
        assert_eq!(
            MerkleProof::decode(&bytes).unwrap_err(),
            Error::OutOfRange {
                what: "leaves of a tree",
                got: u64::from(count),
                min: 1,
                max: 65_536
            }
        );
    }
}

#[test]
fn a_placement_by_another_root_or_of_another_entry() {
    let index = index();
    let ids: Vec<_> = index.entries().iter().map(types::IndexEntry::id).collect();
    let bytes = index.prove_placement(ids[2]).unwrap().encode();

    let mut root = index.root().to_bytes();
    root[0] ^= 1;
    let proof = PlacementProof::decode(&bytes).unwrap();
    assert!(matches!(
        proof.verify(&types::IndexRoot::new(root)).unwrap_err(),
        Error::MerkleRoot {
            what: "index entry",
            ..
        }
    ));

    let mut moved = bytes.clone();
    moved[62] ^= 1; // the first row
    let proof = PlacementProof::decode(&moved).unwrap();
    assert!(matches!(
        proof.verify(&index.root()).unwrap_err(),
        Error::MerkleRoot { .. }
    ));

    assert!(index.prove_placement(NOBODY).is_none());
}
