//! Believing an archive: from a validator set that is trusted to the last byte of a payload.

use super::frame::{Frame, Frames, Kind};
use super::record::{Blob, Block, End, Head, SetChange};
use super::{Error, Result};
use chain::{Checkpoint, TrustedSet, UnverifiedHeader, ValidatorSet};
use commitments::{Setup, Threads};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use types::{BlobId, BlobMeta, ChainId, Header, Height, IndexEntry, Namespace, SetHash};

/// What an importer trusts before it reads an archive.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The chain, and one of its validator sets: that of the genesis, or a later one.
    pub set: TrustedSet,
    /// A header that is known to be the chain's. An old set is worth little: its bonds are long
    /// back, and it may have signed another history since.
    pub checkpoint: Option<Checkpoint>,
}

/// An archive of which everything was verified against what its importer trusts.
#[derive(Debug, Clone)]
pub struct VerifiedArchive {
    pub(super) path: PathBuf,
    pub(super) head: Head,
    pub(super) end: End,
    pub(super) digest: [u8; 32],
    pub(super) blobs: Vec<BlobId>,
}

impl VerifiedArchive {
    /// The chain.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.head.chain_id
    }

    /// The namespace: all that it has between the two heights is here.
    #[must_use]
    pub const fn namespace(&self) -> Namespace {
        self.head.namespace
    }

    /// The first height.
    #[must_use]
    pub const fn from(&self) -> Height {
        self.head.from
    }

    /// The last height.
    #[must_use]
    pub const fn to(&self) -> Height {
        self.end.to
    }

    /// The blobs, in the order of the chain.
    #[must_use]
    pub fn blobs(&self) -> &[BlobId] {
        &self.blobs
    }

    /// Bytes of all payloads.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.end.bytes
    }
}

/// Verifies a file. Needs memory for one blob.
///
/// # Errors
/// Whatever is wrong with it: see [`Error`].
pub fn verify(path: &Path, trust: &Trust, threads: &Threads) -> Result<VerifiedArchive> {
    let file = File::open(path).map_err(Error::file(path))?;
    let mut frames = Frames::open(path, BufReader::new(file))?;
    let (head, end, blobs) = Verifier::new(&mut frames, trust, threads)?.run()?;
    Ok(VerifiedArchive {
        path: path.into(),
        head,
        end,
        digest: frames.digest(),
        blobs,
    })
}

/// The next record; an archive never ends without an end.
pub(super) fn next<R: Read>(frames: &mut Frames<R>) -> Result<Frame> {
    let at = frames.at();
    frames.next()?.ok_or(Error::CutOff { at })
}

pub(super) fn misplaced(frame: &Frame, expected: &'static str) -> Error {
    Error::Order {
        at: frame.at,
        got: frame.kind.name(),
        expected,
    }
}

struct Verifier<'a, R> {
    frames: &'a mut Frames<R>,
    trust: &'a Trust,
    threads: &'a Threads,
    head: Head,
    /// Those that are linked to the one that is trusted.
    sets: HashMap<SetHash, ValidatorSet>,
    last: Option<Header>,
    certified: bool,
    blobs: Vec<BlobId>,
    bytes: u64,
}

impl<'a, R: Read> Verifier<'a, R> {
    fn new(frames: &'a mut Frames<R>, trust: &'a Trust, threads: &'a Threads) -> Result<Self> {
        let first = next(frames)?;
        if first.kind != Head::KIND {
            return Err(misplaced(&first, "head"));
        }
        let head = Head::decode(&first.body)?;
        if head.chain_id != trust.set.chain_id {
            return Err(Error::WrongChain {
                got: head.chain_id,
                expected: trust.set.chain_id,
            });
        }
        let set = trust.set.validators.clone();
        Ok(Self {
            frames,
            trust,
            threads,
            head,
            sets: HashMap::from([(set.hash(), set)]),
            last: None,
            certified: false,
            blobs: Vec::new(),
            bytes: 0,
        })
    }

    fn run(mut self) -> Result<(Head, End, Vec<BlobId>)> {
        loop {
            let frame = next(self.frames)?;
            match frame.kind {
                Kind::SetChange => self.set_change(&SetChange::decode(&frame.body)?)?,
                Kind::Block => self.block(Block::decode(&frame.body)?)?,
                Kind::End => {
                    let end = End::decode(&frame.body)?;
                    self.end(&end)?;
                    return Ok((self.head, end, self.blobs));
                }
                Kind::Head | Kind::Blob | Kind::Chunk => {
                    return Err(misplaced(&frame, "set change, block or end"));
                }
            }
        }
    }

    fn set_change(&mut self, change: &SetChange) -> Result<()> {
        let header = &change.header.header;
        if !self.sets.contains_key(&header.validators) {
            // It comes before the set that is trusted, and is not needed.
            return Ok(());
        }
        self.certify(&change.header)?;
        let (got, expected) = (change.set.hash(), header.next_validators);
        if got != expected {
            return Err(Error::WrongSet {
                height: header.height,
                got,
                expected,
            });
        }
        self.sets.insert(got, change.set.clone());
        Ok(())
    }

    /// The set with this hash, which something at that height names.
    fn set(&self, height: Height, hash: SetHash) -> Result<&ValidatorSet> {
        self.sets
            .get(&hash)
            .ok_or(Error::UntrustedSet { height, got: hash })
    }

