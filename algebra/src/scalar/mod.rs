//! The engine that runs everywhere: blst, one element at a time.

mod add;
mod affine;
pub(crate) mod fft;
mod fp;
mod multiply;

pub(crate) use add::ScalarAdder;
pub(crate) use multiply::{butterflies, multiply};
