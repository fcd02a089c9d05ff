//! A ceremony's files on disk: bounded, never half there, and named where they are refused.

use crate::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// No ceremony's file is longer: what the largest circuit begins with takes 1.3 GB.
const MAX_FILE_BYTES: u64 = 2 << 30;

/// Says which file was refused.
pub(super) fn refused<T>(path: &Path, result: Result<T>) -> Result<T> {
    result.map_err(|source| Error::Refused {
        path: path.display().to_string(),
        source: Box::new(source),
    })
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error| file_error(path, error);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > MAX_FILE_BYTES {
        return Err(Error::CeremonyFile {
            what: "the length",
            got: length.to_string(),
            expected: format!("at most {MAX_FILE_BYTES}"),
        });
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

/// Writes a file that must not be there.
pub(super) fn create(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
    if path.exists() {
        return Err(file_error(path, std::io::ErrorKind::AlreadyExists.into()));
    }
    replace(path, bytes)
}

/// Writes beside the file and then in its place, so that none is ever half there.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| file_error(path, error);
    let beside = path.with_extension("part");
    let mut file = File::create(&beside).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

pub(super) fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        source,
    }
}
