//! Sums of many multiples of points that are known before.

use std::ops::RangeInclusive;

use blst::blst_p1_affine;

use crate::engine::Kind;
use crate::error::{same_length, whole_blocks};
#[cfg(target_arch = "x86_64")]
use crate::ifma::{IfmaAdder, IfmaPoint};
use crate::scalar::ScalarAdder;
use crate::sums::{MOST_POINTS, Table};
use crate::{AlgebraError, Engine, Fr, G1Affine};

/// How much memory the tables of a [`FixedBase`] may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableSize {
    /// As much as makes it fastest: about 3 to 4 KiB per point.
    Standard,
    /// About a quarter of that, for machines with little memory.
    Small,
}

impl TableSize {
    fn bytes_per_point(self) -> usize {
        match self {
            Self::Standard => 4096,
            Self::Small => 1024,
        }
    }
}

/// Points that are known before, with tables that make sums of their multiples fast: `groups`
/// groups of equally many points, each with a sum of its own.
///
/// The tables hold multiples of each point by powers of two, so that one set of buckets serves
/// all windows of the scalars (Brickell, Gordon, McCurley, Wilson, EUROCRYPT '92).
#[derive(Clone, Debug)]
pub struct FixedBase {
    tables: Tables,
    points: usize,
}

/// The tables in the form of the engine that they are for.
#[derive(Clone, Debug)]
enum Tables {
    Scalar(Table<blst_p1_affine>),
    #[cfg(target_arch = "x86_64")]
    Ifma(Engine, Table<IfmaPoint>),
}

impl FixedBase {
    /// Makes the tables; the points come group by group.
    ///
    /// # Errors
    /// [`AlgebraError::Count`] when there are no groups, or more than 2^24 points;
    /// [`AlgebraError::Length`] unless the points are `groups` groups of equally many.
    pub fn new(
        engine: Engine,
        points: &[G1Affine],
        groups: usize,
        size: TableSize,
    ) -> Result<Self, AlgebraError> {
        admit(points.len(), groups)?;
        let bytes = size.bytes_per_point();
        let tables = match engine.kind() {
            Kind::Scalar => Tables::Scalar(Table::new(
                &mut ScalarAdder::default(),
                points,
                groups,
                bytes,
            )),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => {
                // SAFETY: the engine of this kind exists.
                let mut adder = unsafe { IfmaAdder::new() };
                Tables::Ifma(engine, Table::new(&mut adder, points, groups, bytes))
            }
        };
        Ok(Self {
            tables,
            points: points.len(),
        })
    }

    /// The engine that computes the sums.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.tables {
            Tables::Scalar(_) => Engine::scalar(),
            #[cfg(target_arch = "x86_64")]
            Tables::Ifma(engine, _) => *engine,
        }
    }

    /// Bytes that the tables take.
    #[must_use]
    pub fn table_bytes(&self) -> usize {
        match &self.tables {
            Tables::Scalar(table) => table.bytes(),
            #[cfg(target_arch = "x86_64")]
            Tables::Ifma(_, table) => table.bytes(),
        }
    }

    /// For each vector of scalars, one after the other in `scalars`, the sum of every group: entry
    /// `v · groups + g` is the sum of `scalars[v][g][t] · points[g][t]` over t.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole vectors of one scalar per point; without
    /// points no scalars are expected.
    pub fn sums(&self, scalars: &[Fr]) -> Result<Vec<G1Affine>, AlgebraError> {
        if self.points == 0 {
            same_length(scalars.len(), 0)?;
        } else {
            whole_blocks(scalars.len(), self.points)?;
        }
        if scalars.is_empty() {
            return Ok(Vec::new());
        }
        Ok(match &self.tables {
            Tables::Scalar(table) => table.sums(&mut ScalarAdder::default(), scalars),
            #[cfg(target_arch = "x86_64")]
            Tables::Ifma(_, table) => {
                // SAFETY: the tables were made with the engine of this kind.
                let mut adder = unsafe { IfmaAdder::new() };
                table.sums(&mut adder, scalars)
            }
        })
    }
}

/// That tables can be made of so many points in so many groups.
fn admit(points: usize, groups: usize) -> Result<(), AlgebraError> {
    let count = |what, got, expected: RangeInclusive<usize>| {
        if expected.contains(&got) {
            Ok(())
        } else {
            Err(AlgebraError::Count {
                what,
                got,
                expected,
            })
        }
    };
    count("points", points, 0..=MOST_POINTS)?;
    count("groups", groups, 1..=MOST_POINTS)?;
    whole_blocks(points, groups)
}

#[cfg(test)]
mod tests;
