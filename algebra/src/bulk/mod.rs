//! Operations on many elements or points at once: each a method of [`Engine`](crate::Engine), or
//! a type made with one.

mod columns;
mod domain;
mod fixed;
mod g2;
mod points;
mod scalars;
mod sums;

pub use domain::{G1Domain, Products, Share};
pub use fixed::{FixedBase, TableSize};
pub use g2::{ProductsG2, ShareG2};
