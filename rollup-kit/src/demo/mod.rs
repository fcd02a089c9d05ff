//! The demonstration: what happens to those who withhold. Everything in it is real: a DA network
//! of validators, an L1, the contracts, a watcher that samples over libp2p, a responder that
//! answers. Only time is made to pass: L1's clock is moved instead of waited for.
//!
//! The rollup's proofs are the word of an attestor, see `attested/AttestedStatements.sol`: what
//! is shown here is settlement, which takes any proof.
//!
//! ```text
//! acts/prologue.rs      contracts, stakes, bonds, deposits
//! acts/honest.rs        a batch whose data is there, and a griefer who challenges it
//! acts/collusion.rs     a batch whose data is withheld: noticed, challenged, expired, slashed
//! acts/escape.rs        the rollup freezes, and everybody leaves
//! ```

mod acts;
mod books;
mod cast;
mod ledger;
mod network;
mod report;
mod stage;
mod tour;

pub use report::{Gas, Report};
pub use stage::L1Choice;
pub use tour::{CallReport, TourReport, once, tour};

use crate::Result;
use ::ledger::BatchSize;
use std::path::PathBuf;
use validity::gadget::Ruled;

/// What a chain keeps blobs for.
const RETENTION_DAYS: u64 = 14;

/// What a demonstration runs on.
#[derive(Debug, Clone)]
pub struct Options {
    /// The L1.
    pub l1: L1Choice,
    /// Where the programs `devnet` and `da-node` are.
    pub programs: PathBuf,
    /// This program, for its other commands.
    pub this: PathBuf,
    /// Whether the tour's page stays when it is over, until ^C.
    pub stay: bool,
    /// Where keys of development are kept.
    pub keys: PathBuf,
    /// Operations of a batch of the tour's.
    pub batch: BatchSize,
    /// The rollup's own rules, if it has any.
    pub ruled: Option<Ruled>,
}

/// Plays it, telling a line at a time.
///
/// # Errors
/// A part that does not start or does not do what it is for. Whether those who withheld lost
/// their bonds, and everybody else nothing, is the report's to say.
pub async fn withhold(options: &Options, told: &mut (dyn FnMut(&str) + Send)) -> Result<Report> {
    let mut stage = stage::Stage::set_up(options, RETENTION_DAYS, told).await?;
    let played = play(&mut stage).await;
    let report = match played {
        Ok(outcome) => Report::read(&stage, &outcome).await,
        Err(error) => Err(error),
    };
    stage.clear().await;
    report
}

async fn play(stage: &mut stage::Stage<'_>) -> Result<acts::Outcome> {
    acts::prologue(stage).await?;
    let honest = acts::honest(stage).await?;
    let collusion = acts::collusion(stage, &honest).await?;
    let escape = acts::escape(stage, &honest, &collusion).await?;
    Ok(acts::Outcome {
        honest,
        collusion,
        escape,
    })
}
