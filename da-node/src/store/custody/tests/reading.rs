//! Reading while others prune: a blob whole, or pruned, and never half.

use super::{at, cells_of, open};
use crate::store::{BlobRecord, BlobState, Store};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use types::{BlobId, ColumnIndex, RowIndex};

/// How many of a blob's cells there are, by a store that says whether it is pruned.
fn read(store: &Store, id: &BlobId) -> (bool, usize) {
    let view = store.view();
    let record = view.record(id).unwrap().unwrap();
    let pruned = matches!(record.state, BlobState::Pruned { .. });
    let cells = ColumnIndex::all()
        .filter(|column| view.cell(id, RowIndex::FIRST, *column).unwrap().is_some());
    (pruned, cells.count())
}

#[test]
fn a_blob_that_is_pruned_while_it_is_read_is_whole_or_gone() {
    let (_folder, store) = open();
    let blobs: Vec<_> = (0..40).map(cells_of).collect();
    for (id, meta, cells) in &blobs {
        store.put_cells(id, meta, cells, at(10)).unwrap();
        let record = BlobRecord {
            state: BlobState::Received,
            at: at(1),
            accepted_at: at(1),
        };
        store.put_record(id, record).unwrap();
    }
    let (done, whole, gone) = (
        AtomicBool::new(false),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (store, blobs, done) = (&store, &blobs, &done);
            let (whole, gone) = (&whole, &gone);
            scope.spawn(move || {
                loop {
                    let last = done.load(Ordering::Acquire);
                    for (id, ..) in blobs.iter().skip(reader).step_by(3) {
                        match read(store, id) {
                            (false, 128) => whole.fetch_add(1, Ordering::Relaxed),
                            (true, 0) => gone.fetch_add(1, Ordering::Relaxed),
                            half => panic!("{id}: {half:?}"),
                        };
                    }
                    if last {
                        return;
                    }
                }
            });
        }
        for (time, blob) in store.expired(at(10), 100).unwrap() {
            store.prune(&blob, time, at(11)).unwrap();
        }
        done.store(true, Ordering::Release);
    });
    let (whole, gone) = (whole.into_inner(), gone.into_inner());
    assert!(gone >= blobs.len(), "{whole} whole, {gone} gone");
}

#[test]
fn a_view_begun_before_keeps_what_it_saw() {
    let (_folder, store) = open();
    let (id, meta, cells) = cells_of(1);
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    let record = BlobRecord {
        state: BlobState::Received,
        at: at(1),
        accepted_at: at(1),
    };
    store.put_record(&id, record).unwrap();
    let before = store.view();
    store.prune(&id, at(10), at(11)).unwrap();
    store.reclaim(0, || false).unwrap();
    let cell = before.cell(&id, RowIndex::FIRST, ColumnIndex::new(0).unwrap());
    assert!(cell.unwrap().is_some());
    drop(before);
    assert_eq!(read(&store, &id), (true, 0));
}
