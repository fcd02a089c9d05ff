//! Which rules a circuit proves.

use super::{CallParts, Gadget};
use crate::circuit::num::{Num, Synthesis};
use crate::{Error, Result};
use ark_relations::gr1cs::{
    ConstraintSystem, ConstraintSystemRef, OptimizationGoal, R1CS_PREDICATE_LABEL, SynthesisError,
};
use ledger::{Fr, scalar_bytes};
use sha2::{Digest, Sha256};
use std::fmt;
use std::hash::{Hash, Hasher};

const TAG: &[u8] = b"assay/gadget/v1";
/// Longest name of rules.
const MAX_NAME: usize = 12;

/// A gadget that fits into a batch's circuit, with a mark that tells it from all others: another
/// gadget has other keys.
#[derive(Debug, Clone, Copy)]
pub struct Ruled {
    gadget: &'static dyn Gadget,
    mark: u32,
    constraints: usize,
}

impl Ruled {
    /// Takes a gadget.
    ///
    /// # Errors
    /// [`Error::BadName`] for rules without a proper name, [`Error::GadgetTooLarge`],
    /// [`Error::TooWide`].
    pub fn new(gadget: &'static dyn Gadget) -> Result<Self> {
        let name = gadget.name();
        let is_plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(is_plain) {
            return Err(Error::BadName {
                got: name.chars().take(64).collect(),
                max: MAX_NAME,
            });
        }
        let (cs, _) = synthesised(gadget, Fr::from(0u64), &nothing())?;
        let constraints = cs.num_constraints();
        if constraints > super::MAX_CONSTRAINTS {
            return Err(Error::GadgetTooLarge {
                got: constraints,
                max: super::MAX_CONSTRAINTS,
            });
        }
        Ok(Self {
            gadget,
            mark: mark(name, &cs)?,
            constraints,
        })
    }

    /// The gadget.
    #[must_use]
    pub const fn gadget(self) -> &'static dyn Gadget {
        self.gadget
    }

    /// What it costs every operation, in constraints.
    #[must_use]
    pub const fn constraints(self) -> usize {
        self.constraints
    }

    pub(crate) const fn mark(self) -> u32 {
        self.mark
    }
}

/// A call in which everything is 0.
fn nothing() -> ledger::Call {
    ledger::Call {
        from: Default::default(),
        to: Default::default(),
        register: Default::default(),
        payload: Fr::from(0u64),
        held: Default::default(),
    }
}

/// The gadget alone, on a call or on something else, with what it comes to. That this has 128 bits
/// is the frame's to say.
pub(super) fn synthesised(
    gadget: &dyn Gadget,
    called: Fr,
    call: &ledger::Call,
) -> Result<(ConstraintSystemRef<Fr>, [Num; 2])> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    let synthesis = Synthesis::new(cs.clone());
    let called = synthesis.input(called)?;
    let given = |number: Fr| synthesis.input(number);
    let parts = CallParts {
        from: given(call.from.into())?,
        to: given(call.to.into())?,
        register: given(Fr::from(call.register.get()))?,
        payload: given(call.payload)?,
        held: [given(call.held.from.into())?, given(call.held.to.into())?],
    };
    let after = synthesis.called(gadget, &called, parts)?;
    Ok((cs, after))
}

/// Of a name and all constraints.
fn mark(name: &str, cs: &ConstraintSystemRef<Fr>) -> Result<u32> {
    cs.finalize();
    let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL);
    let matrices = matrices.ok_or(SynthesisError::PredicateNotFound)?;
    let mut hasher = Sha256::new();
    hasher.update(TAG);
    hasher.update((name.len() as u64).to_be_bytes());
    hasher.update(name);
    for row in matrices.iter().flatten() {
        hasher.update((row.len() as u64).to_be_bytes());
        for (coefficient, variable) in row {
            hasher.update(scalar_bytes(*coefficient));
            hasher.update((*variable as u64).to_be_bytes());
        }
    }
    let hash: [u8; 32] = hasher.finalize().into();
    Ok(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
}

impl PartialEq for Ruled {
    fn eq(&self, other: &Self) -> bool {
        (self.gadget.name(), self.mark) == (other.gadget.name(), other.mark)
    }
}

impl Eq for Ruled {}

impl Hash for Ruled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.gadget.name(), self.mark).hash(state);
    }
}

impl fmt::Display for Ruled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:08x}", self.gadget.name(), self.mark)
    }
}
