//! What the fuzz targets have in common: small palettes of values at the edges, so that few bytes
//! of input reach the cases that matter, and the laws that hold for every codec.

pub mod codec;
pub mod kzg;
pub mod points;
pub mod scalars;
