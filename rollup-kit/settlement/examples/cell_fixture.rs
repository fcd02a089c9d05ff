//! Prints what the contracts' tests open: a row's commitment, some of its cells, and the openings
//! by which a contract checks a cell with two point evaluations.
//!
//! `cargo run -p commitments --features prove --example challenge_fixture > rollup-kit/contracts/test/fixtures/cells.json`

use algebra::{Domain, Engine, Fr};
use commitments::{Setup, eip4844::prove_point};
use erasure::{RowPolynomial, scalars_to_row};
use sha2::{Digest, Sha256};
use types::limits::{CELL_ELEMENTS, COLUMNS, ROW_BYTES, ROW_ELEMENTS};
use types::{ColumnIndex, Commitment, Proof, Row};

/// What the point of a cell's two evaluations is hashed under; the contract `Cells` has the same.
const DOMAIN: &[u8] = b"assay/cell-opening/v1";
/// One cell at each end of the row and of its extension, and one within each.
const SHOWN: [u64; 6] = [0, 5, 63, 64, 77, 127];

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let setup = Setup::ceremony()?;
    let engine = setup.engine();
    let row = sample_row()?;
    let polynomial = RowPolynomial::of_row(&row, engine)?;
    let extended = setup.extend_with_proofs(&row)?;
    let commitment = *extended.commitment();
    let cells = SHOWN
        .iter()
        .map(|&index| {
            let column = ColumnIndex::new(index)?;
            let (_, proof) = extended.cell(column);
            cell(setup, &row, &polynomial, &commitment, column, proof)
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    println!(
        "{{\n  \"commitment\": \"0x{}\",\n  \"elements\": \"0x{}\",\n  \"cells\": [\n{}\n  ]\n}}",
        hex(commitment.as_bytes()),
        hex(&row.as_bytes()[..64 * 32]),
        cells.join(",\n")
    );
    Ok(())
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
    polynomial: &RowPolynomial,
    commitment: &Commitment,
    column: ColumnIndex,
    proof: &Proof,
) -> Result<String, Failure> {
    let engine = setup.engine();
    let y = shift(column)?;
    let (remainder, quotient) = divide(polynomial.coefficients(), y);
    let quotient = row_of(quotient, engine)?;
    assert_eq!(setup.commit(&quotient)?.as_bytes(), proof.as_bytes());

    let mut coefficients = Vec::new();
    for coefficient in &remainder {
        coefficients.extend_from_slice(&coefficient.to_be_bytes());
    }
    let mut tag = [0; 32];
    tag[..DOMAIN.len()].copy_from_slice(DOMAIN);
    let point = Sha256::new()
        .chain_update(tag)
        .chain_update(commitment.as_bytes())
        .chain_update(proof.as_bytes())
        .chain_update([column.get()])
        .chain_update(&coefficients)
        .finalize();
    let point = Fr::from_be_bytes_reduced(&point.into()).to_be_bytes();
    let (row_proof, row_value) = prove_point(setup, row, &point)?;
    let (quotient_proof, quotient_value) = prove_point(setup, &quotient, &point)?;
    Ok(format!(
        "    {{\n      \"column\": {},\n      \"coefficients\": \"0x{}\",\n      \"proof\": \"0x{}\",\n      \"point\": \"0x{}\",\n      \"rowValue\": \"0x{}\",\n      \"rowProof\": \"0x{}\",\n      \"quotientValue\": \"0x{}\",\n      \"quotientProof\": \"0x{}\"\n    }}",
        column.get(),
        hex(&coefficients),
        hex(proof.as_bytes()),
        hex(&point),
        hex(&row_value),
        hex(row_proof.as_bytes()),
        hex(&quotient_value),
        hex(quotient_proof.as_bytes()),
    ))
}

/// x⁶⁴ on the cell's points: ω₁₂₈ to the column's index with its 7 bits reversed.
fn shift(column: ColumnIndex) -> Result<Fr, Failure> {
    let reversed = u64::from(column.get().reverse_bits() >> 1);
    Ok(Fr::root_of_unity(COLUMNS)?.pow(reversed))
}

/// Remainder and quotient by X⁶⁴ − y.
fn divide(coefficients: &[Fr], y: Fr) -> (Vec<Fr>, Vec<Fr>) {
    let mut quotient = vec![Fr::ZERO; ROW_ELEMENTS];
    for k in (0..ROW_ELEMENTS - CELL_ELEMENTS).rev() {
        let above = quotient[k + CELL_ELEMENTS];
        quotient[k] = coefficients[k + CELL_ELEMENTS] + y * above;
    }
    let remainder = (0..CELL_ELEMENTS)
        .map(|k| coefficients[k] + y * quotient[k])
        .collect();
    (remainder, quotient)
}

fn row_of(mut coefficients: Vec<Fr>, engine: Engine) -> Result<Row, Failure> {
    engine.fft(&Domain::new(ROW_ELEMENTS)?, &mut coefficients)?;
    Ok(scalars_to_row(&coefficients, engine)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
