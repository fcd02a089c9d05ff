//! That a batch follows the rules: the circuit, the prover, the set-up, the verifier on L1.
//!
//! * [`Statement`] is what L1 knows of a batch: the public inputs, as
//!   `rollup-kit/contracts/src/rollup/Statements.sol` lists them.
//! * [`BatchCircuit`] holds exactly when a [`ledger::FinishedBatch`] follows the rules and its data
//!   is what L1 opened.
//! * [`ExitStatement`] and [`ExitsCircuit`] are the same of a batched exit: many holdings paid out
//!   of a frozen rollup by one proof.
//! * [`gadget`] is how a rollup's own rules are proved with its batches.
//! * [`CheckpointStatement`] and [`CheckpointCircuit`] are the same of a checkpoint: a row that
//!   holds the full state of a small rollup.
//! * [`ceremony`] is a set-up by many, of which one must be honest.
//! * [`Keys`] are made by a set-up, [`prove`] proves, [`verify`] checks, and
//!   [`solidity`] writes the contract that checks on L1.
//!
//! The proof system is Groth16 (eprint 2016/260) over BLS12-381: the circuit's field is that of
//! the rows, so a row is opened in one constraint per element.

pub mod ceremony;
mod circuit;
mod error;
pub mod gadget;
mod keys;
mod measure;
mod prover;
mod shape;
pub mod solidity;
mod statement;
mod sums;

pub use algebra::Engine;
pub use circuit::{
    BatchCircuit, CHECKPOINT_INPUTS, CheckpointCircuit, CircuitSize, EXIT_INPUTS, ExitsCircuit,
    INPUTS,
};
pub use error::{Error, Result};
pub use keys::{Keys, SetupKind, VerifyingKey};
pub use ledger::{BatchSize, ExitsSize, Fr};
pub use measure::{Measurement, measure};
pub use prover::{
    PROOF_BYTES, Progress, Proof, Stage, prove, prove_checkpoint, prove_exits, verify,
};
pub use shape::Shape;
pub use statement::{
    BatchNumber, Checkpoint, CheckpointSize, CheckpointStatement, CheckpointTerms, Claim,
    ExitStatement, ExitTerms, OnL1Part, PROVED_TOKENS, Queued, Statement, Terms, open_row,
};
pub use sums::SumEngine;
