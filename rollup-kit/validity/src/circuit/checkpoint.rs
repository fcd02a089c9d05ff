//! The circuit of a checkpoint: that a posted row holds the full state with the roots on L1.
//!
//! | part | constraints |
//! |---|---|
//! | an account's hash | 321 |
//! | its share of the tree above it | 99 |
//! | its balances: a tree over the first 16 tokens, and two levels of others' emptiness | 2,079 |
//! | which balances are not zero, and the elements that they take | 65 |
//! | its place in the sequence | 8 |
//! | an element of the row: opened, folded, and in the digest | 67 |
//!
//! Both trees are built from nothing, so that their roots say that there are no other accounts and
//! no other balances. Which elements there are depends on how many balances accounts have, so the
//! row stands apart: its elements are opened and are in the digest, and folded at the point they
//! give the same as what accounts say in order. The point was drawn after the digest had fixed
//! either.
//!
//! Owners, nonces, identities and amounts are in no range here: the roots are of a state that
//! batches made, and hold none outside.

use super::num::{Num, Synthesis};
use super::touch::LeafNum;
use super::{CircuitSize, measured};
use crate::{Checkpoint, CheckpointSize, CheckpointStatement, PROVED_TOKENS};
use ark_ff::Field;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, Result};
use ledger::checkpoint::CheckpointNumber;
use ledger::poseidon::{Domain, Sponge, Width};
use ledger::{ACCOUNT_DEPTH, ARITY, Fr, Leaf, TOKEN_DEPTH, Tree, empty_root};

/// Public inputs of a checkpoint of one row: both roots, the digest, two halves of each exit root,
/// the point and the value of the row.
pub const CHECKPOINT_INPUTS: usize = 9;

/// Of the inputs, the halves of the exit roots. This circuit knows none, so they are zero.
const EXIT_HALVES: std::ops::Range<usize> = 3..7;

/// An account of a checkpoint, or a place where none is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckpointPlace {
    pub(crate) used: bool,
    pub(crate) leaf: Leaf,
    /// By token.
    pub(crate) amounts: [Fr; PROVED_TOKENS],
}

/// A full state, and what L1 knows of it. As a circuit it is satisfied exactly when the row holds
/// what the roots are of, as [`ledger::checkpoint::encode`] has it.
#[derive(Debug, Clone)]
pub struct CheckpointCircuit {
    pub(crate) inputs: [Fr; CHECKPOINT_INPUTS],
    pub(crate) size: CheckpointSize,
    pub(crate) number: Fr,
    pub(crate) rollup: Fr,
    pub(crate) places: [Vec<CheckpointPlace>; 2],
    pub(crate) elements: Vec<Fr>,
}

/// What a place says, when it is used.
struct Said {
    used: Num,
    hash: Num,
    /// Head, meta, identity, key.
    fixed: [Num; 4],
    /// Per token: whether there is a balance, and its element.
    balances: Vec<(Num, Num)>,
}

/// What a place holds.
struct Held {
    /// By token.
    amounts: Vec<Num>,
    /// Per token: whether there is a balance, and its element.
    elements: Vec<(Num, Num)>,
    /// How many there are.
    count: Num,
}

impl CheckpointCircuit {
    /// The circuit of a checkpoint and its statement. Whether they fit is for the constraints to
    /// say.
    #[must_use]
    pub fn new(checkpoint: &Checkpoint, statement: &CheckpointStatement) -> Self {
        Self {
            inputs: *statement.inputs(),
            size: checkpoint.size,
            number: Fr::from(checkpoint.number.get()),
            rollup: checkpoint.rollup.into(),
            places: checkpoint.places.clone(),
            elements: checkpoint.elements().to_vec(),
        }
    }

    /// Counts constraints.
    ///
    /// # Errors
    /// When the circuit cannot be built.
    pub fn measured(self) -> crate::Result<CircuitSize> {
        measured(self)
    }
}

impl ConstraintSynthesizer<Fr> for CheckpointCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<()> {
        let synthesis = Synthesis::new(cs);
        let inputs: Result<Vec<Num>> = self.inputs.iter().map(|i| synthesis.input(*i)).collect();
        let inputs = inputs?;
        let (digest, point, value) = (&inputs[2], &inputs[7], &inputs[8]);
        for half in &inputs[EXIT_HALVES] {
            synthesis.equal(half, &Num::zero())?;
        }

