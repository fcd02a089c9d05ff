//! The engine that runs everywhere: blst, one element at a time.

mod affine;
mod multiply;

pub(crate) use multiply::{butterflies, multiply};
