//! What a call of the rollup's own rules adds to an operation.

use super::{Flags, Parts};
use crate::Error;
use crate::circuit::num::{Num, Synthesis};
use crate::gadget::{CallParts, Gadget, REGISTER_BITS};
use ark_ff::Field;
use ark_relations::gr1cs::{Result, SynthesisError};
use ledger::Fr;

impl Synthesis {
    /// By how much both balances change besides: 0 unless the operation is a call.
    ///
    /// The highest bit of a token says whether it is a register. So calls touch registers alone,
    /// and nothing else touches one.
    pub(super) fn call(
        &self,
        gadget: &'static dyn Gadget,
        flags: &Flags,
        parts: &Parts,
        held: &[Num; 2],
    ) -> Result<[Num; 2]> {
        let (register, is_register) = parts.token.split_at(REGISTER_BITS);
        self.equal(&Num::from_bits(is_register), &flags.call)?;
        // The sentinel has no registers. It cannot sign either, as no key hashes to its own.
        let to = Num::from_bits(&parts.to);
        let inverse = if flags.call.value == Fr::ONE {
            to.value.inverse().unwrap_or_default()
        } else {
            Fr::from(0u64)
        };
        let inverse = self.witness(inverse)?;
        self.enforce(&to, &inverse, &flags.call)?;

        let given = CallParts {
            from: Num::from_bits(&parts.from),
            to,
            register: Num::from_bits(register),
            payload: parts.value.clone(),
            held: held.clone(),
        };
        let after = self.called(gadget, &flags.call, given);
        let [from, to] = after.map_err(|error| match error {
            Error::Synthesis(error) => error,
            // A gadget that is measured before it is used does not come here.
            _ => SynthesisError::Unsatisfiable,
        })?;
        Ok([
            self.product(&flags.call, &from.minus(&held[0]))?,
            self.product(&flags.call, &to.minus(&held[1]))?,
        ])
    }
}
