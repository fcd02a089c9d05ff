#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod damage;
mod reading;

use super::Promise;
use crate::store::{BlobRecord, BlobState, Store};
use chain::ColumnSet;
use commitments::{CommitmentGrid, ExtendedRow, Setup, VerifiedCell};
use std::sync::OnceLock;
use types::{
    BlobId, BlobMeta, BlobMode, ChainId, ColumnIndex, GridRow, PayloadLength, RowIndex, Timestamp,
};

const CHAIN: ChainId = ChainId::new([1; 32]);

pub(in crate::store) fn at(time: u64) -> Timestamp {
    Timestamp::new(time)
}

/// A blob of one row with all its cells.
fn blob() -> (BlobId, BlobMeta, Vec<VerifiedCell>) {
    cells_of(100)
}

/// A blob of one row, another one for every number, with all its cells.
pub(in crate::store) fn cells_of(number: u64) -> (BlobId, BlobMeta, Vec<VerifiedCell>) {
    let setup = Setup::ceremony().unwrap();
    // Every blob has the same row: proving takes long, and what tells them apart is their length.
    static ROW: OnceLock<ExtendedRow> = OnceLock::new();
    let row = ROW.get_or_init(|| {
        let bytes: Vec<u8> = (0..100_000_u32).map(|i| ((i * 31) >> 4) as u8).collect();
        let rows = erasure::pack(&bytes).unwrap();
        setup.extend_with_proofs(&rows[0]).unwrap()
    });
    let grid = CommitmentGrid::new(vec![*row.commitment()]).unwrap();
    let length = PayloadLength::new(BlobMode::Packed, number + 1).unwrap();
    let meta = BlobMeta::new("store".parse().unwrap(), length, vec![*row.commitment()]).unwrap();
    let cells = ColumnIndex::all()
        .map(|column| {
            row.verified(GridRow::Data(RowIndex::FIRST), column, &grid)
                .unwrap()
        })
        .collect();
    (meta.id(), meta, cells)
}

pub(in crate::store) fn open() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &CHAIN).unwrap();
    (folder, store)
}

fn has_cells(store: &Store, id: &BlobId) -> bool {
    let first = ColumnIndex::new(0).unwrap();
    store.cell(id, RowIndex::FIRST, first).unwrap().is_some()
}

#[test]
fn nothing_is_promised_for_what_is_not_held() {
    let (_folder, store) = open();
    let (id, meta, cells) = blob();
    let all = ColumnSet::full();
    let promise = || store.promise(&id, &meta, all, at(100)).unwrap();
    assert_eq!(promise(), Promise::Incomplete);
    store.put_cells(&id, &meta, &cells[1..], at(10)).unwrap();
    assert_eq!(promise(), Promise::Incomplete);
    store.put_cells(&id, &meta, &cells[..1], at(10)).unwrap();
    assert_eq!(promise(), Promise::Given);
}

#[test]
fn the_latest_promise_counts() {
    let (_folder, store) = open();
    let (id, meta, cells) = blob();
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    for until in [100, 50] {
        let promised = store.promise(&id, &meta, ColumnSet::full(), at(until));
        assert_eq!(promised.unwrap(), Promise::Given);
    }
    assert_eq!(store.expired(at(99), 10).unwrap(), []);
    // An expiry that was looked up before a later promise was given.
    store.prune(&id, at(10), at(99)).unwrap();
    assert!(has_cells(&store, &id));
    assert_eq!(store.expired(at(100), 10).unwrap(), [(at(100), id)]);
}

#[test]
fn what_is_over_is_gone_and_said_to_be_pruned() {
    let (_folder, store) = open();
    let (id, meta, cells) = blob();
    store.put_cells(&id, &meta, &cells, at(10)).unwrap();
    let record = BlobRecord {
        state: BlobState::Received,
        at: at(1),
        accepted_at: at(1),
    };
    store.put_record(&id, record).unwrap();
    store.prune(&id, at(10), at(11)).unwrap();
    assert!(!has_cells(&store, &id));
    assert!(!store.held(&id, &meta).unwrap().covers(ColumnSet::full()));
    let pruned = store.record(&id).unwrap().unwrap();
    assert_eq!(pruned.state, BlobState::Pruned { height: None });
    assert_eq!(store.expired(at(1000), 10).unwrap(), []);
}

#[test]
fn parts_that_nobody_was_told_of_leave_nothing_behind() {
    let (_folder, store) = open();
    let (id, meta, cells) = blob();
    store.put_cells(&id, &meta, &cells[..64], at(10)).unwrap();
    store.prune(&id, at(10), at(11)).unwrap();
    assert!(!has_cells(&store, &id));
    assert_eq!(store.record(&id).unwrap(), None);
    assert_eq!(store.meta(&id).unwrap(), None);
}
