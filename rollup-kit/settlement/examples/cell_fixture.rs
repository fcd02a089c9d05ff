//! Prints what the contracts' tests open: a row's commitment, some of its cells, and the openings
//! by which a contract checks a cell with two point evaluations.
//!
//! `cargo run -p settlement --example cell_fixture > rollup-kit/contracts/test/fixtures/cells.json`

use commitments::Setup;
use settlement::cells::{OpenedCell, opening_point};
use settlement::contracts::abi;
use sha2::{Digest as _, Sha256};
use types::limits::{ROW_BYTES, ROW_ELEMENTS};
use types::{ColumnIndex, Commitment, Proof, Row};

/// One cell at each end of the row and of its extension, and one within each.
const SHOWN: [u64; 6] = [0, 5, 63, 64, 77, 127];

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    print!("{}", fixture()?);
    Ok(())
}

/// The file.
pub(crate) fn fixture() -> Result<String, Failure> {
    let setup = Setup::ceremony()?;
    let row = sample_row()?;
    let commitment = setup.commit(&row)?;
    let cells = SHOWN
        .iter()
        .map(|&index| cell(setup, &row, &commitment, ColumnIndex::new(index)?))
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(format!(
        "{{\n  \"commitment\": \"0x{}\",\n  \"elements\": \"0x{}\",\n  \"cells\": [\n{}\n  ]\n}}\n",
        hex::encode(commitment.as_bytes()),
        hex::encode(&row.as_bytes()[..64 * 32]),
        cells.join(",\n")
    ))
}

/// 31 bytes of a hash per element: always canonical.
fn sample_row() -> Result<Row, Failure> {
    let mut bytes = Vec::with_capacity(ROW_BYTES);
    for i in 0..ROW_ELEMENTS as u64 {
        bytes.push(0);
        bytes.extend_from_slice(&Sha256::digest(i.to_be_bytes())[..31]);
    }
    Ok(Row::from_slice(&bytes)?)
}

/// A cell as its 64 coefficients, its proof, and the openings of row and quotient at the point
/// that the contract draws.
fn cell(
    setup: &Setup,
    row: &Row,
    commitment: &Commitment,
    column: ColumnIndex,
) -> Result<String, Failure> {
    let OpenedCell { cell, openings } = OpenedCell::open(setup, row, commitment, column)?;
    let coefficients: Vec<[u8; 32]> = cell
        .coefficients
        .iter()
        .map(|coefficient| coefficient.to_be_bytes())
        .collect();
    let proof = bytes(&cell.proof);
    let point = opening_point(commitment, &Proof::new(proof), column, &coefficients);
    Ok(format!(
        "    {{\n      \"column\": {},\n      \"coefficients\": \"0x{}\",\n      \"proof\": \"0x{}\",\n      \"point\": \"0x{}\",\n      \"rowValue\": \"0x{}\",\n      \"rowProof\": \"0x{}\",\n      \"quotientValue\": \"0x{}\",\n      \"quotientProof\": \"0x{}\"\n    }}",
        column.get(),
        hex::encode(coefficients.concat()),
        hex::encode(proof),
        hex::encode(point),
        hex::encode(openings.rowValue.to_be_bytes::<32>()),
        hex::encode(bytes(&openings.rowProof)),
        hex::encode(openings.quotientValue.to_be_bytes::<32>()),
        hex::encode(bytes(&openings.quotientProof)),
    ))
}

fn bytes(point: &abi::KzgPoint) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..32].copy_from_slice(point.head.as_slice());
    bytes[32..].copy_from_slice(point.tail.as_slice());
    bytes
}
