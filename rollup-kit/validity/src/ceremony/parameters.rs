//! One circuit's parameters before anybody has contributed: the powers, taken at the circuit's
//! polynomials (eprint 2016/260, §3.2, with γ = δ = 1).

use super::file::{HASH_BYTES, g1_bytes, g2_bytes};
use super::{Powers, TranscriptHash};
use crate::{Error, Fr, Result, Shape};
use ark_bls12_381::{G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{Field, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, Matrix, OptimizationGoal, R1CS_PREDICATE_LABEL,
    SynthesisError, SynthesisMode,
};
use ledger::scalar_bytes;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

const CIRCUIT_TAG: &[u8] = b"assay/ceremony-circuit/v1";
const BEGIN_TAG: &[u8] = b"assay/ceremony-phase2/v1";
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

    /// Of one matrix, per variable, the constraints that it stands in.
    fn columns(&self, matrix: usize) -> Vec<Vec<(Fr, usize)>> {
        let mut columns = vec![Vec::new(); self.variables];
        for (constraint, row) in self.matrices[matrix].iter().enumerate() {
            for (coefficient, variable) in row {
                columns[*variable].push((*coefficient, constraint));
            }
        }
        if matrix == 0 {
            // Constraints besides that keep the inputs' polynomials independent, as
            // `ark_groth16::r1cs_to_qap` has them.
            let constraints = self.matrices[0].len();
            for (input, column) in columns.iter_mut().enumerate().take(self.inputs) {
                column.push((Fr::ONE, constraints + input));
            }
        }
        columns
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

/// What a circuit's contributions begin with. Anybody makes the same out of the powers.
#[derive(Debug, Clone)]
pub struct Parameters {
    pub(super) circuit: Circuit,
    pub(super) powers: TranscriptHash,
    pub(super) alpha: G1Affine,
    pub(super) beta: G1Affine,
    pub(super) beta_g2: G2Affine,
    pub(super) a: Vec<G1Affine>,
    pub(super) b: Vec<G1Affine>,
    pub(super) b_g2: Vec<G2Affine>,
    /// Per input, and what δ divides of the witnesses.
    pub(super) public: Vec<G1Affine>,
    pub(super) l: Vec<G1Affine>,
    pub(super) h: Vec<G1Affine>,
    pub(super) begun: TranscriptHash,
}

impl Parameters {
    /// Takes the powers at the circuit's polynomials: minutes for a batch.
    ///
    /// # Errors
    /// [`Error::NoContributions`] for powers that nobody contributed to;
    /// [`Error::CeremonyFile`] when they are too few.
    pub fn new(circuit: Circuit, powers: &Powers) -> Result<Self> {
        if powers.transcript().len() < 2 {
            return Err(Error::NoContributions);
        }
        let domain = circuit.domain();
        if powers.power().domain() < domain {
            return Err(Error::CeremonyFile {
                what: "the power",
                got: powers.power().get().to_string(),
                expected: format!("at least {}", domain.ilog2()),
            });
        }
        let tau = lagrange_g1(&powers.tau[..domain])?;
        let alpha = lagrange_g1(&powers.alpha[..domain])?;
        let beta = lagrange_g1(&powers.beta[..domain])?;
        let tau_g2 = lagrange_g2(&powers.tau_g2[..domain])?;

        let [of_a, of_b, of_c] = [0, 1, 2].map(|matrix| circuit.columns(matrix));
        let a = sums::<G1Projective>(&of_a, &tau);
        let b = sums::<G1Projective>(&of_b, &tau);
        let b_g2 = sums::<G2Projective>(&of_b, &tau_g2);
        let b_g2 = G2Projective::normalize_batch(&b_g2);
        // β·A + α·B + C.
        let mut mixed = sums::<G1Projective>(&of_c, &tau);
        for (columns, points) in [(&of_a, &beta), (&of_b, &alpha)] {
            let terms = sums::<G1Projective>(columns, points);
            mixed
                .iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += term);
        }
        let [a, b] = [a, b].map(|sums| G1Projective::normalize_batch(&sums));
        let mut public = G1Projective::normalize_batch(&mixed);
        let l = public.split_off(circuit.inputs);
        // τⁱ(τⁿ − 1).
        let h: Vec<G1Projective> = (0..domain - 1)
            .into_par_iter()
            .map(|i| powers.tau[i + domain].into_group() - powers.tau[i])
            .collect();
        let mut parameters = Self {
            powers: powers.last(),
            alpha: powers.alpha[0],
            beta: powers.beta[0],
            beta_g2: powers.beta_g2,
            a,
            b,
            b_g2,
            public,
            l,
            h: G1Projective::normalize_batch(&h),
            begun: TranscriptHash([0; HASH_BYTES]),
            circuit,
        };
        parameters.begun = parameters.beginning();
        Ok(parameters)
    }

    /// The transcript's hash before any contribution.
    fn beginning(&self) -> TranscriptHash {
        let mut hasher = Sha256::new();
        for points in [&self.a, &self.b, &self.public, &self.l, &self.h] {
            points.iter().for_each(|p| hasher.update(g1_bytes(p)));
        }
        self.b_g2.iter().for_each(|p| hasher.update(g2_bytes(p)));
        let points: [u8; HASH_BYTES] = hasher.finalize().into();
        let (name, hash) = (self.circuit.name_bytes(), self.circuit.hash());
        TranscriptHash::begun(BEGIN_TAG, &[&name, hash, self.powers.as_bytes(), &points])
    }

    /// Which circuit's.
    #[must_use]
    pub const fn circuit(&self) -> &Circuit {
        &self.circuit
    }
}

/// Per column, Σ coefficientᵢ·pointᵢ. Threads divide the short columns among them, and the sums
/// of each long one: work within work would go as deep as there are columns.
fn sums<G>(columns: &[Vec<(Fr, usize)>], points: &[G::MulBase]) -> Vec<G>
where
    G: VariableBaseMSM<ScalarField = Fr>,
{
    const FEW: usize = 8;
    let short = |column: &Vec<(Fr, usize)>| {
        let mut sum = G::zero();
        for (coefficient, i) in column.iter().filter(|_| column.len() <= FEW) {
            let point: G = points[*i].into();
            if *coefficient == Fr::ONE {
                sum += point;
            } else if *coefficient == -Fr::ONE {
                sum -= point;
            } else {
                sum += point * coefficient;
            }
        }
        sum
    };
    let mut sums: Vec<G> = columns.par_iter().map(short).collect();
    for (sum, column) in sums.iter_mut().zip(columns) {
        if column.len() > FEW {
            let bases: Vec<G::MulBase> = column.iter().map(|(_, i)| points[*i]).collect();
            let scalars: Vec<_> = column.iter().map(|(c, _)| c.into_bigint()).collect();
            *sum = G::msm_bigint(&bases, &scalars);
        }
    }
    sums
}

fn lagrange_g1(powers: &[G1Affine]) -> Result<Vec<G1Affine>> {
    let points: Vec<G1Projective> = powers.iter().map(|p| p.into_group()).collect();
    Ok(G1Projective::normalize_batch(
        &domain(points.len())?.ifft(&points),
    ))
}

fn lagrange_g2(powers: &[G2Affine]) -> Result<Vec<G2Affine>> {
    let points: Vec<G2Projective> = powers.iter().map(|p| p.into_group()).collect();
    Ok(G2Projective::normalize_batch(
        &domain(points.len())?.ifft(&points),
    ))
}

fn domain(size: usize) -> Result<Radix2EvaluationDomain<Fr>> {
    let domain = Radix2EvaluationDomain::new(size);
    Ok(domain.ok_or(SynthesisError::PolynomialDegreeTooLarge)?)
}
