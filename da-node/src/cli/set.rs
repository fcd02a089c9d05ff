//! `set`: the validator set, kept in a file or changed by those who run its members.
//!
//! One operator writes a change down (`propose`), every operator looks at it (`show`) and has the
//! own validator approve it (`approve`); `pending` tells how far the approvals have come.

use super::error::{CliError, Result};
use super::output::{Output, read_file, write_file};
use super::{Node, Set, proof, set_view};
use crate::operator::ValidatorFile;
use chain::{PublicKeyBytes, SetEdit, UnverifiedSetChange, ValidatorSet, Weight};
use proto::client::Client;
use std::path::{Path, PathBuf};
use types::{ChainId, Epoch, SetHash};

/// Most bytes of a change's file: its encoding in hexadecimal, and room for names and spaces.
const MAX_CHANGE_BYTES: usize = 8 * UnverifiedSetChange::MAX_BYTES;

#[derive(Debug, clap::Subcommand)]
pub(super) enum SetCommand {
    /// Write down a change of the set in force, for the others to approve.
    Propose(Propose),
    /// Show a change that somebody has written down.
    Show(Show),
    /// Have the node's own validator approve a change. That cannot be taken back: a validator
    /// approves one change for each epoch.
    Approve(Approve),
    /// Show the changes that wait for their epoch, and who approves them.
    Pending(Pending),
}

#[derive(Debug, clap::Args)]
pub(super) struct Propose {
    /// Who is to join: its announcement, with the weight that it gets unless it is the one that
    /// the announcement suggests.
    #[arg(long, value_name = "validator.json[:WEIGHT]")]
    join: Vec<Joining>,
    /// Whose key is to leave.
    #[arg(long, value_name = "KEY")]
    leave: Vec<PublicKeyBytes>,
    /// Whose key is to get another weight.
    #[arg(long, value_name = "KEY:WEIGHT", value_parser = weighed)]
    weigh: Vec<(PublicKeyBytes, Weight)>,
    /// The epoch from whose first block the change holds; the next one by default.
    #[arg(long, value_name = "EPOCH")]
    epoch: Option<u64>,
    /// Where to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The change's file.
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Approve {
    /// The change's file.
    file: PathBuf,
    #[command(flatten)]
    node: Node,
}

#[derive(Debug, clap::Args)]
pub(super) struct Pending {
    #[command(flatten)]
    node: Node,
}

/// Who is to join.
#[derive(Debug, Clone)]
struct Joining {
    file: PathBuf,
    weight: Option<Weight>,
}

impl std::str::FromStr for Joining {
    type Err = std::convert::Infallible;

    /// A path may have colons of its own: only a number after the last one is a weight.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let weight = text
            .rsplit_once(':')
            .and_then(|(file, weight)| Some((file, weight.parse().ok()?)));
        Ok(match weight {
            Some((file, weight)) => Self {
                file: file.into(),
                weight: Some(Weight::new(weight)),
            },
            None => Self {
                file: text.into(),
                weight: None,
            },
        })
    }
}

fn weighed(text: &str) -> Result<(PublicKeyBytes, Weight), String> {
    let (key, weight) = text
        .split_once(':')
        .ok_or_else(|| format!("got {text}, expected KEY:WEIGHT"))?;
    let key = key
        .parse()
        .map_err(|error: types::Error| error.to_string())?;
    let weight = weight.parse().map_err(|_| format!("got weight {weight}"))?;
    Ok((key, Weight::new(weight)))
}

/// Keeps the set, or does what the command says with it.
pub(super) async fn set(command: Set, output: Output) -> Result<()> {
    match (command.command, command.output) {
        (Some(SetCommand::Propose(command)), _) => propose(command, output).await,
        (Some(SetCommand::Show(command)), _) => show(&command, output),
        (Some(SetCommand::Approve(command)), _) => approve(&command, output).await,
        (Some(SetCommand::Pending(command)), _) => pending(&command.node, output).await,
        (None, file) => {
            // Demanded by the command line.
            let file = file.unwrap_or_else(|| "-".into());
            proof::keep_set(&command.node, &file, output).await
        }
    }
}

