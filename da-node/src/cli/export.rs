//! `export`: a namespace's blobs with their proofs, before their retention is over.

use super::error::Result;
use super::output::Output;
use super::{Node, height};
use crate::archive::{self, Plan};
use serde_json::json;
use std::path::PathBuf;
use types::{Height, Namespace};

#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The namespace.
    #[arg(long, value_name = "NAME")]
    namespace: Namespace,
    /// The first height; by default the first whose blobs are still kept.
    #[arg(long, value_name = "HEIGHT", value_parser = height)]
    from: Option<Height>,
    /// The last height; by default the newest.
    #[arg(long, value_name = "HEIGHT", value_parser = height)]
    to: Option<Height>,
    /// Where to write; never over something. Until it is whole it is called FILE.part.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    node: Node,
}

/// Writes the archive.
pub(super) async fn export(command: Export, output: Output) -> Result<()> {
    let client = command.node.connect().await?;
    let plan = Plan {
        namespace: command.namespace,
        from: command.from,
        to: command.to,
        path: command.output,
    };
    let bar = output.heights("exporting");
    let shown = bar.clone();
    let done = archive::export(&client, &plan, move |height, to| {
        shown.set_length(to.get());
        shown.set_position(height.get());
    })
    .await;
    bar.finish_and_clear();
    let done = done?;
    let object = json!({
        "file": plan.path,
        "namespace": plan.namespace,
        "from": done.from,
        "to": done.to,
        "resumed_at": done.resumed,
        "blobs": done.blobs,
        "bytes": done.bytes,
    });
    let line = format!(
        "{}: {} blobs, {} bytes, heights {} to {}",
        plan.path.display(),
        done.blobs,
        done.bytes,
        done.from,
        done.to
    );
    output.result(&object, &line);
    Ok(())
}
