//! Records as they lie in the file: a kind, a length, a body and a check.

use super::{Error, Result};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// How an archive begins.
pub(super) const MAGIC: &[u8; 16] = b"assay-archive-1\n";
/// Bytes of a check.
pub(super) const CHECK_BYTES: usize = 8;
/// Bytes around a body.
pub(super) const AROUND: u64 = 1 + 4 + CHECK_BYTES as u64;

/// The kinds of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Head = 1,
    SetChange = 2,
    Block = 3,
    Blob = 4,
    Chunk = 5,
    End = 6,
}

impl Kind {
    const LAST: u8 = Self::End as u8;

    fn from_code(at: u64, code: u8) -> Result<Self> {
        Ok(match code {
            1 => Self::Head,
            2 => Self::SetChange,
            3 => Self::Block,
            4 => Self::Blob,
            5 => Self::Chunk,
            6 => Self::End,
            got => {
                let max = Self::LAST;
                return Err(Error::Kind { at, got, max });
            }
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::SetChange => "set change",
            Self::Block => "block",
            Self::Blob => "blob",
            Self::Chunk => "chunk",
            Self::End => "end",
        }
    }

    /// Most bytes of a body: a set has at most 1,024 members, a block 256 blobs.
    pub(super) const fn max_bytes(self) -> u32 {
        match self {
            Self::Head | Self::End => 128,
            Self::SetChange => 256 << 10,
            Self::Block => 128 << 10,
            Self::Blob => 16 << 10,
            Self::Chunk => 1 << 20,
        }
    }
}

pub(super) type Check = [u8; CHECK_BYTES];

/// The check before the first record.
pub(super) fn first_check() -> Check {
    truncate(&Sha256::digest(MAGIC).into())
}

fn check_of(before: Check, kind: Kind, body: &[u8]) -> Check {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let hash = Sha256::new()
        .chain_update(before)
        .chain_update([kind as u8])
        .chain_update(length.to_be_bytes())
        .chain_update(body)
        .finalize();
    truncate(&hash.into())
}

fn truncate(hash: &[u8; 32]) -> Check {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash[..CHECK_BYTES]);
    check
}

/// A record as it was read.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) at: u64,
    pub(super) body: Vec<u8>,
}

/// Reads records one after the other; all bytes read are hashed.
pub(super) struct Frames<R> {
    path: PathBuf,
    reader: R,
    at: u64,
    check: Check,
    digest: Sha256,
}

impl<R: Read> Frames<R> {
    /// Begins at the start of a file.
    pub(super) fn open(path: &Path, reader: R) -> Result<Self> {
        let mut frames = Self {
            path: path.into(),
            reader,
            at: 0,
            check: first_check(),
            digest: Sha256::new(),
        };
        let mut magic = [0; MAGIC.len()];
        if !frames.fill(&mut magic)? {
            return Err(Error::CutOff { at: 0 });
        }
        if magic != *MAGIC {
            return Err(Error::Magic {
                got: String::from_utf8_lossy(&magic).into_owned(),
                expected: String::from_utf8_lossy(MAGIC).into_owned(),
            });
        }
        Ok(frames)
    }

    /// Where the next record begins.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// The check of the record read last.
    pub(super) const fn check(&self) -> Check {
        self.check
    }

    /// SHA-256 of all that was read.
    pub(super) fn digest(self) -> [u8; 32] {
        self.digest.finalize().into()
    }

    /// The next record; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Frame>> {
        let at = self.at;
        let mut head = [0; 5];
        if !self.fill(&mut head)? {
            return Ok(None);
        }
        let [code, length @ ..] = head;
        let kind = Kind::from_code(at, code)?;
        let length = u32::from_be_bytes(length);
        if length > kind.max_bytes() {
            return Err(Error::TooLong {
                what: kind.name(),
                at,
                got: length.into(),
                max: kind.max_bytes().into(),
            });
        }
        let mut body = vec![0; length as usize];
        let mut check = [0; CHECK_BYTES];
        if !(self.fill(&mut body)? && self.fill(&mut check)?) {
            return Err(Error::CutOff { at: self.at });
        }
        if check != check_of(self.check, kind, &body) {
            return Err(Error::Damaged { at });
        }
        self.check = check;
        Ok(Some(Frame { kind, at, body }))
    }

    /// Fills the buffer; false when the file has ended before its first byte.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => {
                    let at = self.at + filled as u64;
                    return Err(Error::CutOff { at });
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::file(&self.path)(error)),
            }
        }
        self.digest.update(&*buffer);
        self.at += filled as u64;
        Ok(true)
    }
}

/// Appends a record, and says what its check is.
pub(super) fn append(
    writer: &mut impl Write,
    before: Check,
    kind: Kind,
    body: &[u8],
) -> std::io::Result<Check> {
    // Longer than any of its kind, it would be refused when it is read.
    let length = u32::try_from(body.len())
        .ok()
        .filter(|length| *length <= kind.max_bytes())
        .ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, kind.name()))?;
    let check = check_of(before, kind, body);
    writer.write_all(&[kind as u8])?;
    writer.write_all(&length.to_be_bytes())?;
    writer.write_all(body)?;
    writer.write_all(&check)?;
    Ok(check)
}
