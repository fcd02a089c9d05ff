//! Sizes that no machine holds, simulated in virtual time, without any I/O, the same for the same
//! seed: the sampling of one block, and custody by subset under the worst third of the weight.
//!
//! Light nodes draw real plans and spread them with the light node's own pure core; full nodes
//! are queues. What is counted: the load of full nodes and of light nodes, how many light nodes
//! hold a block among them, and how many an attacker fools who answers selectively. Cells have
//! no content here: what is verified of them is not simulated.

mod custody;
mod demand;
mod rebuild;

pub(crate) use custody::poorest_third;
pub use custody::{
    CustodyConfig, CustodyReport, MAX_EPOCHS, MAX_VALIDATORS, Weights, simulate_custody,
};
pub use demand::{FullLoad, LightLoad, Spread};
pub use rebuild::{Fooled, Needed, Rebuild, Victims};

use crate::{Error, Result};
use demand::Load;
use light_node::core::{Goal, SampleCount, miss_probability};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Serialize;
use types::GridDimensions;

/// Most light nodes.
pub const MAX_LIGHT: u32 = 1_000_000;
/// Most rows of a block.
pub const MAX_ROWS: u32 = 256;
/// Most full nodes.
pub const MAX_FULL: u32 = 10_000;
/// Most samples of all light nodes together: they are kept.
pub const MAX_PLANNED: u64 = 50_000_000;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct SimulationConfig {
    /// Full nodes; each keeps and serves the whole block: 1 to [`MAX_FULL`].
    pub full: u32,
    /// Light nodes: 1 to [`MAX_LIGHT`].
    pub light: u32,
    /// Rows of data in the block: 1 to [`MAX_ROWS`].
    pub rows: u32,
    /// Samples of each light node.
    pub samples: u32,
    /// Full nodes that each light node is connected with.
    pub peers: u32,
    /// Decides everything that chance decides.
    pub seed: u64,
}

/// What came out, beside what formulas say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimulationReport {
    /// Full nodes.
    pub full: u32,
    /// Light nodes.
    pub light: u32,
    /// Rows of data.
    pub rows: u32,
    /// Samples of each light node.
    pub samples: u32,
    /// Full nodes that each light node is connected with.
    pub peers: u32,
    /// What decided the rest.
    pub seed: u64,
    /// M: cells of the grid.
    pub cells: u64,
    /// W: the fewest that stop recovery.
    pub min_withheld: u64,
    /// The chance that one light node misses a withheld set that was fixed before it asked.
    pub miss_probability: f64,
    /// What a full node serves.
    pub full_node: FullLoad,
    /// What a light node takes.
    pub light_node: LightLoad,
    /// How many light nodes hold the block among them.
    pub rebuild: Rebuild,
    /// How many are fooled.
    pub fooled: Fooled,
}

impl SimulationConfig {
    fn check(&self) -> Result<(GridDimensions, Goal)> {
        Error::check_count("full nodes", self.full, MAX_FULL)?;
        Error::check_count("light nodes", self.light, MAX_LIGHT)?;
        Error::check_count("peers", self.peers, self.full)?;
        Error::check_count("rows", self.rows, MAX_ROWS)?;
        Error::check_count("samples", self.samples, light_node::core::MAX_SAMPLES)?;
        let most = MAX_PLANNED / u64::from(self.samples);
        let most = u32::try_from(most).unwrap_or(MAX_LIGHT).min(MAX_LIGHT);
        Error::check_count("light nodes with so many samples", self.light, most)?;
        let count = SampleCount::new(self.samples).map_err(Error::light(0))?;
        let dimensions = GridDimensions::new(self.rows.into())?;
        Ok((dimensions, Goal::Samples(count)))
    }

    /// The randomness of one part of the simulation, or of one light node in it.
    fn randomness(&self, purpose: u32, number: u32) -> StdRng {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_be_bytes());
        seed[8..12].copy_from_slice(&purpose.to_be_bytes());
        seed[12..16].copy_from_slice(&number.to_be_bytes());
        StdRng::from_seed(seed)
    }
}

/// Simulates the sampling of one block. Takes a second or two for ten thousand light nodes.
///
/// # Errors
/// [`Error::OutOfRange`] for what cannot be simulated.
pub fn simulate(config: &SimulationConfig) -> Result<SimulationReport> {
    let (dimensions, goal) = config.check()?;
    let Load {
        plans,
        full_node,
        light_node,
    } = demand::demand(config, dimensions, goal)?;
    let samples = goal.samples(dimensions);
    Ok(SimulationReport {
        full: config.full,
        light: config.light,
        rows: config.rows,
        samples,
        peers: config.peers,
        seed: config.seed,
        cells: dimensions.cells(),
        min_withheld: dimensions.min_withheld(),
        miss_probability: miss_probability(dimensions, samples),
        full_node,
        light_node,
        rebuild: rebuild::rebuild(&plans, dimensions, samples, &mut config.randomness(1, 0))?,
        fooled: rebuild::fooled(&plans, dimensions, samples, &mut config.randomness(2, 0))?,
    })
}

#[cfg(test)]
mod tests;
