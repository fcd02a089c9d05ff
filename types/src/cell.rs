//! A cell as a stranger hands it over.

use crate::{Cell, Coordinates, Proof};

/// A cell that somebody claims stands at these coordinates, with the claimed proof. It
/// becomes a verified one only by being consumed against a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedCell {
    /// Where it is claimed to stand.
    pub at: Coordinates,
    /// Its 64 elements.
    pub cell: Cell,
    /// The claimed opening of the row's commitment (EIP-7594).
    pub proof: Proof,
}
