//! Payloads from rows, and rows from payloads.
#![no_main]

use arbitrary::Arbitrary;
use erasure::{pack, payload_to_rows, raw_payload, raw_rows, rows_to_payload, unpack};
use libfuzzer_sys::fuzz_target;
use types::limits::ROW_BYTES;
use types::{BlobMode, PayloadLength, Row};

#[derive(Arbitrary, Debug)]
struct Input {
    /// What the stream's first bytes are.
    head: [u8; 5],
    /// Bytes of the rows to set: where, and to what.
    places: Vec<(u32, u8)>,
    rows: u8,
    payload: Vec<u8>,
    /// How often the payload is repeated.
    times: u8,
    /// The length that a poster claims.
    raw: bool,
    length: u32,
}

fuzz_target!(|input: Input| {
    let mut bytes = vec![0; usize::from(input.rows % 4) * ROW_BYTES];
    if !bytes.is_empty() {
        bytes[..5].copy_from_slice(&input.head);
    }
    for (at, byte) in input.places.iter().take(64) {
        let count = bytes.len().max(1);
        if let Some(old) = bytes.get_mut(*at as usize % count) {
            *old = *byte;
        }
    }
    if let Ok(rows) = raw_rows(&bytes) {
        assert_eq!(raw_payload(&rows), bytes);
        if let Ok(payload) = unpack(&rows) {
            assert_eq!(pack(&payload), Ok(rows.clone()));
        }
        claimed(&input, &rows);
    }

    let payload = input.payload.repeat(usize::from(input.times) + 1);
    for mode in [BlobMode::Packed, BlobMode::Raw] {
        if let Ok((length, rows)) = payload_to_rows(mode, &payload) {
            assert_eq!(length.rows(), rows.len());
            assert_eq!(rows_to_payload(length, &rows), Ok(payload.clone()));
        }
    }
});

fn claimed(input: &Input, rows: &[Row]) {
    let mode = if input.raw {
        BlobMode::Raw
    } else {
        BlobMode::Packed
    };
    if let Ok(length) = PayloadLength::new(mode, input.length.into())
        && let Ok(payload) = rows_to_payload(length, rows)
    {
        assert_eq!(payload.len(), length.bytes() as usize);
    }
}
