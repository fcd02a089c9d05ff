//! `watch`: sample a rollup's rows, challenge what cannot be had.

use super::on_l1::OnL1;
use super::{Context, Outcome};
use chain::Checkpoint;
use clap::Args;
use light_node::LightNode;
use proto::client::Client;
use serde_json::json;
use settlement::watcher::{Report, Watcher, WatcherConfig};
use std::path::PathBuf;

/// Samples the rows of a rollup's batches on the DA network, and challenges on L1 what cannot be
/// had, within the limits of the configuration.
#[derive(Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    on_l1: OnL1,
    /// The journal of what was paid.
    #[arg(long, value_name = "FILE", default_value = "watcher.journal")]
    journal: PathBuf,
    /// The owner's limits, TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A full node of the DA network to join by, as a multiaddress; may be given several times.
    #[arg(long, value_name = "ADDRESS", required = true)]
    bootstrap: Vec<String>,
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
        let (reader, outbox) = self.on_l1.open(&self.journal, config.policy).await?;
        let bootstrap = self
            .bootstrap
            .iter()
            .map(|address| address.parse())
            .collect::<Result<Vec<_>, _>>()?;
        let checkpoint = Checkpoint::genesis(&reader.deployment().chain);
        let light = LightNode::start(light_node::Config::new(checkpoint, bootstrap)).await?;
        let node = Client::connect_lazy(&context.node)?;
        let mut watcher = Watcher::new(reader, outbox, light, Some(node), config)?;
        if self.once {
            let report = watcher.step().await?;
            tell(&report, context.json);
            return match report.left_out.first() {
                None => Ok(None),
                Some((place, reason)) => Err(format!("{place}: {reason:?}").into()),
            };
        }
        watcher
            .run(self.on_l1.pause(), |report| tell(report, context.json))
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
