//! Faults that a node can be told to have, for demonstrations and tests: a file per behaviour.
//!
//! Only whoever starts a node from Rust can give it one: no configuration and no command line of
//! an operator's names them.

mod drop_votes;
mod equivocate;
mod switch;
mod withhold;
mod wrong_encoding;

pub(crate) use drop_votes::Spoken;
pub(crate) use equivocate::{Order, order, other_block, other_vote};
pub(crate) use switch::FaultSwitch;
pub use withhold::Withholding;
pub(crate) use wrong_encoding::{spoil_block, spoil_rows};

use types::{ColumnIndex, Commitment};

/// The faults of one node. The default has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Refuses to hand out some cells, to light nodes and to peers alike.
    pub withholding: Option<Withholding>,
    /// Signs a second vote beside each of its votes, and a second proposal beside each of its
    /// proposals.
    pub equivocates: bool,
    /// Keeps its votes to itself.
    pub drops_votes: bool,
    /// Proposes blocks and disperses cells that fit no commitment, and signs receipts for cells
    /// that it has not looked at.
    pub encodes_wrongly: bool,
    /// Takes nothing that is dispersed to it and signs no receipt, while it votes.
    pub refuses_custody: bool,
}

impl Faults {
    /// Whether the cell in this column of the row with this commitment is refused.
    #[must_use]
    pub fn refuse(&self, row: &Commitment, column: ColumnIndex) -> bool {
        self.withholding
            .as_ref()
            .is_some_and(|withholding| withholding.refuses(row, column))
    }

    /// Whether what the node says to other validators differs from what its engine says.
    pub(crate) const fn lies_in_consensus(&self) -> bool {
        self.equivocates || self.drops_votes
    }
}

#[cfg(test)]
mod tests;
