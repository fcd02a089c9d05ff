//! What a watcher's owner allows it.

use crate::outbox::Policy;
use crate::{Error, Result, Wei};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The owner's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most that lies in challenges at once. It comes back, unless data was there all along.
    pub max_at_stake: Wei,
    /// Most challenges at once.
    pub max_open: u32,
    /// Most that leaves the account in a day, gas included.
    pub max_per_day: Wei,
    /// How many rounds of sampling in a row must miss a row before it is challenged.
    pub rounds_in_vain: u32,
    /// Most validators that are asked for a cell of one row which cannot be had, once the row
    /// itself cannot be challenged any more. 0: rows are not looked at then.
    pub max_cells: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_at_stake: Wei::ether(1),
            max_open: 8,
            max_per_day: Wei::ether(1),
            rounds_in_vain: 3,
            max_cells: 0,
        }
    }
}

/// How a watcher samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplingConfig {
    /// Cells of a row and round: each halves the chance to miss a row that cannot be recovered.
    pub cells_per_row: u8,
    /// Seconds from a round to the next.
    pub pause: u64,
    /// The same of rows that can only be asked for cell by cell.
    pub pause_afterwards: u64,
    /// Milliseconds that a round may take.
    pub deadline_ms: u64,
}

impl Default for SamplingConfig {
    fn default() -> Self {
        Self {
            cells_per_row: 16,
            pause: 10 * 60,
            pause_afterwards: 6 * 60 * 60,
            deadline_ms: 8_000,
        }
    }
}

/// A watcher's configuration, as its TOML file has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatcherConfig {
    /// What it may pay.
    pub limits: Limits,
    /// How it samples.
    pub sampling: SamplingConfig,
    /// How it sends.
    pub policy: Policy,
}

impl WatcherConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::File`] for one that cannot be read or says what is no setting, [`Error::Config`]
    /// for settings that make no sense.
    pub fn read(file: &Path) -> Result<Self> {
        let failed = |reason: String| Error::File {
            path: file.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
        let config: Self = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// Holds the settings to what makes sense.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn check(&self) -> Result<()> {
        let cells = self.sampling.cells_per_row;
        if cells == 0 || cells > 64 {
            return Err(Error::Config {
                what: "cells_per_row",
                got: cells.to_string(),
                expected: "1 to 64".to_owned(),
            });
        }
        if self.limits.rounds_in_vain == 0 {
            return Err(Error::Config {
                what: "rounds_in_vain",
                got: "0".to_owned(),
                expected: "at least 1".to_owned(),
            });
        }
        Ok(())
    }
}
