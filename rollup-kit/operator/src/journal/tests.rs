#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::records::Record;
use settlement::BatchNumber;

fn posted(number: u64) -> Record {
    Record::Posted {
        number: BatchNumber::new(number),
    }
}

#[test]
fn a_journal_is_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let (mut journal, records) = Journal::<Record>::open(&file).unwrap();
    assert!(records.is_empty());
    for number in 1..=3 {
        journal.append(&posted(number)).unwrap();
    }
    assert!(matches!(
        Journal::<Record>::open(&file),
        Err(Error::File { .. })
    ));
    drop(journal);

    let whole = std::fs::read(&file).unwrap();
    // A torn tail, of whatever length, takes its own record alone.
    let third = whole.len()
        - 1
        - whole[..whole.len() - 1]
            .iter()
            .rev()
            .position(|b| *b == b'\n')
            .unwrap();
    for length in [third + 1, third + 9, whole.len() - 1] {
        std::fs::write(&file, &whole[..length]).unwrap();
        let (_, records) = Journal::<Record>::open(&file).unwrap();
        assert_eq!(records, [posted(1), posted(2)], "{length}");
    }
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    std::fs::write(&file, damaged).unwrap();
    assert!(matches!(
        Journal::<Record>::open(&file),
        Err(Error::File { .. })
    ));

    std::fs::write(&file, &whole).unwrap();
    let (mut journal, _) = Journal::<Record>::open(&file).unwrap();
    journal.rewrite(&[posted(3)]).unwrap();
    journal.append(&posted(4)).unwrap();
    assert!(matches!(
        Journal::<Record>::open(&file),
        Err(Error::File { .. })
    ));
    drop(journal);
    let (_, records) = Journal::<Record>::open(&file).unwrap();
    assert_eq!(records, [posted(3), posted(4)]);
}
