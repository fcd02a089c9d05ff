#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use settlement::Wei;

const fn at(seconds: u64) -> L1Time {
    L1Time::new(seconds)
}

#[test]
fn the_network_is_left_late_and_taken_again_once_it_certifies() {
    let mut carrier = Carrier::new(Patience {
        certificate: 100,
        first_pause: 10,
        longest_pause: 35,
    });
    let (first, second) = (BlobId::new([1; 32]), BlobId::new([2; 32]));
    assert!(!carrier.is_late(at(50), at(149)));
    assert!(carrier.is_late(at(50), at(150)));
    assert_eq!(carrier.carriage(OnRow::Calldata).off, OffRow::Network);
    assert_eq!(carrier.probe(at(1000)), None);

    carrier.failed(BatchNumber::new(1), first, at(150));
    assert_eq!(carrier.carriage(OnRow::Calldata).off, OffRow::Blob);
    // The first row stays the one that is asked for.
    carrier.failed(BatchNumber::new(2), second, at(155));
    let asked: Vec<u64> = (150..300)
        .filter(|now| {
            let blob = carrier.probe(at(*now));
            assert!(blob.is_none_or(|blob| blob == first));
            blob.is_some()
        })
        .collect();
    assert_eq!(asked, [160, 180, 215, 250, 285]);

    carrier.certified();
    assert_eq!(carrier.network(), Network::Works);
    assert_eq!(carrier.carriage(OnRow::Blob).off, OffRow::Network);
    carrier.failed(BatchNumber::new(9), second, at(400));
    assert_eq!(carrier.probe(at(409)), None);
    assert_eq!(carrier.probe(at(410)), Some(second));
}

#[test]
fn rows_on_l1_go_where_they_are_cheaper_by_a_quarter() {
    let gwei = Wei::gwei(1);
    assert_eq!(on_row(gwei, Wei::new(1), 8), OnRow::Calldata);
    assert_eq!(on_row(gwei, Wei::new(1), 128), OnRow::Blob);
    assert_eq!(on_row(gwei, Wei::gwei(2), 128), OnRow::Calldata);
    assert_eq!(on_row(Wei::ZERO, Wei::new(1), 128), OnRow::Calldata);
}

#[test]
fn without_blobs_rows_wait_for_the_network() {
    let mut carrier = Carrier::new(Patience::default()).with_blobs(false);
    let plain = Carriage {
        on: OnRow::Calldata,
        off: OffRow::Network,
    };
    for on in [OnRow::Blob, OnRow::Calldata] {
        assert_eq!(carrier.carriage(on), plain);
    }
    let (number, blob) = (BatchNumber::new(1), BlobId::new([1; 32]));
    carrier.failed(number, blob, L1Time::new(5));
    assert_eq!(carrier.network(), Network::Works);
    assert_eq!(carrier.carriage(OnRow::Blob), plain);
}
