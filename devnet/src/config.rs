//! What a network is to be, and how patient whoever starts it is.

use crate::{Error, Result};
use chain::ChainParams;
use da_node::{Faults, Withholding};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The validators of a network whose every node runs on one machine.
const MAX_VALIDATORS: usize = 32;
/// Its other full nodes.
const MAX_FULL: usize = 16;
/// Its light nodes.
const MAX_LIGHT: usize = 64;
/// How often a network is started anew because another process took one of its ports.
pub(crate) const PORT_ATTEMPTS: usize = 3;
/// How long nodes may take to find one another.
pub(crate) const MEETING: Duration = Duration::from_secs(60);
/// How long light nodes get to meet every full node, once they have met one.
pub(crate) const GATHERING: Duration = Duration::from_secs(5);
/// How long a light node may sample one block, and wait for one answer: all full nodes share
/// one machine's cores and answer, but not at once.
pub(crate) const LIGHT_DEADLINE: Duration = Duration::from_secs(10);
pub(crate) const LIGHT_REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// Every node refuses the same cells, or a network of honest custodians would make up for it.
const WITHHOLDING_SEED: u64 = 0x6173_7361_7900;

/// The faults of every full node of a network that withholds this fraction of its cells.
#[must_use]
pub fn withheld(withhold: Option<f64>) -> Faults {
    Faults {
        withholding: withhold.map(|fraction| Withholding::new(fraction, WITHHOLDING_SEED)),
        ..Faults::default()
    }
}

/// What a network is to be.
#[derive(Debug, Clone)]
pub struct DevnetConfig {
    /// Validators of equal stake: 1 to 32.
    pub validators: usize,
    /// Full nodes besides that are no validators: at most 16.
    pub full: usize,
    /// Light nodes: at most 64.
    pub light: usize,
    /// Where keys, chain and data are kept; by default in a folder that is deleted at the end.
    pub data_dir: Option<PathBuf>,
    /// The fraction of the cells that every full node refuses, to light nodes and peers alike.
    pub withhold: Option<f64>,
    /// Validators with faults of their own, where all nodes run in this process.
    pub liars: BTreeMap<usize, Faults>,
    /// The chain's parameters.
    pub params: ChainParams,
}

impl Default for DevnetConfig {
    /// Four validators, no other full nodes, three light nodes, no faults, the devnet's parameters.
    fn default() -> Self {
        Self {
            validators: 4,
            full: 0,
            light: 3,
            data_dir: None,
            withhold: None,
            liars: BTreeMap::new(),
            params: ChainParams::devnet(),
        }
    }
}

impl DevnetConfig {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn check(&self) -> Result<()> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "shown only; exact for any real count"
        )]
        let count = |what, got: usize, min: usize, max: usize| {
            if (min..=max).contains(&got) {
                return Ok(());
            }
            Err(Error::OutOfRange {
                what,
                got: got as f64,
                min: min as f64,
                max: max as f64,
            })
        };
        count("validators", self.validators, 1, MAX_VALIDATORS)?;
        count("full nodes", self.full, 0, MAX_FULL)?;
        count("light nodes", self.light, 0, MAX_LIGHT)?;
        match self.withhold {
            Some(got) if !(0.0..=1.0).contains(&got) => Err(Error::OutOfRange {
                what: "fraction withheld",
                got,
                min: 0.0,
                max: 1.0,
            }),
            _ => Ok(()),
        }
    }
}
