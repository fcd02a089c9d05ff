//! The commitments of all 2N rows of a grid.

use std::sync::{Arc, OnceLock};

use algebra::{Engine, Fr, G1Affine};
use erasure::ColumnCode;
use types::{
    Commitment, CommitmentsRoot, Coordinates, GridDimensions, GridRow, RowIndex, commitments_root,
};

use crate::CommitmentError;

/// N commitments, decoded and checked once, and those of the N parity rows as they are asked for.
///
/// The rows of one blob that is in no block yet are a grid, too. Clones share everything: a
/// verified cell keeps one, to know what it was verified against.
#[derive(Clone, Debug)]
pub struct CommitmentGrid(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    commitments: Vec<Commitment>,
    points: Vec<G1Affine>,
    code: ColumnCode,
    parity: Vec<OnceLock<Commitment>>,
    root: Option<CommitmentsRoot>,
}

impl PartialEq for CommitmentGrid {
    /// Equal commitments, and the same root that they were checked against, if any.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.root == other.0.root && self.0.commitments == other.0.commitments)
    }
}

impl Eq for CommitmentGrid {}

impl CommitmentGrid {
    /// Checks that every commitment is a point of G1.
    ///
    /// # Errors
    /// [`CommitmentError::BadCommitment`] for the first that is not,
    /// [`CommitmentError::Noun`] above 256 rows, [`CommitmentError::Erasure`] for none.
    pub fn new(commitments: Vec<Commitment>) -> Result<Self, CommitmentError> {
        Self::on(Engine::of_process()?, commitments)
    }

    /// As [`CommitmentGrid::new`], with its arithmetic on this engine.
    ///
    /// # Errors
    /// As [`CommitmentGrid::new`].
    pub fn on(engine: Engine, commitments: Vec<Commitment>) -> Result<Self, CommitmentError> {
        Self::build(engine, commitments, None)
    }

    /// Checks the commitments against a header's root first; cells verified against this grid
    /// remember the root.
    ///
    /// # Errors
    /// [`CommitmentError::WrongRoot`] when they do not hash to it; [`CommitmentError::Erasure`]
    /// for no commitments under the root of none, which are no grid; otherwise as
    /// [`CommitmentGrid::new`].
    pub fn with_root(
        commitments: Vec<Commitment>,
        expected: CommitmentsRoot,
    ) -> Result<Self, CommitmentError> {
        Self::with_root_on(Engine::of_process()?, commitments, expected)
    }

    /// As [`CommitmentGrid::with_root`], with its arithmetic on this engine.
    ///
    /// # Errors
    /// As [`CommitmentGrid::with_root`].
    pub fn with_root_on(
        engine: Engine,
        commitments: Vec<Commitment>,
        expected: CommitmentsRoot,
    ) -> Result<Self, CommitmentError> {
        let got = commitments_root(&commitments)?;
        if got != expected {
            return Err(CommitmentError::WrongRoot { got, expected });
        }
        Self::build(engine, commitments, Some(expected))
    }

    fn build(
        engine: Engine,
        commitments: Vec<Commitment>,
        root: Option<CommitmentsRoot>,
    ) -> Result<Self, CommitmentError> {
        let dimensions = GridDimensions::new(commitments.len() as u64)?;
        let code = ColumnCode::new(dimensions)?;
        let points = decode(engine, &commitments)?;
        let parity = (0..commitments.len()).map(|_| OnceLock::new()).collect();
        Ok(Self(Arc::new(Inner {
            engine,
            commitments,
            points,
            code,
            parity,
            root,
        })))
    }

    /// The grid's dimensions.
    #[must_use]
    pub fn dimensions(&self) -> GridDimensions {
        self.0.code.dimensions()
    }

    /// The commitments of the N data rows.
    #[must_use]
    pub fn commitments(&self) -> &[Commitment] {
        &self.0.commitments
    }

    /// The root that the commitments were checked against, if any.
    #[must_use]
    pub fn commitments_root(&self) -> Option<CommitmentsRoot> {
        self.0.root
    }