        let rollup = synthesis.witness(self.rollup)?;
        let mut trees = Vec::with_capacity(2);
        for (tree, root) in Tree::BOTH.into_iter().zip(&inputs) {
            let places = &self.places[usize::from(tree.number())];
            let said = synthesis.places(tree, places)?;
            let accounts = synthesis.accounts_root(&said)?;
            let number = Num::constant(Fr::from(tree.number()));
            let got = synthesis.hash(Domain::Root, &[accounts, rollup.clone(), number])?;
            synthesis.equal(&got, root)?;
            trees.push(said);
        }

        let elements: Result<Vec<Num>> = self
            .elements
            .iter()
            .map(|e| synthesis.witness(*e))
            .collect();
        let elements = elements?;
        synthesis.checkpoint_digest(self.size, &elements, digest)?;
        synthesis.opened(&elements, point, value)?;
        // Whatever it is, so that a state may be posted twice.
        let number = synthesis.witness(self.number)?;
        synthesis.bits(&number, CheckpointNumber::BITS as usize)?;
        let said = synthesis.said(&number, &trees, point)?;
        let mut row = Num::zero();
        for element in elements.iter().rev() {
            row = synthesis.product(&row, point)?.plus(element);
        }
        synthesis.equal(&said, &row)
    }
}

impl Synthesis {
    /// A tree's places: the sentinel, accounts without a gap, and then nothing.
    fn places(&self, tree: Tree, places: &[CheckpointPlace]) -> Result<Vec<Said>> {
        let mut said: Vec<Said> = Vec::with_capacity(places.len());
        for (index, place) in (0u64..).zip(places) {
            let next = match said.last() {
                None => self.sentinel(tree, place)?,
                Some(before) => {
                    let said = self.account(tree, index, place)?;
                    if !before.used.is_constant() {
                        self.enforce(&said.used, &before.used.not(), &Num::zero())?;
                    }
                    said
                }
            };
            said.push(next);
        }
        Ok(said)
    }

    /// The account below all others, which belongs to nobody. It may hold something all the same:
    /// no rule that is proved keeps an operator from paying it.
    fn sentinel(&self, tree: Tree, place: &CheckpointPlace) -> Result<Said> {
        let held = self.balances(&place.amounts)?;
        let leaf = LeafNum {
            identity: Num::zero(),
            next: self.witness(place.leaf.next)?,
            key: Num::zero(),
            meta: Num::zero(),
            balances: self.root_over(held.amounts, TOKEN_DEPTH)?,
        };
        let head = counted(&held.count, tree, 0);
        Ok(Said {
            used: Num::one(),
            hash: self.leaf_hash(&leaf)?,
            fixed: [head, Num::zero(), Num::zero(), Num::zero()],
            balances: held.elements,
        })
    }

    /// What a place holds.
    fn balances(&self, amounts: &[Fr; PROVED_TOKENS]) -> Result<Held> {
        let mut held = Held {
            amounts: Vec::with_capacity(PROVED_TOKENS),
            elements: Vec::with_capacity(PROVED_TOKENS),
            count: Num::zero(),
        };
        for (token, amount) in (0u64..).zip(amounts) {
            let amount = self.witness(*amount)?;
            let is_held = self.is_not_zero(&amount)?;
            held.count.add_scaled(&is_held, Fr::ONE);
            let element = amount
                .scaled(Fr::from(1u64 << 16))
                .plus_constant(Fr::from(token));
            held.elements.push((is_held, element));
            held.amounts.push(amount);
        }
        Ok(held)
    }

    fn account(&self, tree: Tree, index: u64, place: &CheckpointPlace) -> Result<Said> {
        let used = self.bit(place.used)?;
        let held = self.balances(&place.amounts)?;
        // Flags sum to zero only when all of them are.
        self.zero_if(&used.not(), &held.count)?;
        let leaf = LeafNum {
            identity: self.witness(place.leaf.identity)?,
            next: self.witness(place.leaf.next)?,
            key: self.witness(place.leaf.key)?,
            meta: self.witness(place.leaf.meta)?,
            balances: self.root_over(held.amounts, TOKEN_DEPTH)?,
        };
        let hash = self.product(&used, &self.leaf_hash(&leaf)?)?;
        let head = counted(&held.count, tree, index);
        Ok(Said {
            used,
            hash,
            fixed: [head, leaf.meta, leaf.identity, leaf.key],
            balances: held.elements,
        })
    }

