//! `watch`: sample a rollup's rows, challenge what cannot be had.

use super::{Context, Outcome, failed};
use chain::Checkpoint;
use clap::Args;
use light_node::LightNode;
use proto::client::Client;
use serde_json::json;
use settlement::client::{Account, L1Client};
use settlement::deploy;
use settlement::outbox::Outbox;
use settlement::state::Reader;
use settlement::watcher::{Report, Watcher, WatcherConfig};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Samples the rows of a rollup's batches on the DA network, and challenges on L1 what cannot be
/// had, within the limits of the configuration.
#[derive(Args)]
pub(crate) struct Watch {
    /// The L1 node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    l1: String,
    /// What stands where, as `deploy` wrote it.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// The file with the key of the account that pays, 32 bytes in hexadecimal. No other program
    /// may use the account.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The journal of what was paid.
    #[arg(long, value_name = "FILE", default_value = "watcher.journal")]
    journal: PathBuf,
    /// The owner's limits, TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A full node of the DA network to join by, as a multiaddress; may be given several times.
    #[arg(long, value_name = "ADDRESS", required = true)]
    bootstrap: Vec<String>,
    /// Seconds between two looks.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pause: u64,
    /// Look once. Fails when something cannot be had and is not challenged.
    #[arg(long)]
    once: bool,
}

impl Watch {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let config = match &self.config {
            Some(file) => WatcherConfig::read(file)?,
            None => WatcherConfig::default(),
        };
        let deployment = deploy::read(&self.deployment)?
            .ok_or_else(|| failed(&self.deployment, &"there is no such file"))?;
        let secret =
            std::fs::read_to_string(&self.key).map_err(|error| failed(&self.key, &error))?;
        let client = L1Client::connect(&self.l1).await?;
        let account = Account::from_secret(client.clone(), &secret)?;
        let outbox = Outbox::open(
            &self.journal,
            client.clone(),
            account.signer().clone(),
            config.policy,
        )?;
        let bootstrap = self
            .bootstrap
            .iter()
            .map(|address| address.parse())
            .collect::<Result<Vec<_>, _>>()?;
        let checkpoint = Checkpoint::genesis(&deployment.chain);
        let light = LightNode::start(light_node::Config::new(checkpoint, bootstrap)).await?;
        let node = Client::connect_lazy(&context.node)?;
        let reader = Reader::new(client, Arc::new(deployment), account.address())?;
        let mut watcher = Watcher::new(reader, outbox, light, Some(node), config)?;
        if self.once {
            let report = watcher.step().await?;
            tell(&report, context.json);
            return match report.left_out.first() {
                None => Ok(None),
                Some((place, reason)) => Err(format!("{place}: {reason:?}").into()),
            };
        }
        let pause = Duration::from_secs(self.pause);
        watcher
            .run(pause, |report| tell(report, context.json))
            .await?;
        Ok(None)
    }
}

fn tell(report: &Report, as_json: bool) {
    if as_json {
        let names = |names: &[settlement::outbox::PaymentName]| -> Vec<String> {
            names.iter().map(ToString::to_string).collect()
        };
        let sampled: Vec<_> = report
            .sampled
            .iter()
            .map(|(place, verdict)| {
                json!({ "batch": place.batch, "row": place.row, "verdict": verdict })
            })
            .collect();
        let told = json!({
            "newest": report.newest,
            "sampled": sampled,
            "sent": names(&report.sent),
            "left_out": report.left_out.len(),
        });
        println!("{told}");
        return;
    }
    for (place, verdict) in &report.sampled {
        println!("{place}: {verdict}");
    }
    for name in &report.sent {
        println!("sent: {name}");
    }
    for (name, outcome) in &report.settled {
        println!("settled: {name}, {outcome:?}");
    }
    for (name, reason) in &report.held_up {
        println!("not sent: {name}: {reason}");
    }
    for (place, reason) in &report.left_out {
        println!("not challenged: {place}: {reason:?}");
    }
}
