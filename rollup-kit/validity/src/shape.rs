//! Which circuit: each has keys of its own.

use crate::gadget::Ruled;
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
    /// Batches of a rollup with rules of its own: `batch-8-shop-5e0c1a2b`. The name alone does not
    /// say the rules: [`Shape::named`] reads it for those who have them.
    Ruled(BatchSize, Ruled),
    /// Batched exits.
    Exits(ExitsSize),
    /// Checkpoints of one row.
    Checkpoint(CheckpointSize),
}

impl Shape {
    /// Batches of this size, by these rules if there are any.
    #[must_use]
    pub const fn batch(size: BatchSize, ruled: Option<Ruled>) -> Self {
        match ruled {
            Some(ruled) => Self::Ruled(size, ruled),
            None => Self::Batch(size),
        }
    }

    /// The rules that batches may call, if there are any.
    #[must_use]
    pub const fn ruled(self) -> Option<Ruled> {
        match self {
            Self::Ruled(_, ruled) => Some(ruled),
            _ => None,
        }
    }

    /// The circuit that somebody means who works with these rules, or with none: `batch-8` are
    /// those of the rules then, as `batch-8-shop-5e0c1a2b` are.
    ///
    /// # Errors
    /// [`Error::UnknownCircuit`]; [`Error::OtherRules`] for batches by rules that are not these.
    pub fn named(name: &str, ruled: Option<Ruled>) -> Result<Self> {
        let mut parts = name.splitn(3, '-');
        let plain: Vec<&str> = parts.by_ref().take(2).collect();
        let with_rules = |shape| match shape {
            Self::Batch(size) => Self::batch(size, ruled),
            other => other,
        };
        let Some(rules) = parts.next() else {
            return Ok(with_rules(name.parse()?));
        };
        match plain.join("-").parse() {
            Ok(Self::Batch(size)) if is_rules(rules) => {
                let expected = Self::batch(size, ruled);
                expected.is_called(name)?;
                Ok(expected)
            }
            _ => Err(unknown(name)),
        }
    }

    /// That a file's name, which says the rules in full, is this circuit's.
    pub(crate) fn is_called(self, name: &str) -> Result<()> {
        if self.to_string() == name {
            return Ok(());
        }
        Err(Error::OtherRules {
            got: name.chars().take(64).collect(),
            expected: self,
        })
    }

    /// How many public inputs it has.
    #[must_use]
    pub const fn inputs(self) -> usize {
        match self {
            Self::Batch(_) | Self::Ruled(..) => INPUTS,
            Self::Exits(_) => EXIT_INPUTS,
            Self::Checkpoint(_) => CHECKPOINT_INPUTS,
        }
    }

    /// What files of keys name it by: the family times 2³², plus the size. Of a family of rules'
    /// own, their mark times 2³², plus 2³¹ and the size.
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::Batch(size) => size.operations() as u64,
            Self::Exits(size) => 1 << 32 | size.holdings() as u64,
            Self::Checkpoint(size) => 2 << 32 | size.places() as u64,
            Self::Ruled(size, ruled) => {
                (ruled.mark() as u64) << 32 | 1 << 31 | size.operations() as u64
            }
        }
    }

    /// The circuit of a number, by these rules if it is one of rules.
    pub(crate) fn of_number(number: u64, ruled: Option<Ruled>) -> Result<Self> {
        let unknown = || Error::Keys {
            what: "the circuit",
            got: number.to_string(),
            expected: "one that is known".to_owned(),
        };
        let size = usize::try_from(number & 0x7fff_ffff).map_err(|_| unknown())?;
        if number & 1 << 31 != 0 {
            let own = ruled.filter(|ruled| u64::from(ruled.mark()) == number >> 32);
            let own = own.ok_or_else(unknown)?;
            return Ok(Self::Ruled(BatchSize::new(size)?, own));
        }
        match number >> 32 {
            0 => Ok(Self::Batch(BatchSize::new(size)?)),
            1 => Ok(Self::Exits(ExitsSize::new(size)?)),
            2 => Ok(Self::Checkpoint(CheckpointSize::new(size)?)),
            _ => Err(unknown()),
        }
    }

    /// The circuit in which nothing happens: any other of its shape has the same constraints.
    pub(crate) fn empty(self) -> Result<EmptyCircuit> {
        let mut state = State::new(RollupDomain::of(0, Address::ZERO));
        let number = BatchNumber::new(1);
        Ok(match self {
            Self::Batch(size) | Self::Ruled(size, _) => {
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
                let circuit = BatchCircuit::new(&batch, &statement);
                let gadget = self.ruled().map(Ruled::gadget);
                EmptyCircuit::Batch(Box::new(circuit.with_gadget(gadget)))
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
            Self::Ruled(size, ruled) => write!(f, "batch-{}-{ruled}", size.operations()),
            Self::Checkpoint(size) => write!(f, "checkpoint-{}", size.places()),
        }
    }
}

fn unknown(name: &str) -> Error {
    Error::UnknownCircuit {
        got: name.chars().take(64).collect(),
    }
}

/// Whether this could be what [`Ruled`] is written as: a name, and eight hexadecimal digits.
fn is_rules(text: &str) -> bool {
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.split_once('-')
        .is_some_and(|(name, mark)| !name.is_empty() && mark.len() == 8 && mark.bytes().all(is_hex))
}

/// Circuits without rules; [`Shape::named`] reads the others.
impl FromStr for Shape {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || unknown(name);
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
