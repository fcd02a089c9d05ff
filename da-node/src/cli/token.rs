//! `token`: what a client shows, and the line that lets it in.

use super::error::{CliError, Result};
use super::output::Output;
use crate::grpc::Token;
use crate::operator::config::ClientEntry;
use crate::operator::files::{self, Access};
use crate::operator::{self};
use rand::rngs::SysRng;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it, with the line that belongs into `clients` of the node's
    /// configuration. The node keeps the token's hash alone: a token that is lost is made anew.
    New(New),
}

#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// The client's name in logs and metrics: letters, digits, '-', '_' and '.'.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// How many bytes of payload it may submit per second, in the long run.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    bytes_per_second: u64,
    /// How many bytes of payload it may submit per day of UTC.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 30)]
    bytes_per_day: u64,
    /// How many of its blobs may be on their way to their certificate at a time.
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    blobs_in_flight: usize,
    /// Write the token to this file, readable by its owner alone, instead of printing it.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Makes a token.
pub(super) fn new(command: &New, output: Output) -> Result<()> {
    let token = Token::generate(&mut SysRng).map_err(|error| operator::Error::System {
        what: "randomness",
        reason: error.to_string(),
    })?;
    let entry = ClientEntry {
        name: command.name.clone(),
        token_sha256: token.hash(),
        bytes_per_second: command.bytes_per_second,
        bytes_per_day: command.bytes_per_day,
        blobs_in_flight: command.blobs_in_flight,
    };
    entry.check()?;
    let line = entry.line()?;
    let mut object = json!({ "name": command.name, "config": line });
    let shown = match &command.output {
        Some(file) => {
            files::create(file, token.text().as_bytes(), Access::Owner).map_err(CliError::from)?;
            object["file"] = json!(file);
            file.display().to_string()
        }
        None => {
            object["token"] = json!(token.text());
            token.text().to_owned()
        }
    };
    output.result(&object, &format!("token     {shown}\nclients   {line}"));
    Ok(())
}
