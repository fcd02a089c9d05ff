//! What this machine has verified: hashes of files, so that nothing is verified twice.

use super::disk::{read, replace};
use super::file::{HASH_BYTES, MAGIC_BYTES, Reader, sealed, unsealed};
use super::{MAX_CONTRIBUTIONS, Power, TranscriptHash};
use crate::Result;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

const MAGIC: &[u8; MAGIC_BYTES] = b"assayc05";
/// Most circuits that one record names; the oldest make room.
const MAX_CIRCUITS: usize = 64;

/// Where records are kept, a file for all that stands on the same powers. It is outside of the
/// ceremonies' folders: whoever hands one over has no say in what is believed here.
#[derive(Debug, Default)]
pub(super) struct Memory(Option<PathBuf>);

impl Memory {
    pub(super) const fn in_folder(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    fn file(&self, powers: &FileHash) -> Option<PathBuf> {
        let folder = self.0.as_ref()?;
        Some(folder.join(format!("{}.verified", hex::encode(powers.0))))
    }

    /// What was verified with these powers. A record that cannot be read is none: it costs time.
    pub(super) fn recall(&self, powers: &FileHash) -> Option<Record> {
        let bytes = read(&self.file(powers)?).ok()?;
        let record = Record::decode(&bytes).ok()?;
        (record.file == *powers).then_some(record)
    }

    /// Keeps a record. One that cannot be written is made again the next time: no contribution
    /// may fail for it.
    pub(super) fn keep(&self, record: &Record) {
        let (Some(folder), Some(file)) = (&self.0, self.file(&record.file)) else {
            return;
        };
        if std::fs::create_dir_all(folder).is_ok() {
            let _ = replace(&file, &record.to_bytes());
        }
    }
}

/// A file's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileHash([u8; HASH_BYTES]);

impl FileHash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// Powers that were verified, and circuits' parameters that were, against those powers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) file: FileHash,
    pub(super) power: Power,
    pub(super) powers: Vec<TranscriptHash>,
    pub(super) parameters: Vec<FileHash>,
}

impl Record {
    /// With parameters that were verified, or made here.
    pub(super) fn with(mut self, parameters: FileHash) -> Self {
        self.parameters.retain(|known| *known != parameters);
        self.parameters.push(parameters);
        let oldest = self.parameters.len().saturating_sub(MAX_CIRCUITS);
        self.parameters.drain(..oldest);
        self
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut body = self.file.0.to_vec();
        body.extend(self.power.get().to_be_bytes());
        let count = u32::try_from(self.powers.len()).unwrap_or(u32::MAX);
        body.extend(count.to_be_bytes());
        for hash in &self.powers {
            body.extend(hash.as_bytes());
        }
        for hash in &self.parameters {
            body.extend(hash.0);
        }
        sealed(MAGIC, &body)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let (body, _) = unsealed(MAGIC, bytes)?;
        let mut reader = Reader::new(body);
        let file = FileHash(hash(&mut reader)?);
        let power = reader.number("the power", Power::MAX as usize)?;
        let power = Power::new(u32::try_from(power).unwrap_or(u32::MAX))?;
        let count = reader.number("contributions", MAX_CONTRIBUTIONS + 1)?;
        let powers: Result<Vec<_>> = (0..count)
            .map(|_| Ok(TranscriptHash(hash(&mut reader)?)))
            .collect();
        let powers = powers?;
        let mut parameters = Vec::new();
        while parameters.len() < MAX_CIRCUITS && !reader.is_empty() {
            parameters.push(FileHash(hash(&mut reader)?));
        }
        reader.expect(0)?;
        Ok(Self {
            file,
            power,
            powers,
            parameters,
        })
    }
}

fn hash(reader: &mut Reader<'_>) -> Result<[u8; HASH_BYTES]> {
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(reader.take(HASH_BYTES)?);
    Ok(hash)
}
