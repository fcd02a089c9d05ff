//! A namespace's listing is complete: nobody can hide an entry or make one up.

use crate::samples::{any_index, index, namespace};
use proptest::prelude::*;
use types::{Error, IndexEntry, IndexTree, Namespace, NamespaceProof};

/// A proof's encoding, taken apart: per leaf its entry and its Merkle proof.
#[derive(Clone)]
struct Parts(Vec<Vec<u8>>);

impl Parts {
    fn of(index: &IndexTree, namespace: Namespace) -> Self {
        let bytes = index.prove_namespace(namespace).unwrap().encode();
        let count = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        let size = (bytes.len() - 2) / count;
        Self(bytes[2..].chunks(size).map(<[u8]>::to_vec).collect())
    }

    fn verify(&self, index: &IndexTree, namespace: Namespace) -> Result<Vec<IndexEntry>, Error> {
        let count = (self.0.len() as u16).to_be_bytes();
        let bytes = [&count[..], &self.0.concat()].concat();
        NamespaceProof::decode(&bytes)?
            .verify(namespace, &index.root())
            .map(|listing| listing.entries().to_vec())
    }
}

fn listed(index: &IndexTree, namespace: Namespace) -> Vec<IndexEntry> {
    let all = index.entries().iter();
    all.filter(|e| e.namespace() == namespace)
        .copied()
        .collect()
}

fn problem(error: Error) -> &'static str {
    match error {
        Error::IndexOrder { problem, .. } => problem,
        Error::MerkleRoot { .. } => "leads to another root",
        other => panic!("{other}"),
    }
}

#[test]
fn first_middle_last_and_absent_namespaces_are_listed() {
    let index = index();
    for (n, entries) in [
        (0, 0),
        (1, 1),
        (2, 0),
        (3, 3),
        (5, 1),
        (6, 0),
        (7, 1),
        (9, 0),
    ] {
        let proof = index.prove_namespace(namespace(n)).unwrap();
        let listing = proof.verify(namespace(n), &index.root()).unwrap();
        assert_eq!(listing.entries().len(), entries);
        assert_eq!(listing.entries(), listed(&index, namespace(n)));
        assert_eq!(listing.root(), index.root());
    }
}

#[test]
fn an_empty_block_has_no_namespace() {
    let empty = IndexTree::new(Vec::new()).unwrap();
    let proof = empty.prove_namespace(namespace(1)).unwrap();
    let listing = proof.verify(namespace(1), &empty.root()).unwrap();
    assert!(listing.entries().is_empty());
}

#[test]
fn an_entry_cannot_be_dropped() {
    let index = index();
    for (dropped, expected) in [
        (0, "has neighbours that don't enclose the namespace"),
        (1, "does not follow the one before it"),
        (2, "does not follow the one before it"),
        (3, "does not follow the one before it"),
        (4, "has neighbours that don't enclose the namespace"),
    ] {
        let mut parts = Parts::of(&index, namespace(3));
        parts.0.remove(dropped);
        let error = parts.verify(&index, namespace(3)).unwrap_err();
        assert_eq!(problem(error), expected);
    }
}

#[test]
fn an_entry_cannot_be_dropped_and_the_rest_renumbered() {
    let index = index();
    let mut parts = Parts::of(&index, namespace(3));
    parts.0.remove(2);
    for (i, part) in (1..).zip(&mut parts.0) {
        part[IndexEntry::BYTES + 3] = i;
    }
    let error = parts.verify(&index, namespace(3)).unwrap_err();
    assert_eq!(problem(error), "leads to another root");
}

#[test]
fn neighbours_cannot_be_swapped() {
    let index = index();
    for (a, b) in [(0, 4), (1, 2), (2, 3), (0, 1)] {
        let mut parts = Parts::of(&index, namespace(3));
        parts.0.swap(a, b);
        let problem = problem(parts.verify(&index, namespace(3)).unwrap_err());
        assert!(
            problem.starts_with("does not follow") || problem.starts_with("has neighbours"),
            "{problem}"
        );
    }
}

#[test]
fn a_proof_of_another_namespace_is_refused() {
    let index = index();
    for other in [1, 2, 4, 5, 7] {
        let parts = Parts::of(&index, namespace(other));
        let problem = problem(parts.verify(&index, namespace(3)).unwrap_err());
        assert!(
            problem.starts_with("has neighbours") || problem.starts_with("is of another"),
            "{problem}"
        );
    }
}

#[test]
fn a_wider_proof_is_refused() {
    // Leaves 0..=6: namespace 3 with its neighbours' neighbours.
    let index = index();
    let mut parts = Parts::of(&index, namespace(1));
    parts.0.pop();
    parts.0.extend(Parts::of(&index, namespace(3)).0);
    parts.0.remove(1);
    let whole = parts.verify(&index, namespace(3)).unwrap_err();
    assert_eq!(problem(whole), "is of another namespace");
}

#[test]
fn a_present_namespace_cannot_be_proven_absent() {
    let index = index();
    let parts = Parts::of(&index, namespace(3));
    let ends = Parts(vec![parts.0[0].clone(), parts.0[4].clone()]);
    let error = ends.verify(&index, namespace(3)).unwrap_err();
    assert_eq!(problem(error), "does not follow the one before it");

    let without: Vec<IndexEntry> = Vec::new();
    let elsewhere = IndexTree::new(without).unwrap();
    let error = Parts::of(&elsewhere, namespace(3))
        .verify(&index, namespace(3))
        .unwrap_err();
    assert_eq!(problem(error), "leads to another root");
}

#[test]
fn a_proof_without_neighbours_is_refused() {
    let index = index();
    for leaves in [0, 1] {
        let mut parts = Parts::of(&index, namespace(3));
        parts.0.truncate(leaves);
        let error = parts.verify(&index, namespace(3)).unwrap_err();
        assert_eq!(problem(error), "lacks its neighbours");
    }
}

#[test]
fn too_many_leaves_are_refused_before_they_are_read() {
    let error = NamespaceProof::decode(&259_u16.to_be_bytes()).unwrap_err();
    assert_eq!(
        error,
        Error::OutOfRange {
            what: "leaves of a namespace proof",
            got: 259,
            min: 2,
            max: 258
        }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn listings_are_complete_and_cannot_be_cheated(
        index in any_index(),
        wanted in 0..=9_u8,
        place in any::<proptest::sample::Index>(),
        bit in any::<proptest::sample::Index>(),
    ) {
        let wanted = namespace(wanted);
        let parts = Parts::of(&index, wanted);
        prop_assert_eq!(parts.verify(&index, wanted).unwrap(), listed(&index, wanted));

        let place = place.index(parts.0.len());
        let mut dropped = parts.clone();
        dropped.0.remove(place);
        prop_assert!(dropped.verify(&index, wanted).is_err());

        let mut doubled = parts.clone();
        doubled.0.insert(place, parts.0[place].clone());
        prop_assert!(doubled.verify(&index, wanted).is_err());

        let mut flipped = parts.clone();
        let bit = bit.index(8 * parts.0[place].len());
        flipped.0[place][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(flipped.verify(&index, wanted).is_err());
    }
}
