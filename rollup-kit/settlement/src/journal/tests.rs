#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use tempfile::TempDir;

type Words = Journal<String>;

fn journal() -> (TempDir, PathBuf, Words) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, records) = Words::open(&path).unwrap();
    assert!(records.is_empty());
    (folder, path, journal)
}

fn word(word: &str) -> String {
    word.to_owned()
}

/// Puts a file that fails in the place of the journal's own, which comes back.
#[cfg(target_os = "linux")]
fn failing(journal: &mut Words, file: &str) -> File {
    let failing = OpenOptions::new().append(true).open(file).unwrap();
    std::mem::replace(&mut journal.file, failing)
}

/// `/dev/full` takes no byte, `/dev/null` takes all and cannot sync.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_appended_after_a_failure() {
    for (device, half) in [
        ("/dev/full", true),
        ("/dev/full", false),
        ("/dev/null", true),
    ] {
        let (_folder, path, mut journal) = journal();
        journal.append(&word("first"), || {}).unwrap();
        let mut own = failing(&mut journal, device);
        let failed = journal.append(&word("second"), || {}).unwrap_err();
        assert!(matches!(failed, Error::File { .. }), "{failed}");
        if half {
            // What a write may have left of it.
            let line = line(&word("second")).unwrap();
            own.write_all(&line.as_bytes()[..12]).unwrap();
        }
        // There is room again.
        journal.file = own;
        for _ in 0..2 {
            let later = journal.append(&word("third"), || {}).unwrap_err();
            assert!(later.to_string().contains("begins anew"), "{later}");
            assert!(journal.check().is_err() && journal.rewrite(&[]).is_err());
            assert!(journal.compact(Vec::new).is_err());
        }
        drop(journal);
        let (mut journal, records) = Words::open(&path).unwrap();
        assert_eq!(records, ["first"], "{device}");
        journal.append(&word("fourth"), || {}).unwrap();
        drop(journal);
        let (_, records) = Words::open(&path).unwrap();
        assert_eq!(records, ["first", "fourth"]);
    }
}

#[test]
fn a_journal_that_cannot_be_written_anew_goes_on() {
    let (_folder, path, mut journal) = journal();
    journal.append(&word("first"), || {}).unwrap();
    // The draft's place is taken.
    let draft = path.with_extension("new");
    std::fs::create_dir(&draft).unwrap();
    assert!(journal.rewrite(&[word("other")]).is_err());
    let long = "x".repeat(3 * SMALL as usize);
    journal.append(&long, || {}).unwrap();
    journal.compact(|| vec![word("other")]).unwrap();
    // Nobody tries again until it has doubled.
    assert!(!journal.has_doubled());
    journal.append(&word("third"), || {}).unwrap();
    drop(journal);
    let (_, records) = Words::open(&path).unwrap();
    assert_eq!(records, [word("first"), long, word("third")]);
}

#[test]
fn a_journal_is_written_anew_when_it_has_doubled() {
    let (_folder, path, mut journal) = journal();
    let half = "x".repeat(SMALL as usize);
    let mut written = 0;
    for _ in 0..20 {
        journal.append(&half, || {}).unwrap();
        journal
            .compact(|| {
                written += 1;
                vec![half.clone(); 3]
            })
            .unwrap();
    }
    // At two, at six, and with every three that come on top of three.
    assert_eq!(written, 7);
    assert!(std::fs::metadata(&path).unwrap().len() < 6 * SMALL);
    // What is appended goes to the file that has the name.
    journal.append(&word("last"), || {}).unwrap();
    drop(journal);
    let mut last = None;
    let mut count = 0;
    drop(Words::open_with(&path, |record| (last, count) = (Some(record), count + 1)).unwrap());
    assert_eq!(last.as_deref(), Some("last"));
    assert!((4..=6).contains(&count), "{count}");
}

#[test]
fn a_line_has_a_bound_and_a_journal_has_none() {
    let (_folder, path, mut journal) = journal();
    let huge = "x".repeat(MAX_LINE);
    let refused = journal.append(&huge, || {}).unwrap_err();
    assert!(refused.to_string().contains("at most"), "{refused}");
    // Nothing was written, so nothing is wrong with the file.
    journal.append(&word("first"), || {}).unwrap();
    drop(journal);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(huge.as_bytes()).unwrap();
    file.write_all(b"xxxx").unwrap();
    let refused = Words::open(&path).unwrap_err();
    assert!(refused.to_string().contains("line 2"), "{refused}");
}
