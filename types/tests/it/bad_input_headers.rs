//! Headers that cannot be.

use crate::samples::header;
use types::{Error, Header};

#[test]
fn an_unknown_version() {
    for version in [0, 2, u16::MAX] {
        let mut bytes = header().encode();
        bytes[..2].copy_from_slice(&version.to_be_bytes());
        assert_eq!(
            Header::decode(&bytes).unwrap_err(),
            Error::OutOfRange {
                what: "header version",
                got: u64::from(version),
                min: 1,
                max: 1
            }
        );
    }
}

#[test]
fn the_height_of_the_genesis() {
    let mut bytes = header().encode();
    bytes[34..42].fill(0);
    assert_eq!(
        Header::decode(&bytes).unwrap_err(),
        Error::OutOfRange {
            what: "height of a block",
            got: 0,
            min: 1,
            max: u64::MAX
        }
    );
}

#[test]
fn more_rows_than_a_block_has() {
    let mut bytes = header().encode();
    bytes[82..84].copy_from_slice(&257_u16.to_be_bytes());
    assert_eq!(
        Header::decode(&bytes).unwrap_err(),
        Error::OutOfRange {
            what: "rows of a block",
            got: 257,
            min: 0,
            max: 256
        }
    );
}

#[test]
fn bytes_missing_or_left_over() {
    let bytes = header().encode();
    assert_eq!(bytes.len(), Header::BYTES);
    for cut in 0..bytes.len() {
        assert!(matches!(
            Header::decode(&bytes[..cut]).unwrap_err(),
            Error::Length { what: "header", .. }
        ));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        Header::decode(&longer).unwrap_err(),
        Error::TrailingBytes {
            what: "header",
            got: 1
        }
    );
}

#[test]
fn every_bit_is_committed_to() {
    let bytes = header().encode();
    for bit in 0..8 * bytes.len() {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        if let Ok(decoded) = Header::decode(&other) {
            assert_ne!(decoded.hash(), header().hash(), "bit {bit}");
        }
    }
}
