//! A block's commitments as a stranger hands them over.

use crate::{Error, Result};
use commitments::CommitmentGrid;
use types::{Commitment, Header};

/// The commitments that somebody claims for a block's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedCommitments(Vec<Commitment>);

impl UnverifiedCommitments {
    /// Takes what a peer answered.
    #[must_use]
    pub const fn new(commitments: Vec<Commitment>) -> Self {
        Self(commitments)
    }

    /// Checks them against the header, then decodes each into its group, once.
    ///
    /// # Errors
    /// [`Error::CommitmentCount`] and [`Error::Commitments`] with `WrongRoot` when they are not
    /// the header's: the peer's fault. With `BadCommitment` they are, and the proposer's.
    pub fn verify(self, header: &Header) -> Result<CommitmentGrid> {
        let expected = usize::from(header.dimensions.rows());
        if self.0.len() != expected {
            return Err(Error::CommitmentCount {
                got: self.0.len(),
                expected,
            });
        }
        Ok(CommitmentGrid::with_root(self.0, header.commitments_root)?)
    }
}
