//! What survives, what is dropped, what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::record::RECORD;
use super::{DAYS, HEAD, History, MAX_RECORDS, PastVerdict};
use crate::Error;
use crate::core::Verdict;
use std::path::PathBuf;
use tempfile::TempDir;
use types::{ChainId, HeaderHash, Height, Timestamp};

const CHAIN: ChainId = ChainId::new([1; 32]);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn verdict(day: u64, height: u64) -> PastVerdict {
    PastVerdict {
        time: Timestamp::new(day * DAY_MS + height),
        height: Height::new(height),
        hash: HeaderHash::new([height as u8; 32]),
        verdict: [Verdict::Available, Verdict::Unavailable, Verdict::Undecided]
            [height as usize % 3],
        samples: 24,
        bytes_received: 60_000,
        miss_probability: 0.000_8,
    }
}

fn open(folder: &TempDir) -> crate::Result<History> {
    History::open(Some(folder.path()), CHAIN)
}

fn file(folder: &TempDir, day: u64) -> PathBuf {
    folder.path().join("history").join(day.to_string())
}

/// A folder with these heights on day 10, and their file's bytes.
fn written(heights: std::ops::RangeInclusive<u64>) -> (TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(&folder).unwrap();
    for height in heights {
        history.append(&verdict(10, height)).unwrap();
    }
    let bytes = std::fs::read(file(&folder, 10)).unwrap();
    (folder, bytes)
}

fn heights(history: &History, count: usize) -> Vec<u64> {
    let last = history.last(count).unwrap();
    last.iter().map(|verdict| verdict.height.get()).collect()
}

#[test]
fn what_was_remembered_is_read_again() {
    let (folder, bytes) = written(1..=5);
    assert_eq!(bytes.len(), HEAD + 5 * RECORD);
    let mut history = open(&folder).unwrap();
    let all: Vec<_> = (1..=5).map(|height| verdict(10, height)).collect();
    assert_eq!(history.last(99).unwrap(), all);
    history.append(&verdict(11, 6)).unwrap();
    assert_eq!(heights(&history, 3), [4, 5, 6]);
    assert_eq!(heights(&open(&folder).unwrap(), 99), [1, 2, 3, 4, 5, 6]);
    assert_eq!(heights(&history, 0), [0; 0]);
}

#[test]
fn without_a_folder_nothing_is_remembered() {
    let mut history = History::open(None, CHAIN).unwrap();
    history.append(&verdict(10, 1)).unwrap();
    assert_eq!(history.last(9).unwrap(), []);
}

#[test]
fn an_end_cut_anywhere_is_dropped_and_the_next_record_takes_its_place() {
    let (folder, bytes) = written(1..=3);
    for length in 0..bytes.len() {
        std::fs::write(file(&folder, 10), &bytes[..length]).unwrap();
        let mut history = open(&folder).unwrap();
        let whole = length.saturating_sub(HEAD) / RECORD;
        let kept: Vec<u64> = (1..=whole as u64).collect();
        assert_eq!(heights(&history, 9), kept, "cut at {length}");
        history.append(&verdict(10, 9)).unwrap();
        let expected = [&kept[..], &[9]].concat();
        assert_eq!(heights(&open(&folder).unwrap(), 9), expected);
    }
}

#[test]
fn an_end_that_was_never_written_is_dropped() {
    let (folder, mut bytes) = written(1..=3);
    bytes.extend([0; 2 * RECORD + 7]);
    std::fs::write(file(&folder, 10), &bytes).unwrap();
    assert_eq!(heights(&open(&folder).unwrap(), 9), [1, 2, 3]);
}

#[test]
fn any_flipped_bit_before_the_last_record_is_refused() {
    let (folder, bytes) = written(1..=3);
    for place in 0..bytes.len() - RECORD {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        std::fs::write(file(&folder, 10), &damaged).unwrap();
        let error = open(&folder).unwrap_err();
        assert!(
            matches!(&error, Error::State { path, .. } if *path == file(&folder, 10)),
            "{place}: {error}"
        );
    }
}

#[test]
fn a_history_of_another_chain_is_refused() {
    let (folder, _) = written(1..=1);
    let error = History::open(Some(folder.path()), ChainId::new([2; 32]));
    assert!(matches!(error, Err(Error::State { .. })));
}

#[test]
fn a_file_longer_than_a_day_can_be_is_refused() {
    let (folder, _) = written(1..=1);
    let longer = HEAD as u64 + (MAX_RECORDS + 2) * RECORD as u64;
    let grown = std::fs::OpenOptions::new()
        .write(true)
        .open(file(&folder, 10));
    grown.unwrap().set_len(longer).unwrap();
    assert!(matches!(open(&folder), Err(Error::State { .. })));
}

#[test]
fn a_week_is_kept_and_fits_into_its_bound() {
    assert!(DAYS * (HEAD as u64 + MAX_RECORDS * RECORD as u64) <= 20 << 20);
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(&folder).unwrap();
    for day in 1..=20 {
        history.append(&verdict(day, day)).unwrap();
    }
    assert_eq!(heights(&history, 99), [14, 15, 16, 17, 18, 19, 20]);
    assert_eq!(history.days().unwrap().len(), 7);
    // A late verdict on an early block: within the week it counts, before it does not.
    history.append(&verdict(14, 99)).unwrap();
    history.append(&verdict(13, 98)).unwrap();
    assert_eq!(heights(&history, 99), [14, 99, 15, 16, 17, 18, 19, 20]);
}

#[test]
fn other_files_are_left_alone() {
    let (folder, _) = written(1..=1);
    for name in ["notes", "010", "-3"] {
        std::fs::write(folder.path().join("history").join(name), "mine").unwrap();
    }
    let mut history = open(&folder).unwrap();
    history.append(&verdict(100, 2)).unwrap();
    for name in ["notes", "010", "-3"] {
        assert!(folder.path().join("history").join(name).exists());
    }
    assert_eq!(heights(&history, 9), [2]);
}

#[test]
fn a_full_day_takes_no_more_and_says_so() {
    let (folder, bytes) = written(1..=1);
    let mut full = bytes.clone();
    for _ in 1..MAX_RECORDS {
        full.extend_from_slice(&bytes[HEAD..]);
    }
    std::fs::write(file(&folder, 10), &full).unwrap();
    let mut history = open(&folder).unwrap();
    let error = history.append(&verdict(10, 7));
    assert!(matches!(error, Err(Error::DataDir { .. })));
    history.append(&verdict(11, 8)).unwrap();
    assert_eq!(heights(&history, 1), [8]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_spoils_nothing() {
    let (folder, _) = written(1..=2);
    let mut history = open(&folder).unwrap();
    // Whatever is written to this device finds no space.
    std::os::unix::fs::symlink("/dev/full", file(&folder, 11)).unwrap();
    let error = history.append(&verdict(11, 3));
    assert!(matches!(error, Err(Error::DataDir { .. })), "{error:?}");
    history.append(&verdict(10, 4)).unwrap();
    std::fs::remove_file(file(&folder, 11)).unwrap();
    history.append(&verdict(11, 5)).unwrap();
    assert_eq!(heights(&open(&folder).unwrap(), 9), [1, 2, 4, 5]);
}