    fn certify(&self, header: &UnverifiedHeader) -> Result<()> {
        let set = self.set(header.header.height, header.header.validators)?;
        header.clone().verify(&self.head.chain_id, set)?;
        Ok(())
    }

    fn block(&mut self, block: Block) -> Result<()> {
        let Block {
            header,
            finality,
            proof,
        } = block;
        self.follow(&header)?;
        self.certified = finality.is_some();
        if let Some(finality) = finality {
            self.certify(&UnverifiedHeader { header, finality })?;
        }
        let listing = proof.verify(self.head.namespace, &header.index_root)?;
        self.last = Some(header);
        for entry in listing.entries() {
            self.blob(header.height, entry)?;
        }
        Ok(())
    }

    /// Holds a header against the one before, or against where the archive begins.
    fn follow(&self, header: &Header) -> Result<()> {
        if header.chain_id != self.head.chain_id {
            return Err(Error::WrongChain {
                got: header.chain_id,
                expected: self.head.chain_id,
            });
        }
        let (height, hash) = (header.height, header.hash());
        let expected = match &self.last {
            None => Some(self.head.from),
            Some(last) => last.height.next(),
        };
        if let Some(expected) = expected.filter(|expected| *expected != height) {
            return Err(Error::Gap {
                got: height,
                expected,
            });
        }
        if let Some(expected) = self.last.map(|last| last.hash())
            && expected != header.parent
        {
            return Err(Error::Unlinked {
                height,
                got: header.parent,
                expected,
            });
        }
        match self.trust.checkpoint {
            Some(checkpoint) if checkpoint.height == height && checkpoint.hash != hash => {
                Err(Error::Checkpoint {
                    height,
                    got: hash,
                    expected: checkpoint.hash,
                })
            }
            _ => Ok(()),
        }
    }

    /// The blob that the block's index names, down to its bytes.
    fn blob(&mut self, height: Height, entry: &IndexEntry) -> Result<()> {
        let expected = entry.id();
        let frame = next(self.frames)?;
        if frame.kind != Blob::KIND {
            return Err(Error::MissingBlob { height, expected });
        }
        let Blob { meta, availability } = Blob::decode(&frame.body)?;
        let got = meta.id();
        // The id covers namespace, mode and length, so an entry that differs in them lies.
        if got != expected || IndexEntry::new(&meta, entry.placement().first())? != *entry {
            return Err(Error::WrongBlob {
                height,
                got,
                expected,
            });
        }
        if availability.terms.blob != expected {
            return Err(Error::WrongBlob {
                height,
                got: availability.terms.blob,
                expected,
            });
        }
        let set = self.set(height, availability.terms.set)?;
        availability.verify(&self.head.chain_id, set)?;
        let payload = payload(self.frames, &meta)?;
        check_payload(&meta, &payload, self.threads)?;
        self.blobs.push(expected);
        self.bytes += payload.len() as u64;
        Ok(())
    }

    fn end(&mut self, end: &End) -> Result<()> {
        let at = self.frames.at();
        if let Some(more) = self.frames.next()? {
            return Err(misplaced(&more, "nothing after the end"));
        }
        let Some(last) = self.last else {
            return Err(Error::Order {
                at,
                got: Kind::End.name(),
                expected: "a block",
            });
        };
        if !self.certified {
            return Err(Error::Uncertified {
                height: last.height,
            });
        }
        for (what, got, expected) in [
            ("last height", end.to.get(), last.height.get()),
            ("blobs", end.blobs, self.blobs.len() as u64),
            ("bytes of payload", end.bytes, self.bytes),
        ] {
            if got != expected {
                return Err(Error::Count {
                    what,
                    got,
                    expected,
                });
            }
        }
        let (from, to) = (self.head.from, last.height);
        match self.trust.checkpoint {
            Some(checkpoint) if !(from..=to).contains(&checkpoint.height) => {
                let got = checkpoint.height;
                Err(Error::CheckpointElsewhere { got, from, to })
            }
            _ => Ok(()),
        }
    }
}

/// The chunks of a blob's payload. Memory grows with what is read, never beyond what is
/// described.
pub(super) fn payload<R: Read>(frames: &mut Frames<R>, meta: &BlobMeta) -> Result<Vec<u8>> {
    let expected = meta.length().bytes() as usize;
    let mut payload = Vec::new();
    while payload.len() < expected {
        let chunk = next(frames)?;
        if chunk.kind != Kind::Chunk {
            return Err(misplaced(&chunk, "chunk"));
        }
        let got = payload.len() + chunk.body.len();
        if chunk.body.is_empty() || got > expected {
            return Err(Error::PayloadLength {
                blob: meta.id(),
                got: got as u64,
                expected: expected as u64,
            });
        }
        payload.extend_from_slice(&chunk.body);
    }
    Ok(payload)
}

/// Holds a payload against its description: the commitments of its rows are computed again.
pub(super) fn check_payload(meta: &BlobMeta, payload: &[u8], threads: &Threads) -> Result<()> {
    let (length, rows) = erasure::payload_to_rows(meta.length().mode(), payload)?;
    let same = length == meta.length()
        && Setup::ceremony()?.commit_all(&rows, threads)? == meta.commitments();
    if same {
        Ok(())
    } else {
        Err(Error::WrongPayload { blob: meta.id() })
    }
}
