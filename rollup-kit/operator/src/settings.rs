//! An operator's configuration file.

use crate::allowance::Policy as Calls;
use crate::carriage::Patience;
use crate::fees::Policy;
use crate::mempool::Limits;
use crate::server::Bounds;
use crate::{Error, Result};
use ledger::BatchSize;
use serde::{Deserialize, Serialize};
use settlement::outbox::Policy as Payments;
use std::path::{Path, PathBuf};
use validity::CheckpointSize;

/// A file with every setting, each explained.
pub const EXAMPLE: &str = include_str!("settings/operator.toml");

/// How batches are proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Proofs {
    /// By Groth16 on this machine.
    Groth16 {
        /// The keys' file; of keys for development a folder, where they are made if need be.
        keys: PathBuf,
        /// The place of the keys in the verifier's contract.
        place: u8,
        /// Whether the keys are those for development, whose secret is public.
        #[serde(default)]
        development: bool,
        /// Proofs at once.
        at_once: usize,
    },
    /// FOR DEVELOPMENT: by the word of attestors.
    Attested {
        /// Files with their keys, as [`Settings::key`].
        keys: Vec<PathBuf>,
    },
}

/// How checkpoints are proved, by Groth16 on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvedCheckpoints {
    /// Places that the circuit has in each tree.
    pub places: usize,
    /// The keys' file; of keys for development a folder, where they are made if need be.
    pub keys: PathBuf,
    /// The place of the keys in the verifier's contract.
    pub place: u8,
    /// Whether the keys are those for development, whose secret is public.
    #[serde(default)]
    pub development: bool,
}

/// Whose accounts in the trees get the fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeAccount {
    /// The account's key, 64 hexadecimal digits.
    pub key: String,
    /// Its owner on L1.
    pub owner: String,
}

/// An operator's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The L1 node.
    pub l1: String,
    /// A node of L1's consensus layer, which keeps blobs. Without, no row goes into one unless L1's
    /// node keeps them itself, as those for development do.
    #[serde(default)]
    pub beacon: Option<String>,
    /// The DA node.
    pub node: String,
    /// What stands where, as `deploy` wrote it.
    pub deployment: PathBuf,
    /// The file with the key of the account on L1, 32 bytes in hexadecimal. Nobody else may read
    /// it.
    pub key: PathBuf,
    /// Where the journals and snapshots are.
    pub folder: PathBuf,
    /// Operations of a batch.
    pub batch: usize,
    /// Seconds after which a batch that is not full is made all the same.
    pub patience: u64,
    /// Batches on their way to L1 at a time.
    pub in_flight: usize,
    /// Blocks on top of one of L1's before it is taken for settled.
    pub confirmations: u64,
    /// Milliseconds between two looks.
    pub pause: u64,
    /// How batches are proved.
    pub proofs: Proofs,
    /// FOR DEVELOPMENT: files with the keys of those who attest checkpoints; without, they are
    /// proved, or attested by those who attest batches, else none are made.
    #[serde(default)]
    pub checkpoints: Option<Vec<PathBuf>>,
    /// How checkpoints are proved. A state that is too large for the circuit gets none.
    #[serde(default)]
    pub proved_checkpoints: Option<ProvedCheckpoints>,
    /// Who gets the fees; without, only what pays none is taken into batches.
    #[serde(default)]
    pub fee_account: Option<FeeAccount>,
    /// What operations pay.
    #[serde(default)]
    pub fees: Policy,
    /// What free calls cost the operator at most.
    #[serde(default)]
    pub calls: Calls,
    /// What the pool holds.
    #[serde(default)]
    pub pool: Limits,
    /// How long the DA network is waited for.
    #[serde(default)]
    pub network: Patience,
    /// How transactions are paid.
    #[serde(default)]
    pub payments: Payments,
    /// What the server bears.
    #[serde(default)]
    pub server: Bounds,
}

impl Settings {
    /// Reads a file and holds it to what makes sense.
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
        let settings: Self = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    /// Holds the settings to what makes sense.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn check(&self) -> Result<()> {
        let bounds = [
            ("batch", self.batch, 2, BatchSize::MAX),
            ("in_flight", self.in_flight, 1, 64),
            ("pool.per_account", self.pool.per_account, 1, 4096),
        ];
        for (what, got, least, most) in bounds {
            if !(least..=most).contains(&got) {
                return Err(Error::Config {
                    what,
                    got: got.to_string(),
                    expected: format!("{least} to {most}"),
                });
            }
        }
        if self.pause == 0 || self.pause > 60_000 {
            return Err(Error::Config {
                what: "pause",
                got: format!("{} ms", self.pause),
                expected: "1 to 60000 ms".to_owned(),
            });
        }
        if let Some(proved) = &self.proved_checkpoints {
            CheckpointSize::new(proved.places)?;
            if self.checkpoints.is_some() {
                return Err(Error::Config {
                    what: "proved_checkpoints",
                    got: "set beside checkpoints".to_owned(),
                    expected: "one of them".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Holds the settings to what makes sense in a rollup with rules of its own, or without.
    ///
    /// # Errors
    /// [`Error::Config`] for proved checkpoints beside rules: what rules keep in accounts is
    /// registers, and the circuit of checkpoints knows none of them.
    pub fn check_for_rules(&self, has_rules: bool) -> Result<()> {
        match (&self.proved_checkpoints, has_rules) {
            (Some(_), true) => Err(Error::Config {
                what: "proved_checkpoints",
                got: "set in a rollup with rules".to_owned(),
                expected: "checkpoints that are attested".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// Reads a secret: a line of text in a file that its owner alone may read.
///
/// # Errors
/// [`Error::File`]; the message does not repeat the secret.
pub fn read_secret(file: &Path) -> Result<String> {
    let failed = |reason: String| Error::File {
        path: file.to_owned(),
        reason,
    };
    let io = |error: std::io::Error| failed(error.to_string());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).map_err(io)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(failed(format!(
                "mode {:o}, expected 600: others could read the key",
                mode & 0o777
            )));
        }
    }
    std::fs::read_to_string(file).map_err(io)
}

#[cfg(test)]
mod tests;
