//! The whole ceremony, and commitments with it.

use std::ops::Deref;
use std::sync::OnceLock;

use algebra::{Engine, FixedBase, Fr, G1_BYTES, G1Affine, TableSize};
use erasure::RowPolynomial;
use types::limits::{CELL_ELEMENTS, ROW_ELEMENTS};
use types::{Cell, Commitment, Row};

use crate::ceremony::{CEREMONY, Ceremony};
use crate::fk20::Fk20;
use crate::threads::Workers;
use crate::{CommitmentError, Threads, Verifier};

/// Most rows of which the sums are made together: bounds the memory of one thread.
pub(crate) const ROWS_AT_A_TIME: usize = 8;

/// Tables that are made when they are first needed.
type Lazy<T> = OnceLock<Result<T, CommitmentError>>;

/// The parameters of the ceremony, checked and ready for use: commits and proves, and verifies as
/// the [`Verifier`] that it holds.
///
/// The tables for commitments and those for cell proofs are made when they are first needed, or
/// by [`Setup::make_tables`].
#[derive(Debug)]
pub struct Setup {
    verifier: Verifier,
    size: TableSize,
    lagrange: Vec<G1Affine>,
    pub(crate) monomial: Vec<G1Affine>,
    commit_table: Lazy<FixedBase>,
    fk20: Lazy<Fk20>,
}

impl Deref for Setup {
    type Target = Verifier;

    /// Who can prove can verify.
    fn deref(&self) -> &Verifier {
        &self.verifier
    }
}

impl Setup {
    /// The set-up of the Ethereum ceremony on the process's engine, loaded on first use and
    /// shared by the process.
    ///
    /// # Errors
    /// [`CommitmentError::Algebra`] when the engine that the process names is not to be had.
    pub fn ceremony() -> Result<&'static Self, CommitmentError> {
        static SHARED: Lazy<Setup> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::on(Engine::of_process()?, TableSize::Standard))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The set-up of the Ethereum ceremony on this engine.
    ///
    /// # Errors
    /// None for the ceremony that this program carries.
    pub fn on(engine: Engine, size: TableSize) -> Result<Self, CommitmentError> {
        Self::new(CEREMONY, engine, size)
    }

    /// Loads the text form of the ceremony, which must be the pinned one byte for byte.
    ///
    /// # Errors
    /// [`CommitmentError::SetupHash`] for any other bytes.
    pub fn new(text: &[u8], engine: Engine, size: TableSize) -> Result<Self, CommitmentError> {
        let ceremony = Ceremony::read(text)?;
        let g2 = [0, 1, CELL_ELEMENTS].map(|power| ceremony.g2[power]);
        let verifier = Verifier::from_points(&ceremony.monomial[..CELL_ELEMENTS], &g2, engine)?;
        let decode = |bytes: &[[u8; G1_BYTES]]| {
            let points = engine.read_points(bytes).into_iter();
            points.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            verifier,
            size,
            lagrange: decode(&ceremony.lagrange)?,
            monomial: decode(&ceremony.monomial)?,
            commit_table: OnceLock::new(),
            fk20: OnceLock::new(),
        })
    }

    /// The part of it that verifies.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Makes all tables now, so that nobody waits for them later.
    ///
    /// # Errors
    /// None for the ceremony's points.
    pub fn make_tables(&self, threads: &Threads) -> Result<(), CommitmentError> {
        self.fk20(Workers::Pool(threads))?;
        self.commit_table().map(|_| ())
    }

    /// Bytes that all tables take; they are made when they are not there yet.
    ///
    /// # Errors
    /// None for the ceremony's points.
    pub fn table_bytes(&self) -> Result<usize, CommitmentError> {
        Ok(self.commit_table()?.table_bytes() + self.fk20(Workers::Caller)?.table_bytes())
    }

    /// The EIP-4844 commitment of a row.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn commit(&self, row: &Row) -> Result<Commitment, CommitmentError> {
        let values = self.engine().read_scalars(row.as_bytes())?;
        Ok(Commitment::new(self.commit_values(&values)?))
    }

    /// The commitments of many rows, in their order.
    ///
    /// # Errors
    /// As [`Setup::commit`].
    pub fn commit_all(
        &self,
        rows: &[Row],
        threads: &Threads,
    ) -> Result<Vec<Commitment>, CommitmentError> {
        let table = self.commit_table()?;
        let pieces = Workers::Pool(threads).map_pieces(rows.len(), ROWS_AT_A_TIME, |piece| {
            let mut values = Vec::with_capacity(piece.len() * ROW_ELEMENTS);
            for row in &rows[piece] {
                values.extend(self.engine().read_scalars(row.as_bytes())?);
            }
            Ok(self.engine().write_points(&table.sums(&values)?))
        })?;
        Ok(pieces.into_iter().flatten().map(Commitment::new).collect())
    }

    /// The compressed commitment to the polynomial with these 4096 values, in a row's order.
    pub(crate) fn commit_values(&self, values: &[Fr]) -> Result<[u8; G1_BYTES], CommitmentError> {
        Ok(self.commit_point(values)?.to_compressed())
    }

    pub(crate) fn commit_point(&self, values: &[Fr]) -> Result<G1Affine, CommitmentError> {
        let sums = self.commit_table()?.sums(values)?;
        sums.first().copied().ok_or(CommitmentError::Count {
            what: "sums",
            got: 0,
            expected: 1,
        })
    }

    /// The 128 cells of a row, without proofs.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn extend(&self, row: &Row) -> Result<Vec<Cell>, CommitmentError> {
        let polynomial = RowPolynomial::of_row(row, self.engine())?;
        Ok(polynomial.cells_beside(row, self.engine())?)
    }

    /// As [`Setup::extend`] for many rows, in their order.
    ///
    /// # Errors
    /// As [`Setup::extend`].
    pub fn extend_all(
        &self,
        rows: &[Row],
        threads: &Threads,
    ) -> Result<Vec<Vec<Cell>>, CommitmentError> {
        let pieces = Workers::Pool(threads).map_pieces(rows.len(), ROWS_AT_A_TIME, |piece| {
            rows[piece].iter().map(|row| self.extend(row)).collect()
        })?;
        Ok(pieces.into_iter().flat_map(|rows: Vec<_>| rows).collect())
    }

    fn commit_table(&self) -> Result<&FixedBase, CommitmentError> {
        let make = || Ok(FixedBase::new(self.engine(), &self.lagrange, 1, self.size)?);
        self.commit_table
            .get_or_init(make)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// With a pool, never to be called on one of its threads: waiting for the others there, it
    /// could be given work that waits for the tables.
    pub(crate) fn fk20(&self, workers: Workers<'_>) -> Result<&Fk20, CommitmentError> {
        let make = || Fk20::new(self.engine(), &self.monomial, self.size, workers);
        self.fk20.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}
