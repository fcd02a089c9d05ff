//! The durable halt marker.
//!
//! After a safety failure the engine has cut its log at the bad entry, so that a plain restart
//! would join again having forgotten votes. The marker outlives the process and is removed by
//! an operator only.

use super::{ConsensusError, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const NAME: &str = "HALTED";
/// Most bytes of a reason that are read back.
const MAX_REASON: usize = 4096;

/// Where the marker of a consensus folder stands.
pub(super) fn marker(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Writes the marker, synced, with its reason.
pub(super) fn write(folder: &Path, reason: &str) -> Result<()> {
    let path = marker(folder);
    let io = |e: std::io::Error| ConsensusError::file("halt marker", &path, e);
    let mut file = File::create(&path).map_err(io)?;
    file.write_all(reason.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    File::open(folder).and_then(|f| f.sync_all()).map_err(io)
}

/// Refuses while a marker is there.
///
/// # Errors
/// [`ConsensusError::Halted`] with the reason that was written.
pub(super) fn refuse_if_halted(folder: &Path) -> Result<()> {
    let marker = marker(folder);
    match fs::read(&marker) {
        Ok(bytes) => {
            let shown = bytes.get(..MAX_REASON).unwrap_or(&bytes);
            Err(ConsensusError::Halted {
                reason: String::from_utf8_lossy(shown).into_owned(),
                marker,
            })
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        // A marker that cannot be read is a marker.
        Err(e) => Err(ConsensusError::Halted {
            marker,
            reason: e.to_string(),
        }),
    }
}
