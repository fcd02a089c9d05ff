//! Files that are known to be writable before the work that fills them.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::BenchError;

/// A file opened for writing. What it held stays until [`OutputFile::write`]; if that is never
/// called, a file that was not there before is gone again.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    file: File,
    remove: bool,
}

impl OutputFile {
    /// Opens the file, or makes an empty one.
    ///
    /// # Errors
    /// [`BenchError::Output`] when the system refuses.
    pub fn open(path: &Path) -> Result<Self, BenchError> {
        let remove = !path.exists();
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map(|file| Self {
                path: path.to_owned(),
                file,
                remove,
            })
            .map_err(|reason| failure(path, reason))
    }

    /// Replaces what the file holds.
    ///
    /// # Errors
    /// [`BenchError::Output`] when the system refuses.
    pub fn write(mut self, text: &str) -> Result<(), BenchError> {
        self.replace(text)
            .map_err(|reason| failure(&self.path, reason))?;
        self.remove = false;
        Ok(())
    }

    fn replace(&mut self, text: &str) -> std::io::Result<()> {
        // A terminal or a pipe has no length.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(text.as_bytes())?;
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if self.remove {
            // Nothing depends on it: an empty file is only untidy.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn failure(path: &Path, reason: std::io::Error) -> BenchError {
    BenchError::Output {
        path: path.to_owned(),
        reason,
    }
}
