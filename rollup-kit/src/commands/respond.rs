//! `respond`: answer challenges from the local store.

use super::on_l1::OnL1;
use super::{Context, Outcome};
use clap::{ArgGroup, Args};
use commitments::Setup;
use proto::client::Client;
use serde_json::json;
use settlement::responder::{Identity, NodeStore, Report, Responder, ResponderConfig};
use settlement::{Address, B256};
use std::path::PathBuf;

/// Answers challenges of an operator's rows or of a validator's cells on L1, out of the DA node
/// that `--node` names, the cheapest way first. In whose name, one of `--operator`, `--validator` and
/// `--any-row` says, or several.
#[derive(Args)]
#[command(group(ArgGroup::new("name").required(true).multiple(true)))]
pub(crate) struct Respond {
    #[command(flatten)]
    on_l1: OnL1,
    /// The journal of what was sent.
    #[arg(long, value_name = "FILE", default_value = "responder.journal")]
    journal: PathBuf,
    /// How it sends, TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answers for the rows of this operator's batches.
    #[arg(long, value_name = "ADDRESS", group = "name")]
    operator: Option<Address>,
    /// Answers for the cells of this validator, by its id on L1. The account must be the
    /// validator's owner or operator.
    #[arg(long, value_name = "ID", group = "name")]
    validator: Option<B256>,
    /// Answers for the rows of every batch.
    #[arg(long, group = "name")]
    any_row: bool,
    /// Look once. Fails when an answer is late or cannot be given.
    #[arg(long)]
    once: bool,
}

impl Respond {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let config = match &self.config {
            Some(file) => ResponderConfig::read(file)?,
            None => ResponderConfig::default(),
        };
        let (reader, outbox) = self.on_l1.open(&self.journal, config.policy).await?;
        let setup = tokio::task::spawn_blocking(Setup::ceremony).await??;
        let node = Client::connect(&context.node).await?;
        let store = NodeStore::new(node.clone(), setup);
        let identity = Identity {
            operator: self.operator,
            validator: self.validator,
            any_row: self.any_row,
        };
        let mut responder =
            Responder::new(reader, outbox, store, Some(node), setup, identity, config);
        if self.once {
            let report = responder.step().await?;
            tell(&report, context.json);
            return match report.alarms.first() {
                None => Ok(None),
                Some(alarm) => Err(format!("ALARM: {}: {}", alarm.what, alarm.reason).into()),
            };
        }
        responder
            .run(self.on_l1.pause(), |report| tell(report, context.json))
            .await?;
        Ok(None)
    }
}

fn tell(report: &Report, as_json: bool) {
    if as_json {
        let sent: Vec<String> = report.sent.iter().map(ToString::to_string).collect();
        let told = json!({
            "due": report.due.len(),
            "sent": sent,
            "alarms": report.alarms.len(),
        });
        println!("{told}");
        return;
    }
    for place in &report.due {
        println!("due: {place}");
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
    for alarm in &report.alarms {
        println!("ALARM: {}: {}", alarm.what, alarm.reason);
    }
}
