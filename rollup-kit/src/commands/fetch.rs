//! `fetch`.

use super::{Context, Outcome, failed};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use types::BlobId;

/// Gets a blob back, and writes it only if every byte is the blob's.
#[derive(Args)]
pub(crate) struct Fetch {
    /// The blob.
    id: BlobId,
    /// Where to write it.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Fetch {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let (rollup, _) = context.connect().await?;
        let bytes = rollup.fetch_verified(self.id).await?;
        std::fs::write(&self.output, &bytes).map_err(|error| failed(&self.output, &error))?;
        Ok(Some(json!({ "blob_id": self.id, "bytes": bytes.len() })))
    }
}
