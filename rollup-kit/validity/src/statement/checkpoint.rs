//! What L1 knows of a checkpoint (`Inputs.ofCheckpoint`).

use super::{BatchNumber, Claim, context, open_row, row_point};
use crate::circuit::CheckpointPlace;
use crate::{CHECKPOINT_INPUTS, Error, Result};
use ark_ff::AdditiveGroup;
use ledger::checkpoint::{self, CheckpointNumber};
use ledger::poseidon::{Domain, Sponge};
use ledger::{AccountIndex, Address, Fr, Leaf, RollupDomain, Roots, State, Tree};
use types::Commitment;
use types::limits::ROW_ELEMENTS;

const CHECKPOINT_TAG: &[u8] = b"assay/rollup-checkpoint/v1";
/// Tokens that a proved checkpoint knows: the first of the list.
pub const PROVED_TOKENS: usize = 16;
/// Elements that a circuit has for a place: an account with two balances.
const ELEMENTS: usize = 6;

/// How large a state a circuit proves: so many places in each tree, the sentinel's included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckpointSize(u32);

impl CheckpointSize {
    /// The most: all elements stand in one row.
    pub const MAX: u32 = 341;

    /// Names a size.
    ///
    /// # Errors
    /// [`Error::CheckpointTooLarge`] unless it is 1 to 341.
    pub fn new(places: usize) -> Result<Self> {
        let size = u32::try_from(places).unwrap_or(u32::MAX);
        if (1..=Self::MAX).contains(&size) {
            return Ok(Self(size));
        }
        Err(Error::CheckpointTooLarge {
            what: "places of a tree",
            got: places as u64,
            max: Self::MAX.into(),
        })
    }

    /// Places of each tree.
    #[must_use]
    pub const fn places(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn places_number(self) -> u32 {
        self.0
    }

    /// The most elements of the row that are used.
    #[must_use]
    pub const fn elements(self) -> usize {
        1 + 2 * ELEMENTS * self.places()
    }
}

/// A full state as a row, with what a proof of it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub(crate) size: CheckpointSize,
    pub(crate) number: BatchNumber,
    pub(crate) rollup: RollupDomain,
    pub(crate) roots: Roots,
    pub(crate) places: [Vec<CheckpointPlace>; 2],
    /// The whole row.
    row: Vec<Fr>,
}

impl Checkpoint {
    /// What is to be proved of a state, as the checkpoint of this number.
    ///
    /// # Errors
    /// [`Error::CheckpointTooLarge`] for a state that no circuit of this size proves: with more
    /// accounts, more balances, other tokens, or a place left out. Such a state is attested.
    /// [`Error::Ledger`] for a number from 2⁵⁶ on.
    pub fn new(state: &State, number: BatchNumber, size: CheckpointSize) -> Result<Self> {
        let places = Tree::BOTH.map(|tree| places(state, tree, size));
        let [on, off] = places;
        let rows = checkpoint::encode(state, CheckpointNumber::new(number.get())?)?;
        let used: usize = rows.iter().map(Vec::len).sum();
        let zeros = rows.iter().flatten().rev().take_while(|e| **e == Fr::ZERO);
        let used = used - zeros.count();
        if used > size.elements() {
            return Err(Error::CheckpointTooLarge {
                what: "elements",
                got: used as u64,
                max: size.elements() as u64,
            });
        }
        Ok(Self {
            size,
            number,
            rollup: state.rollup(),
            roots: state.roots(),
            places: [on?, off?],
            // Of one row, or there would be more elements.
            row: rows.into_iter().next().unwrap_or_default(),
        })
    }

    /// Of which circuit.
    #[must_use]
    pub const fn size(&self) -> CheckpointSize {
        self.size
    }

    /// The row to post, of 4096 elements.
    #[must_use]
    pub fn row(&self) -> &[Fr] {
        &self.row
    }

