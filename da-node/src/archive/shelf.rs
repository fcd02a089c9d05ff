//! Archives that were imported: a folder per chain and namespace, a file per run of heights.

use super::frame::{Frames, Kind};
use super::record::{Blob, Block, Head};
use super::verify::{check_payload, misplaced, next, payload};
use super::{Error, Result, VerifiedArchive};
use commitments::Threads;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use types::{BlobId, BlobMeta, ChainId, Height, Namespace};

const SUFFIX: &str = "assay";
/// Bytes copied at a time.
const PIECE: usize = 1 << 20;

/// A folder of verified archives.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// One archive of a shelf.
#[derive(Debug, Clone)]
pub struct Shelved {
    /// Its file.
    pub path: PathBuf,
    /// Its chain.
    pub chain_id: ChainId,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its first height.
    pub from: Height,
    /// Its last height.
    pub to: Height,
    /// Its blobs, in the order of the chain, each with the height that ordered it.
    pub blobs: Vec<(Height, BlobMeta)>,
}

/// A blob that is kept, with its payload.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its description.
    pub meta: BlobMeta,
    /// The height that ordered it.
    pub height: Height,
    /// The payload, as it was posted.
    pub payload: Vec<u8>,
}

/// An archive of a shelf, open behind its head.
struct Opened {
    head: Head,
    frames: Frames<BufReader<File>>,
}

impl Opened {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::file(path))?;
        let mut frames = Frames::open(path, BufReader::new(file))?;
        let first = next(&mut frames)?;
        if first.kind != Head::KIND {
            return Err(misplaced(&first, "head"));
        }
        Ok(Self {
            head: Head::decode(&first.body)?,
            frames,
        })
    }

    /// Goes to the next blob: the height of the last block, and the blob if there is one.
    fn next_blob(&mut self, height: &mut Height) -> Result<Option<BlobMeta>> {
        while let Some(frame) = self.frames.next()? {
            match frame.kind {
                Kind::Block => *height = Block::decode(&frame.body)?.header.height,
                Kind::Blob => return Ok(Some(Blob::decode(&frame.body)?.meta)),
                Kind::Head | Kind::SetChange | Kind::Chunk | Kind::End => {}
            }
        }
        Ok(None)
    }
}

impl Shelf {
    /// The shelf in a folder, which need not be there yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Keeps a copy of an archive that was verified, synced. One that is kept already stays.
    ///
    /// # Errors
    /// [`Error::Changed`] for a file that is not the one that was verified any more,
    /// [`Error::File`].
    pub fn keep(&self, archive: &VerifiedArchive) -> Result<PathBuf> {
        let folder = self
            .folder
            .join(archive.chain_id().to_string())
            .join(hex::encode(archive.namespace().as_bytes()));
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let name = format!("{}-{}.{SUFFIX}", archive.from(), archive.to());
        let path = folder.join(&name);
        if path.exists() {
            return Ok(path);
        }
        let part = folder.join(format!("{name}.part"));
        let copied = copy(&archive.path, &part, &archive.digest).and_then(|()| {
            std::fs::rename(&part, &path)
                .and_then(|()| File::open(&folder)?.sync_all())
                .map_err(Error::file(&path))
        });
        copied.inspect_err(|_| drop(std::fs::remove_file(&part)))?;
        Ok(path)
    }

    /// What is kept, in the order of the files' names.
    ///
    /// # Errors
    /// A file that cannot be read, or was damaged since.
    pub fn list(&self) -> Result<Vec<Shelved>> {
        let files = self.files()?;
        files.iter().map(|path| Shelved::read(path)).collect()
    }

    /// A blob, held against its id once more.
    ///
    /// # Errors
    /// [`Error::NotKept`]; [`Error::WrongPayload`] and whatever else a file can be that was
    /// damaged since.
    pub fn get(&self, blob: BlobId, threads: &Threads) -> Result<Kept> {
        for path in self.files()? {
            let mut opened = Opened::open(&path)?;
            let mut height = opened.head.from;
            while let Some(meta) = opened.next_blob(&mut height)? {
                if meta.id() != blob {
                    continue;
                }
                let payload = payload(&mut opened.frames, &meta)?;
                check_payload(&meta, &payload, threads)?;
                return Ok(Kept {
                    meta,
                    height,
                    payload,
                });
            }
        }
        Err(Error::NotKept {
            blob,
            folder: self.folder.clone(),
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for chain in entries(&self.folder)? {
            for namespace in entries(&chain)? {
                let files = entries(&namespace)?;
                found.extend(files.into_iter().filter(|path| {
                    path.extension()
                        .is_some_and(|extension| extension == SUFFIX)
                }));
            }
        }
        Ok(found)
    }
}

impl Shelved {
    fn read(path: &Path) -> Result<Self> {
        let mut opened = Opened::open(path)?;
        let Head {
            chain_id,
            namespace,
            from,
        } = opened.head;
        let (mut to, mut blobs) = (from, Vec::new());
        while let Some(meta) = opened.next_blob(&mut to)? {
            blobs.push((to, meta));
        }
        Ok(Self {
            path: path.into(),
            chain_id,
            namespace,
            from,
            to,
            blobs,
        })
    }
}

/// What is in a folder, sorted; nothing when it is no folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(Error::file(folder))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(Error::file(folder))?;
    paths.sort_unstable();
    Ok(paths)
}

/// Copies a file whose bytes have this hash, and syncs the copy.
fn copy(from: &Path, to: &Path, expected: &[u8; 32]) -> Result<()> {
    let mut source = File::open(from).map_err(Error::file(from))?;
    let mut target = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(to)
        .map_err(Error::file(to))?;
    let (mut digest, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        let count = source.read(&mut piece).map_err(Error::file(from))?;
        if count == 0 {
            break;
        }
        digest.update(&piece[..count]);
        target.write_all(&piece[..count]).map_err(Error::file(to))?;
    }
    let got: [u8; 32] = digest.finalize().into();
    if got != *expected {
        return Err(Error::Changed { path: from.into() });
    }
    target.sync_all().map_err(Error::file(to))
}
