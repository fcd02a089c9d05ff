//! Erasure codes over shards, and how they are timed.

mod contestant;

use std::time::Duration;

pub use contestant::{CodeInputs, Contestant};

use crate::{BenchError, Budget, Plan};

/// An operation on shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// n − k shards of parity for k shards of data.
    Encode,
    /// The k shards of data from the last k of the n shards: the worst loss there is.
    Decode,
}

impl Operation {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Encode, Self::Decode];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encode => "encode",
            Self::Decode => "decode",
        }
    }

    /// How long it may be measured.
    #[must_use]
    pub fn budget(self, plan: &Plan) -> Budget {
        if plan.quick {
            Budget::QUICK
        } else {
            Budget::full(Duration::from_secs(8))
        }
    }
}

/// A code of some k, n and length of shards.
pub trait Code: Sync {
    /// The n − k shards of parity.
    ///
    /// # Errors
    /// What the code says; none is expected.
    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, BenchError>;

    /// The k shards of data, from k shards with their positions among the n.
    ///
    /// # Errors
    /// What the code says; none is expected.
    fn decode(&self, shards: &[(usize, &[u8])]) -> Result<Vec<Vec<u8>>, BenchError>;
}

/// A code that takes part, or why it does not.
pub struct Entry {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether it is a code of ours; otherwise it is a rival.
    pub ours: bool,
    /// The code, unless it does not take the parameters.
    pub code: Result<Box<dyn Code>, BenchError>,
}
