//! Nouns for tests.

use proptest::prelude::*;
use types::{
    BlobId, BlobMeta, BlobMode, ChainId, Commitment, CommitmentsRoot, GridDimensions, Header,
    HeaderHash, Height, IndexRoot, IndexTree, Namespace, PayloadLength, SetHash, Timestamp,
};

/// Bytes that a packed row carries.
pub(crate) const PACKED_ROW: u64 = 4096 * 31;

pub(crate) fn namespace(n: u8) -> Namespace {
    let mut bytes = [0; Namespace::BYTES];
    bytes[0] = 1;
    bytes[28] = n;
    Namespace::new(bytes).unwrap()
}

/// A packed blob of this many rows; `salt` makes it differ from others.
pub(crate) fn meta(namespace_number: u8, rows: u8, salt: u8) -> BlobMeta {
    let length = PayloadLength::new(BlobMode::Packed, PACKED_ROW * u64::from(rows) - 4).unwrap();
    let commitments = (0..rows)
        .map(|row| {
            let mut bytes = [salt; 48];
            bytes[0] = row;
            bytes[1] = namespace_number;
            Commitment::new(bytes)
        })
        .collect();
    BlobMeta::new(namespace(namespace_number), length, commitments).unwrap()
}

/// Three blobs of namespace 3, one each of 1, 5 and 7; 9 rows.
pub(crate) fn index() -> IndexTree {
    let metas = [
        meta(3, 2, 0x10),
        meta(5, 1, 0x11),
        meta(3, 1, 0x12),
        meta(1, 3, 0x13),
        meta(3, 1, 0x14),
        meta(7, 1, 0x15),
    ];
    IndexTree::place(&metas).unwrap()
}

pub(crate) fn header() -> Header {
    Header {
        chain_id: ChainId::new([1; 32]),
        height: Height::new(7),
        time: Timestamp::new(1_700_000_000_123),
        parent: HeaderHash::new([2; 32]),
        dimensions: GridDimensions::new(24).unwrap(),
        commitments_root: CommitmentsRoot::new([3; 32]),
        index_root: IndexRoot::new([4; 32]),
        validators: SetHash::new([5; 32]),
        next_validators: SetHash::new([6; 32]),
    }
}

pub(crate) fn any_namespace() -> impl Strategy<Value = Namespace> {
    any::<[u8; 29]>().prop_filter_map("reserved", |bytes| Namespace::new(bytes).ok())
}

pub(crate) fn any_length() -> impl Strategy<Value = PayloadLength> {
    prop_oneof![
        (1..=6 * PACKED_ROW).prop_map(|n| PayloadLength::new(BlobMode::Packed, n).unwrap()),
        (1..=6_u64).prop_map(|n| PayloadLength::new(BlobMode::Raw, n * 131_072).unwrap()),
    ]
}

pub(crate) fn any_meta() -> impl Strategy<Value = BlobMeta> {
    (any_namespace(), any_length(), any::<u64>()).prop_map(|(namespace, length, seed)| {
        let commitments = (0..length.rows())
            .map(|row| {
                let mut bytes = [0; 48];
                bytes[..8].copy_from_slice(&seed.to_be_bytes());
                bytes[8..16].copy_from_slice(&(row as u64).to_be_bytes());
                Commitment::new(bytes)
            })
            .collect();
        BlobMeta::new(namespace, length, commitments).unwrap()
    })
}

/// Up to 24 blobs of up to 8 namespaces, each blob once.
pub(crate) fn any_index() -> impl Strategy<Value = IndexTree> {
    proptest::collection::btree_set((1..=8_u8, 1..=3_u8, any::<u8>()), 0..24).prop_map(|blobs| {
        let metas: Vec<BlobMeta> = blobs.iter().map(|&(n, r, s)| meta(n, r, s)).collect();
        IndexTree::place(&metas).unwrap()
    })
}

pub(crate) fn any_header() -> impl Strategy<Value = Header> {
    (
        any::<[[u8; 32]; 6]>(),
        1..=u64::MAX,
        any::<u64>(),
        0..=256_u64,
    )
        .prop_map(|(hashes, height, time, rows)| Header {
            chain_id: ChainId::new(hashes[0]),
            height: Height::new(height),
            time: Timestamp::new(time),
            parent: HeaderHash::new(hashes[1]),
            dimensions: GridDimensions::new(rows).unwrap(),
            commitments_root: CommitmentsRoot::new(hashes[2]),
            index_root: IndexRoot::new(hashes[3]),
            validators: SetHash::new(hashes[4]),
            next_validators: SetHash::new(hashes[5]),
        })
}

pub(crate) const NOBODY: BlobId = BlobId::new([0xee; 32]);
