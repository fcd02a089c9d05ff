//! `explore`: a page that shows the rollup.

use super::{Context, Outcome, failed};
use clap::Args;
use rollup_kit::explorer::{Explorer, Sources};
use serde_json::json;
use settlement::deploy;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Shows the rollup on a page for this machine alone: batches with their certificates and proofs,
/// both trees, challenges, bonds and queues. It changes nothing and holds no keys.
#[derive(Args)]
pub(crate) struct Explore {
    /// A follower's JSON-RPC.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8646")]
    follower: String,
    /// An operator's JSON-RPC; may be given several times.
    #[arg(long, value_name = "URL")]
    operator: Vec<String>,
    /// The L1 node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    l1: String,
    /// What stands where, as `deploy` wrote it.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// Where the page is, on loopback.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8650")]
    listen: SocketAddr,
}

impl Explore {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let deployment = deploy::read(&self.deployment)?
            .ok_or_else(|| failed(&self.deployment, &"there is no such file"))?;
        let sources = Sources {
            follower: self.follower,
            operators: self.operator,
            l1: self.l1,
            deployment: Arc::new(deployment),
        };
        let explorer = Explorer::start(sources, self.listen).await?;
        let url = format!("http://{}/", explorer.address());
        if context.json {
            println!("{}", json!({ "page": url }));
        } else {
            println!("the page is at {url}");
        }
        tokio::signal::ctrl_c().await?;
        explorer.stop().await;
        Ok(None)
    }
}
