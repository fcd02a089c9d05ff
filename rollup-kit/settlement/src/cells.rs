//! Cells as the contracts take them: the polynomial of degree below 64 on which a cell's elements
//! lie, with two openings for whoever has the row, or the multiproof for whoever has the cell.

use crate::contracts::{abi, point_coordinates, scalar};
use crate::{Error, Result};
use algebra::{Domain, Fr};
use alloy::primitives::U256;
use commitments::{Setup, eip4844::prove_point};
use erasure::{RowPolynomial, cell_to_scalars, cell_unshifts, scalars_to_row};
use sha2::{Digest as _, Sha256};
use types::limits::{CELL_ELEMENTS, COLUMNS, ROW_ELEMENTS};
use types::{Cell, ColumnIndex, Commitment, Proof, Row};

/// What the point of a cell's openings is hashed under: `kzg/Cells.sol`, `DOMAIN`.
const DOMAIN: &[u8] = b"assay/cell-opening/v1";

/// A cell with the openings that show it: for whoever has the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedCell {
    /// The cell.
    pub cell: abi::Cell,
    /// The row and the quotient, opened.
    pub openings: abi::CellOpenings,
}

/// A cell with the coordinates that its equation takes: for whoever has no more than it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenCell {
    /// The cell.
    pub cell: abi::Cell,
    /// The coordinates of the row's commitment.
    pub commitment: abi::G1Point,
    /// The coordinates of the proof.
    pub proof: abi::G1Point,
}

impl OpenedCell {
    /// Opens a column's cell of a row. Three sums of 4,096 multiples; not for a reactor's thread.
    ///
    /// # Errors
    /// [`Error::OtherRow`] when the row is not the commitment's.
    pub fn open(
        setup: &Setup,
        row: &Row,
        commitment: &Commitment,
        column: ColumnIndex,
    ) -> Result<Self> {
        let got = setup.commit(row)?;
        if got != *commitment {
            return Err(Error::OtherRow {
                got: got.to_string(),
                expected: commitment.to_string(),
            });
        }
        let engine = setup.engine();
        let polynomial = RowPolynomial::of_row(row, engine)?;
        let (remainder, mut quotient) = divide(polynomial.coefficients(), shift(column)?);
        engine.fft(&Domain::new(ROW_ELEMENTS)?, &mut quotient)?;
        let quotient = scalars_to_row(&quotient, engine)?;
        // A cell's proof is the commitment to the quotient.
        let proof = Proof::new(setup.commit(&quotient)?.to_bytes());
        let encoded: Vec<[u8; 32]> = remainder.iter().map(Fr::to_be_bytes).collect();
        let point = opening_point(commitment, &proof, column, &encoded);
        let (row_proof, row_value) = prove_point(setup, row, &point)?;
        let (quotient_proof, quotient_value) = prove_point(setup, &quotient, &point)?;
        Ok(Self {
            cell: to_abi(column, &remainder, &proof),
            openings: abi::CellOpenings {
                rowValue: scalar(&row_value),
                rowProof: (&row_proof).into(),
                quotientValue: scalar(&quotient_value),
                quotientProof: (&quotient_proof).into(),
            },
        })
    }
}

impl ProvenCell {
    /// Takes a cell with its proof, which the contract checks.
    ///
    /// # Errors
    /// [`Error::Chain`] for a proof or a commitment that is no point.
    pub fn new(
        setup: &Setup,
        column: ColumnIndex,
        cell: &Cell,
        proof: &Proof,
        commitment: &Commitment,
    ) -> Result<Self> {
        let coefficients = interpolate(setup, column, cell)?;
        Ok(Self {
            cell: to_abi(column, &coefficients, proof),
            commitment: point_coordinates(commitment.as_bytes())?,
            proof: point_coordinates(proof.as_bytes())?,
        })
    }
}

/// The coefficients of the polynomial that takes a cell's values on its column's points.
fn interpolate(setup: &Setup, column: ColumnIndex, cell: &Cell) -> Result<Vec<Fr>> {
    let engine = setup.engine();
    let mut coefficients = cell_to_scalars(cell, engine)?;
    engine.ifft(&Domain::new(CELL_ELEMENTS)?, &mut coefficients)?;
    let unshifts = &cell_unshifts()[column.as_usize() * CELL_ELEMENTS..][..CELL_ELEMENTS];
    engine.mul_each(&mut coefficients, unshifts)?;
    Ok(coefficients)
}

fn to_abi(column: ColumnIndex, coefficients: &[Fr], proof: &Proof) -> abi::Cell {
    let mut words = [U256::ZERO; CELL_ELEMENTS];
    for (word, coefficient) in words.iter_mut().zip(coefficients) {
        *word = scalar(&coefficient.to_be_bytes());
    }
    abi::Cell {
        column: column.get(),
        coefficients: words,
        proof: proof.into(),
    }
}

/// Where row and quotient are opened, a canonical scalar: a hash of all that either side chose. The
/// coefficients are the cell's, canonical.
#[must_use]
pub fn opening_point(
    commitment: &Commitment,
    proof: &Proof,
    column: ColumnIndex,
    coefficients: &[[u8; 32]],
) -> [u8; 32] {
    let mut tag = [0; 32];
    tag[..DOMAIN.len()].copy_from_slice(DOMAIN);
    let mut hasher = Sha256::new()
        .chain_update(tag)
        .chain_update(commitment.as_bytes())
        .chain_update(proof.as_bytes())
        .chain_update([column.get()]);
    for coefficient in coefficients {
        hasher.update(coefficient);
    }
    Fr::from_be_bytes_reduced(&hasher.finalize().into()).to_be_bytes()
}

/// x⁶⁴ on the column's points: ω₁₂₈ to the column's index with its 7 bits reversed.
fn shift(column: ColumnIndex) -> Result<Fr> {
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
