//! Keys: fixed-width and big-endian, so that the store's order is the numbers' order.

use types::{BlobId, ColumnIndex, Height, RowIndex, Timestamp};

pub(super) fn cell(blob: &BlobId, row: RowIndex, column: ColumnIndex) -> [u8; 35] {
    let mut key = [0; 35];
    key[..34].copy_from_slice(&self::row(blob, row));
    key[34] = column.get();
    key
}

pub(super) fn row(blob: &BlobId, row: RowIndex) -> [u8; 34] {
    let mut key = [0; 34];
    key[..32].copy_from_slice(blob.as_bytes());
    key[32..].copy_from_slice(&row.get().to_be_bytes());
    key
}

pub(super) fn expiry(at: Timestamp, blob: &BlobId) -> [u8; 40] {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&at.get().to_be_bytes());
    key[8..].copy_from_slice(blob.as_bytes());
    key
}

pub(super) const fn height(height: Height) -> [u8; 8] {
    height.get().to_be_bytes()
}

/// The least key above every key with this prefix.
pub(super) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut key = prefix.to_vec();
    while let Some(last) = key.pop() {
        if last < u8::MAX {
            key.push(last + 1);
            return key;
        }
    }
    vec![u8::MAX; prefix.len() + 1]
}
