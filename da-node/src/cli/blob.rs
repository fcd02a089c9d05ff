//! `get` and `status`.

use super::error::{CliError, Result};
use super::output::{self, Output, write_file};
use super::{Get, Status, chain_view};
use commitments::{Setup, Threads};
use proto::client::{ClientError, Fetched};
use serde_json::json;
use types::{BlobId, BlobMeta, Namespace, PayloadLength};

/// Gets blobs back and writes their payloads.
pub(super) async fn get(command: Get, output: Output) -> Result<()> {
    let client = command.node.connect().await?;
    let bar = output.bytes(0, "receiving");
    let shown = bar.clone();
    let progress = move |received, total| {
        shown.set_length(total);
        shown.set_position(received);
    };
    let fetched = match (command.id, command.height, command.namespace) {
        (Some(id), _, _) => client.fetch_with(id, progress).await.map(|blob| vec![blob]),
        (None, Some(height), Some(namespace)) => client.fetch_at(height, namespace).await,
        // The command line's rules leave no other case.
        (None, _, _) => Ok(Vec::new()),
    };
    bar.finish_and_clear();
    let blobs = fetched?;

    if !command.trust_node {
        let spinner = output.spinner("checking");
        let checked = blobs.iter().try_for_each(check);
        spinner.finish_and_clear();
        checked?;
    }
    let payload: Vec<u8> = match blobs.as_slice() {
        [blob] => blob.payload.clone(),
        several => several
            .iter()
            .flat_map(|blob| blob.payload.iter().copied())
            .collect(),
    };
    write_file(command.output.as_deref(), &payload)?;
    for blob in &blobs {
        let (id, bytes) = (blob.id, blob.payload.len());
        let object = json!({
            "blob_id": id,
            "namespace": blob.namespace,
            "mode": blob.length.mode(),
            "bytes": bytes,
            "height": blob.height,
            "checked": !command.trust_node,
        });
        let line = format!("{id} {bytes} bytes");
        if command.output.is_some() {
            output.result(&object, &line);
        } else {
            output.aside(&object, &line);
        }
    }
    Ok(())
}

fn check(blob: &Fetched) -> Result<()> {
    let meta = describe(blob.namespace, blob.length, &blob.payload)?;
    same_blob(meta.id(), blob.id)
}

pub(super) fn same_blob(got: BlobId, expected: BlobId) -> Result<()> {
    if got == expected {
        Ok(())
    } else {
        Err(CliError::mismatch("blob id of the bytes", got, expected))
    }
}

/// Lays a payload out and commits to its rows: what its id is made of.
pub(super) fn describe(
    namespace: Namespace,
    length: PayloadLength,
    payload: &[u8],
) -> Result<BlobMeta> {
    let (got, rows) = erasure::payload_to_rows(length.mode(), payload)?;
    if got != length {
        return Err(CliError::mismatch(
            "bytes of the payload",
            got.bytes(),
            length.bytes(),
        ));
    }
    let commitments = Setup::ceremony()?.commit_all(&rows, &Threads::available()?)?;
    Ok(BlobMeta::new(namespace, length, commitments)?)
}

/// Shows how far a blob has come, or how the node fares.
pub(super) async fn status(command: Status, output: Output) -> Result<()> {
    let client = command.node.connect().await?;
    let Some(id) = command.id else {
        return chain_view::node_status(&client, output).await;
    };
    if !command.watch {
        output.state(&client.status(id).await?);
        return Ok(());
    }
    loop {
        let mut statuses = client.watch(id).await?;
        loop {
            match statuses.next().await {
                Ok(Some(status)) => {
                    output.state(&status);
                    if status.state.is_last() {
                        return Ok(());
                    }
                }
                // Cut off: watching again shows the present state once more.
                Ok(None) | Err(ClientError::Transport(_)) => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Output {
    fn state(self, status: &proto::client::Status) {
        let (object, line) = output::state(status);
        self.result(&object, &line);
    }

    /// Shows a state on the way to the one that is the result.
    pub(super) fn aside_state(self, status: &proto::client::Status) {
        let (object, line) = output::state(status);
        self.aside(&object, &line);
    }
}
