//! Writing an archive, and going on with one that was not finished.

use super::frame::{AROUND, Check, Frames, Kind, MAGIC, append, first_check};
use super::record::{Blob, Block, End, Head, SetChange};
use super::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use types::{Header, Height, Namespace};

/// An archive being written, beside the file that it becomes.
pub(super) struct Unfinished {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    check: Check,
    /// The height that comes next.
    pub(super) next: Height,
    /// The header before.
    pub(super) last: Option<Header>,
    blobs: u64,
    bytes: u64,
}

/// Where an unfinished archive is whole so far.
struct Whole {
    at: u64,
    check: Check,
    next: Height,
    last: Option<Header>,
    blobs: u64,
    bytes: u64,
}

impl Unfinished {
    /// Where the archive at a path lies until it is finished.
    fn part(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        name.into()
    }

    /// The first height of an unfinished archive at this path; none when there is no such one.
    ///
    /// # Errors
    /// A file that cannot be read, or is no archive.
    pub(super) fn begun(path: &Path) -> Result<Option<Head>> {
        let part = Self::part(path);
        let Ok(file) = File::open(&part) else {
            return Ok(None);
        };
        let mut frames = Frames::open(&part, BufReader::new(file))?;
        match frames.next() {
            Ok(Some(first)) if first.kind == Head::KIND => Head::decode(&first.body).map(Some),
            // Not even its head was written.
            _ => Ok(None),
        }
    }

    /// Begins, or goes on after the last block that is whole in what an earlier run has left.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::OtherExport`], [`Error::File`].
    pub(super) fn open(path: &Path, head: &Head) -> Result<Self> {
        if path.exists() {
            return Err(Error::Exists { path: path.into() });
        }
        let part = Self::part(path);
        let whole = match Self::begun(path) {
            Ok(Some(begun)) => {
                check_same(&part, &begun, head)?;
                Some(Whole::find(&part)?)
            }
            Ok(None) | Err(Error::CutOff { .. }) => None,
            Err(error) => return Err(error),
        };
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(whole.is_none())
            .open(&part)
            .map_err(Error::file(&part))?;
        let mut unfinished = Self {
            path: path.into(),
            part: part.clone(),
            file: BufWriter::new(file),
            check: first_check(),
            next: head.from,
            last: None,
            blobs: 0,
            bytes: 0,
        };
        match whole {
            Some(whole) => {
                let file = unfinished.file.get_mut();
                file.set_len(whole.at)
                    .and_then(|()| file.seek(SeekFrom::End(0)))
                    .map_err(Error::file(&part))?;
                unfinished.check = whole.check;
                unfinished.next = whole.next;
                unfinished.last = whole.last;
                unfinished.blobs = whole.blobs;
                unfinished.bytes = whole.bytes;
            }
            None => {
                unfinished
                    .file
                    .write_all(MAGIC)
                    .map_err(Error::file(&part))?;
                unfinished.append(Head::KIND, &head.encode())?;
            }
        }
        Ok(unfinished)
    }

    fn append(&mut self, kind: Kind, body: &[u8]) -> Result<()> {
        self.check =
            append(&mut self.file, self.check, kind, body).map_err(Error::file(&self.part))?;
        Ok(())
    }

    pub(super) fn set_change(&mut self, change: &SetChange) -> Result<()> {
        self.append(SetChange::KIND, &change.encode())
    }

    pub(super) fn block(&mut self, block: &Block) -> Result<()> {
        self.append(Block::KIND, &block.encode())?;
        self.last = Some(block.header);
        self.next = block.header.height.next().unwrap_or(block.header.height);
        Ok(())
    }

    pub(super) fn blob(&mut self, blob: &Blob, payload: &[u8]) -> Result<()> {
        self.append(Blob::KIND, &blob.encode())?;
        for chunk in payload.chunks(Kind::Chunk.max_bytes() as usize) {
            self.append(Kind::Chunk, chunk)?;
        }
        self.blobs += 1;
        self.bytes += payload.len() as u64;
        Ok(())
    }

    /// Whether a blob was written.
    pub(super) const fn has_blobs(&self) -> bool {
        self.blobs > 0
    }

    /// Gives up what was written.
    pub(super) fn discard(self) -> Result<()> {
        std::fs::remove_file(&self.part).map_err(Error::file(&self.part))
    }

    /// Writes the end, syncs, and gives the file its name.
    pub(super) fn finish(mut self) -> Result<End> {
        let last = self.last.map_or(Height::GENESIS, |header| header.height);
        let end = End {
            to: last,
            blobs: self.blobs,
            bytes: self.bytes,
        };
        self.append(End::KIND, &end.encode())?;
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .and_then(|()| std::fs::rename(&self.part, &self.path))
            .map_err(Error::file(&self.path))?;
        Ok(end)
    }
}

impl Whole {
    /// Reads until what is damaged or cut off. The last block may lack some of its blobs, so it
    /// is fetched again.
    fn find(part: &Path) -> Result<Self> {
        let file = File::open(part).map_err(Error::file(part))?;
        let mut frames = Frames::open(part, BufReader::new(file))?;
        let mut whole: Option<Self> = None;
        let (mut next, mut last, mut blobs, mut bytes) = (Height::GENESIS, None, 0, 0);
        loop {
            let check = frames.check();
            let frame = match frames.next() {
                Ok(Some(frame)) => frame,
                Ok(None) | Err(Error::CutOff { .. } | Error::Damaged { .. }) => break,
                Err(error) => return Err(error),
            };
            match frame.kind {
                Kind::Head => next = Head::decode(&frame.body)?.from,
                Kind::SetChange | Kind::Block | Kind::End => {
                    whole = Some(Self {
                        at: frame.at,
                        check,
                        next,
                        last,
                        blobs,
                        bytes,
                    });
                }
                Kind::Blob => blobs += 1,
                Kind::Chunk => bytes += frame.body.len() as u64,
            }
            if frame.kind == Kind::Block {
                let header = Block::decode(&frame.body)?.header;
                next = header.height.next().unwrap_or(header.height);
                last = Some(header);
            }
        }
        // Nothing but a head: all that stands so far is whole.
        Ok(whole.unwrap_or_else(|| Self {
            at: MAGIC.len() as u64 + AROUND + HEAD_BYTES,
            check: frames.check(),
            next,
            last: None,
            blobs: 0,
            bytes: 0,
        }))
    }
}

/// Bytes of a head.
const HEAD_BYTES: u64 = 32 + Namespace::BYTES as u64 + 8;

fn check_same(part: &Path, got: &Head, expected: &Head) -> Result<()> {
    let differs = |what, got: String, expected: String| {
        Err(Error::OtherExport {
            path: part.into(),
            what,
            got,
            expected,
        })
    };
    if got.chain_id != expected.chain_id {
        return differs(
            "chain",
            got.chain_id.to_string(),
            expected.chain_id.to_string(),
        );
    }
    if got.namespace != expected.namespace {
        return differs(
            "namespace",
            got.namespace.to_string(),
            expected.namespace.to_string(),
        );
    }
    if got.from != expected.from {
        return differs(
            "first height",
            got.from.to_string(),
            expected.from.to_string(),
        );
    }
    Ok(())
}
