//! How many samples, and which.

use crate::core::odds::samples_for;
use crate::{Error, Result};
use rand::CryptoRng;
use types::{Coordinates, GridDimensions};

/// Most samples of one block that may be asked for: 2 MiB of cells.
pub const MAX_SAMPLES: u32 = 1024;

/// The miss probability that a node accepts: above 0, below 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// The strictest target: 2^-40 and a little, which takes under a hundred samples.
    pub const MIN: f64 = 1e-13;
    /// 1 in 1,000.
    pub const DEFAULT: Self = Self(0.001);

    /// Takes a miss probability.
    ///
    /// # Errors
    /// [`Error::Confidence`] below [`Self::MIN`], at or above 1, and for what is no number.
    pub fn new(miss: f64) -> Result<Self> {
        if (Self::MIN..1.0).contains(&miss) {
            Ok(Self(miss))
        } else {
            Err(Error::Confidence {
                got: miss,
                min: Self::MIN,
            })
        }
    }

    /// The miss probability.
    #[must_use]
    pub const fn miss(self) -> f64 {
        self.0
    }
}

/// A number of samples per block: 1 to [`MAX_SAMPLES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleCount(u32);

impl SampleCount {
    /// Takes a number.
    ///
    /// # Errors
    /// [`Error::SampleCount`] for none or too many.
    pub const fn new(count: u32) -> Result<Self> {
        if count == 0 || count > MAX_SAMPLES {
            return Err(Error::SampleCount {
                got: count,
                max: MAX_SAMPLES,
            });
        }
        Ok(Self(count))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// What decides how many samples a block gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// As many as bring the miss probability down to this.
    Confidence(Confidence),
    /// This many, or the whole grid if it has fewer cells.
    Samples(SampleCount),
}

impl Default for Goal {
    fn default() -> Self {
        Self::Confidence(Confidence::DEFAULT)
    }
}

impl Goal {
    /// Samples for a grid, never more than it has cells.
    #[must_use]
    pub fn samples(self, dimensions: GridDimensions) -> u32 {
        match self {
            Self::Confidence(confidence) => samples_for(dimensions, confidence.miss()),
            Self::Samples(count) => u32::try_from(dimensions.cells())
                .map_or(count.get(), |cells| cells.min(count.get())),
        }
    }
}

/// Distinct cells of one grid, in random order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    dimensions: GridDimensions,
    coordinates: Vec<Coordinates>,
}

impl Plan {
    /// Draws the cells uniformly and without replacement. The randomness must be the node's
    /// own and drawn after the header was accepted: whoever can foresee it can answer just it.
    ///
    /// # Errors
    /// Never for a grid whose cells can be counted; a range error of `types` otherwise.
    pub fn draw(dimensions: GridDimensions, goal: Goal, rng: &mut impl CryptoRng) -> Result<Self> {
        let cells = usize::try_from(dimensions.cells()).unwrap_or(usize::MAX);
        let samples = usize::try_from(goal.samples(dimensions)).unwrap_or(usize::MAX);
        let coordinates = rand::seq::index::sample(rng, cells, samples.min(cells))
            .into_iter()
            .map(|number| dimensions.cell(number as u64))
            .collect::<types::Result<Vec<_>>>()?;
        Ok(Self {
            dimensions,
            coordinates,
        })
    }

    /// The grid.
    #[must_use]
    pub const fn dimensions(&self) -> GridDimensions {
        self.dimensions
    }

    /// The cells.
    #[must_use]
    pub fn coordinates(&self) -> &[Coordinates] {
        &self.coordinates
    }

    /// Most samples that one of several peers should see: a quarter, rounded up.
    #[must_use]
    pub const fn quota(&self) -> usize {
        self.coordinates.len().div_ceil(4)
    }
}
