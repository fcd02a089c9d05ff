//! Cells as the contracts take them, against the contracts.

#[allow(dead_code, reason = "its main is the example's")]
#[path = "../../examples/cell_fixture.rs"]
mod fixture;

use crate::world::{World, row, setup};
use settlement::cells::{OpenedCell, ProvenCell};
use settlement::contracts::abi;
use types::ColumnIndex;

/// Both ways make the same cell, which the contract of the equation takes; a changed one it does
/// not.
#[tokio::test]
async fn a_cell_is_the_same_by_openings_and_by_multiproof() {
    let world = World::new().await;
    let row = row(5);
    let commitment = setup().commit(&row).unwrap();
    let extended = setup().extend_with_proofs(&row).unwrap();
    for column in [0, 5, 63, 64, 127] {
        let column = ColumnIndex::new(column).unwrap();
        let opened = OpenedCell::open(setup(), &row, &commitment, column).unwrap();
        let (cell, proof) = extended.cell(column);
        let proven = ProvenCell::new(setup(), column, cell, proof, &commitment).unwrap();
        assert_eq!(opened.cell, proven.cell, "column {}", column.get());
        let mut call = abi::CellMultiproof::checkCall {
            commitment: (&commitment).into(),
            cell: proven.cell,
            row: proven.commitment,
            proof: proven.proof,
        };
        let at = world.deployment.multiproof;
        world.client.view(at, &call).await.unwrap();
        call.cell.coefficients[1] += alloy::primitives::U256::from(1);
        let error = world.client.view(at, &call).await.err().unwrap();
        assert!(error.to_string().contains("MultiproofRefused"), "{error}");
    }
}

/// What the contracts' own tests check is what we open.
#[test]
fn the_contracts_fixture_is_ours() {
    let committed = include_str!("../../../contracts/test/fixtures/cells.json");
    assert_eq!(fixture::fixture().unwrap(), committed);
}

#[test]
fn another_row_is_not_opened() {
    let commitment = setup().commit(&row(5)).unwrap();
    let column = ColumnIndex::new(3).unwrap();
    let wrong = OpenedCell::open(setup(), &row(6), &commitment, column);
    assert!(matches!(wrong, Err(settlement::Error::OtherRow { .. })));
}