/// Writes a change down, once it is clear that the set can undergo it.
async fn propose(command: Propose, output: Output) -> Result<()> {
    let mut edits = Vec::new();
    for joining in &command.join {
        let file = ValidatorFile::read(&joining.file)?;
        edits.push(SetEdit::Join {
            key: file.public_key,
            weight: joining.weight.unwrap_or(file.weight),
            possession: file.possession,
        });
    }
    edits.extend(command.leave.iter().map(|key| SetEdit::Leave { key: *key }));
    let weighed = command.weigh.iter();
    edits.extend(weighed.map(|&(key, weight)| SetEdit::Reweigh { key, weight }));

    let client = command.node.connect().await?;
    let place = client.set_changes().await?;
    let chain = proto::read("chain_id", &place.chain_id[..], ChainId::from_slice)?;
    let set = set_named(&client, &place.set).await?;
    let epoch = Epoch::new(command.epoch.unwrap_or(place.next_epoch));
    if epoch.get() < place.next_epoch {
        return Err(CliError::mismatch(
            "epoch",
            epoch,
            format!("{} or a later one", place.next_epoch),
        ));
    }
    let change = UnverifiedSetChange::new(chain, set.hash(), epoch, edits);
    let verified = change.clone().verify(&chain, &set)?;

    let problem = |error: serde_json::Error| CliError::ChangeFile {
        path: command.output.clone(),
        problem: error.to_string(),
    };
    let text = serde_json::to_string_pretty(&change).map_err(problem)? + "\n";
    write_file(Some(&command.output), text.as_bytes())?;
    let (object, lines) = set_view::proposed(&verified, &command.output);
    output.result(&object, &lines);
    Ok(())
}

async fn set_named(client: &Client, hash: &[u8]) -> Result<ValidatorSet> {
    let hash = proto::read("set", hash, SetHash::from_slice)?;
    let answer = client.validator_set(Some(hash)).await?;
    let set = ValidatorSet::decode(&answer.set)?;
    if set.hash() == hash {
        Ok(set)
    } else {
        Err(CliError::mismatch("validator set", set.hash(), hash))
    }
}

fn show(command: &Show, output: Output) -> Result<()> {
    let change = read_change(&command.file)?;
    let (object, lines) = set_view::change(&change);
    output.result(&object, &lines);
    Ok(())
}

async fn approve(command: &Approve, output: Output) -> Result<()> {
    let change = read_change(&command.file)?;
    let client = command.node.connect().await?;
    let answer = client.approve_set_change(change.encode()).await?;
    let (mut object, mut lines) = match &answer.change {
        Some(pending) => set_view::pending(pending)?,
        None => set_view::change(&change),
    };
    object["approved"] = true.into();
    lines.insert_str(0, "approved\n");
    output.result(&object, &lines);
    Ok(())
}

async fn pending(node: &Node, output: Output) -> Result<()> {
    let answer = node.connect().await?.set_changes().await?;
    let (object, lines) = set_view::all(&answer)?;
    output.result(&object, &lines);
    Ok(())
}

fn read_change(path: &Path) -> Result<UnverifiedSetChange> {
    let bytes = read_file(path, MAX_CHANGE_BYTES)?;
    let problem = |problem: String| CliError::ChangeFile {
        path: path.into(),
        problem,
    };
    let change: UnverifiedSetChange =
        serde_json::from_slice(&bytes).map_err(|error| problem(error.to_string()))?;
    // Whatever has an encoding that reads back is one, in order and within its bounds.
    UnverifiedSetChange::decode(&change.encode()).map_err(|error| problem(error.to_string()))
}

#[cfg(test)]
mod tests;
