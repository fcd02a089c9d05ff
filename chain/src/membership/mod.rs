//! How a validator set changes: members join, leave and change weight where an epoch begins.
//!
//! ```text
//! edits ─verify→ SetChange ─approve→ approvals ─more than 2/3→ certificate
//!    ─last block of the epoch→ header names the next set
//! ```
//!
//! The members who decide are those of the set that is to change. A change names them by their
//! set's hash and the epoch from whose first block it holds, so that an approval serves once:
//! not on another chain, not under another set, not for another epoch. It is written in one way
//! only, so that all who want the same sign the same bytes.
//!
//! Two changes for one epoch can only both be certified when members of more than a third of
//! the weight approve both; a block takes one of them, and consensus decides on one block.

mod approval;
mod certificate;
mod change;
mod edit;

pub use approval::{Approval, ApprovalCollector, UnverifiedApproval};
pub use certificate::{SetChangeCertificate, UnverifiedSetChangeCertificate};
pub use change::{SetChange, UnverifiedSetChange};
pub use edit::SetEdit;
