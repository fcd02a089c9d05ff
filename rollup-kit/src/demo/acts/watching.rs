//! A watcher that samples, challenges what cannot be had, and has L1 believe the clock.

use super::super::stage::Stage;
use super::{look_until, outbox, policy, reader, row};
use crate::{Error, Result};
use alloy::primitives::U256;
use light_node::LightNode;
use settlement::Wei;
use settlement::contracts::abi;
use settlement::state::RowState;
use settlement::watcher::{Limits, SamplingConfig, Watcher, WatcherConfig};
use std::time::Duration;

/// How long the watcher's light node may take to meet the network.
const MEETING: Duration = Duration::from_secs(30);

/// A light node like anybody's: it knows addresses and the genesis' hash.
pub(in super::super) async fn light_node(stage: &Stage<'_>) -> Result<LightNode> {
    let bootstrap = stage
        .da
        .multiaddrs()
        .map(str::parse)
        .collect::<Result<_, _>>();
    let bootstrap = bootstrap.map_err(|error| Error::Stage {
        what: "the network's multiaddrs",
        reason: format!("{error}"),
    })?;
    let config = light_node::Config::new(stage.da.checkpoint()?, bootstrap);
    let node = LightNode::start(config).await?;
    let met = async {
        while node.status().peers == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(MEETING, met).await {
        Ok(()) => Ok(node),
        Err(_) => Err(Error::Stage {
            what: "the watcher's light node",
            reason: format!("met nobody in {} s", MEETING.as_secs()),
        }),
    }
}

pub(in super::super) async fn watcher(
    stage: &Stage<'_>,
    light: LightNode,
) -> Result<Watcher<LightNode>> {
    let config = WatcherConfig {
        limits: Limits {
            rounds_in_vain: 2,
            ..Limits::default()
        },
        sampling: SamplingConfig {
            pause: 1,
            ..SamplingConfig::default()
        },
        policy: policy(),
    };
    let account = stage.cast.watcher.clone();
    Ok(Watcher::new(
        reader(stage, &account)?,
        outbox(stage, &account, "watcher.journal")?,
        light,
        Some(stage.da.client(0).await?),
        config,
    )?)
}

pub(in super::super) async fn notice(
    stage: &mut Stage<'_>,
    watcher: &mut Watcher<LightNode>,
    number: u64,
) -> Result<()> {
    let challenged = async |stage: &Stage<'_>| {
        let row = row(stage, &stage.cast.watcher, number).await?;
        Ok(row.state != RowState::Quiet)
    };
    let look = async || watcher.step().await;
    let reports = look_until(stage, "the watcher's challenge", look, challenged).await?;
    for (place, verdict) in reports.iter().flat_map(|report| &report.sampled) {
        stage.tell(format!("      sampled {place}: {verdict}"));
    }
    let challenged = row(stage, &stage.cast.watcher, number).await?;
    if challenged.state != RowState::Open {
        return Err(Error::Stage {
            what: "the watcher's challenge",
            reason: format!("{:?}, expected it to be open", challenged.state),
        });
    }
    stage.tell(format!("      challenged with {}", challenged.own));
    Ok(())
}

pub(in super::super) async fn expire(
    stage: &mut Stage<'_>,
    watcher: &mut Watcher<LightNode>,
    number: u64,
) -> Result<Wei> {
    let d = stage.deployment()?;
    let from = stage.client.head().await?.number;
    let expired = async |stage: &Stage<'_>| {
        let row = row(stage, &stage.cast.watcher, number).await?;
        Ok(row.state == RowState::Expired)
    };
    let look = async || watcher.step().await;
    look_until(stage, "the expiry", look, expired).await?;
    let newest = stage.client.head().await?.number;
    let events = stage
        .client
        .events::<abi::Operators::OperatorSlashed>(d.operators, from, newest)
        .await?;
    let slashed: Wei = events
        .iter()
        .map(|(event, _)| Wei::from(event.amount))
        .sum();
    stage.tell(format!("      expired: the operator loses {slashed}"));
    Ok(slashed)
}

/// What the tree off L1 is now.
pub(in super::super) async fn fallback(stage: &mut Stage<'_>) -> Result<U256> {
    let rollup = stage.deployment()?.rollup;
    let newest = stage.client.head().await?.number;
    let events = stage
        .client
        .events::<abi::Rollup::FellBack>(rollup, 0, newest)
        .await?;
    let Some((fell, _)) = events.last() else {
        return Err(Error::Stage {
            what: "the fallback",
            reason: "L1 does not say that there was one".to_owned(),
        });
    };
    stage.tell(format!(
        "      the tree off L1 falls back to batch {}, the one on L1 stays",
        fell.to
    ));
    Ok(fell.roots.offL1)
}
