//! A rollup's own rules as a circuit.
//!
//! [`Rules`] say what a call does; a [`Gadget`] says the same in arithmetic, so that it can be
//! proved. It is given the call's numbers as wires, and [`Gates`] to compute with:
//!
//! ```
//! use validity::gadget::{After, Call, Gadget, Gates, Result};
//! # use ledger::{Amount, Holdings, Refused, Rules};
//! # #[derive(Debug)]
//! # struct Spend;
//! # impl Rules for Spend {
//! #     fn name(&self) -> &'static str { "spend" }
//! #     fn apply(&self, call: &ledger::Call) -> std::result::Result<Holdings, Refused> {
//! #         let [amount] = call.fields([64])?;
//! #         let from = call.held.from.get().checked_sub(amount).ok_or(Refused("too little"))?;
//! #         if call.is_own() { return Err(Refused("nobody to give to")); }
//! #         let to = call.held.to.get().checked_add(amount).ok_or(Refused("too much"))?;
//! #         Ok(Holdings { from: Amount::new(from), to: Amount::new(to) })
//! #     }
//! # }
//!
//! impl Gadget for Spend {
//!     fn constrain(&self, gates: &Gates<'_>, call: &Call) -> Result<After> {
//!         let [amount] = gates.fields(&call.payload, [64])?;
//!         gates.require(&gates.not(&call.is_own))?;
//!         Ok(After {
//!             from: gates.subtract(&call.held_from, &amount)?,
//!             to: gates.add(&call.held_to, &amount)?,
//!         })
//!     }
//! }
//! # use ledger::{AccountIndex, Fr, Register};
//! # let call = |amount: u64, held: u128| ledger::Call {
//! #     from: AccountIndex::new(1).unwrap(), to: AccountIndex::new(2).unwrap(),
//! #     register: Register::default(), payload: Fr::from(amount),
//! #     held: Holdings { from: Amount::new(held), to: Amount::new(0) },
//! # };
//! # let checked = validity::gadget::check(&Spend, [call(5, 9), call(9, 5)]).unwrap();
//! # assert_eq!((checked.accepted, checked.refused), (1, 1));
//! ```
//!
//! A gadget refuses a call by requiring what does not hold. What it computes follows from the call
//! alone: every gate has one result, and no gate lets a number grow beyond what it can hold. So a
//! gadget made of gates can be wrong, but not forged; [`check`] says whether it is wrong.
//!
//! A gadget's constraints are part of every operation of a batch, whatever that is, and bind only
//! where it is a call.

mod check;
mod gates;
mod ruled;

use crate::circuit::num::{Num, Synthesis};
use ledger::{Fr, Rules};

pub use check::{Checked, check, outcome};
pub use gates::MAX_BITS;
pub use ruled::Ruled;

/// A result of gates.
pub type Result<T> = crate::Result<T>;

/// Constraints that a gadget may take of every operation: with it, one costs at most 30,000.
pub const MAX_CONSTRAINTS: usize = 1_900;

/// Rules that can be proved.
pub trait Gadget: Rules {
    /// What both accounts hold after a call, as [`Rules::apply`] says it.
    ///
    /// # Errors
    /// [`crate::Error::TooWide`] for numbers that gates cannot hold, whatever the call is.
    fn constrain(&self, gates: &Gates<'_>, call: &Call) -> Result<After>;
}

/// A whole number below a known power of two.
#[derive(Debug, Clone)]
pub struct Int {
    num: Num,
    bits: usize,
}

/// A number that is 0 or 1.
#[derive(Debug, Clone)]
pub struct Bit(Num);

/// What is asked; [`Gates::fields`] reads it.
#[derive(Debug, Clone)]
pub struct Payload(Num);

/// A call, as [`ledger::Call`] has it.
#[derive(Debug, Clone)]
pub struct Call {
    /// The place of the account that signed; 24 bits.
    pub from: Int,
    /// The place of the account that it names; 24 bits.
    pub to: Int,
    /// Which register; 7 bits.
    pub register: Int,
    /// What is asked.
    pub payload: Payload,
    /// What the account that signed holds; 128 bits.
    pub held_from: Int,
    /// What the other holds; 128 bits. Where they are one account, the same.
    pub held_to: Int,
    /// Whether they are one account.
    pub is_own: Bit,
}

/// What both accounts hold after a call. Numbers of more than 128 bits, and different ones where
/// both are one account, refuse the call.
#[derive(Debug, Clone)]
pub struct After {
    /// The account that signed.
    pub from: Int,
    /// The account that it named.
    pub to: Int,
}

/// What a gadget computes with.
#[derive(Debug)]
pub struct Gates<'a> {
    synthesis: &'a Synthesis,
    /// Whether the operation is a call: what is required binds only then.
    called: &'a Num,
}

/// What stands in a call, before it is wires.
#[derive(Debug)]
pub(crate) struct CallParts {
    pub(crate) from: Num,
    pub(crate) to: Num,
    pub(crate) register: Num,
    pub(crate) payload: Num,
    pub(crate) held: [Num; 2],
}

/// Bits of a place in a tree, of a register, of an amount.
pub(crate) const PLACE_BITS: usize = 2 * ledger::ACCOUNT_DEPTH;
pub(crate) const REGISTER_BITS: usize = 2 * ledger::TOKEN_DEPTH - 1;
pub(crate) const AMOUNT_BITS: usize = 128;

impl Synthesis {
    /// What both accounts hold after a call, where the operation is one. The parts' numbers have
    /// the bits that a call says.
    pub(crate) fn called(
        &self,
        gadget: &dyn Gadget,
        called: &Num,
        parts: CallParts,
    ) -> Result<[Num; 2]> {
        let gates = Gates {
            synthesis: self,
            called,
        };
        let int = |num, bits| Int { num, bits };
        let is_own = self.is_zero(&parts.from.minus(&parts.to))?;
        let [held_from, held_to] = parts.held;
        // The tree holds the account's new amount by then.
        let held_to = self.select(&is_own, &held_to, &held_from)?;
        let call = Call {
            from: int(parts.from, PLACE_BITS),
            to: int(parts.to, PLACE_BITS),
            register: int(parts.register, REGISTER_BITS),
            payload: Payload(parts.payload),
            held_from: int(held_from, AMOUNT_BITS),
            held_to: int(held_to, AMOUNT_BITS),
            is_own: Bit(is_own.clone()),
        };
        let after = gadget.constrain(&gates, &call)?;
        let binds = self.product(called, &is_own)?;
        self.equal_if(&binds, &after.from.num, &after.to.num)?;
        Ok([after.from.num, after.to.num])
    }

    /// Whether a number is 0.
    fn is_zero(&self, number: &Num) -> ark_relations::gr1cs::Result<Num> {
        use ark_ff::{AdditiveGroup, Field};
        let inverse = self.witness(number.value.inverse().unwrap_or_default())?;
        let is_zero = self.witness(Fr::from(number.value == Fr::ZERO))?;
        self.enforce(number, &inverse, &is_zero.not())?;
        self.enforce(number, &is_zero, &Num::zero())?;
        Ok(is_zero)
    }
}

#[cfg(test)]
mod tests;
