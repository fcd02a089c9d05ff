//! Which circuit: each has keys of its own.

use crate::{
    BatchCircuit, BatchNumber, CHECKPOINT_INPUTS, Checkpoint, CheckpointCircuit, CheckpointSize,
    CheckpointStatement, CheckpointTerms, EXIT_INPUTS, Error, ExitStatement, ExitTerms,
    ExitsCircuit, INPUTS, OnL1Part, Result, Statement, Terms,
};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef};
use ledger::{Address, Amount, Batch, BatchSize, ExitsSize, Fr, RollupDomain, State, Tree};
use std::fmt;
use std::str::FromStr;
use types::Commitment;

/// A circuit of the project. Its name is what `Display` writes and `FromStr` reads: `batch-8`,
/// `exits-16`, `checkpoint-42`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Batches of operations.
    Batch(BatchSize),
    /// Batched exits.
    Exits(ExitsSize),
    /// Checkpoints of one row.
    Checkpoint(CheckpointSize),
}

impl Shape {
    /// How many public inputs it has.
    #[must_use]
    pub const fn inputs(self) -> usize {
        match self {
            Self::Batch(_) => INPUTS,
            Self::Exits(_) => EXIT_INPUTS,
            Self::Checkpoint(_) => CHECKPOINT_INPUTS,
        }
    }

    /// What files of keys name it by: the family times 2³², plus the size.
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::Batch(size) => size.operations() as u64,
            Self::Exits(size) => 1 << 32 | size.holdings() as u64,
            Self::Checkpoint(size) => 2 << 32 | size.places() as u64,
        }
    }

    /// The circuit in which nothing happens: any other of its shape has the same constraints.
    pub(crate) fn empty(self) -> Result<EmptyCircuit> {
        let mut state = State::new(RollupDomain::of(0, Address::ZERO));
        let number = BatchNumber::new(1);
        Ok(match self {
            Self::Batch(size) => {
                let batch = Batch::new(&mut state, size, Amount::new(1)).finish()?;
                let terms = Terms {
                    chain_id: 0,
                    contract: Address::ZERO,
                    number,
                    on_queue: Vec::new(),
                    off_queue: Vec::new(),
                    on_row: OnL1Part::Calldata,
                    off_row: None,
                };
                let statement = Statement::new(&batch, &terms)?;
                EmptyCircuit::Batch(Box::new(BatchCircuit::new(&batch, &statement)))
            }
            Self::Exits(size) => {
                let batch = state.exits(Tree::OffL1, size, &[])?;
                let terms = ExitTerms {
                    chain_id: 0,
                    contract: Address::ZERO,
                    newest: number,
                };
                let statement = ExitStatement::new(&batch, &terms);
                EmptyCircuit::Exits(Box::new(ExitsCircuit::new(&batch, &statement)))
            }
            Self::Checkpoint(size) => {
                let checkpoint = Checkpoint::new(&state, number, size)?;
                let terms = CheckpointTerms {
                    chain_id: 0,
                    contract: Address::ZERO,
                    row: Commitment::new([0; 48]),
                };
                let statement = CheckpointStatement::new(&checkpoint, &terms)?;
                EmptyCircuit::Checkpoint(Box::new(CheckpointCircuit::new(&checkpoint, &statement)))
            }
        })
    }
}

/// A circuit in which nothing happens.
#[derive(Debug, Clone)]
pub(crate) enum EmptyCircuit {
    Batch(Box<BatchCircuit>),
    Exits(Box<ExitsCircuit>),
    Checkpoint(Box<CheckpointCircuit>),
}

impl ConstraintSynthesizer<Fr> for EmptyCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> ark_relations::gr1cs::Result<()> {
        match self {
            Self::Batch(circuit) => circuit.generate_constraints(cs),
            Self::Exits(circuit) => circuit.generate_constraints(cs),
            Self::Checkpoint(circuit) => circuit.generate_constraints(cs),
        }
    }
}

impl From<BatchSize> for Shape {
    fn from(size: BatchSize) -> Self {
        Self::Batch(size)
    }
}

impl From<ExitsSize> for Shape {
    fn from(size: ExitsSize) -> Self {
        Self::Exits(size)
    }
}

impl From<CheckpointSize> for Shape {
    fn from(size: CheckpointSize) -> Self {
        Self::Checkpoint(size)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch(size) => write!(f, "batch-{}", size.operations()),
            Self::Exits(size) => write!(f, "exits-{}", size.holdings()),
            Self::Checkpoint(size) => write!(f, "checkpoint-{}", size.places()),
        }
    }
}

impl FromStr for Shape {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Error::UnknownCircuit {
            got: name.chars().take(64).collect(),
        };
        let (family, size) = name.split_once('-').ok_or_else(unknown)?;
        let size: usize = size.parse().map_err(|_| unknown())?;
        let shape = match family {
            "batch" => Self::Batch(BatchSize::new(size)?),
            "exits" => Self::Exits(ExitsSize::new(size)?),
            "checkpoint" => Self::Checkpoint(CheckpointSize::new(size)?),
            _ => return Err(unknown()),
        };
        // One name for each: no leading zeros or signs.
        if shape.to_string() == name {
            Ok(shape)
        } else {
            Err(unknown())
        }
    }
}
