//! Products of sparse matrices with points.

use crate::engine::Kind;
#[cfg(target_arch = "x86_64")]
use crate::ifma::IfmaAdder;
use crate::scalar::ScalarAdder;
use crate::{AlgebraError, Engine, Fr, G1Affine, sums};

impl Engine {
    /// For each column the sum of its scalars times the points that they name: the products of a
    /// sparse matrix with points. Columns that stand side by side share what can be shared, so
    /// those that name the same points are best neighbours.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] when a column names a point that is not there.
    pub fn column_sums<C: AsRef<[(Fr, usize)]>>(
        self,
        points: &[G1Affine],
        columns: &[C],
    ) -> Result<Vec<G1Affine>, AlgebraError> {
        within(points.len(), columns)?;
        let columns: Vec<&[(Fr, usize)]> = columns.iter().map(AsRef::as_ref).collect();
        Ok(match self.kind() {
            Kind::Scalar => sums::column_sums(&mut ScalarAdder::default(), points, &columns),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => {
                // SAFETY: the engine of this kind exists.
                let mut adder = unsafe { IfmaAdder::new() };
                sums::column_sums(&mut adder, points, &columns)
            }
        })
    }
}

/// That every column names points that are there.
pub(super) fn within<C: AsRef<[(Fr, usize)]>>(
    points: usize,
    columns: &[C],
) -> Result<(), AlgebraError> {
    let places = columns.iter().flat_map(|column| column.as_ref());
    match places.map(|(_, place)| *place).max() {
        Some(most) if most >= points => Err(AlgebraError::Length {
            got: points,
            expected: most + 1,
        }),
        _ => Ok(()),
    }
}
