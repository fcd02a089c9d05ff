//! Groth16's prover (eprint 2016/260, §3.2), its sums by a chosen engine, and its verifier.

use crate::gadget::Ruled;
use crate::sums::Bases;
use crate::{
    BatchCircuit, Checkpoint, CheckpointCircuit, CheckpointStatement, Claim, Error, ExitStatement,
    ExitsCircuit, Keys, Result, Shape, Statement, VerifyingKey,
};
use ark_bls12_381::{Bls12_381, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::PrimeField;
use ark_groth16::Groth16;
use ark_groth16::r1cs_to_qap::{LibsnarkReduction, R1CSToQAP};
use ark_poly::GeneralEvaluationDomain;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, R1CS_PREDICATE_LABEL,
    SynthesisError, SynthesisMode,
};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ledger::{ExitBatch, FinishedBatch, Fr};
use rand::CryptoRng;
use rayon::prelude::*;

/// Bytes of a proof: two points of G1 and one of G2, compressed.
pub const PROOF_BYTES: usize = 192;

/// A part of the prover's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Constraints are built, and everything is assigned.
    Synthesis,
    /// Constraints become polynomials, divided by the domain's.
    Polynomials,
    /// Sums over G1.
    SumsG1,
    /// The sum over G2.
    SumG2,
    /// Done.
    Finished,
}

/// How far the prover is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What begins now.
    pub stage: Stage,
    /// Stages that are done.
    pub done: usize,
    /// All of them.
    pub of: usize,
}

const STAGES: [Stage; 5] = [
    Stage::Synthesis,
    Stage::Polynomials,
    Stage::SumsG1,
    Stage::SumG2,
    Stage::Finished,
];

/// A proof; whether it holds is for [`verify`] to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub(crate) a: G1Affine,
    pub(crate) b: G2Affine,
    pub(crate) c: G1Affine,
}

impl Proof {
    /// Reads 192 compressed bytes; every point is checked.
    ///
    /// # Errors
    /// [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8; PROOF_BYTES]) -> Result<Self> {
        let refused = |_| Error::Encoding {
            what: "a proof",
            got: bytes.len(),
            expected: PROOF_BYTES,
        };
        let proof = Self {
            a: G1Affine::deserialize_compressed(&bytes[..48]).map_err(refused)?,
            b: G2Affine::deserialize_compressed(&bytes[48..144]).map_err(refused)?,
            c: G1Affine::deserialize_compressed(&bytes[144..]).map_err(refused)?,
        };
        if proof.to_bytes() != *bytes {
            return Err(refused(ark_serialize::SerializationError::InvalidData));
        }
        Ok(proof)
    }

    /// The 192 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = [0; PROOF_BYTES];
        let (a, rest) = bytes.split_at_mut(48);
        let (b, c) = rest.split_at_mut(96);
        // Each buffer is as long as its encoding, so nothing can fail.
        let written = [
            self.a.serialize_compressed(a),
            self.b.serialize_compressed(b),
            self.c.serialize_compressed(c),
        ];
        debug_assert!(written.iter().all(std::result::Result::is_ok));
        bytes
    }
}

