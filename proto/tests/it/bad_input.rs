//! Wrong lengths, codes and indices are typed errors; garbage never panics.

use super::cell;
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;
use proto::{Error, RowProofs, Submission, p2p, v1};
use types::{Commitment, Coordinates, Proof, UnverifiedCell};

fn good() -> v1::Coordinates {
    v1::Coordinates {
        kind: v1::RowKind::Data.into(),
        row: 255,
        column: 127,
    }
}

fn header() -> v1::SubmitBlobHeader {
    v1::SubmitBlobHeader {
        namespace: Bytes::from(vec![7; 29]),
        mode: v1::BlobMode::Packed.into(),
        length: 1,
        expected_blob_id: None,
        with_proofs: false,
    }
}

#[test]
fn bad_input_coordinates_outside_any_grid() {
    assert!(Coordinates::try_from(good()).is_ok());
    for (row, column, field) in [
        (256, 0, "coordinates.row"),
        (u32::MAX, 0, "coordinates.row"),
        (0, 128, "coordinates.column"),
        (0, u32::MAX, "coordinates.column"),
    ] {
        let wire = v1::Coordinates {
            row,
            column,
            ..good()
        };
        let error = Coordinates::try_from(wire).unwrap_err();
        assert!(
            matches!(&error, Error::Field { field: got, .. } if *got == field),
            "{error}"
        );
        assert!(error.is_peer_fault());
    }
}

#[test]
fn bad_input_row_kinds_that_name_nothing() {
    for kind in [0, 3, -1, i32::MAX] {
        let error = Coordinates::try_from(v1::Coordinates { kind, ..good() }).unwrap_err();
        assert!(matches!(error, Error::Code { field: "coordinates.kind", got, .. } if got == kind));
    }
}

#[test]
fn bad_input_cells_of_wrong_length() {
    let wire = |cell: usize, proof: usize| p2p::Cell {
        at: Some(p2p::Coordinates {
            kind: p2p::RowKind::Parity.into(),
            row: 0,
            column: 0,
        }),
        cell: vec![0; cell].into(),
        proof: vec![0; proof].into(),
    };
    assert!(UnverifiedCell::try_from(wire(2048, 48)).is_ok());
    for (cell, proof, field) in [
        (0, 48, "cell.cell"),
        (2047, 48, "cell.cell"),
        (2049, 48, "cell.cell"),
        (2048, 0, "cell.proof"),
        (2048, 47, "cell.proof"),
        (2048, 96, "cell.proof"),
    ] {
        let error = UnverifiedCell::try_from(wire(cell, proof)).unwrap_err();
        assert!(
            matches!(
                &error,
                Error::Field { field: got, source: types::Error::Length { .. } } if *got == field
            ),
            "{error}"
        );
    }
}

#[test]
fn bad_input_cells_without_a_place_or_canonical_elements() {
    let cell = v1::Cell {
        at: None,
        cell: vec![0; 2048].into(),
        proof: vec![0; 48].into(),
    };
    assert_eq!(
        UnverifiedCell::try_from(cell.clone()),
        Err(Error::Missing { field: "cell.at" })
    );
    let above_the_modulus = v1::Cell {
        at: Some(good()),
        cell: vec![0xff; 2048].into(),
        ..cell
    };
    assert!(matches!(
        UnverifiedCell::try_from(above_the_modulus),
        Err(Error::Field {
            field: "cell.cell",
            source: types::Error::NonCanonicalElement { element: 0, .. }
        })
    ));
}

#[test]
fn bad_input_submissions() {
    assert!(Submission::try_from(header()).is_ok());
    let cases = [
        (
            v1::SubmitBlobHeader {
                namespace: vec![7; 28].into(),
                ..header()
            },
            "header.namespace",
        ),
        (
            v1::SubmitBlobHeader {
                namespace: vec![0xff; 29].into(),
                ..header()
            },
            "header.namespace",
        ),
        (
            v1::SubmitBlobHeader {
                length: 0,
                ..header()
            },
            "header.length",
        ),
        (
            v1::SubmitBlobHeader {
                length: (16 << 20) + 1,
                ..header()
            },
            "header.length",
        ),
        (
            v1::SubmitBlobHeader {
                length: 131_073,
                mode: v1::BlobMode::Raw.into(),
                ..header()
            },
            "header.length",
        ),
        (
            v1::SubmitBlobHeader {
                expected_blob_id: Some(vec![0; 31].into()),
                ..header()
            },
            "header.expected_blob_id",
        ),
    ];
    for (wire, field) in cases {
        let error = Submission::try_from(wire).unwrap_err();
        assert!(
            matches!(&error, Error::Field { field: got, .. } if *got == field),
            "{error}"
        );
    }
    for mode in [0, 3, -7] {
        let error = Submission::try_from(v1::SubmitBlobHeader { mode, ..header() }).unwrap_err();
        assert!(matches!(error, Error::Code { got, .. } if got == mode));
    }
}

#[test]
fn bad_input_proofs_that_are_not_those_of_a_row() {
    let wire = |commitment, proofs| v1::RowProofs {
        commitment: Bytes::from(vec![1; commitment]),
        proofs: Bytes::from(vec![2; proofs]),
    };
    assert!(RowProofs::try_from(wire(48, 6144)).is_ok());
    for (commitment, proofs, field) in [
        (0, 6144, "row_proofs.commitment"),
        (47, 6144, "row_proofs.commitment"),
        (49, 6144, "row_proofs.commitment"),
        (48, 0, "row_proofs.proofs"),
        (48, 6143, "row_proofs.proofs"),
        (48, 6144 + 48, "row_proofs.proofs"),
    ] {
        let error = RowProofs::try_from(wire(commitment, proofs)).unwrap_err();
        assert!(
            matches!(&error, Error::Field { field: got, .. } if *got == field),
            "{error}"
        );
    }
    for count in [0, 127, 129] {
        let error = RowProofs::new(Commitment::new([1; 48]), vec![Proof::new([2; 48]); count]);
        assert!(matches!(error, Err(Error::Count { got, .. }) if got == count as u64));
    }
}

proptest! {
    #[test]
    fn bad_input_garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        if let Ok(cell) = v1::Cell::decode(&bytes[..]) {
            let _ = UnverifiedCell::try_from(cell);
        }
        if let Ok(header) = v1::SubmitBlobHeader::decode(&bytes[..]) {
            let _ = Submission::try_from(header);
        }
        if let Ok(row) = v1::RowProofs::decode(&bytes[..]) {
            let _ = RowProofs::try_from(row);
        }
        if let Ok(at) = p2p::Coordinates::decode(&bytes[..]) {
            let _ = Coordinates::try_from(at);
        }
        let _ = p2p::Request::decode(&bytes[..]);
        let _ = p2p::Response::decode(&bytes[..]);
    }

    #[test]
    fn bad_input_a_flipped_bit_is_an_error_or_another_cell(
        cell in cell(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut bytes = p2p::Cell::from(&cell).encode_to_vec();
        let at = place.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let read = p2p::Cell::decode(&bytes[..]).map(UnverifiedCell::try_from);
        prop_assert!(read != Ok(Ok(cell)), "byte {at}");
    }
}
