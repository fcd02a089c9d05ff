#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{ClientIndex, Ledger, SHARES, Toll};
use crate::grpc::{Client, Quotas, TokenHash};
use crate::metrics::Metrics;
use crate::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use types::Timestamp;

const DAY: u64 = 256_000;
const NOON: Timestamp = Timestamp::new(20_000 * 86_400_000 + 43_200_000);
const TOMORROW: Timestamp = NOON.plus_millis(86_400_000);

fn quotas(blobs_in_flight: usize) -> Quotas {
    Quotas {
        bytes_per_second: u64::MAX,
        bytes_per_day: DAY,
        blobs_in_flight,
    }
}

fn open(folder: &Path, now: Timestamp) -> Result<Arc<Ledger>> {
    let client = |name: &str| Client {
        name: name.into(),
        token: TokenHash::of(name.as_bytes()),
        quotas: quotas(2),
    };
    let metrics = Arc::new(Metrics::new(folder));
    let clients = [client("one"), client("other")];
    Ledger::open(folder.join("quotas.json"), &clients, metrics, now).map(Arc::new)
}

const ONE: ClientIndex = ClientIndex(0);
const OTHER: ClientIndex = ClientIndex(1);

/// A blob of which every byte arrives.
fn post(ledger: &Arc<Ledger>, client: ClientIndex, bytes: u64, now: Timestamp) -> Result<()> {
    ledger.charge(client, bytes, now).map(|mut toll: Toll| {
        toll.received(bytes);
    })
}

fn refused(result: Result<impl Sized>) -> &'static str {
    match result {
        Err(Error::Quota { quota, .. }) => quota,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("let in"),
    }
}

#[test]
fn a_day_goes_on_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), NOON).unwrap();
    post(&ledger, ONE, 200_000, NOON).unwrap();
    ledger.close(NOON).unwrap();

    let ledger = open(folder.path(), NOON).unwrap();
    assert_eq!(refused(post(&ledger, ONE, 56_001, NOON)), "day");
    // Another client's day is its own.
    post(&ledger, OTHER, DAY, NOON).unwrap();
    post(&ledger, ONE, 56_000, NOON).unwrap();
    ledger.close(NOON).unwrap();
    post(&open(folder.path(), TOMORROW).unwrap(), ONE, DAY, TOMORROW).unwrap();
}

#[test]
fn a_crash_costs_a_share_and_gives_nothing() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), NOON).unwrap();
    for _ in 0..100 {
        post(&ledger, ONE, 1_000, NOON).unwrap();
    }
    // Not closed: what is written runs ahead, by one share at most.
    drop(ledger);
    let ledger = open(folder.path(), NOON).unwrap();
    let left = DAY - 100_000;
    assert_eq!(refused(post(&ledger, ONE, left + 1, NOON)), "day");
    post(&ledger, ONE, left - DAY / SHARES, NOON).unwrap();
}

#[test]
fn seldom_is_anything_written() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), NOON).unwrap();
    post(&ledger, ONE, 10, NOON).unwrap();
    let file = folder.path().join("quotas.json");
    std::fs::remove_file(&file).unwrap();
    for _ in 0..90 {
        post(&ledger, ONE, 10, NOON).unwrap();
    }
    assert!(!file.exists(), "a share was written ahead");
    post(&ledger, ONE, 1_000, NOON).unwrap();
    assert!(file.exists());
}

#[test]
fn what_did_not_arrive_is_given_back() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), NOON).unwrap();
    drop(ledger.charge(ONE, DAY, NOON).unwrap());

    let mut half = ledger.charge(ONE, DAY, NOON).unwrap();
    half.received(DAY / 2);
    drop(half);
    assert_eq!(refused(post(&ledger, ONE, DAY / 2 + 1, NOON)), "day");

    let mut waived = ledger.charge(ONE, DAY / 2, NOON).unwrap();
    waived.received(u64::MAX);
    waived.waive();
    drop(waived);
    post(&ledger, ONE, DAY / 2, NOON).unwrap();
    assert_eq!(refused(post(&ledger, ONE, 1, NOON)), "day");
}

#[test]
fn blobs_in_flight_are_counted() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), NOON).unwrap();
    let mut first = ledger.charge(ONE, 1, NOON).unwrap();
    let second = ledger.charge(ONE, 1, NOON).unwrap();
    assert_eq!(refused(ledger.charge(ONE, 1, NOON)), "blobs");
    drop(ledger.charge(OTHER, 1, NOON).unwrap());
    // A place outlives the toll when it was taken.
    let place = first.take_place();
    drop(first);
    assert_eq!(refused(ledger.charge(ONE, 1, NOON)), "blobs");
    drop(place);
    drop(ledger.charge(ONE, 1, NOON).unwrap());
    drop(second);
}

#[test]
fn nothing_is_let_in_that_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    let gone = folder.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let ledger = open(&gone, NOON).unwrap();
    std::fs::remove_dir(&gone).unwrap();
    assert!(matches!(
        post(&ledger, ONE, DAY, NOON),
        Err(Error::Quotas(_))
    ));
    std::fs::create_dir(&gone).unwrap();
    post(&ledger, ONE, DAY, NOON).unwrap();
}

#[test]
fn bad_input_a_record_that_is_none() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("quotas.json");
    let long = " ".repeat((1 << 20) + 1);
    for text in [
        "",
        "{",
        "[]",
        r#"{"version":2,"day":1,"bytes":{}}"#,
        r#"{"version":1,"day":-1,"bytes":{}}"#,
        r#"{"version":1,"day":1,"bytes":{"one":1.5}}"#,
        r#"{"version":1,"day":1,"bytes":{},"more":1}"#,
        &long,
    ] {
        std::fs::write(&file, text).unwrap();
        let opened = open(folder.path(), NOON);
        assert!(matches!(opened, Err(Error::Quotas(_))), "{text:.40}");
    }
    // More than a day has, and clients that are gone: nothing is left today.
    let text = r#"{"version":1,"day":20000,"bytes":{"one":18446744073709551615,"gone":1}}"#;
    std::fs::write(&file, text).unwrap();
    let ledger = open(folder.path(), NOON).unwrap();
    assert_eq!(refused(post(&ledger, ONE, 1, NOON)), "day");
    post(&ledger, OTHER, DAY, NOON).unwrap();
}
