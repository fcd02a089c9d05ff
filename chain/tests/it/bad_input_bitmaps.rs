//! Bitmaps that are not their set's.

use crate::samples::network;
use chain::{Bitmap, Error, UnverifiedAvailability, UnverifiedFinality, ValidatorIndex};
use types::BlobId;

#[test]
fn too_long_and_too_short() {
    for (members, got) in [
        (1, 0),
        (1, 2),
        (8, 2),
        (9, 1),
        (9, 3),
        (1024, 127),
        (1024, 129),
    ] {
        assert_eq!(
            Bitmap::decode(members, &vec![0; got]).unwrap_err(),
            Error::BitmapLength {
                got,
                expected: members.div_ceil(8),
                members
            }
        );
    }
}

#[test]
fn bits_beyond_the_last_member() {
    for (members, last) in [(1_usize, 0b10), (4, 0b1_0000), (7, 0x80), (12, 0x10)] {
        let mut bytes = vec![0; members.div_ceil(8)];
        *bytes.last_mut().unwrap() = last;
        assert_eq!(
            Bitmap::decode(members, &bytes).unwrap_err(),
            Error::StrayBits { got: last, members }
        );
        *bytes.last_mut().unwrap() = last >> 1;
        assert_eq!(Bitmap::decode(members, &bytes).unwrap().count(), 1);
    }
    assert_eq!(Bitmap::decode(8, &[0xff]).unwrap().count(), 8);
}

#[test]
fn an_index_beyond_the_last_member() {
    let mut bitmap = Bitmap::new(12);
    let got = ValidatorIndex::new(12);
    assert_eq!(
        bitmap.set(got).unwrap_err(),
        Error::UnknownIndex { got, members: 12 }
    );
    assert!(bitmap.set(ValidatorIndex::new(11)).is_ok());
}

#[test]
fn a_bitmap_of_a_set_of_another_size() {
    let network = network(&[1; 4]);
    assert!(network.set.weight_of(&Bitmap::new(4)).is_ok());
    assert_eq!(
        network.set.weight_of(&Bitmap::new(9)).unwrap_err(),
        Error::BitmapLength {
            got: 2,
            expected: 1,
            members: 4
        }
    );
}

#[test]
fn certificates_whose_bitmaps_are_not_their_sets() {
    let network = network(&[1; 4]);
    let terms = network.terms(BlobId::new([1; 32]));
    for (signers, error) in [
        (
            vec![0b1111, 0],
            Error::BitmapLength {
                got: 2,
                expected: 1,
                members: 4,
            },
        ),
        (
            vec![0b1_1111],
            Error::StrayBits {
                got: 0b1_1111,
                members: 4,
            },
        ),
    ] {
        let mut availability = network.certify_by(&terms, &[0, 1, 2, 3]);
        availability.signers.clone_from(&signers);
        let got = availability.verify(&network.chain_id, &network.set);
        assert_eq!(got.unwrap_err(), error);
        let mut finality = network.finality_by(&network.first_header(), &[0, 1, 2, 3]);
        finality.signers = signers;
        let got = finality.verify(&network.chain_id, &network.set);
        assert_eq!(got.unwrap_err(), error);
    }
}

#[test]
fn encoded_bitmaps_over_any_sets_size_are_refused_unread() {
    let error = Error::TooLarge {
        what: "bitmap",
        got: 129,
        max: 128,
    };
    let network = network(&[1; 4]);
    let mut availability = network.certify_by(&network.terms(BlobId::new([1; 32])), &[0]);
    availability.signers = vec![0; 129];
    let got = UnverifiedAvailability::decode(&availability.encode());
    assert_eq!(got.unwrap_err(), error);
    let mut finality = network.finality_by(&network.first_header(), &[0]);
    finality.signers = vec![0; 129];
    let got = UnverifiedFinality::decode(&finality.encode());
    assert_eq!(got.unwrap_err(), error);
}
