#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::blobs::Blobs;
use super::{Latency, LoadConfig, Mode, Pace};
use crate::Error;
use chain::ChainParams;
use std::collections::BTreeSet;
use std::time::Duration;
use types::limits::ROW_BYTES;

fn config() -> LoadConfig {
    LoadConfig {
        validators: 1,
        seconds: 1,
        warm_up: 0,
        blob_bytes: 1_000,
        pace: Pace::Rate(1.0),
        mode: Mode::NodeProves,
        seed: 1,
        programs: None,
        params: ChainParams::devnet(),
    }
}

#[test]
fn percentiles_are_times_that_were_measured() {
    let times = |count: u64| (1..=count).rev().map(Duration::from_millis).collect();
    assert_eq!(Latency::of(Vec::new()), None);
    let of = |count| Latency::of(times(count)).unwrap();
    for (count, p50, p99, max) in [
        (1, 1.0, 1.0, 1.0),
        (2, 1.0, 2.0, 2.0),
        (100, 50.0, 99.0, 100.0),
        (1_000, 500.0, 990.0, 1_000.0),
    ] {
        let latency = of(count);
        assert_eq!(
            (latency.count as u64, latency.p50, latency.p99, latency.max),
            (count, p50, p99, max)
        );
    }
}

#[test]
fn every_blob_is_another_and_a_seed_repeats_all_of_them() {
    let describe = |blobs: &Blobs, number| {
        let blob = blobs.blob(number).unwrap();
        (blob.submission.namespace, blob.payload)
    };
    let (one, same) = (
        Blobs::prepare(Mode::NodeProves, 500, 7).unwrap(),
        Blobs::prepare(Mode::NodeProves, 500, 7).unwrap(),
    );
    let other = Blobs::prepare(Mode::NodeProves, 500, 8).unwrap();
    let mut seen = BTreeSet::new();
    for number in 0..20 {
        let blob = describe(&one, number);
        assert_eq!(blob, describe(&same, number));
        assert_ne!(blob.1, describe(&other, number).1);
        assert!(seen.insert((blob.0.to_string(), blob.1)));
    }
}

#[test]
fn posters_bring_the_proofs_of_every_row() {
    let bytes = ROW_BYTES + 1;
    let blobs = Blobs::prepare(Mode::PosterProves, bytes, 1).unwrap();
    let blob = blobs.blob(5).unwrap();
    let proofs = blob.proofs.unwrap();
    assert_eq!(proofs.len(), blob.submission.length.rows());
    assert_ne!(proofs[0].commitment(), proofs[1].commitment());
    let raw = Blobs::prepare(Mode::Raw, ROW_BYTES, 1).unwrap();
    let payload = raw.blob(0).unwrap().payload;
    assert!(erasure::raw_rows(&payload).is_ok());
    assert!(Blobs::prepare(Mode::Raw, ROW_BYTES - 1, 1).is_err());
}

#[test]
fn bad_input_what_cannot_be_measured() {
    assert!(config().check().is_ok());
    let refuses = |change: fn(&mut LoadConfig)| {
        let mut config = config();
        change(&mut config);
        assert!(matches!(config.check(), Err(Error::OutOfRange { .. })));
    };
    refuses(|config| config.seconds = 0);
    refuses(|config| config.seconds = 3_601);
    refuses(|config| config.pace = Pace::Rate(0.0));
    refuses(|config| config.pace = Pace::Rate(f64::NAN));
    refuses(|config| config.pace = Pace::Rate(f64::INFINITY));
    refuses(|config| config.pace = Pace::Max { posters: 0 });
    refuses(|config| config.pace = Pace::Max { posters: 257 });
}
