//! A circuit as the ceremony has it: matrices, and a hash over all of them.

use super::file::HASH_BYTES;
use crate::{Fr, Result, Shape};
use ark_ff::Field;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, Matrix, OptimizationGoal, R1CS_PREDICATE_LABEL,
    SynthesisError, SynthesisMode,
};
use ledger::scalar_bytes;
use sha2::{Digest, Sha256};

const CIRCUIT_TAG: &[u8] = b"assay/ceremony-circuit/v1";
/// Bytes of a circuit's name in files.
pub(super) const NAME_BYTES: usize = 32;

/// A circuit's constraints.
#[derive(Debug, Clone)]
pub struct Circuit {
    name: String,
    matrices: [Matrix<Fr>; 3],
    pub(super) inputs: usize,
    pub(super) variables: usize,
    hash: [u8; HASH_BYTES],
}

impl Circuit {
    /// A circuit of the project.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn of(shape: Shape) -> Result<Self> {
        Self::named(&shape.to_string(), shape.empty()?)
    }

    /// Any circuit; its constraints do not depend on what is assigned.
    pub(super) fn named(name: &str, circuit: impl ConstraintSynthesizer<Fr>) -> Result<Self> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Setup);
        circuit.generate_constraints(cs.clone())?;
        cs.finalize();
        let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL);
        let matrices = matrices.ok_or(SynthesisError::PredicateNotFound)?;
        let matrices: [Matrix<Fr>; 3] = matrices
            .try_into()
            .map_err(|_| SynthesisError::PredicateNotFound)?;
        let (inputs, witnesses) = (cs.num_instance_variables(), cs.num_witness_variables());
        Ok(Self {
            name: name.to_owned(),
            hash: hash(&matrices, inputs, witnesses),
            matrices,
            inputs,
            variables: inputs + witnesses,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Over every constraint.
    #[must_use]
    pub const fn hash(&self) -> &[u8; HASH_BYTES] {
        &self.hash
    }

    /// The domain's size: constraints and inputs, up to a power of two.
    #[must_use]
    pub fn domain(&self) -> usize {
        (self.matrices[0].len() + self.inputs).next_power_of_two()
    }

    pub(super) fn name_bytes(&self) -> [u8; NAME_BYTES] {
        let mut bytes = [0; NAME_BYTES];
        for (byte, letter) in bytes.iter_mut().zip(self.name.bytes()) {
            *byte = letter;
        }
        bytes
    }

    /// The rows of one matrix: first the constraints', then those that keep the inputs'
    /// polynomials independent, as `ark_groth16::r1cs_to_qap` has them.
    pub(super) fn rows(&self, matrix: usize) -> impl Iterator<Item = Row<'_>> {
        let inputs = if matrix == 0 { self.inputs } else { 0 };
        let constraints = self.matrices[matrix].iter();
        constraints
            .map(|row| Row::Constraint(row))
            .chain((0..inputs).map(Row::Input))
    }
}

/// A row of a matrix: coefficients, and the variables that they multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Row<'a> {
    Constraint(&'a [(Fr, usize)]),
    /// The input by itself.
    Input(usize),
}

impl Row<'_> {
    pub(super) fn terms(self) -> impl Iterator<Item = (Fr, usize)> {
        let (terms, input) = match self {
            Row::Constraint(terms) => (terms, None),
            Row::Input(input) => (&[][..], Some((Fr::ONE, input))),
        };
        terms.iter().copied().chain(input)
    }
}

fn hash(matrices: &[Matrix<Fr>; 3], inputs: usize, witnesses: usize) -> [u8; HASH_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(CIRCUIT_TAG);
    for number in [inputs, witnesses, matrices[0].len()] {
        hasher.update((number as u64).to_be_bytes());
    }
    for row in matrices.iter().flatten() {
        hasher.update((row.len() as u64).to_be_bytes());
        for (coefficient, variable) in row {
            hasher.update(scalar_bytes(*coefficient));
            hasher.update((*variable as u64).to_be_bytes());
        }
    }
    hasher.finalize().into()
}
