//! The light mode: verdicts and roots, and nothing else.

use crate::door::funded;
use crate::world::World;
use crate::{Asked, options};
use derivation::{Config, Deriver, Limits};
use follower::{Follower, Judge, NoRows};
use light_node::core::Verdict;
use serde_json::json;
use settlement::watcher::{Samples, SamplingConfig};
use settlement::{BlobRow, Result};
use types::{BlobId, BlobMeta};

/// A sampler that finds the rows of one blob withheld.
struct Sampler(Option<BlobId>);

impl Samples for Sampler {
    async fn sample(
        &self,
        blob: BlobId,
        meta: Option<BlobMeta>,
        rows: &[BlobRow],
        _: &SamplingConfig,
    ) -> Result<Vec<(BlobRow, Verdict)>> {
        assert_eq!(meta.unwrap().id(), blob);
        let verdict = match self.0 == Some(blob) {
            true => Verdict::Unavailable,
            false => Verdict::Available,
        };
        Ok(rows.iter().map(|row| (*row, verdict)).collect())
    }
}

async fn light(world: &World) -> Deriver<NoRows> {
    let config = Config {
        confirmations: 0,
        limits: Limits {
            roots_only: true,
            ..Limits::default()
        },
        ..Config::default()
    };
    let (client, deployment) = (world.client.clone(), world.deployment.clone());
    Deriver::open(client, deployment, NoRows, config)
        .await
        .unwrap()
}

#[tokio::test]
async fn rows_are_judged_and_balances_refused() {
    let world = funded().await;
    let mut deriver = light(&world).await;
    deriver.catch_up().await.unwrap();
    let history = deriver.derivation().history();
    let withheld = history
        .batch(settlement::BatchNumber::new(2))
        .unwrap()
        .blob();
    let judge = Judge::new(Sampler(withheld), SamplingConfig::default());
    let follower = Follower::start(deriver, Some(judge), options())
        .await
        .unwrap();
    let asked = Asked::of(follower);
    asked.caught_up(&world.client).await;
    let verdicts = asked.ask("rollup_verdicts", json!([])).await.unwrap();
    let verdicts = verdicts.as_array().unwrap();
    assert_eq!(verdicts.len(), 2);
    assert_eq!(verdicts[0]["verdict"], json!(Verdict::Available));
    assert_eq!(verdicts[1]["verdict"], json!(Verdict::Unavailable));
    assert_eq!(verdicts[1]["batch"], 2);
    let roots = asked.ask("rollup_roots", json!([])).await.unwrap();
    assert!(roots["off_l1"]["derived"].is_null());
    assert!(roots["off_l1"]["on_l1"].is_string());
    let health = asked.ask("rollup_health", json!([])).await.unwrap();
    assert_eq!(health["mode"], "light");
    for method in ["rollup_account", "rollup_proof", "rollup_escape"] {
        let (_, name) = asked.ask(method, json!(["on_l1", 1])).await.unwrap_err();
        assert_eq!(name, "light", "{method}");
    }
    asked.ask("rollup_batch", json!([2])).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_had_is_asked_for_again() {
    let world = funded().await;
    let mut deriver = light(&world).await;
    deriver.catch_up().await.unwrap();
    let history = deriver.derivation().history();
    let withheld = history
        .batch(settlement::BatchNumber::new(2))
        .unwrap()
        .blob();
    let config = SamplingConfig::default();
    let mut judge = Judge::new(Sampler(withheld), config);
    assert_eq!(judge.look(history, 1000).await, 2);
    assert_eq!(judge.look(history, 1000 + config.pause - 1).await, 0);
    assert_eq!(judge.look(history, 1000 + config.pause).await, 1);
    assert_eq!(judge.judged().len(), 2);
}
