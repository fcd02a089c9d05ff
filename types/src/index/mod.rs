//! The index of a block: which blobs it orders, and where they lie.
//!
//! Entries are sorted by namespace and blob id and stand between two sentinels, which belong
//! to no namespace. So neighbours in the tree prove that a namespace's blobs are all there.

mod entry;
mod proofs;
mod tree;

pub use entry::{BlobPlacement, IndexEntry};
pub use proofs::{NamespaceListing, NamespaceProof, PlacementProof};
pub use tree::IndexTree;

use crate::hex_bytes::hex_bytes;

hex_bytes! {
    /// The root over a block's index entries and their two sentinels.
    IndexRoot, 32, "index root"
}

/// The lower sentinel's leaf: below every entry.
fn lower_sentinel() -> Vec<u8> {
    vec![0; IndexEntry::BYTES]
}

/// The upper sentinel's leaf: above every entry.
fn upper_sentinel() -> Vec<u8> {
    vec![0xff; IndexEntry::BYTES]
}
