//! A plan's factors in limbs.

use crate::fft::{Layers, Plan};
use crate::ifma::scalars::constant;

/// Values that the last three layers of a block take at once.
pub(super) const GROUP: usize = 64;

/// Eight factors side by side: limb j of lane i is `0[j][i]`.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct LaneFactors(pub(super) [[u64; 8]; 5]);

/// The factors of the last three layers of a group of 64 values, whose eight blocks of eight
/// values each have a lane: one for the first layer, two for the second, four for the third.
pub(super) type GroupFactors = [LaneFactors; 7];

/// One direction of a transform.
#[derive(Clone)]
pub(super) struct Factors {
    /// In limbs of 52 bits, times 2^260.
    pub(super) layers: Layers<[u64; 5]>,
    /// For each group of 64 values of a block; none for smaller ones.
    pub(super) groups: Vec<GroupFactors>,
}

/// What the transforms of a plan multiply by.
#[derive(Clone)]
pub(crate) struct FftTables {
    pub(super) size: usize,
    pub(super) forward: Factors,
    pub(super) inverse: Factors,
    pub(super) size_inverse: [u64; 5],
}

impl FftTables {
    /// The tables of a plan.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            size: plan.size(),
            forward: Factors::new(plan.forward.map(|factor| constant(*factor)), plan.size()),
            inverse: Factors::new(plan.inverse.map(|factor| constant(*factor)), plan.size()),
            size_inverse: constant(plan.size_inverse),
        }
    }
}

impl std::fmt::Debug for FftTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FftTables")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Factors {
    fn new(layers: Layers<[u64; 5]>, size: usize) -> Self {
        let groups = (0..size / GROUP)
            .map(|group| {
                // Block 8·group + lane of the layer of size/8 blocks, and its descendants.
                std::array::from_fn(|which| {
                    let (blocks, place) = [
                        (size / 8, 0),
                        (size / 4, 0),
                        (size / 4, 1),
                        (size / 2, 0),
                        (size / 2, 1),
                        (size / 2, 2),
                        (size / 2, 3),
                    ][which];
                    let children = 8 * blocks / size;
                    let factors = layers.of(blocks);
                    LaneFactors(std::array::from_fn(|limb| {
                        std::array::from_fn(|lane| {
                            factors[(8 * group + lane) * children + place][limb]
                        })
                    }))
                })
            })
            .collect();
        Self { layers, groups }
    }
}
