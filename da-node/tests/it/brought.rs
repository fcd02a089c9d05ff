//! Posters that commit and prove, and nodes that only verify.

use crate::fixture::{Fixture, packed, raw_row};
use bytes::Bytes;
use commitments::{CommitmentGrid, ExtendedRow, Setup, Threads};
use proto::{RowProofs, Submission};
use types::{ColumnIndex, Coordinates, GridRow, RowIndex};

/// The rows of a payload with all their cells and proofs.
pub(crate) fn extend(submission: &Submission, payload: &Bytes) -> Vec<ExtendedRow> {
    let (_, rows) = erasure::payload_to_rows(submission.length.mode(), payload).unwrap();
    let (setup, threads) = (Setup::ceremony().unwrap(), Threads::available().unwrap());
    let committed = setup.commit_rows(&rows, &threads).unwrap();
    setup.prove_all(&committed, &threads).unwrap()
}

/// What a poster brings of them.
pub(crate) fn claims(rows: &[ExtendedRow]) -> Vec<RowProofs> {
    rows.iter()
        .map(|row| RowProofs::new(*row.commitment(), row.proofs().to_vec()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proves_makes_no_difference() {
    let fixture = Fixture::start().await;
    for (submission, payload) in [packed("brought", 9, 300_000), raw_row("brought", 4)] {
        let rows = extend(&submission, &payload);
        let submitted = fixture
            .client
            .submit_proved(&submission, payload.clone(), &claims(&rows), |_| {})
            .await
            .unwrap();
        let (height, _) = fixture.client.await_final(submitted.id).await.unwrap();
        assert_eq!(
            fixture.client.fetch(submitted.id).await.unwrap().payload,
            payload
        );

        // What is served is what was brought, and verifies, parity included.
        let commitments = rows.iter().map(|row| *row.commitment()).collect();
        let grid = CommitmentGrid::new(commitments).unwrap();
        let at = |row, column| Coordinates {
            row,
            column: ColumnIndex::new(column).unwrap(),
        };
        let last = RowIndex::new(rows.len() as u64 - 1).unwrap();
        let asked = [
            at(GridRow::Data(last), 0),
            at(GridRow::Data(last), 127),
            at(GridRow::Parity(last), 64),
        ];
        let cells = fixture.client.cells(height, &asked).await.unwrap();
        let row = &rows[last.as_usize()];
        assert_eq!(&cells[1].cell, &row.cells()[127]);
        assert_eq!(&cells[1].proof, &row.proofs()[127]);
        let verifier = Setup::ceremony().unwrap();
        assert_eq!(verifier.verify_cells(&grid, cells).unwrap().len(), 3);

        // The same blob, proved by the node, is the same blob.
        let again = fixture.client.submit(&submission, payload).await.unwrap();
        assert_eq!(again.id, submitted.id);
    }
    fixture.stop().await;
}