    /// 1 for a number that is not zero, and 0 for zero.
    fn is_not_zero(&self, number: &Num) -> Result<Num> {
        let inverse = number.value.inverse();
        let flag = self.witness(Fr::from(inverse.is_some()))?;
        let inverse = self.witness(inverse.unwrap_or_default())?;
        self.enforce(number, &inverse, &flag)?;
        self.enforce(number, &flag.not(), &Num::zero())?;
        Ok(flag)
    }

    /// The root of a tree whose first leaves are these, all others being zero.
    fn root_over(&self, leaves: Vec<Num>, depth: usize) -> Result<Num> {
        let mut level = leaves;
        for height in 0..depth {
            let empty = Num::constant(empty_root(height));
            let parents = level.chunks(ARITY).map(|children| {
                let mut children = children.to_vec();
                children.resize(ARITY, empty.clone());
                self.hash(Domain::Node, &children)
            });
            level = parents.collect::<Result<_>>()?;
        }
        Ok(level
            .pop()
            .unwrap_or_else(|| Num::constant(empty_root(depth))))
    }

    fn accounts_root(&self, said: &[Said]) -> Result<Num> {
        let leaves = said.iter().map(|said| said.hash.clone()).collect();
        self.root_over(leaves, ACCOUNT_DEPTH)
    }

    /// The digest is that of the row's elements.
    fn checkpoint_digest(
        &self,
        size: CheckpointSize,
        elements: &[Num],
        digest: &Num,
    ) -> Result<()> {
        let width = Width::Six;
        let mut state = vec![Num::zero(); width.elements()];
        state[0] = Num::constant(Domain::Checkpoint(size.places_number()).element());
        for absorbed in elements.chunks(Sponge::RATE) {
            for (element, absorbed) in state[1..].iter_mut().zip(absorbed) {
                *element = element.plus(absorbed);
            }
            state = self.permute(width, state)?;
        }
        self.equal(&state[1], digest)
    }

    /// Σ sᵢxⁱ over what the header and the used places say in order, from the last on.
    fn said(&self, number: &Num, trees: &[Vec<Said>], x: &Num) -> Result<Num> {
        let x2 = self.product(x, x)?;
        let x3 = self.product(&x2, x)?;
        let x4 = self.product(&x2, &x2)?;
        let mut value = Num::zero();
        let mut header = Num::one().plus_scaled(number, Fr::from(1u128 << 72));
        for (unit, said) in [1u64 << 8, 1 << 40].into_iter().zip(trees) {
            for said in said {
                header.add_scaled(&said.used, Fr::from(unit));
            }
        }
        for said in trees.iter().flatten().rev() {
            for (held, element) in said.balances.iter().rev() {
                let with = self.product(&value, x)?.plus(element);
                value = self.either(held, &value, with)?;
            }
            let [head, meta, identity, key] = &said.fixed;
            let with = self
                .product(&value, &x4)?
                .plus(&self.product(key, &x3)?)
                .plus(&self.product(identity, &x2)?)
                .plus(&self.product(meta, x)?)
                .plus(head);
            value = self.either(&said.used, &value, with)?;
        }
        Ok(self.product(&value, x)?.plus(&header))
    }

    /// A variable of its own that is the second number where the flag is 1, else the first.
    fn either(&self, flag: &Num, without: &Num, with: Num) -> Result<Num> {
        if flag.is_constant() {
            return Ok(with);
        }
        let value = if flag.value == Fr::ONE {
            with.value
        } else {
            without.value
        };
        let next = self.witness(value)?;
        self.enforce(flag, &with.minus(without), &next.minus(without))?;
        Ok(next)
    }
}

/// An account's head, with the number of its balances.
fn counted(count: &Num, tree: Tree, index: u64) -> Num {
    let head = Fr::from(1 | u64::from(tree.number()) << 8 | index << 32);
    count.scaled(Fr::from(1u64 << 16)).plus_constant(head)
}
