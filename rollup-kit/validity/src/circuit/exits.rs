//! The circuit of a batched exit: some of what a tree's accounts hold, for mass escapes.
//!
//! | part of an exit | constraints |
//! |---|---|
//! | the account's way to the root | 12 levels: a hash of 297, 3 to choose |
//! | the balance's way | 4 levels of the same |
//! | the account's hash | 321 |
//! | place, token, amount, owner, nonce as bits | 389 |
//! | its share of the digest, and of the folded sequence | about 170 |
//!
//! Every place shows an account of the tree. An unused one shows the sentinel, and nothing that it
//! shows is said. That no balance is paid twice is L1's to see: `Exits.sol` marks each slot,
//! whichever proof named it.

use super::num::{Num, Synthesis};
use super::place::shifted;
use super::touch::LeafNum;
use super::{CircuitSize, measured};
use crate::ExitStatement;
use ark_ff::Field;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, Result};
use ledger::poseidon::{Domain, Width};
use ledger::{ACCOUNT_DEPTH, Exit, ExitBatch, ExitsSize, Fr, Leaf, Slot, TOKEN_DEPTH, used_unit};

/// Public inputs of a batched exit: the tree, its root, the digest, the point and the value of the
/// holdings.
pub const EXIT_INPUTS: usize = 5;

const AMOUNT_BITS: usize = 128;
const OWNER_BITS: usize = 160;
const NONCE_BITS: usize = 64;

/// Holdings, and what L1 knows of them. As a circuit it is satisfied exactly when each is what an
/// account of the tree holds, and L1 saw these.
#[derive(Debug, Clone)]
pub struct ExitsCircuit {
    pub(crate) inputs: [Fr; EXIT_INPUTS],
    pub(crate) size: ExitsSize,
    pub(crate) rollup: Fr,
    pub(crate) accounts: Fr,
    pub(crate) exits: Vec<Exit>,
}

/// What one place says.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) used: Num,
    /// `slot + token 2⁶⁴ + amount 2⁸⁰`.
    pub(super) word: Num,
    pub(super) owner: Num,
    /// The same in the digest: raised if it is used, else zero.
    pub(super) digested: [Num; 2],
}

impl ExitsCircuit {
    /// The circuit of exits and their statement. Whether they fit is for the constraints to say.
    #[must_use]
    pub fn new(batch: &ExitBatch, statement: &ExitStatement) -> Self {
        Self {
            inputs: *statement.inputs(),
            size: batch.size,
            rollup: batch.rollup.into(),
            accounts: batch.accounts,
            exits: batch.exits.clone(),
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

impl ConstraintSynthesizer<Fr> for ExitsCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<()> {
        let synthesis = Synthesis::new(cs);
        let inputs: Result<Vec<Num>> = self.inputs.iter().map(|i| synthesis.input(*i)).collect();
        let inputs = inputs?;
        let [tree, root, digest, point, holdings] = [0, 1, 2, 3, 4].map(|i: usize| &inputs[i]);
        let accounts = synthesis.witness(self.accounts)?;
        let rollup = synthesis.witness(self.rollup)?;
        let got = synthesis.hash(Domain::Root, &[accounts.clone(), rollup, tree.clone()])?;
        synthesis.equal(&got, root)?;

        let places: Result<Vec<Said>> = self
            .exits
            .iter()
            .map(|exit| synthesis.exit(exit, &accounts))
            .collect();
        let places = places?;
        synthesis.exits_digest(self.size, &places, digest)?;

        let square = synthesis.product(point, point)?;
        let flags: Vec<&Num> = places.iter().map(|place| &place.used).collect();
        let entries: Result<Vec<Num>> = places
            .iter()
            .map(|place| Ok(synthesis.product(&place.word, point)?.plus(&place.owner)))
            .collect();
        let value = synthesis.fold(&Num::zero(), point, &square, &flags, &entries?)?;
        synthesis.equal(&value, holdings)
    }
}

impl Synthesis {
    /// A place: an account of the tree, and what it holds of a token.
    pub(super) fn exit(&self, exit: &Exit, accounts: &Num) -> Result<Said> {
        let touch = &exit.touch;
        let used = self.bit(exit.used)?;
        let bits = |number: Fr, count| self.bits(&self.witness(number)?, count);
        let index = bits(Fr::from(touch.index), 2 * ACCOUNT_DEPTH)?;
        let token = bits(Fr::from(exit.token), 2 * TOKEN_DEPTH)?;
        let amount = self.witness(touch.balance.into())?;
        self.bits(&amount, AMOUNT_BITS)?;
        let (owner, nonce) = split(touch.leaf.meta);
        let owner = self.witness(owner)?;
        self.bits(&owner, OWNER_BITS)?;
        let nonce = self.witness(nonce)?;
        self.bits(&nonce, NONCE_BITS)?;

        let leaf = LeafNum {
            identity: self.witness(touch.leaf.identity)?,
            next: self.witness(touch.leaf.next)?,
            key: self.witness(touch.leaf.key)?,
            meta: owner.plus_scaled(&nonce, Leaf::nonce_unit()),
            balances: self.ascend(&touch.balance_path, &token, &amount)?,
        };
        let hash = self.leaf_hash(&leaf)?;
        let root = self.ascend(&touch.path, &index, &hash)?;
        self.equal(&root, accounts)?;

        let token = Num::from_bits(&token);
        let word = Num::from_bits(&index)
            .scaled(shifted(Slot::INDEX_SHIFT))
            .plus_scaled(&token, Fr::ONE + shifted(64))
            .plus_scaled(&amount, shifted(80));
        let digested = [
            self.product(&used, &word.plus_constant(used_unit()))?,
            self.product(&used, &owner)?,
        ];
        Ok(Said {
            used,
            word,
            owner,
            digested,
        })
    }

    /// The digest is that of every place, two at a time.
    fn exits_digest(&self, size: ExitsSize, places: &[Said], digest: &Num) -> Result<()> {
        let count = u32::try_from(size.holdings()).unwrap_or(u32::MAX);
        let width = Width::Six;
        let mut state = vec![Num::zero(); width.elements()];
        state[0] = Num::constant(Domain::Exits(count).element());
        for pair in places.chunks(2) {
            let absorbed = pair.iter().flat_map(|place| &place.digested);
            for (element, absorbed) in state[1..].iter_mut().zip(absorbed) {
                *element = element.plus(absorbed);
            }
            state = self.permute(width, state)?;
        }
        self.equal(&state[1], digest)
    }
}

/// The owner and the nonce that a leaf has as one scalar.
fn split(meta: Fr) -> (Fr, Fr) {
    use ark_ff::{BigInteger, PrimeField};
    let bytes = meta.into_bigint().to_bytes_le();
    let (owner, nonce) = bytes.split_at(OWNER_BITS / 8);
    (
        Fr::from_le_bytes_mod_order(owner),
        Fr::from_le_bytes_mod_order(nonce),
    )
}