    /// The commitment of any row; a parity row's is computed when first asked for.
    ///
    /// # Errors
    /// [`CommitmentError::Noun`] when the grid has no such row.
    pub fn commitment(&self, row: GridRow) -> Result<Commitment, CommitmentError> {
        self.dimensions().position(row)?;
        match row {
            GridRow::Data(i) => Ok(self.commitments()[i.as_usize()]),
            GridRow::Parity(j) => {
                let cached = &self.0.parity[j.as_usize()];
                if let Some(commitment) = cached.get() {
                    return Ok(*commitment);
                }
                let point = self.engine().msm(self.points(), &self.weights(j)?)?;
                Ok(*cached.get_or_init(|| Commitment::new(point.to_compressed())))
            }
        }
    }

    /// The commitments of all N parity rows: one by one, or all at once where that is cheaper
    /// (see [`CommitmentGrid::combine_column_many`]).
    ///
    /// # Errors
    /// None for a grid that exists.
    pub fn parity_commitments(&self) -> Result<Vec<Commitment>, CommitmentError> {
        let rows: Vec<RowIndex> = (0..u64::from(self.dimensions().rows()))
            .map(RowIndex::new)
            .collect::<Result<_, _>>()?;
        let missing: Vec<RowIndex> = rows
            .iter()
            .copied()
            .filter(|j| self.0.parity[j.as_usize()].get().is_none())
            .collect();
        let points = self.combine_points(self.points(), &missing)?;
        for (j, bytes) in missing.iter().zip(self.engine().write_points(&points)) {
            self.0.parity[j.as_usize()].get_or_init(|| Commitment::new(bytes));
        }
        rows.into_iter()
            .map(|j| self.commitment(GridRow::Parity(j)))
            .collect()
    }

    /// Whether two cells at these places, the other of another grid, have one commitment and so
    /// belong to one row. Rows of parity are the same only in grids of the same data.
    pub(crate) fn same_row(&self, at: Coordinates, other: &Self, there: Coordinates) -> bool {
        match (at.row, there.row) {
            (GridRow::Data(i), GridRow::Data(k)) => {
                let one = self.commitments().get(i.as_usize());
                one.is_some() && one == other.commitments().get(k.as_usize())
            }
            (GridRow::Parity(i), GridRow::Parity(k)) => {
                i == k
                    && i.as_usize() < self.commitments().len()
                    && (Arc::ptr_eq(&self.0, &other.0) || self.commitments() == other.commitments())
            }
            _ => false,
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.0.engine
    }

    /// The N commitments as points.
    pub(crate) fn points(&self) -> &[G1Affine] {
        &self.0.points
    }

    pub(crate) fn code(&self) -> &ColumnCode {
        &self.0.code
    }

    /// The N weights with which the data rows sum to parity row `j`.
    pub(crate) fn weights(&self, j: RowIndex) -> Result<Vec<Fr>, CommitmentError> {
        Ok(self.0.code.parity_coefficients(j)?)
    }

    /// Turns weights on all rows, by their positions, into weights on the N data rows: since a
    /// parity row is a sum of data rows, so is every sum of both.
    pub(crate) fn fold(&self, weights: &[(GridRow, Fr)]) -> Result<Vec<Fr>, CommitmentError> {
        Ok(self.code().fold(weights, self.engine())?)
    }
}

/// The commitment of parity row `j` of a grid of these commitments. Who needs several rows, or
/// cells too, makes a [`CommitmentGrid`].
///
/// # Errors
/// [`CommitmentError::Count`] unless there are as many commitments as rows; otherwise as
/// [`CommitmentGrid::new`] and [`CommitmentGrid::commitment`].
pub fn parity_commitment(
    commitments: &[Commitment],
    dimensions: GridDimensions,
    j: RowIndex,
) -> Result<Commitment, CommitmentError> {
    let expected = usize::from(dimensions.rows());
    if commitments.len() != expected {
        return Err(CommitmentError::Count {
            what: "commitments",
            got: commitments.len(),
            expected,
        });
    }
    CommitmentGrid::new(commitments.to_vec())?.commitment(GridRow::Parity(j))
}

fn decode(engine: Engine, commitments: &[Commitment]) -> Result<Vec<G1Affine>, CommitmentError> {
    let bytes: Vec<_> = commitments.iter().map(|c| *c.as_bytes()).collect();
    engine
        .read_points(&bytes)
        .into_iter()
        .enumerate()
        .map(|(row, point)| point.map_err(|source| CommitmentError::BadCommitment { row, source }))
        .collect()
}

#[cfg(test)]
mod tests;
