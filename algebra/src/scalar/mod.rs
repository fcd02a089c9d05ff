//! The engine that runs everywhere: blst, one element at a time.

mod affine;
pub(crate) mod fft;
mod multiply;

pub(crate) use multiply::{butterflies, multiply};
