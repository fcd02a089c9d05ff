//! The engine that runs everywhere: blst, one element at a time.

mod add;
mod affine;
pub(crate) mod fft;
mod fp;
mod jacobian;
mod multiply;

pub(crate) use add::ScalarAdder;
#[cfg(target_arch = "x86_64")]
pub(crate) use affine::invert_all;
#[cfg(target_arch = "x86_64")]
pub(crate) use fp::BASE_PRIME;
pub(crate) use multiply::{butterflies, multiply};
