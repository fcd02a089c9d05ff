//! `GetCells`: data and parity cells with proofs that hold.

use crate::fixture::{Fixture, packed};
use commitments::{CommitmentGrid, Setup};
use types::{BlobMeta, ColumnIndex, Coordinates, GridRow, RowIndex};

#[tokio::test(flavor = "multi_thread")]
async fn cells_of_data_and_parity_rows_verify() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("cells", 1, 300_000);
    let id = fixture.post(&submission, &payload).await;
    let (height, _) = fixture.client.await_final(id).await.unwrap();
    let proof = fixture.client.proof(id).await.unwrap();
    let meta = BlobMeta::decode(&proof.meta).unwrap();
    assert_eq!(meta.rows(), 3);

    let at = |row, column| Coordinates {
        row,
        column: ColumnIndex::new(column).unwrap(),
    };
    let row = |index| RowIndex::new(index).unwrap();
    let asked = [
        at(GridRow::Parity(row(2)), 0),
        at(GridRow::Data(row(0)), 127),
        at(GridRow::Parity(row(0)), 64),
        at(GridRow::Data(row(2)), 5),
    ];
    let cells = fixture.client.cells(height, &asked).await.unwrap();
    let grid = CommitmentGrid::new(meta.commitments().to_vec()).unwrap();
    let verified = Setup::ceremony()
        .unwrap()
        .verify_cells(&grid, cells)
        .unwrap();
    let places: Vec<_> = verified.iter().map(|cell| cell.coordinates()).collect();
    assert_eq!(places, asked);
    fixture.stop().await;
}
