//! What is written is what is read.

use super::{cell, coordinates};
use proptest::prelude::*;
use prost::Message;
use proto::{RowProofs, Submission, p2p, v1};
use types::{
    BlobId, BlobMode, Commitment, Coordinates, Namespace, PayloadLength, Proof, UnverifiedCell,
};

proptest! {
    #[test]
    fn coordinates_in_both_packages(at in coordinates()) {
        prop_assert_eq!(Coordinates::try_from(v1::Coordinates::from(at)).unwrap(), at);
        prop_assert_eq!(Coordinates::try_from(p2p::Coordinates::from(at)).unwrap(), at);
    }

    #[test]
    fn cells_through_their_encoding(cell in cell()) {
        let bytes = v1::Cell::from(&cell).encode_to_vec();
        let read = v1::Cell::decode(&bytes[..]).unwrap();
        prop_assert_eq!(&UnverifiedCell::try_from(read).unwrap(), &cell);

        let bytes = p2p::Cell::from(&cell).encode_to_vec();
        let read = p2p::Cell::decode(&bytes[..]).unwrap();
        prop_assert_eq!(&UnverifiedCell::try_from(read).unwrap(), &cell);
    }

    #[test]
    fn submissions(
        raw in any::<bool>(),
        rows in 1..=128_u64,
        expected in any::<Option<[u8; 32]>>(),
        name in "[a-z]{1,28}",
    ) {
        let mode = if raw { BlobMode::Raw } else { BlobMode::Packed };
        let submission = Submission {
            namespace: name.parse::<Namespace>().unwrap(),
            length: PayloadLength::new(mode, rows * 131_072).unwrap(),
            expected: expected.map(BlobId::new),
        };
        let wire = v1::SubmitBlobHeader::from(&submission);
        prop_assert_eq!(Submission::try_from(wire).unwrap(), submission);
    }

    #[test]
    fn proofs_of_rows(seed in any::<u8>()) {
        let proofs = (0..128).map(|column: u8| Proof::new([column ^ seed; 48])).collect();
        let row = RowProofs::new(Commitment::new([seed; 48]), proofs).unwrap();
        let bytes = v1::RowProofs::from(&row).encode_to_vec();
        let read = v1::RowProofs::decode(&bytes[..]).unwrap();
        prop_assert_eq!(RowProofs::try_from(read).unwrap(), row);
    }
}
