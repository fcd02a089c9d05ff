//! A row as its polynomial, which leads to all else: cells, commitments and proofs.

use std::sync::OnceLock;

use algebra::{Domain, Engine, Fr};
use types::limits::ROW_ELEMENTS;
use types::{Cell, ColumnIndex, Row};

use crate::CommitmentError;

/// What both directions need, computed once per process.
struct RowDomain {
    /// The points of a row's elements.
    data: Domain,
    /// ω₈₁₉₂⁰ … ω₈₁₉₂⁴⁰⁹⁵: takes those points to the ones of the other 64 cells.
    shifts: Vec<Fr>,
}

impl RowDomain {
    fn shared() -> Result<&'static Self, CommitmentError> {
        static SHARED: OnceLock<Result<RowDomain, CommitmentError>> = OnceLock::new();
        let make = || {
            let extended = Domain::new(2 * ROW_ELEMENTS)?;
            Ok(Self {
                data: Domain::new(ROW_ELEMENTS)?,
                shifts: (0..ROW_ELEMENTS).map(|i| extended.point(i)).collect(),
            })
        };
        SHARED.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

/// The polynomial of degree below 4096 whose values are a row's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowPolynomial(Vec<Fr>);

impl RowPolynomial {
    /// The polynomial of a row.
    pub(crate) fn of_row(row: &Row, engine: Engine) -> Result<Self, CommitmentError> {
        let mut values = engine.read_scalars(row.as_bytes())?;
        engine.ifft(&RowDomain::shared()?.data, &mut values)?;
        Ok(Self(values))
    }

    /// The polynomial on which these cells of a row lie: at least 64 distinct ones, in any order.
    pub(crate) fn recover(
        cells: &[(ColumnIndex, &Cell)],
        engine: Engine,
    ) -> Result<Self, CommitmentError> {
        Self::of_row(&erasure::recover_row(cells)?, engine)
    }

    /// The 4096 coefficients, that of x⁰ first.
    pub(crate) fn coefficients(&self) -> &[Fr] {
        &self.0
    }

    /// The row.
    pub(crate) fn row(&self, engine: Engine) -> Result<Row, CommitmentError> {
        let mut values = self.0.clone();
        engine.fft(&RowDomain::shared()?.data, &mut values)?;
        Ok(Row::from_slice(&engine.write_scalars(&values))?)
    }

    /// The 128 cells; the first 64 are the row, from which they are copied.
    pub(crate) fn cells_beside(
        &self,
        row: &Row,
        engine: Engine,
    ) -> Result<Vec<Cell>, CommitmentError> {
        let domain = RowDomain::shared()?;
        let mut values = self.0.clone();
        engine.mul_each(&mut values, &domain.shifts)?;
        engine.fft(&domain.data, &mut values)?;
        let parity = engine.write_scalars(&values);
        row.as_bytes()
            .chunks_exact(Cell::BYTES)
            .chain(parity.chunks_exact(Cell::BYTES))
            .map(|bytes| Ok(Cell::from_slice(bytes)?))
            .collect()
    }
}
