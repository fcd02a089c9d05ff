//! `escape`: out of a rollup whose operators are gone.

use super::on_l1::{AccountOnL1, BeaconNode};
use super::operate::read_keys;
use super::{Context, Outcome, Partly};
use clap::Args;
use derivation::{Config, Deriver, NodeRows};
use proto::client::Client;
use rollup_kit::Error;
use rollup_kit::escape::{ExitKeys, Who, escape};
use settlement::Address;
use std::path::PathBuf;
use std::sync::Arc;
use validity::{ExitsSize, SetupKind};

/// Leaves a rollup whose operators are gone: freezes it when an operation waits beyond its
/// deadline, proves what accounts hold, and has L1 pay it. No operator is asked. A second run
/// goes on where an earlier one stopped.
#[derive(Args)]
pub(crate) struct Escape {
    #[command(flatten)]
    account: AccountOnL1,
    #[command(flatten)]
    beacon: BeaconNode,
    /// Whose accounts, by their owners on L1; without any, the account's own. May be given several
    /// times.
    #[arg(long = "owner", value_name = "ADDRESS")]
    owners: Vec<Address>,
    /// Bring out everybody who is still there. What is theirs waits in the vault for them.
    #[arg(long, conflicts_with = "owners")]
    everybody: bool,
    /// A follower's folder, so that what it has derived is not derived again: no data is needed
    /// for that.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// The keys of the exits' circuit: a file, or with --development a folder.
    #[arg(long, value_name = "PATH", default_value = "keys")]
    keys: PathBuf,
    /// Keys for development, whose secret is public; made in the folder when they are not there.
    #[arg(long)]
    development: bool,
    /// Holdings of a proof, as the keys say.
    #[arg(long, value_name = "N", default_value_t = 16)]
    size: usize,
    /// The place of the keys in the verifier's contract; without it, it is looked for there.
    #[arg(long, value_name = "N")]
    place: Option<u8>,
}

impl Escape {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let (account, deployment) = self.account.open().await?;
        let size = ExitsSize::new(self.size)?;
        if self.development {
            eprintln!("{}", SetupKind::Development.warning());
        }
        let keys = read_keys(self.keys, size.into(), self.development).await?;
        let keys = ExitKeys::new(keys, size, self.place);
        let client = account.client().clone();
        let node = Client::connect_lazy(&context.node)?;
        let beacon = self.beacon.open()?;
        let rows = NodeRows::new(client.clone(), Some(node)).with_beacon(beacon);
        let config = Config {
            confirmations: 0,
            store: self.store,
            rules: context.rules(),
            ..Config::default()
        };
        let mut deriver = Deriver::open(client, Arc::new(deployment), rows, config).await?;
        let who = match (self.everybody, self.owners.is_empty()) {
            (true, _) => Who::Everybody,
            (false, true) => Who::Owners([account.address()].into()),
            (false, false) => Who::Owners(self.owners.into_iter().collect()),
        };
        match escape(&mut deriver, &account, &who, &keys).await {
            Ok(left) => Ok(Some(serde_json::to_value(left)?)),
            Err(error) => match &error {
                Error::Unfinished { left, .. } => Err(Box::new(Partly {
                    done: serde_json::to_value(left)?,
                    reason: error.to_string(),
                })),
                _ => Err(error.into()),
            },
        }
    }
}
