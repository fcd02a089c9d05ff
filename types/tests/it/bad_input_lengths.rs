//! Claims of length that a blob cannot have, or that its rows contradict.

use crate::samples::{PACKED_ROW, meta};
use types::limits::{MAX_BLOB_ROWS, MAX_PAYLOAD_BYTES};
use types::{BlobMeta, BlobMode, Error, PayloadLength};

fn rows(mode: BlobMode, bytes: u64) -> usize {
    PayloadLength::new(mode, bytes).unwrap().rows()
}

#[test]
fn nothing_and_too_much() {
    let most = MAX_PAYLOAD_BYTES as u64;
    for mode in [BlobMode::Packed, BlobMode::Raw] {
        for got in [0, most + 1, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            assert_eq!(
                PayloadLength::new(mode, got).unwrap_err(),
                Error::OutOfRange {
                    what: "bytes of a payload",
                    got,
                    min: 1,
                    max: most
                }
            );
        }
        assert!(PayloadLength::new(mode, most).is_ok());
    }
}

#[test]
fn part_of_a_raw_row() {
    for got in [1, 131_071, 131_073] {
        assert_eq!(
            PayloadLength::new(BlobMode::Raw, got).unwrap_err(),
            Error::RawLength {
                got,
                row_bytes: 131_072
            }
        );
    }
}

#[test]
fn rows_of_a_packed_payload_count_its_header() {
    assert_eq!(rows(BlobMode::Packed, 1), 1);
    assert_eq!(rows(BlobMode::Packed, PACKED_ROW - 4), 1);
    assert_eq!(rows(BlobMode::Packed, PACKED_ROW - 3), 2);
    assert_eq!(rows(BlobMode::Packed, 3_000_000), 24);
    assert_eq!(
        rows(BlobMode::Packed, MAX_PAYLOAD_BYTES as u64),
        MAX_BLOB_ROWS
    );
    assert_eq!(rows(BlobMode::Raw, MAX_PAYLOAD_BYTES as u64), 128);
}

#[test]
fn more_or_fewer_commitments_than_the_length_makes() {
    let good = meta(1, 3, 0);
    for got in [0, 2, 4] {
        let commitments = vec![good.commitments()[0]; got];
        assert_eq!(
            BlobMeta::new(good.namespace(), good.length(), commitments).unwrap_err(),
            Error::RowCount { got, expected: 3 }
        );
    }
}

#[test]
fn an_encoded_count_that_the_length_contradicts() {
    let mut bytes = meta(1, 3, 0).encode();
    bytes[35] = 2;
    assert_eq!(
        BlobMeta::decode(&bytes).unwrap_err(),
        Error::RowCount {
            got: 2,
            expected: 3
        }
    );
}

#[test]
fn an_encoded_mode_that_does_not_exist() {
    let mut bytes = meta(1, 3, 0).encode();
    bytes[29] = 2;
    assert_eq!(
        BlobMeta::decode(&bytes).unwrap_err(),
        Error::Code {
            what: "blob mode",
            got: 2,
            max: 1
        }
    );
}
