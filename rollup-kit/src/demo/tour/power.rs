//! An operator that is killed in the midst of a batch, and goes on where it was.

use super::{Tour, setting};
use crate::{Error, Result};

/// Kills the first operator while an operation is in a batch that is not on L1 yet, and starts it
/// again on what its folder has.
pub(super) async fn cut(tour: &mut Tour<'_, '_>, operation: &str) -> Result<()> {
    tour.until("a batch in the making", async |tour| {
        let asked = ["wallet", "status", operation];
        let by = ["--operator", tour.operator(0)];
        let told = tour.programs.told(&[&asked[..], &by].concat()).await?;
        match told["stage"].as_str() {
            Some("pooled") => Ok(None),
            Some("sequenced") => Ok(Some(())),
            _ => Err(Error::Stage {
                what: "a batch in the making",
                reason: told.to_string(),
            }),
        }
    })
    .await?;
    let killed = tour.operators.remove(0);
    let address = killed.url.trim_start_matches("http://").to_owned();
    killed.kill().await;
    let again = setting::Operating {
        name: "operator-0-again",
        place: 0,
        address: &address,
        batch: tour.batch,
    };
    let again = again.start(&tour.programs, &tour.sequencers[0]).await?;
    tour.operators.insert(0, again);
    tour.killed += 1;
    tour.stage.tell(
        "      the first operator is killed while it proves them, and started again on its folder",
    );
    Ok(())
}