/// Proves a batch, by the rules that the keys are of. Only two vectors as long as the circuit are held beside the key at a time.
///
/// # Errors
/// [`Error::WrongCircuit`] for keys of another circuit; [`Error::ProofRefused`] when the batch does
/// not follow the rules or is not the statement's: no proof is made of what is false.
pub fn prove(
    keys: &Keys,
    batch: &FinishedBatch,
    statement: &Statement,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Proof> {
    let ruled = keys.shape.ruled();
    let circuit = BatchCircuit::new(batch, statement).with_gadget(ruled.map(Ruled::gadget));
    let shape = Shape::batch(batch.size, ruled);
    checked(keys, shape, circuit, statement, rng, progress)
}

/// Proves holdings, as [`prove`] does batches.
///
/// # Errors
/// [`Error::WrongCircuit`], [`Error::ProofRefused`] as for batches.
pub fn prove_exits(
    keys: &Keys,
    batch: &ExitBatch,
    statement: &ExitStatement,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Proof> {
    let circuit = ExitsCircuit::new(batch, statement);
    checked(keys, batch.size.into(), circuit, statement, rng, progress)
}

/// Proves that a row holds the full state, as [`prove`] does batches.
///
/// # Errors
/// [`Error::WrongCircuit`], [`Error::ProofRefused`] as for batches.
pub fn prove_checkpoint(
    keys: &Keys,
    checkpoint: &Checkpoint,
    statement: &CheckpointStatement,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Proof> {
    let circuit = CheckpointCircuit::new(checkpoint, statement);
    let shape = checkpoint.size().into();
    checked(keys, shape, circuit, statement, rng, progress)
}

/// Proves, and checks the proof before anybody gets it.
fn checked(
    keys: &Keys,
    shape: Shape,
    circuit: impl ConstraintSynthesizer<Fr>,
    statement: &impl Claim,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Proof> {
    if keys.shape != shape {
        return Err(Error::WrongCircuit {
            got: keys.shape,
            expected: shape,
        });
    }
    let mut tell = |stage: Stage| {
        progress(Progress {
            stage,
            done: STAGES.iter().position(|s| *s == stage).unwrap_or(0),
            of: STAGES.len() - 1,
        });
    };
    let proof = proved(keys, circuit, [blinding(rng), blinding(rng)], &mut tell)?;
    verify(&keys.verifying, statement, &proof)?;
    tell(Stage::Finished);
    Ok(proof)
}

/// What makes a proof say nothing but its statement.
fn blinding(rng: &mut impl CryptoRng) -> Fr {
    let mut bytes = [0; 64];
    rng.fill_bytes(&mut bytes);
    Fr::from_le_bytes_mod_order(&bytes)
}

fn proved(
    keys: &Keys,
    circuit: impl ConstraintSynthesizer<Fr>,
    [r, s]: [Fr; 2],
    tell: &mut impl FnMut(Stage),
) -> Result<Proof> {
    tell(Stage::Synthesis);
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove {
        construct_matrices: true,
        generate_lc_assignments: false,
    });
    circuit.generate_constraints(cs.clone())?;
    cs.finalize();
    let inputs = cs.num_instance_variables();
    let assigned = [cs.instance_assignment()?, cs.witness_assignment()?].concat();

    tell(Stage::Polynomials);
    let quotient = {
        let constraints = cs.num_constraints();
        let mut matrices = cs.to_matrices()?;
        drop(cs);
        let matrices = matrices.remove(R1CS_PREDICATE_LABEL);
        let matrices = matrices.ok_or(SynthesisError::PredicateNotFound)?;
        LibsnarkReduction::witness_map_from_matrices::<Fr, GeneralEvaluationDomain<Fr>>(
            &matrices,
            inputs,
            constraints,
            &assigned,
        )?
    };

    tell(Stage::SumsG1);
    let sum = |bases: &Bases, scalars: &[Fr]| bases.sum(scalars);
    let h = sum(&keys.h, &quotient)?;
    drop(quotient);
    let l = sum(&keys.l, &assigned[inputs..])?;
    let a = sum(&keys.a, &assigned)? + keys.verifying.alpha_g1 + keys.delta * r;
    let b = sum(&keys.b, &assigned)? + keys.beta + keys.delta * s;

    tell(Stage::SumG2);
    let integers: Vec<_> = assigned.par_iter().map(|w| w.into_bigint()).collect();
    drop(assigned);
    let b_g2 = G2Projective::msm_bigint(&keys.b_g2, &integers)
        + keys.verifying.beta_g2
        + keys.verifying.delta_g2 * s;

    let c: G1Projective = a * s + b * r - keys.delta * (r * s) + l + h;
    Ok(Proof {
        a: a.into_affine(),
        b: b_g2.into_affine(),
        c: c.into_affine(),
    })
}

/// Checks a proof.
///
/// # Errors
/// [`Error::ProofRefused`] unless it holds.
pub fn verify(key: &VerifyingKey, statement: &impl Claim, proof: &Proof) -> Result<()> {
    let prepared = ark_groth16::prepare_verifying_key(key);
    let proof = ark_groth16::Proof {
        a: proof.a,
        b: proof.b,
        c: proof.c,
    };
    let holds = Groth16::<Bls12_381>::verify_proof(&prepared, &proof, statement.inputs())?;
    holds.then_some(()).ok_or(Error::ProofRefused)
}
