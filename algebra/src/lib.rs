//! BLS12-381 in bulk: the scalar field, its FFTs, and the group G1.
//!
//! Everything above this crate speaks of [`Fr`] and [`G1`]; which machine code computes them is
//! decided here alone, and all of the workspace's `unsafe` lives here. The backend is blst's
//! portable assembly, one element at a time.
//!
//! Nothing here is constant-time: the data this layer codes and commits to is public.
#![allow(unsafe_code)]

mod error;
mod fft;
mod fr;
mod g1;
mod msm;

pub use error::AlgebraError;
pub use fft::{Domain, bit_reverse, bit_reverse_permute};
pub use fr::{FR_BYTES, Fr, batch_invert};
pub use g1::{G1, G1_BYTES, G1Affine};
pub use msm::msm;
