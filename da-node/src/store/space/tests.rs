#![allow(clippy::unwrap_used)]

use crate::store::custody::tests::{at, cells_of, open};
use chain::ColumnSet;
use std::path::Path;

/// Bytes of a folder's files.
fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}

/// Bytes of what is not the log: that one is taken in pieces of fixed size beforehand.
fn bytes_of_cells(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let cells = entries.filter(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|e| e == "blob" || e == "sst")
    });
    cells.map(|entry| entry.metadata().unwrap().len()).sum()
}

#[test]
fn space_comes_back_once_blobs_are_pruned() {
    let (folder, store) = open();
    let mut freed = 0;
    let blobs: Vec<_> = (0..12).map(cells_of).collect();
    for (number, (id, meta, cells)) in blobs.iter().enumerate() {
        let until = at(if number < 10 { 10 } else { 1000 });
        store.put_cells(id, meta, cells, until).unwrap();
    }
    store.reclaim(0, || false).unwrap();
    let before = bytes_of_cells(folder.path());
    let one = 128 * (2048 + 48);
    assert!(before > 12 * one, "{before}");
    assert!(store.cell_bytes().unwrap() > 12 * one);

    for (time, blob) in store.expired(at(10), 100).unwrap() {
        freed += store.prune(&blob, time, at(11)).unwrap();
    }
    assert_eq!(freed, 10 * one);
    store.reclaim(freed, || false).unwrap();
    // Files that nothing refers to any more are deleted by another thread.
    let mut after = bytes_of_cells(folder.path());
    for _ in 0..600 {
        if after < 4 * one {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        after = bytes_of_cells(folder.path());
    }
    println!(
        "cells: {before} bytes before, {after} after; folder {}",
        bytes(folder.path())
    );
    assert!(after < 4 * one, "{before} before, {after} after");
    assert!(store.cell_bytes().unwrap() < 4 * one);
    for (id, meta, _) in &blobs[10..] {
        assert!(store.held(id, meta).unwrap().covers(ColumnSet::full()));
        for column in types::ColumnIndex::all() {
            assert!(
                store
                    .cell(id, types::RowIndex::FIRST, column)
                    .unwrap()
                    .is_some()
            );
        }
    }
}

#[test]
fn giving_space_back_stops_when_asked() {
    let (_folder, store) = open();
    let (id, meta, cells) = cells_of(1);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    let asked = std::cell::Cell::new(0);
    store
        .reclaim(0, || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        })
        .unwrap();
    assert_eq!(asked.get(), 4);
}
