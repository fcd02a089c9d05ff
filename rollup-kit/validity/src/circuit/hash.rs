//! Poseidon in a circuit: three constraints per S-box, none for the matrices.

use super::num::{Num, Synthesis};
use ark_ff::{Field, Zero};
use ark_relations::gr1cs::Result;
use ledger::Fr;
use ledger::poseidon::{Domain, FULL_ROUNDS, Width};
use std::sync::OnceLock;

/// Between the halves of full rounds only the first element meets an S-box, so everything is a
/// combination of the S-boxes' outputs: first those of the last full round, one per element, then
/// one per partial round, then 1. The coefficients are the same in every hash.
struct Middle {
    /// Per partial round, what enters its S-box.
    inputs: Vec<Vec<Fr>>,
    /// The state after all partial rounds.
    end: Vec<Vec<Fr>>,
}

impl Middle {
    fn of(width: Width) -> &'static Self {
        static MADE: [OnceLock<Middle>; 4] = [const { OnceLock::new() }; 4];
        let place = Width::ALL.iter().position(|w| *w == width).unwrap_or(0);
        MADE[place].get_or_init(|| Self::new(width))
    }

    fn new(width: Width) -> Self {
        let parameters = width.parameters();
        let elements = width.elements();
        let rounds = width.partial_rounds();
        let columns = elements + rounds + 1;
        let one = columns - 1;
        let mut state: Vec<Vec<Fr>> = parameters
            .matrix
            .iter()
            .map(|row| {
                let mut combination = row.clone();
                combination.resize(columns, Fr::zero());
                combination
            })
            .collect();
        for (element, constant) in state.iter_mut().zip(&parameters.partial_start) {
            element[one] += constant;
        }
        let mut inputs = Vec::with_capacity(rounds);
        for (i, round) in parameters.partial.iter().enumerate() {
            inputs.push(state[0].clone());
            let mut boxed = vec![Fr::zero(); columns];
            boxed[elements + i] = Fr::ONE;
            boxed[one] = round.constant;
            let mut first: Vec<Fr> = boxed.iter().map(|c| *c * round.matrix.corner).collect();
            let rest = state[1..].iter_mut();
            for ((element, row), column) in rest.zip(&round.matrix.row).zip(&round.matrix.column) {
                for ((sum, own), boxed) in first.iter_mut().zip(element.iter_mut()).zip(&boxed) {
                    *sum += *row * *own;
                    *own += *boxed * column;
                }
            }
            state[0] = first;
        }
        let mut end = vec![state[0].clone()];
        for row in &parameters.partial_end {
            let mut sum = vec![Fr::zero(); columns];
            for (factor, element) in row.iter().zip(&state[1..]) {
                for (sum, c) in sum.iter_mut().zip(element) {
                    *sum += *factor * c;
                }
            }
            end.push(sum);
        }
        Self { inputs, end }
    }
}

/// Σ coefficientᵢ·numberᵢ, where zeros are left out.
fn combine(coefficients: &[Fr], numbers: &[Num]) -> Num {
    let mut sum = Num::zero();
    for (coefficient, number) in coefficients.iter().zip(numbers) {
        if !coefficient.is_zero() {
            sum.add_scaled(number, *coefficient);
        }
    }
    sum
}

impl Synthesis {
    fn fifth_power(&self, x: &Num) -> Result<Num> {
        if x.is_constant() {
            return Ok(Num::constant(x.value.pow([5])));
        }
        let square = self.product(x, x)?;
        let fourth = self.product(&square, &square)?;
        self.product(&fourth, x)
    }

    /// The permutation.
    pub(crate) fn permute(&self, width: Width, mut state: Vec<Num>) -> Result<Vec<Num>> {
        let parameters = width.parameters();
        let middle = Middle::of(width);
        let half = FULL_ROUNDS / 2;
        let boxes = |state: &[Num], constants: &[Fr]| -> Result<Vec<Num>> {
            let inputs = state.iter().zip(constants);
            inputs
                .map(|(element, constant)| self.fifth_power(&element.plus_constant(*constant)))
                .collect()
        };
        let times_matrix = |boxed: &[Num]| -> Vec<Num> {
            let rows = parameters.matrix.iter();
            rows.map(|row| combine(row, boxed)).collect()
        };

        let mut basis = Vec::new();
        for (round, constants) in parameters.constants[..half].iter().enumerate() {
            basis = boxes(&state, constants)?;
            if round + 1 < half {
                state = times_matrix(&basis);
            }
        }
        let elements = width.elements();
        let rounds = width.partial_rounds();
        basis.resize(elements + rounds, Num::zero());
        basis.push(Num::one());
        for (i, input) in middle.inputs.iter().enumerate() {
            basis[elements + i] = self.fifth_power(&combine(input, &basis))?;
        }
        state = middle.end.iter().map(|row| combine(row, &basis)).collect();
        for constants in &parameters.constants[half + rounds..] {
            state = times_matrix(&boxes(&state, constants)?);
        }
        Ok(state)
    }

    /// The hash of a few numbers.
    pub(crate) fn hash(&self, domain: Domain, inputs: &[Num]) -> Result<Num> {
        let width = Width::holding(inputs.len());
        let mut state = vec![Num::constant(domain.element())];
        state.extend_from_slice(inputs);
        state.resize(width.elements(), Num::zero());
        let state = self.permute(width, state)?;
        Ok(state[1].clone())
    }
}

#[cfg(test)]
mod tests;
