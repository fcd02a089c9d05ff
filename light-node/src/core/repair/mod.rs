//! Repair: which cells are held and for how long, who says that it holds which, what can be
//! rebuilt from them, and how the data comes out of it.
//!
//! ```text
//! samples ─Held::keep→ what is served ─CellSet→ holdings ─Claims::ask→ cells of a line
//!    ─CommitmentGrid::rebuild_column→ the whole line ─Held::keep, Assembly::add→ rows
//! ```

mod assembly;
mod cells;
mod claims;
mod held;
mod plan;

pub use assembly::Assembly;
pub use cells::CellSet;
pub use claims::{Claims, MAX_CLAIMANTS, Share};
pub use held::{Held, HeldLimits};
pub use plan::{Line, Lines, RebuildPlan, is_recoverable};
