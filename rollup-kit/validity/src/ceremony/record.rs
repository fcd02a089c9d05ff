//! What a folder's owner has verified: hashes of files, so that nothing is verified twice.

use super::file::{HASH_BYTES, MAGIC_BYTES, Reader, sealed, unsealed};
use super::{MAX_CONTRIBUTIONS, Power, TranscriptHash};
use crate::Result;
use sha2::{Digest, Sha256};

const MAGIC: &[u8; MAGIC_BYTES] = b"assayc04";

/// A file's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileHash([u8; HASH_BYTES]);

impl FileHash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// Powers that were verified, and a circuit's parameters that were, against those powers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) file: FileHash,
    pub(super) power: Power,
    pub(super) powers: Vec<TranscriptHash>,
    pub(super) parameters: Option<FileHash>,
}

impl Record {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut body = self.file.0.to_vec();
        body.extend(self.power.get().to_be_bytes());
        let count = u32::try_from(self.powers.len()).unwrap_or(u32::MAX);
        body.extend(count.to_be_bytes());
        for hash in &self.powers {
            body.extend(hash.as_bytes());
        }
        if let Some(hash) = &self.parameters {
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
        let parameters = if reader.is_empty() {
            None
        } else {
            Some(FileHash(hash(&mut reader)?))
        };
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
