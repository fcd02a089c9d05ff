//! The rollup's command line.

use chain::TrustedSet;
use clap::{Parser, Subcommand};
use rollup_kit::{Error, Result, Rollup};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use types::{BlobId, Namespace};

/// Posts a rollup's batches, and believes no node: certificates, proofs and bytes are verified
/// against the validator set before anything is said of them.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The node to talk to.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "http://127.0.0.1:26650"
    )]
    node: String,
    /// The file with the chain's id and its validators.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "validators.json"
    )]
    validators: PathBuf,
    /// One JSON object on stdout.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Posts a file; done once the node has stored it durably.
    Submit {
        /// The file.
        file: PathBuf,
        /// Whose blob it is: a name, or 58 hexadecimal digits.
        #[arg(long)]
        namespace: Namespace,
    },
    /// Waits for a blob's availability certificate.
    Await {
        /// The blob.
        id: BlobId,
        /// Wait for a final block as well, and write the proof of it to this file.
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
    },
    /// Gets a blob back, and writes it only if every byte is the blob's.
    Fetch {
        /// The blob.
        id: BlobId,
        /// Where to write it.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(done) => {
            show(&done, arguments.json);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("rollup-kit: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Value> {
    let TrustedSet {
        chain_id,
        validators,
    } = read_set(&arguments.validators)?;
    let total = validators.total_weight();
    let rollup = Rollup::connect(&arguments.node, chain_id, validators).await?;
    match &arguments.command {
        Command::Submit { file, namespace } => {
            let bytes = std::fs::read(file).map_err(|error| failed(file, &error))?;
            let length = bytes.len();
            let id = rollup.submit(*namespace, bytes).await?;
            Ok(json!({ "blob_id": id, "bytes": length }))
        }
        Command::Await { id, proof } => {
            let certificate = rollup.await_certificate(*id).await?;
            let mut done = json!({
                "blob_id": id,
                "signed_weight": certificate.signed_weight(),
                "total_weight": total,
                "expires_at_ms": certificate.terms().expires_at,
            });
            if let Some(file) = proof {
                let (proof, encoded) = rollup.await_final_encoded(*id).await?;
                std::fs::write(file, encoded).map_err(|error| failed(file, &error))?;
                done["height"] = json!(proof.height());
                done["header"] = json!(proof.header().hash());
            }
            Ok(done)
        }
        Command::Fetch { id, output } => {
            let bytes = rollup.fetch_verified(*id).await?;
            std::fs::write(output, &bytes).map_err(|error| failed(output, &error))?;
            Ok(json!({ "blob_id": id, "bytes": bytes.len() }))
        }
    }
}

fn read_set(path: &Path) -> Result<TrustedSet> {
    let bytes = std::fs::read(path).map_err(|error| failed(path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &impl std::fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn show(done: &Value, as_json: bool) {
    if as_json {
        println!("{done}");
        return;
    }
    for (name, value) in done.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        println!("{:<14} {text}", name.replace('_', " "));
    }
}
