//! A row's polynomial at a point.

use super::num::{Num, Synthesis};
use crate::statement::row_domain;
use ark_ff::Field;
use ark_relations::gr1cs::Result;
use ledger::Fr;
use types::limits::ROW_ELEMENTS;

impl Synthesis {
    /// The polynomial of the row that begins with these elements, all others being zero, takes
    /// `value` at `point`: (z⁴⁰⁹⁶ − 1) · Σ dᵢ·ωᵢ / (z − ωᵢ) = 4096 · y. Element i stands at
    /// ω^brp(i). L1 never draws a point of the domain, where this would say less.
    pub(super) fn opened(&self, elements: &[Num], point: &Num, value: &Num) -> Result<()> {
        let mut sum = Num::zero();
        for (element, root) in elements.iter().zip(row_domain(elements.len())) {
            let distance = point.plus_constant(-*root);
            sum.add_scaled(&self.quotient(&element.scaled(*root), &distance)?, Fr::ONE);
        }
        let mut power = point.clone();
        for _ in 0..ROW_ELEMENTS.trailing_zeros() {
            power = self.product(&power, &power)?;
        }
        let elements = Fr::from(ROW_ELEMENTS as u64);
        let vanishing = power.plus_constant(-Fr::ONE);
        self.enforce(&vanishing, &sum, &value.scaled(elements))
    }
}
