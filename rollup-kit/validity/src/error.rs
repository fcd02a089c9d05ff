//! What can be wrong with statements, keys and proofs.

use ark_relations::gr1cs::SynthesisError;

/// Why an operation of this crate was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The proof is not one of this statement (the prover's fault).
    #[error("the proof does not hold for this statement")]
    ProofRefused,
    /// An encoding with the wrong length, or not of points of the groups (fault of whoever made
    /// the bytes).
    #[error("{what}: got {got} bytes or points that are none, expected {expected} bytes")]
    Encoding {
        /// Of what.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length it has.
        expected: usize,
    },
    /// The batch and the statement do not fit together (our caller's fault).
    #[error("the statement's {what} is not the batch's")]
    WrongStatement {
        /// What differs.
        what: &'static str,
    },
    /// The keys are of a circuit of another size (our caller's fault).
    #[error("keys for {got} operations, the batch has {expected}")]
    WrongSize {
        /// The keys' size.
        got: usize,
        /// The batch's.
        expected: usize,
    },
    /// The point is one of the row's own, where an evaluation proves one element alone; no
    /// contract draws it but by chance of 2⁻²⁴³.
    #[error("the point lies in the row's domain")]
    PointOfDomain,
    /// A file of keys is damaged, or of another circuit (its keeper's fault).
    #[error("keys: {what} is {got}, expected {expected}")]
    Keys {
        /// What differs.
        what: &'static str,
        /// What it is.
        got: String,
        /// What it should be.
        expected: String,
    },
    /// A file could not be read or written (our machine's fault).
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The circuit could not be built (our fault).
    #[error("the circuit: {0}")]
    Synthesis(#[from] SynthesisError),
    /// The engine refused (our fault).
    #[error("the engine: {0}")]
    Engine(#[from] algebra::AlgebraError),
    /// The ledger refused (our caller's fault).
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
