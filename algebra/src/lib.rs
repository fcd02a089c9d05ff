//! BLS12-381 in bulk: the scalar field, its FFTs, and the group G1.
//!
//! Everything above this crate speaks of [`Fr`] and [`G1`]; which machine code computes them is
//! an [`Engine`], decided here alone, and all of the workspace's `unsafe` lives here. Operations
//! on single elements are blst's; operations in bulk are methods of the engine.
//!
//! Nothing here is constant-time: the data this layer codes and commits to is public.
#![allow(unsafe_code)]

mod bulk;
mod engine;
mod error;
mod fft;
mod fr;
mod g1;
mod g2;
mod glv;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod pairing;
mod scalar;
mod sums;

pub use bulk::{FixedBase, G1Domain, Products, ProductsG2, Share, ShareG2, TableSize};
pub use engine::{ENGINE_VARIABLE, Engine};
pub use error::AlgebraError;
pub use fft::{Coset, Domain, bit_reverse, bit_reverse_permute};
pub use fr::{FR_BYTES, Fr, batch_invert};
pub use g1::{G1, G1_BYTES, G1Affine};
pub use g2::{G2, G2_BYTES, G2Affine};
pub use pairing::{G2Prepared, pairing_product_is_one};
