//! Sums of many multiples of points: the bucket method, written once for every engine.
//!
//! All of it stands on one primitive, [`Adder::add`]: affine additions of many independent pairs
//! that share an inversion. An addition then takes six products, where one in projective
//! coordinates takes eleven.

mod adder;
mod buckets;
mod columns;
mod digits;
mod fixed;
mod horner;
mod segments;
mod shape;
mod unknown;

pub(crate) use adder::{Adder, Pair, Term};
pub(crate) use columns::{column_sums, in_reach};
pub(crate) use fixed::{MOST_POINTS, Table};
pub(crate) use unknown::{msm, msm_short};

#[cfg(test)]
mod tests;
