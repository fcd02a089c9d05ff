//! The scalar engine: blst, one element at a time.

pub(crate) mod fft;
