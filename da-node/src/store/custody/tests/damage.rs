//! Bytes that changed after they were written: found when they are read, never given out.

use super::{CHAIN, at, cells_of, open};
use crate::store::{Family, Store, keys};
use chain::ColumnSet;
use std::path::{Path, PathBuf};
use types::{BlobId, BlobMeta, ColumnIndex, RowIndex};

fn column(index: u64) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

fn put_raw(store: &Store, id: &BlobId, index: u64, value: &[u8]) {
    let key = keys::cell(id, RowIndex::FIRST, column(index));
    store
        .db
        .put_cf(store.family(Family::Cell), key, value)
        .unwrap();
}

fn raw(store: &Store, id: &BlobId, index: u64) -> Vec<u8> {
    let key = keys::cell(id, RowIndex::FIRST, column(index));
    let value = store.db.get_cf(store.family(Family::Cell), key);
    value.unwrap().unwrap()
}

/// How many of the blob's cells read back, all of them as they were written.
fn sound(store: &Store, id: &BlobId, cells: &[commitments::VerifiedCell]) -> usize {
    let read = ColumnIndex::all().zip(cells).filter(|(column, written)| {
        let read = store.cell(id, RowIndex::FIRST, *column).unwrap();
        read.is_some_and(|(cell, proof)| {
            assert_eq!((&cell, &proof), (written.cell(), written.proof()));
            true
        })
    });
    read.count()
}

#[test]
fn a_value_that_changed_is_not_given_out_and_is_held_no_more() {
    let (_folder, store) = open();
    let (id, meta, cells) = cells_of(1);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    let good = raw(&store, &id, 7);
    // In the checksum, the proof and the cell.
    for place in [0, 8, 55, 56, good.len() - 1] {
        let mut bad = good.clone();
        bad[place] ^= 0x10;
        put_raw(&store, &id, 7, &bad);
        assert_eq!(sound(&store, &id, &cells), 127, "byte {place}");
        let held = store.held(&id, &meta).unwrap().row(RowIndex::FIRST);
        assert_eq!(
            held,
            ColumnSet::full().difference([column(7)].into_iter().collect())
        );
        let (count, blobs) = store.damage().take();
        assert_eq!((count, blobs.into_iter().collect()), (1, vec![id]));
        // It is fetched again.
        store.put_cells(&id, &meta, &cells[7..8], at(10)).unwrap();
        assert_eq!(sound(&store, &id, &cells), 128);
        assert!(store.held(&id, &meta).unwrap().covers(ColumnSet::full()));
        assert_eq!(store.damage().take().0, 0);
    }
}

#[test]
fn a_cell_in_anothers_place_a_short_one_and_a_long_one_are_damage() {
    let (_folder, store) = open();
    let (id, meta, cells) = cells_of(1);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    let other = raw(&store, &id, 8);
    let long = [&other[..], &[0]].concat();
    for bad in [&other[..], &other[..100], &long, &[]] {
        put_raw(&store, &id, 7, bad);
        assert_eq!(store.cell(&id, RowIndex::FIRST, column(7)).unwrap(), None);
        assert_eq!(store.damage().take().0, 1);
    }
}

#[test]
fn damage_that_was_repaired_meanwhile_is_none() {
    let (_folder, store) = open();
    let (id, meta, cells) = cells_of(1);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    put_raw(&store, &id, 7, b"damaged");
    let before = store.view();
    store.put_cells(&id, &meta, &cells[7..8], at(10)).unwrap();
    assert_eq!(before.cell(&id, RowIndex::FIRST, column(7)).unwrap(), None);
    assert!(store.held(&id, &meta).unwrap().covers(ColumnSet::full()));
    assert_eq!(store.damage().take().0, 0);
    drop(before);
    assert_eq!(sound(&store, &id, &cells), 128);
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

fn largest(folder: &Path, extension: &str) -> PathBuf {
    let size = |path: &PathBuf| path.metadata().unwrap().len();
    files(folder, extension)
        .into_iter()
        .max_by_key(size)
        .unwrap()
}

fn flip(file: &Path, place: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[place] ^= 0x40;
    std::fs::write(file, bytes).unwrap();
}

fn written() -> (
    tempfile::TempDir,
    BlobId,
    BlobMeta,
    Vec<commitments::VerifiedCell>,
) {
    let (folder, store) = open();
    let (id, meta, cells) = cells_of(1);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    store.reclaim(0, || false).unwrap();
    (folder, id, meta, cells)
}

#[test]
fn a_byte_flipped_on_the_disk_is_found_and_the_rest_reads_back() {
    let (folder, id, meta, cells) = written();
    let file = largest(folder.path(), "blob");
    let length = std::fs::metadata(&file).unwrap().len();
    assert!(length > 128 * 2048, "the cells are in {}", file.display());
    for part in [2, 3, 5] {
        flip(&file, usize::try_from(length / part).unwrap());
    }
    let store = Store::open(folder.path(), &CHAIN).unwrap();
    assert_eq!(sound(&store, &id, &cells), 125);
    assert_eq!(store.damage().take().0, 3);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    assert_eq!(sound(&store, &id, &cells), 128);
    // It is repaired for good: what was damaged is not looked at any more.
    drop(store);
    let store = Store::open(folder.path(), &CHAIN).unwrap();
    assert_eq!(sound(&store, &id, &cells), 128);
    assert_eq!(store.damage().take().0, 0);
}

#[test]
fn a_damaged_table_costs_what_it_names_and_takes_writes_all_the_same() {
    let (folder, id, meta, cells) = written();
    // The largest table is that of the cells' keys; its first block has some of them.
    flip(&largest(folder.path(), "sst"), 40);
    let store = Store::open(folder.path(), &CHAIN).unwrap();
    let read = sound(&store, &id, &cells);
    assert!(read < 128, "{read}");
    assert_eq!(store.damage().take().0, 128 - read as u64);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    assert_eq!(sound(&store, &id, &cells), 128);
    assert!(store.held(&id, &meta).unwrap().covers(ColumnSet::full()));
    assert!(store.failure().borrow().is_none());
}

#[test]
fn a_store_that_cannot_be_opened_says_what_to_do() {
    let (folder, ..) = written();
    let manifest = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("MANIFEST")
        })
        .unwrap();
    flip(&manifest, 30);
    let error = Store::open(folder.path(), &CHAIN).unwrap_err();
    assert!(
        matches!(error, crate::Error::FolderDamaged { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("move it away"), "{error}");
}
