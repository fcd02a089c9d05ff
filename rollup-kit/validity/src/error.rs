//! What can be wrong with statements, keys and proofs.

use crate::Shape;
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
    /// The keys are another circuit's (our caller's fault).
    #[error("keys of the circuit {got}, needed are those of {expected}")]
    WrongCircuit {
        /// The keys'.
        got: Shape,
        /// What is to be proved.
        expected: Shape,
    },
    /// A gadget computes with numbers that gates cannot hold (the fault of whoever wrote it).
    #[error("a gadget's number has {got} bits, at most {max}")]
    TooWide {
        /// Its bits.
        got: usize,
        /// The bound.
        max: usize,
    },
    /// A gadget would make operations too dear to prove (the fault of whoever wrote it).
    #[error("the gadget has {got} constraints, at most {max}")]
    GadgetTooLarge {
        /// Its constraints.
        got: usize,
        /// The bound.
        max: usize,
    },
    /// A gadget comes to something else than its rules (the fault of whoever wrote them).
    #[error("rules say {rules}, the gadget {gadget}, of {call}")]
    Disagreement {
        /// The call.
        call: String,
        /// What the rules make of it.
        rules: String,
        /// What the gadget makes of it.
        gadget: String,
    },
    /// Something else than what the rules say can be proved (the fault of whoever wrote the gadget).
    #[error("rules say {rules}, and {proved} can be proved, of {call}")]
    Unbound {
        /// The call.
        call: String,
        /// What the rules make of it.
        rules: String,
        /// What can be proved.
        proved: String,
    },
    /// Rules without a name that files can have (the fault of whoever wrote them).
    #[error("rules called {got:?}: 1 to {max} lower-case letters and digits are a name")]
    BadName {
        /// The name, cut to 64 characters.
        got: String,
        /// Most characters.
        max: usize,
    },
    /// No circuit has this name (our caller's fault).
    #[error("no circuit is called {got:?}; there are batch-N, exits-N and checkpoint-N")]
    UnknownCircuit {
        /// The name, cut to 64 characters.
        got: String,
    },
    /// Batches by rules that are not this program's (the fault of whoever chose the program, or the
    /// file).
    #[error("the circuit is {got}; this program's rules make it {expected}")]
    OtherRules {
        /// The circuit's name, cut to 64 characters.
        got: String,
        /// The circuit of that size by this program's rules.
        expected: Shape,
    },
    /// No circuit of this size proves such a state (nobody's fault: it is attested instead).
    #[error("{what}: {got}, and this circuit proves at most {max}")]
    CheckpointTooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        got: u64,
        /// The most.
        max: u64,
    },
    /// A verifier's contract over no keys (our caller's fault).
    #[error("a contract over no keys")]
    NoKeys,
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
    /// A ceremony's file is damaged, or of another ceremony (fault of whoever sent it).
    #[error("the ceremony's file: {what}: {got}, expected {expected}")]
    CeremonyFile {
        /// What differs.
        what: &'static str,
        /// What it is.
        got: String,
        /// What it should be.
        expected: String,
    },
    /// A file was refused (fault of whoever sent it, or of its keeper).
    #[error("{path}: {source}")]
    Refused {
        /// Which file.
        path: String,
        /// Why.
        source: Box<Error>,
    },
    /// A contribution of a ceremony is wrong (its contributor's fault, or whose hands the file
    /// went through).
    #[error("contribution {place} {what}")]
    BadContribution {
        /// Its place, the first being 0.
        place: usize,
        /// Why.
        what: &'static str,
    },
    /// A ceremony's points are not what its contributions made (fault of whoever sent them).
    #[error("the ceremony's parameters: {what}")]
    BadParameters {
        /// Why.
        what: &'static str,
    },
    /// Nobody has contributed, so everybody knows the secret (our caller's fault).
    #[error("nobody has contributed to the ceremony")]
    NoContributions,
    /// The ceremony is full (nobody's fault).
    #[error("a ceremony takes at most {max} contributions")]
    TooManyContributions {
        /// How many.
        max: usize,
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
