//! Poseidon over BLS12-381's scalar field (Grassi et al., eprint 2019/458): S-box x⁵, 8 full
//! rounds, partial rounds as the paper's script has them for 128 bits of security, constants and
//! matrix from the paper's Grain LFSR. With 3 and 5 elements these are the reference
//! repository's `poseidonperm_x5_255_3` and `_5`, and the tests check its vectors.
//!
//! A hash of k elements is one permutation of (domain, k elements, zeros): a sponge that absorbs
//! once. The domain fixes how many elements there are, so no padding is needed.

mod grain;
mod parameters;

use crate::Fr;
use ark_ff::{AdditiveGroup, Field};
use parameters::Sparse;
pub use parameters::{FULL_ROUNDS, Parameters, Width};

/// What a hash is for; stands in the permutation's first element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// An inner node of a tree.
    Node,
    /// An account.
    Leaf,
    /// A tree's root, with the rollup and which tree it is.
    Root,
    /// A public key with a salt.
    Authority,
    /// An authority.
    Key,
    /// A key with its owner.
    Identity,
    /// A signature's challenge.
    Challenge,
    /// A contract on a chain.
    Rollup,
    /// All elements of a batch of so many operations.
    Digest(u32),
    /// Holdings of a proof of exits with so many places.
    Exits(u32),
    /// The elements of a proved checkpoint with so many places in a tree.
    Checkpoint(u32),
}

impl Domain {
    /// The element that stands for it.
    #[must_use]
    pub fn element(self) -> Fr {
        let number: u64 = match self {
            Self::Node => 1,
            Self::Leaf => 2,
            Self::Root => 3,
            Self::Authority => 4,
            Self::Key => 5,
            Self::Identity => 6,
            Self::Challenge => 7,
            Self::Rollup => 8,
            Self::Digest(operations) => 9 + (u64::from(operations) << 32),
            Self::Exits(places) => 10 + (u64::from(places) << 32),
            Self::Checkpoint(places) => 11 + (u64::from(places) << 32),
        };
        Fr::from(number)
    }
}

/// The hash of 1 to 9 elements; more are cut off.
#[must_use]
pub fn hash<const K: usize>(domain: Domain, inputs: [Fr; K]) -> Fr {
    let width = Width::holding(K);
    let mut state = [Fr::ZERO; Width::MAX];
    state[0] = domain.element();
    for (element, input) in state[1..width.elements()].iter_mut().zip(inputs) {
        *element = input;
    }
    permute(width, &mut state[..width.elements()]);
    state[1]
}

/// A sponge over 5 elements at a time.
#[derive(Debug, Clone)]
pub struct Sponge {
    state: [Fr; Self::RATE + 1],
}

impl Sponge {
    /// Elements that are absorbed at once.
    pub const RATE: usize = 5;

    /// An empty sponge.
    #[must_use]
    pub fn new(domain: Domain) -> Self {
        let mut state = [Fr::ZERO; Self::RATE + 1];
        state[0] = domain.element();
        Self { state }
    }

    /// Absorbs.
    pub fn absorb(&mut self, elements: [Fr; Self::RATE]) {
        for (state, element) in self.state[1..].iter_mut().zip(elements) {
            *state += element;
        }
        permute(Width::Six, &mut self.state);
    }

    /// The hash of what was absorbed.
    #[must_use]
    pub const fn squeeze(&self) -> Fr {
        self.state[1]
    }
}

/// The permutation, in place; of a slice with another length than the width's, nothing.
pub fn permute(width: Width, state: &mut [Fr]) {
    let parameters = width.parameters();
    if state.len() != width.elements() {
        return;
    }
    let half = FULL_ROUNDS / 2;
    let mut next = [Fr::ZERO; Width::MAX];
    let next = &mut next[..width.elements()];

    for constants in &parameters.constants[..half] {
        full_round(parameters, constants, state, next);
    }
    for (element, constant) in state.iter_mut().zip(&parameters.partial_start) {
        *element += constant;
    }
    for round in &parameters.partial {
        state[0] = fifth_power(state[0]) + round.constant;
        sparse_product(&round.matrix, state);
    }
    for (row, element) in parameters.partial_end.iter().zip(&mut next[1..]) {
        *element = dot(row, &state[1..]);
    }
    state[1..].copy_from_slice(&next[1..]);
    let last = parameters.constants.len() - half;
    for constants in &parameters.constants[last..] {
        full_round(parameters, constants, state, next);
    }
}

fn full_round(parameters: &Parameters, constants: &[Fr], state: &mut [Fr], next: &mut [Fr]) {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = fifth_power(*element + constant);
    }
    for (row, element) in parameters.matrix.iter().zip(next.iter_mut()) {
        *element = dot(row, state);
    }
    state.copy_from_slice(next);
}

fn sparse_product(matrix: &Sparse, state: &mut [Fr]) {
    let first = state[0];
    let mut sum = first * matrix.corner;
    for ((element, row), column) in state[1..].iter_mut().zip(&matrix.row).zip(&matrix.column) {
        sum += *row * *element;
        *element += first * column;
    }
    state[0] = sum;
}

fn fifth_power(x: Fr) -> Fr {
    x.square().square() * x
}

fn dot(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

#[cfg(test)]
mod tests;
