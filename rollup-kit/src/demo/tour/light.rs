//! A follower that samples rows instead of downloading them, as a phone does.

use super::programs::Serving;
use super::{Tour, rpc};
use crate::{Error, Result};
use settlement::contracts::abi;

/// Starts it. What it finds it keeps in a folder of its own.
pub(super) async fn start(tour: &Tour<'_, '_>) -> Result<Serving> {
    let mut follow = vec!["follow", "--light", "--l1", &tour.programs.l1];
    for address in tour.stage.da.multiaddrs() {
        follow.extend(["--bootstrap", address]);
    }
    let how = ["--store", "sampled", "--rpc", "127.0.0.1:0"];
    let pace = ["--confirmations", "0", "--pause", "1"];
    follow.extend(how.iter().chain(&pace));
    tour.programs.serve("light-follower", &follow).await
}

/// Samples what stands. Says of how many batches it found the data; their roots are what the
/// follower has that downloads.
pub(super) async fn samples(tour: &mut Tour<'_, '_>) -> Result<usize> {
    let newest = tour.newest().await?;
    tour.followed(newest).await?;
    let light = start(tour).await?;
    let mut sampled = 0;
    for batch in 1..=newest {
        // What went to L1 itself is nothing to sample.
        if rows(tour, batch).await? == 0 {
            continue;
        }
        finds(tour, &light, batch, "available").await?;
        sampled += 1;
    }
    let followed = rpc(tour.follower(), "rollup_roots").await?;
    let url = light.url.clone();
    tour.until("the light follower", async |_| {
        let roots = rpc(&url, "rollup_roots").await?;
        let same = |tree: &str| roots[tree]["root"] == followed[tree]["root"];
        Ok((same("on_l1") && same("off_l1")).then_some(()))
    })
    .await?;
    light.stop().await?;
    tour.stage.tell(format!(
        "      a light follower samples {sampled} batches: available, and it has the same roots"
    ));
    Ok(sampled)
}

/// Waits until it has judged all rows of a batch, and holds the verdict to what is expected.
pub(super) async fn finds(
    tour: &mut Tour<'_, '_>,
    light: &Serving,
    batch: u64,
    expected: &str,
) -> Result<()> {
    let rows = rows(tour, batch).await?;
    let url = light.url.clone();
    let judged = tour.until("a light follower's verdict", async |_| {
        let told = rpc(&url, "rollup_verdicts").await?;
        let of_batch = |verdict: &&serde_json::Value| verdict["batch"].as_u64() == Some(batch);
        let found = told.as_array().into_iter().flatten().filter(of_batch);
        let found: Vec<_> = found.filter_map(|one| one["verdict"].as_str()).collect();
        // One that had nobody to ask yet looks again.
        let is_whole = found.len() >= rows && !found.contains(&"undecided");
        let worst = if found.contains(&"unavailable") {
            "unavailable"
        } else {
            "available"
        };
        Ok(is_whole.then(|| worst.to_owned()))
    });
    let got = judged.await?;
    if got == expected {
        return Ok(());
    }
    Err(Error::Stage {
        what: "a light follower's verdict",
        reason: format!("batch {batch} is {got}, expected {expected}"),
    })
}

/// A batch's rows on the DA network.
async fn rows(tour: &Tour<'_, '_>, batch: u64) -> Result<usize> {
    let call = abi::Rollup::batchAtCall { number: batch };
    let rollup = tour.stage.deployment()?.rollup;
    Ok(tour.stage.client.view(rollup, &call).await?.rows.into())
}
