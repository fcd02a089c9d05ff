//! `import`: an archive is verified, and kept.

use super::error::Result;
use super::output::Output;
use super::proof::read_set;
use crate::archive::{Shelf, Trust, verify};
use crate::operator::read_genesis;
use chain::{Checkpoint, TrustedSet};
use commitments::Threads;
use serde_json::json;
use std::path::PathBuf;

/// Where archives are kept, unless the command line says otherwise.
pub(super) const FOLDER: &str = "archive";

#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// The archive.
    file: PathBuf,
    /// The chain's genesis: everything is verified from its validators on.
    #[arg(long, value_name = "FILE", required_unless_present = "validators")]
    genesis: Option<PathBuf>,
    /// A validator set of the chain, as `da-node set` keeps it, to verify from in place of the
    /// genesis'.
    #[arg(long, value_name = "FILE", conflicts_with = "genesis")]
    validators: Option<PathBuf>,
    /// A header that is known to be the chain's, within the archive: what was signed by a set
    /// whose bonds are long back proves little without.
    #[arg(long, value_name = "HASH@HEIGHT")]
    checkpoint: Option<Checkpoint>,
    /// The folder to keep it in.
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    archive: PathBuf,
    /// Verify it, and keep nothing.
    #[arg(long)]
    verify: bool,
}

/// Verifies the archive before anything of it is kept.
pub(super) fn import(command: &Import, output: Output) -> Result<()> {
    let set = match (&command.genesis, &command.validators) {
        (Some(genesis), _) => {
            let genesis = read_genesis(genesis)?;
            TrustedSet {
                chain_id: genesis.chain_id(),
                validators: genesis.validators().clone(),
            }
        }
        (None, Some(validators)) => read_set(validators)?,
        // The command line's rules leave no other case.
        (None, None) => return Ok(()),
    };
    let trust = Trust {
        set,
        checkpoint: command.checkpoint,
    };
    let spinner = output.spinner("verifying");
    let verified = verify(&command.file, &trust, &Threads::available()?);
    spinner.finish_and_clear();
    let verified = verified?;
    let kept = if command.verify {
        None
    } else {
        Some(Shelf::new(&command.archive).keep(&verified)?)
    };
    let object = json!({
        "verified": true,
        "chain_id": verified.chain_id(),
        "namespace": verified.namespace(),
        "from": verified.from(),
        "to": verified.to(),
        "blobs": verified.blobs().len(),
        "bytes": verified.bytes(),
        "kept": kept,
    });
    let place = kept.map_or_else(String::new, |path| format!(", kept as {}", path.display()));
    let line = format!(
        "verified: all {} blobs of {} at heights {} to {}{place}",
        verified.blobs().len(),
        verified.namespace(),
        verified.from(),
        verified.to()
    );
    output.result(&object, &line);
    Ok(())
}
