//! `put`: post a file.

use super::error::Result;
use super::output::{self, Output, read_file};
use super::{Put, Wait};
use bytes::Bytes;
use commitments::{Setup, Threads};
use proto::client::{ClientError, Retries, State, Status};
use proto::{RowProofs, Submission};
use std::time::Instant;
use types::limits::MAX_PAYLOAD_BYTES;
use types::{BlobMode, PayloadLength};

/// Commits to the rows of a payload and proves their cells.
fn prove(mode: BlobMode, payload: &[u8]) -> Result<Vec<RowProofs>> {
    let (_, rows) = erasure::payload_to_rows(mode, payload)?;
    let (setup, threads) = (Setup::ceremony()?, Threads::available()?);
    let rows = setup.commit_rows(&rows, &threads)?;
    let proved = setup.prove_all(&rows, &threads)?;
    let claims = proved.iter().map(|row| {
        let claims = RowProofs::new(*row.commitment(), row.proofs().to_vec());
        Ok(claims.map_err(ClientError::from)?)
    });
    claims.collect()
}

/// Posts a file and waits as far as was asked.
pub(super) async fn put(command: Put, output: Output) -> Result<()> {
    let payload = Bytes::from(read_file(&command.file, MAX_PAYLOAD_BYTES)?);
    let mode = if command.raw {
        BlobMode::Raw
    } else {
        BlobMode::Packed
    };
    let submission = Submission {
        namespace: command.namespace,
        length: PayloadLength::new(mode, payload.len() as u64)?,
        expected: None,
    };
    let retries = Retries {
        attempts: command.retries.saturating_add(1),
        ..Retries::default()
    };
    let client = command.node.connect().await?.with_retries(retries);

    let proofs = if command.with_proofs {
        let spinner = output.spinner("proving");
        let proved = prove(mode, &payload);
        spinner.finish_and_clear();
        Some(proved?)
    } else {
        None
    };

    let started = Instant::now();
    let bar = output.bytes(payload.len() as u64, "sending");
    let shown = bar.clone();
    let progress = move |sent| shown.set_position(sent);
    let submitted = match &proofs {
        Some(rows) => {
            let proved = client.submit_proved(&submission, payload, rows, progress);
            proved.await
        }
        None => client.submit_with(&submission, payload, progress).await,
    };
    bar.finish_and_clear();
    let submitted = submitted?;

    let id = submitted.id;
    let now = |state| Status {
        id,
        at: submitted.status.at,
        state,
        superseded: false,
    };
    let status = match command.wait {
        Wait::None => submitted.status.clone(),
        Wait::Certified | Wait::Final => {
            let spinner = output.spinner("certifying");
            let certified = client.await_certified(id).await;
            spinner.finish_and_clear();
            let certified = now(State::Certified(certified?));
            if command.wait == Wait::Certified {
                certified
            } else {
                output.aside_state(&certified);
                let spinner = output.spinner("ordering");
                let ordered = client.await_final(id).await;
                spinner.finish_and_clear();
                let (height, header) = ordered?;
                now(State::Final { height, header })
            }
        }
    };
    let (mut object, line) = output::state(&status);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("rows".into(), serde_json::json!(submitted.rows));
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        fields.insert("ms".into(), serde_json::json!(ms));
    }
    output.result(&object, &line);
    Ok(())
}
