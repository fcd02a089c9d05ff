//! `follow`: derive a rollup from L1 and DA data, serve what was derived, prepare escapes.

use super::on_l1::{BeaconNode, deployment};
use super::{Context, Outcome, ended};
use chain::Checkpoint;
use clap::Args;
use derivation::{Config, Deriver, Limits, NodeRows, Rows};
use follower::{Follower, Judge, NoRows, Options, escapes, views};
use light_node::LightNode;
use proto::client::Client;
use serde_json::{Value, json};
use settlement::client::L1Client;
use settlement::deploy::Deployment;
use settlement::watcher::{Samples, SamplingConfig};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Derives a rollup's state from L1 and the DA network alone, and answers for it over JSON-RPC. It
/// sends nothing and holds no keys. With --light it samples data instead of downloading it: it
/// knows roots and whether data can be had, and no balances.
#[derive(Args)]
pub(crate) struct Follow {
    /// The L1 node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    l1: String,
    #[command(flatten)]
    beacon: BeaconNode,
    /// What stands where, as `deploy` wrote it.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// The folder for what is derived, so that a restart goes on where it was.
    #[arg(long, value_name = "FOLDER", default_value = "followed")]
    store: PathBuf,
    /// Where to answer.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8646")]
    rpc: SocketAddr,
    /// Blocks of L1 to stay behind the newest.
    #[arg(long, value_name = "N", default_value_t = 2)]
    confirmations: u64,
    /// Seconds between two looks.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pause: u64,
    /// Sample rows instead of downloading them.
    #[arg(long, requires = "bootstrap")]
    light: bool,
    /// With --light: a full node of the DA network to join by, as a multiaddress; may be given
    /// several times.
    #[arg(long, value_name = "ADDRESS")]
    bootstrap: Vec<String>,
    /// Derive what L1 has now, say what came of it, and end.
    #[arg(long)]
    once: bool,
    /// With --once: write into this folder what owners need to leave by the escape hatch, a file
    /// per tree.
    #[arg(
        long,
        value_name = "FOLDER",
        requires = "once",
        conflicts_with = "light"
    )]
    escapes: Option<PathBuf>,
}

impl Follow {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let deployment = Arc::new(deployment(&self.deployment)?);
        let client = L1Client::connect(&self.l1).await?;
        let config = Config {
            confirmations: self.confirmations,
            store: Some(self.store.clone()),
            rules: context.rules(),
            limits: Limits {
                roots_only: self.light,
                ..Limits::default()
            },
            ..Config::default()
        };
        if self.light {
            let light = self.light_node(&deployment).await?;
            let judge = Judge::new(light, SamplingConfig::default());
            let deriver = Deriver::open(client, deployment, NoRows, config).await?;
            return self.go_on(deriver, Some(judge), context).await;
        }
        let node = Client::connect_lazy(&context.node)?;
        let beacon = self.beacon.open()?;
        let rows = NodeRows::new(client.clone(), Some(node)).with_beacon(beacon);
        let deriver = Deriver::open(client, deployment, rows, config).await?;
        self.go_on(deriver, None::<Judge<LightNode>>, context).await
    }

    async fn light_node(
        &self,
        deployment: &Deployment,
    ) -> Result<LightNode, Box<dyn std::error::Error>> {
        let bootstrap = self
            .bootstrap
            .iter()
            .map(|address| address.parse())
            .collect::<Result<Vec<_>, _>>()?;
        let checkpoint = Checkpoint::genesis(&deployment.chain);
        Ok(LightNode::start(light_node::Config::new(checkpoint, bootstrap)).await?)
    }

    async fn go_on<R: Rows + 'static, S: Samples + 'static>(
        self,
        mut deriver: Deriver<R>,
        mut judge: Option<Judge<S>>,
        context: &Context,
    ) -> Outcome {
        if self.once {
            return self.look_once(&mut deriver, judge.as_mut()).await;
        }
        let options = Options {
            address: self.rpc,
            pause: Duration::from_secs(self.pause),
        };
        let ended = ended()?;
        let follower = Follower::start(deriver, judge, options).await?;
        if context.json {
            println!("{}", json!({ "rpc": follower.url(), "light": self.light }));
        } else {
            println!("answers on {}", follower.url());
            if self.light {
                println!("light: data is sampled, not downloaded; there are no balances");
            }
        }
        ended.await;
        follower.stop().await?;
        Ok(None)
    }

    async fn look_once<R: Rows, S: Samples>(
        &self,
        deriver: &mut Deriver<R>,
        judge: Option<&mut Judge<S>>,
    ) -> Outcome {
        let progress = deriver.catch_up().await?;
        deriver.save()?;
        let mut verdicts = Vec::new();
        if let Some(judge) = judge {
            let now = progress.tip.time.get();
            judge.look(deriver.derivation().history(), now).await;
            verdicts = judge
                .judged()
                .iter()
                .map(|((batch, row), judged)| {
                    json!({ "batch": batch, "row": row, "verdict": judged.verdict })
                })
                .collect();
        }
        let mut done = serde_json::to_value(views::roots(deriver.derivation()))?;
        done["l1_block"] = progress.tip.number.into();
        done["missing_rows"] = progress.missing.len().into();
        done["light"] = self.light.into();
        if self.light {
            done["verdicts"] = Value::Array(verdicts);
        }
        if let Some(folder) = &self.escapes {
            let files = escapes::write(deriver.derivation(), folder)?;
            let files: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
            done["escapes"] = files.into();
        }
        Ok(Some(done))
    }
}
