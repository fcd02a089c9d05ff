//! The wire: schemas of the gRPC API ([`v1`]) and of the messages between nodes ([`p2p`]), and
//! the way from their messages to the nouns of `types`.
//!
//! Decoding a message believes nothing: it yields nouns that are consistent in themselves, and
//! unverified forms of everything that has to be proven. The services are behind the feature
//! `grpc`; the messages are always there.

#[cfg(feature = "grpc")]
pub mod client;
mod convert;
mod error;

pub use convert::{RowProofs, Submission, read, wire_mode};
pub use error::{Error, Result};

/// The gRPC API, package `assay.v1`.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/assay.v1.rs"));
}

/// Messages between nodes, package `assay.p2p.v1`.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]
pub mod p2p {
    include!(concat!(env!("OUT_DIR"), "/assay.p2p.v1.rs"));
}

/// The encoded descriptors of both packages, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/assay.bin"));

/// Most bytes of payload in one chunk of a stream: 1 MiB.
pub const MAX_CHUNK_BYTES: usize = 1 << 20;
/// Most coordinates in one `GetCells` call.
pub const MAX_GET_CELLS: usize = 256;
/// Most pieces of evidence in one `GetEvidence` answer.
pub const MAX_GET_EVIDENCE: usize = 256;
