use erasure::{
    ErasureError, PACKED_BYTES_PER_ROW, pack, payload_to_rows, raw_payload, raw_rows,
    rows_to_payload, unpack,
};
use proptest::prelude::*;
use rand::Rng;
use types::limits::MAX_PAYLOAD_BYTES;
use types::{BlobMode, PayloadLength, Row};

use super::{hostile_rows, random_row, rng};

fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    rng(count as u64).fill_bytes(&mut bytes);
    bytes
}

/// The row with one byte replaced.
fn with_byte(row: &Row, offset: usize, byte: u8) -> Row {
    let mut bytes = row.as_bytes().to_vec();
    bytes[offset] = byte;
    Row::from_slice(&bytes).unwrap()
}

#[test]
fn packed_payloads_come_back_and_take_the_rows_they_should() {
    let full = PACKED_BYTES_PER_ROW - 4;
    for (length, rows) in [
        (1, 1),
        (27, 1),
        (28, 1),
        (full, 1),
        (full + 1, 2),
        (3_000_000, 24),
        (MAX_PAYLOAD_BYTES, 133),
    ] {
        let payload = bytes(length);
        let packed = pack(&payload).unwrap();
        assert_eq!(packed.len(), rows, "{length} bytes");
        assert!(unpack(&packed).unwrap() == payload, "{length} bytes");
    }
}

#[test]
fn the_layout_is_header_then_payload_in_the_low_31_bytes() {
    let rows = pack(&[0xaa; 40]).unwrap();
    let mut elements = rows[0].elements();
    let mut first = [0xaa; 32];
    first[..5].copy_from_slice(&[0, 0, 0, 0, 40]);
    assert_eq!(elements.next().unwrap(), &first);
    let mut second = [0; 32];
    second[1..14].fill(0xaa);
    assert_eq!(elements.next().unwrap(), &second);
    assert!(elements.all(|e| *e == [0; 32]));
}

#[test]
fn bad_input_nothing_and_too_much_are_refused() {
    for payload in [vec![], vec![0; MAX_PAYLOAD_BYTES + 1]] {
        assert!(matches!(
            pack(&payload),
            Err(ErasureError::Noun(types::Error::OutOfRange { .. }))
        ));
    }
    assert!(matches!(
        unpack(&[]),
        Err(ErasureError::RowCount { got: 0, .. })
    ));
    assert!(matches!(
        unpack(&vec![Row::zero(); 134]),
        Err(ErasureError::RowCount { got: 134, .. })
    ));
}

#[test]
fn bad_input_top_byte_in_use_is_refused_where_it_stands() {
    let mut rows = pack(&bytes(200_000)).unwrap();
    rows[1] = with_byte(&rows[1], 32 * 77, 1);
    let error = unpack(&rows).unwrap_err();
    assert_eq!(
        error,
        ErasureError::PackedTopByte {
            row: 1,
            element: 77,
            got: 1
        }
    );
    assert!(error.is_peer_fault());
}

#[test]
fn bad_input_length_claims_that_do_not_fit_the_rows_are_refused() {
    let rows = pack(&bytes(200_000)).unwrap();
    assert_eq!(
        unpack(&rows[..1]),
        Err(ErasureError::PackedLength {
            length: 200_000,
            got: 1,
            expected: 2
        })
    );
    let more = [rows.clone(), vec![Row::zero()]].concat();
    assert!(matches!(
        unpack(&more),
        Err(ErasureError::PackedLength { got: 3, .. })
    ));
    // A header of zero, and one far above 16 MiB.
    assert!(matches!(
        unpack(&[Row::zero()]),
        Err(ErasureError::Noun(types::Error::OutOfRange { got: 0, .. }))
    ));
    assert!(matches!(
        unpack(&[with_byte(&rows[0], 1, 0xff)]),
        Err(ErasureError::Noun(types::Error::OutOfRange { .. }))
    ));
}

#[test]
fn bad_input_padding_that_is_not_zero_is_refused() {
    let rows = pack(&[7; 10]).unwrap();
    assert_eq!(
        unpack(&[with_byte(&rows[0], 131_071, 9)]),
        Err(ErasureError::PackedPadding {
            offset: PACKED_BYTES_PER_ROW - 4 - 10 - 1,
            got: 9
        })
    );
    assert_eq!(
        unpack(&[with_byte(&rows[0], 15, 3)]),
        Err(ErasureError::PackedPadding { offset: 0, got: 3 })
    );
}

#[test]
fn raw_rows_come_back_unchanged() {
    let mut rows = hostile_rows();
    rows.push(random_row(&mut rng(1)));
    let payload = raw_payload(&rows);
    assert!(raw_rows(&payload).unwrap() == rows);
}

#[test]
fn bad_input_raw_rows_that_are_not_canonical_are_refused_where_they_stand() {
    let mut payload = vec![0; 3 * Row::BYTES];
    payload[2 * Row::BYTES + 32 * 5] = 0xff;
    assert_eq!(
        raw_rows(&payload),
        Err(ErasureError::RawElement { row: 2, element: 5 })
    );
    for length in [0, 1, Row::BYTES - 1, Row::BYTES + 1, 129 * Row::BYTES] {
        assert!(
            matches!(raw_rows(&vec![0; length]), Err(ErasureError::Noun(_))),
            "{length}"
        );
    }
}

#[test]
fn rows_must_hold_the_length_that_the_blob_says() {
    for (mode, payload) in [
        (BlobMode::Packed, bytes(1000)),
        (BlobMode::Raw, vec![0; 2 * Row::BYTES]),
    ] {
        let (length, rows) = payload_to_rows(mode, &payload).unwrap();
        assert_eq!(length.rows(), rows.len());
        assert!(rows_to_payload(length, &rows).unwrap() == payload);
    }
    let rows = pack(&bytes(1000)).unwrap();
    let other = PayloadLength::new(BlobMode::Packed, 999).unwrap();
    assert_eq!(
        rows_to_payload(other, &rows),
        Err(ErasureError::PayloadLength {
            got: 1000,
            expected: 999
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes_pack_to_as_many_rows_as_their_length_says(
        payload in proptest::collection::vec(any::<u8>(), 1..300_000)
    ) {
        let rows = pack(&payload).unwrap();
        let length = PayloadLength::new(BlobMode::Packed, payload.len() as u64).unwrap();
        prop_assert_eq!(rows.len(), length.rows());
        prop_assert!(unpack(&rows).unwrap() == payload);
    }
}
