//! `evidence`: who contradicted itself, and whether that can be shown to anybody.

use super::Evidence;
use super::error::Result;
use super::output::Output;
use super::proof::read_set;
use chain::UnverifiedEquivocation;
use serde_json::json;

/// Shows every piece of evidence that the node keeps. With a validator set, each is verified
/// first, and one that does not hold fails the command.
pub(super) async fn show(command: Evidence, output: Output) -> Result<()> {
    let set = command.validators.as_deref().map(read_set).transpose()?;
    let client = command.node.connect().await?;
    let of = command
        .validator
        .as_ref()
        .map(|of| of.as_bytes().as_slice());
    let found = client.evidence(of).await?;
    if found.is_empty() {
        output.aside(&json!({ "equivocations": 0 }), "none");
    }
    for answer in found {
        let evidence = UnverifiedEquivocation::decode(&answer.evidence)?;
        if let Some(set) = &set {
            evidence.verify(&set.chain_id, &set.validators)?;
        }
        let UnverifiedEquivocation {
            validator,
            at,
            contradiction,
        } = evidence;
        let headers = contradiction.headers();
        let object = json!({
            "validator": validator,
            "height": at.height,
            "round": at.round,
            "what": contradiction.name(),
            "headers": headers,
            "set": at.set,
            "verified": set.is_some(),
            "evidence": hex::encode(&answer.evidence),
        });
        let said = |header: Option<_>| {
            header.map_or_else(
                || "nil".to_owned(),
                |header: types::HeaderHash| header.to_string(),
            )
        };
        let [first, second] = headers.map(said);
        let word = if set.is_some() { ", verified" } else { "" };
        let line = format!(
            "{validator} at height {}, round {}: two {}{word}\n  {first}\n  {second}",
            at.height,
            at.round,
            contradiction.name()
        );
        output.result(&object, &line);
    }
    Ok(())
}
