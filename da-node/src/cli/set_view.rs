//! Changes of the validator set, as objects and as lines.

use super::error::Result;
use chain::{SetChange, SetEdit, UnverifiedSetChange, ValidatorAddress};
use proto::v1;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use types::SetHash;

/// A change as somebody has written it down.
pub(super) fn change(change: &UnverifiedSetChange) -> (Value, String) {
    let object = json!({
        "digest": change.digest().to_string(),
        "chain_id": change.chain_id,
        "set": change.set,
        "epoch": change.epoch,
        "edits": change.edits,
    });
    let mut lines = format!(
        "change    {}\nof set    {}\nof chain  {}\nfor epoch {}",
        change.digest(),
        change.set,
        change.chain_id,
        change.epoch
    );
    for edit in &change.edits {
        let (what, weight) = match edit {
            SetEdit::Join { weight, .. } => ("joins  ", Some(weight)),
            SetEdit::Leave { .. } => ("leaves ", None),
            SetEdit::Reweigh { weight, .. } => ("weighs ", Some(weight)),
        };
        // Writing to a string does not fail.
        let _ = write!(lines, "\n{what} {}", edit.key());
        if let Some(weight) = weight {
            let _ = write!(lines, " {weight}");
        }
    }
    (object, lines)
}

/// A change that was written to a file, and the set that it makes.
pub(super) fn proposed(verified: &SetChange, file: &Path) -> (Value, String) {
    let (mut object, mut lines) = change(verified.as_unverified());
    let next = verified.next_set();
    object["next_set"] = json!(next.hash());
    object["next_validators"] = json!(next.len());
    object["next_weight"] = json!(next.total_weight());
    object["file"] = json!(file);
    let _ = write!(
        lines,
        "\nmakes     {} validators of weight {}, set {}\n{}",
        next.len(),
        next.total_weight(),
        next.hash(),
        file.display()
    );
    (object, lines)
}

/// A change that waits, with its approvals.
pub(super) fn pending(waiting: &v1::PendingSetChange) -> Result<(Value, String)> {
    let read = UnverifiedSetChange::decode(&waiting.change)?;
    let next = proto::read("next_set", &waiting.next_set[..], SetHash::from_slice)?;
    let signers = waiting
        .signers
        .iter()
        .map(|bytes| proto::read("signers", &bytes[..], ValidatorAddress::from_slice))
        .collect::<Result<Vec<_>, _>>()?;
    let (mut object, mut lines) = change(&read);
    object["next_set"] = json!(next);
    object["signers"] = json!(signers);
    object["signed_weight"] = json!(waiting.signed_weight);
    object["total_weight"] = json!(waiting.total_weight);
    object["certified"] = json!(waiting.certified);
    object["own"] = json!(waiting.own);
    let _ = write!(
        lines,
        "\napproved  by {} validators, weight {} of {}{}{}",
        signers.len(),
        waiting.signed_weight,
        waiting.total_weight,
        if waiting.own { ", this one too" } else { "" },
        if waiting.certified {
            ": that suffices"
        } else {
            ""
        },
    );
    Ok((object, lines))
}

/// Everything that waits.
pub(super) fn all(answer: &v1::ListSetChangesResponse) -> Result<(Value, String)> {
    let set = proto::read("set", &answer.set[..], SetHash::from_slice)?;
    let mut objects = Vec::new();
    let mut lines = format!(
        "set {set}\nepoch {} begins at height {}",
        answer.next_epoch, answer.next_epoch_height
    );
    for waiting in &answer.changes {
        let (object, more) = pending(waiting)?;
        objects.push(object);
        let _ = write!(lines, "\n\n{more}");
    }
    if objects.is_empty() {
        lines += "\nno change waits";
    }
    let object = json!({
        "set": set,
        "next_epoch": answer.next_epoch,
        "next_epoch_height": answer.next_epoch_height,
        "changes": objects,
    });
    Ok((object, lines))
}
