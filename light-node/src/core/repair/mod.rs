//! Repair: which cells are held, what can be rebuilt from them, and for how long they are kept.

mod cells;
mod plan;

pub use cells::CellSet;
pub use plan::{Line, Lines, RebuildPlan, is_recoverable};
