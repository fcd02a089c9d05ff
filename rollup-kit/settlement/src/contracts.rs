//! The contracts of `rollup-kit/contracts`: their interfaces, their code, and our nouns as they
//! take them.

pub mod abi;
mod artefact;
mod convert;

pub use artefact::{Artefact, Revert};
pub use convert::{
    compressed, g1_point, g2_point, kzg_point, point_coordinates, scalar, validator_id,
    versioned_hash,
};