    /// The row's elements that the circuit knows; all others are zero.
    #[must_use]
    pub fn elements(&self) -> &[Fr] {
        &self.row[..self.size.elements().min(ROW_ELEMENTS)]
    }

    /// The circuit's hash of the row, which L1 draws the point from.
    #[must_use]
    pub fn digest(&self) -> Fr {
        digest(self.size, self.elements())
    }
}

pub(crate) fn digest(size: CheckpointSize, elements: &[Fr]) -> Fr {
    let mut sponge = Sponge::new(Domain::Checkpoint(size.places_number()));
    for chunk in elements.chunks(Sponge::RATE) {
        let mut absorbed = [Fr::ZERO; Sponge::RATE];
        absorbed[..chunk.len()].copy_from_slice(chunk);
        sponge.absorb(absorbed);
    }
    sponge.squeeze()
}

fn places(state: &State, tree: Tree, size: CheckpointSize) -> Result<Vec<CheckpointPlace>> {
    let unfit = |what, got: u64, max: u64| Error::CheckpointTooLarge { what, got, max };
    let accounts = state.tree(tree);
    let mut places = Vec::with_capacity(size.places());
    let count = accounts.accounts().count() + 1;
    if count > size.places() {
        let max = size.places() as u64;
        return Err(unfit("places of a tree", count as u64, max));
    }
    for index in 0..count as u64 {
        let gap = || unfit("a place left out", index, count as u64);
        let account = accounts
            .account(AccountIndex::new(index)?)
            .ok_or_else(gap)?;
        let mut amounts = [Fr::ZERO; PROVED_TOKENS];
        for (token, amount) in account.balances() {
            let token = token.get();
            let place = amounts.get_mut(usize::from(token));
            let most = PROVED_TOKENS as u64 - 1;
            let place = place.ok_or_else(|| unfit("a token", token.into(), most))?;
            *place = amount.into();
        }
        places.push(CheckpointPlace {
            used: true,
            leaf: account.leaf(),
            amounts,
        });
    }
    places.resize(size.places(), nobody());
    Ok(places)
}

fn nobody() -> CheckpointPlace {
    CheckpointPlace {
        used: false,
        leaf: Leaf {
            identity: Fr::ZERO,
            next: Fr::ZERO,
            key: Fr::ZERO,
            meta: Fr::ZERO,
            balances: ledger::empty_root(ledger::TOKEN_DEPTH),
        },
        amounts: [Fr::ZERO; PROVED_TOKENS],
    }
}

/// Where and when a checkpoint is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointTerms {
    /// L1's chain id.
    pub chain_id: u64,
    /// The rollup's contract.
    pub contract: Address,
    /// The commitment of its row.
    pub row: Commitment,
}

/// The public inputs of a checkpoint's proof, without roots for cheap exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointStatement {
    inputs: [Fr; CHECKPOINT_INPUTS],
}

impl CheckpointStatement {
    /// What L1 will know of this checkpoint.
    ///
    /// # Errors
    /// [`Error::PointOfDomain`].
    pub fn new(checkpoint: &Checkpoint, terms: &CheckpointTerms) -> Result<Self> {
        let (roots, digest) = (checkpoint.roots, checkpoint.digest());
        let place = (terms.chain_id, terms.contract, checkpoint.number);
        let context = context(CHECKPOINT_TAG, place, digest, [roots, roots]);
        let point = row_point(&context, &terms.row);
        let value = open_row(&checkpoint.row, point)?;
        let none = Fr::ZERO;
        Ok(Self {
            inputs: [
                roots.on_l1,
                roots.off_l1,
                digest,
                none,
                none,
                none,
                none,
                point,
                value,
            ],
        })
    }

    /// The inputs of the circuit, as the contracts hand them to the verifier.
    #[must_use]
    pub const fn inputs(&self) -> &[Fr; CHECKPOINT_INPUTS] {
        &self.inputs
    }
}

impl Claim for CheckpointStatement {
    fn inputs(&self) -> &[Fr] {
        &self.inputs
    }
}
