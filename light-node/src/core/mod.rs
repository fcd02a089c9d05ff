//! The pure core: plan, ask, verify, judge, trust. No I/O, no clock, no randomness of its own.
//!
//! ```text
//! Goal + dimensions ─draw→ Plan ─Sampling::ask→ Ask per peer ─answer→ claims ─verify→ cells ─judge→ Judgement
//! ```

mod grid;
mod judge;
mod odds;
mod plan;
pub mod repair;
mod sampling;
mod trust;

pub use grid::UnverifiedCommitments;
pub use judge::{Figures, Judgement, Reason, Verdict};
pub use odds::{hypergeometric_miss, miss_probability, samples_for};
pub use plan::{Confidence, Goal, MAX_SAMPLES, Plan, SampleCount};
pub use sampling::{Answer, Ask, Fault, Lie, MAX_ASK, Sampling};
pub use trust::{Anchor, Step, Trust};
