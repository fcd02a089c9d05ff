//! An operator that serves nobody, and the one whose turn is next.

use super::Tour;
use super::person::ON_L1;
use crate::{Error, Result};
use settlement::Wei;
use settlement::contracts::abi;

/// What the act came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Censored {
    /// What the forced withdrawal paid.
    pub(super) forced: Wei,
    /// Whether another operator settled it than the one that served nobody.
    pub(super) rotated: bool,
}

/// Plays it.
pub(super) async fn censor(tour: &mut Tour<'_, '_>) -> Result<Censored> {
    tour.stage.tell("4  A censor, and its turn's end");
    tour.turn_of(0).await?;
    let silent = tour.operators.first().ok_or_else(|| Error::Stage {
        what: "the first operator",
        reason: "it does not run".to_owned(),
    })?;
    silent.signal("STOP").await?;
    let newest = tour.newest().await?;
    let amount = Wei::milliether(700);
    tour.dora.force(amount, ON_L1).await?;
    tour.stage.tell(format!(
        "      the first operator answers nobody; Dora demands {amount} of L1 instead"
    ));
    tour.turn_of(1).await?;
    tour.settled(newest + 1).await?;
    let forced = tour.until("the forced withdrawal", async |tour| {
        claimed(tour, newest + 1).await
    });
    let (batch, forced) = forced.await?;
    let call = abi::Rollup::batchAtCall { number: batch };
    let rollup = tour.stage.deployment()?.rollup;
    let by = tour.stage.client.view(rollup, &call).await?.operator;
    let rotated = by == tour.sequencers[1].address();
    tour.stage.tell(format!(
        "      an hour later it is the second one's turn: batch {batch} pays Dora {forced}"
    ));
    if let Some(first) = tour.operators.first() {
        first.signal("CONT").await?;
    }
    tour.stage.ledger.read(&tour.stage.client, "censor").await?;
    Ok(Censored { forced, rotated })
}

/// Claims Dora's withdrawal out of the first of these batches that has it.
async fn claimed(tour: &Tour<'_, '_>, first: u64) -> Result<Option<(u64, Wei)>> {
    for batch in first..=tour.newest().await? {
        let paid = tour.dora.claim(tour.operator(1), batch).await?;
        if paid > Wei::ZERO {
            return Ok(Some((batch, paid)));
        }
    }
    Ok(None)
}
