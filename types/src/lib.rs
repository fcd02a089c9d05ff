//! The nouns of Assay: namespaces, indices, dimensions, blobs, headers and Merkle trees.
//!
//! Everything that is hashed or signed anywhere in the system has its bytes defined here,
//! once: tagged SHA-256 over fixed-width big-endian fields. The files in `golden/` freeze
//! them for Rust and for Solidity alike.
//!
//! Nothing in this crate is cryptographically verified beyond hashing. A type that is
//! `Unverified…` says what a stranger claims; the crates above turn it into its verified
//! form by consuming it.

mod blob;
mod bytes;
mod cell;
mod element;
mod error;
mod grid;
mod hash;
mod header;
mod hex_bytes;
mod index;
pub mod limits;
mod merkle;
mod namespace;
mod scalars;

pub use blob::{BlobId, BlobMeta, BlobMode, PayloadLength};
pub use bytes::{Reader, Writer};
pub use cell::UnverifiedCell;
pub use element::{Cell, Commitment, Proof, Row, first_noncanonical};
pub use error::{Error, Result};
pub use grid::{ColumnIndex, Coordinates, GridDimensions, GridRow, RowIndex};
pub use hash::{Tag, tagged_hash};
pub use header::{Header, HeaderHash, SetHash};
pub use index::{
    BlobPlacement, IndexEntry, IndexRoot, IndexTree, NamespaceListing, NamespaceProof,
    PlacementProof,
};
pub use merkle::{CommitmentsRoot, MerkleProof, MerkleTree, commitments_root};
pub use namespace::Namespace;
pub use scalars::{ChainId, Epoch, Height, Round, Timestamp};
