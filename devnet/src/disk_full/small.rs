//! A file system of a few MiB, as full as it is wanted.

use crate::{Error, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of the file system. RocksDB takes 70 MiB for its log beforehand where they are to be
/// had; here they are not.
const DISK_MIB: u64 = 56;
/// A file system of our own, unmounted at the end.
pub(super) struct Small {
    pub(super) at: PathBuf,
}

impl Small {
    /// Mounts one; what the system said where it cannot be had.
    pub(super) fn mount(at: &Path) -> std::result::Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        let size = format!("size={DISK_MIB}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(at)
            .output()
            .map_err(|error| format!("mount: {error}"))?;
        if mounted.status.success() {
            Ok(Self { at: at.into() })
        } else {
            Err(String::from_utf8_lossy(&mounted.stderr).trim().to_owned())
        }
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    /// Leaves so many bytes free; none at all for 0.
    pub(super) fn leave(&self, free: u64, now_free: u64) -> Result<()> {
        let path = self.ballast();
        let mut ballast = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| Error::file(&path, error))?;
        let mut left = if free == 0 {
            u64::MAX
        } else {
            now_free.saturating_sub(free)
        };
        let piece = vec![0; 64 << 10];
        while left > 0 {
            let bytes = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            match ballast.write(&piece[..bytes]) {
                Ok(0) => break,
                Ok(count) => left -= count as u64,
                Err(_) if free == 0 => break,
                Err(error) => return Err(Error::file(&path, error)),
            }
        }
        Ok(())
    }

    /// Gives all of it back.
    pub(super) fn empty(&self) -> Result<()> {
        let path = self.ballast();
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::file(&path, error)),
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.at).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            tracing::error!(at = %self.at.display(), "it stays mounted");
        }
    }
}
