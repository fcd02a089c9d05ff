//! The pure core: plan, ask, verify, judge, trust. No I/O, no clock, no randomness of its own.
//!
//! ```text
//! Goal + dimensions ─draw→ Plan ─Sampling::ask→ Ask per peer ─answer→ claims ─verify→ cells ─judge→ Judgement
//! ```

mod budget;
mod grid;
mod judge;
mod odds;
mod plan;
pub mod repair;
mod sampling;
mod search;
mod trust;

pub use budget::{DailyBudget, Demand, Ledger, Spent, sampling_cost};
pub use grid::UnverifiedCommitments;
pub use judge::{Figures, Judgement, Reason, Verdict};
pub use odds::{hypergeometric_miss, light_nodes_to_rebuild, miss_probability, samples_for};
pub use plan::{Confidence, Goal, MAX_SAMPLES, Plan, SampleCount};
pub use sampling::{Answer, Ask, Fault, Lie, MAX_ASK, Sampling};
pub use search::Search;
pub use trust::{Anchor, Step, Trust};
