//! `submit`.

use super::{Context, Outcome, failed};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use types::Namespace;

/// Posts a file; done once the node has stored it durably.
#[derive(Args)]
pub(crate) struct Submit {
    /// The file.
    file: PathBuf,
    /// Whose blob it is: a name, or 58 hexadecimal digits.
    #[arg(long)]
    namespace: Namespace,
}

impl Submit {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let (rollup, _) = context.connect().await?;
        let bytes = std::fs::read(&self.file).map_err(|error| failed(&self.file, &error))?;
        let length = bytes.len();
        let id = rollup.submit(self.namespace, bytes).await?;
        Ok(Some(json!({ "blob_id": id, "bytes": length })))
    }
}
