//! `await`.

use super::{Context, Outcome, failed};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use types::BlobId;

/// Waits for a blob's availability certificate.
#[derive(Args)]
pub(crate) struct Await {
    /// The blob.
    id: BlobId,
    /// Wait for a final block as well, and write the proof of it to this file.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

impl Await {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let (rollup, total) = context.connect().await?;
        let certificate = rollup.await_certificate(self.id).await?;
        let mut done = json!({
            "blob_id": self.id,
            "signed_weight": certificate.signed_weight(),
            "total_weight": total,
            "expires_at_ms": certificate.terms().expires_at,
        });
        if let Some(file) = self.proof {
            let (proof, encoded) = rollup.await_final_encoded(self.id).await?;
            std::fs::write(&file, encoded).map_err(|error| failed(&file, &error))?;
            done["height"] = json!(proof.height());
            done["header"] = json!(proof.header().hash());
        }
        Ok(Some(done))
    }
}
