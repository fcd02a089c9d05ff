//! AVX-512 IFMA: eight elements at a time, in limbs of 52 bits.
//!
//! Functions here are compiled for AVX-512 and safe to call from each other. The doors, which
//! code outside may call, are `unsafe`: their callers hold an [`Engine`](crate::Engine) of this
//! kind, which exists only where the processor has these instructions.

mod add;
mod butterfly;
mod convert;
mod decode;
pub(crate) mod fft;
mod jacobian;
mod lanes;
mod modulus;
mod multiply;
mod point;
pub(crate) mod scalars;
mod transpose;

pub(crate) use add::IfmaAdder;
pub(crate) use butterfly::butterflies;
pub(crate) use decode::read_points;
pub(crate) use fft::FftTables;
pub(crate) use lanes::Lanes;
pub(crate) use modulus::{BaseField, ScalarField};
pub(crate) use multiply::multiply;
pub(crate) use point::IfmaPoint;

/// Eight elements of the base field.
pub(crate) type Fp8 = Lanes<BaseField, 8>;
/// Eight elements of the scalar field.
pub(crate) type Fr8 = Lanes<ScalarField, 5>;
