//! What a responder's owner tells it.

use super::core::Role;
use crate::outbox::Policy;
use crate::{Error, Result, Wei};
use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// In whose name a responder answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    /// An operator: answers for the rows of its batches.
    pub operator: Option<Address>,
    /// A validator, by its id on L1: answers for its cells, and publishes what it owes.
    pub validator: Option<B256>,
    /// Answers for rows of every batch.
    pub any_row: bool,
}

impl Identity {
    pub(super) const fn role(&self) -> Role {
        Role {
            operator: self.operator,
            any_row: self.any_row,
        }
    }

    pub(super) fn validator_or_none(&self) -> B256 {
        self.validator.unwrap_or_default()
    }
}

/// A responder's configuration, as its TOML file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResponderConfig {
    /// How it sends while there is time.
    pub policy: Policy,
    /// Most per gas, and per blob gas, once a deadline is near: an answer is worth a bond.
    pub urgent_gas_price: Wei,
}

impl Default for ResponderConfig {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            urgent_gas_price: Wei::gwei(5_000),
        }
    }
}

impl ResponderConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::File`] for one that cannot be read or says what is no setting.
    pub fn read(file: &Path) -> Result<Self> {
        let failed = |reason: String| Error::File {
            path: file.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
        toml::from_str(&text).map_err(|error| failed(error.to_string()))
    }
}
