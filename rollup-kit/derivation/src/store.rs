//! Snapshots on disk, so that a restart goes on where it was.
//!
//! A snapshot is `magic 8 ‖ SHA-256 of the rest 32 ‖ body`. It is written beside the old one,
//! synced and renamed, so that one of the two is whole at any moment; one that is damaged counts
//! as none, and everything is derived again.

use crate::derivation::{Mark, Progress, Step, Trees};
use crate::image::{SavedBlock, read_block, save_block};
use crate::{Derivation, Error, History, Limits, Result};
use alloy::primitives::{Address, Bytes};
use alloy::sol_types::SolValue;
use ledger::{RollupDomain, Rules, State, Undo};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"assaydv1";
const HASH_BYTES: usize = 32;
/// Most bytes of a snapshot: trees of some millions of accounts.
const MAX_BYTES: u64 = 4 << 30;

/// By the number that it led to: from, undo.
type SavedStep = (u64, u64, Bytes);
/// After, steps.
type SavedProgress = (u64, Vec<SavedStep>);
/// L1 chain, rollup, whether without trees, marks, state, progress.
type Saved = (
    u64,
    Address,
    bool,
    Vec<(SavedBlock, Bytes)>,
    Bytes,
    Vec<SavedProgress>,
);

/// Whose snapshots these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) l1_chain: u64,
    pub(crate) rollup: Address,
}

impl Owner {
    pub(crate) fn domain(&self) -> RollupDomain {
        RollupDomain::of(self.l1_chain, crate::convert::address(self.rollup))
    }
}

/// A folder with a rollup's snapshot.
#[derive(Debug, Clone)]
pub struct Store {
    file: PathBuf,
}

impl Store {
    /// A store in a folder, which is made if there is none.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
        Ok(Self {
            file: folder.join("derived.snapshot"),
        })
    }

    /// The snapshot's file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn save(&self, owner: Owner, derivation: &Derivation) -> Result<()> {
        let body = encode(owner, derivation);
        let hash = Sha256::digest(&body);
        let draft = self.file.with_extension("new");
        let written = || {
            let mut out = File::create(&draft)?;
            out.write_all(MAGIC)?;
            out.write_all(&hash)?;
            out.write_all(&body)?;
            out.sync_all()?;
            std::fs::rename(&draft, &self.file)?;
            let folder = self.file.parent().unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        };
        written().map_err(|error: std::io::Error| unusable(&self.file, &error))
    }

    /// The snapshot; none where there is none.
    ///
    /// # Errors
    /// [`Error::File`], and [`Error::Snapshot`] for one that is damaged or another rollup's.
    pub(crate) fn load(
        &self,
        owner: Owner,
        limits: Limits,
        rules: Option<&'static dyn Rules>,
    ) -> Result<Option<Derivation>> {
        let file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(&self.file, &error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| unusable(&self.file, &error))?;
        let (magic, rest) = bytes
            .split_at_checked(MAGIC.len())
            .ok_or(wrong("too short"))?;
        let (hash, body) = rest
            .split_at_checked(HASH_BYTES)
            .ok_or(wrong("too short"))?;
        if magic != MAGIC {
            return Err(wrong("another format"));
        }
        if Sha256::digest(body)[..] != *hash {
            return Err(wrong("its hash is another"));
        }
        decode(owner, body, limits, rules).map(Some)
    }
}

fn encode(owner: Owner, derivation: &Derivation) -> Vec<u8> {
    let (trees, marks) = derivation.parts();
    // The oldest and the newest: what is between can be read from L1 again.
    let mut ends: Vec<&Mark> = marks.front().into_iter().collect();
    ends.extend(marks.back().filter(|_| marks.len() > 1));
    let mark = |mark: &Mark| (save_block(&mark.block), mark.history.to_bytes().into());
    let saved: Saved = (
        owner.l1_chain,
        owner.rollup,
        derivation.limits().roots_only,
        ends.into_iter().map(mark).collect(),
        trees.state().to_bytes().into(),
        trees.progress().iter().map(save_progress).collect(),
    );
    saved.abi_encode()
}

fn save_progress(progress: &Progress) -> SavedProgress {
    let steps = progress.steps.iter();
    let steps = steps.map(|(number, step)| (*number, step.from, step.undo.to_bytes().into()));
    (progress.after, steps.collect())
}

fn decode(
    owner: Owner,
    body: &[u8],
    limits: Limits,
    rules: Option<&'static dyn Rules>,
) -> Result<Derivation> {
    let saved = <Saved as SolValue>::abi_decode(body).map_err(|_| wrong("it does not decode"))?;
    let (l1_chain, rollup, roots_only, marks, state, progress) = saved;
    if (Owner { l1_chain, rollup }) != owner {
        return Err(wrong("another rollup's"));
    }
    if roots_only != limits.roots_only {
        return Err(wrong("with trees, or without them"));
    }
    let marks = marks
        .into_iter()
        .map(|(block, history)| {
            Ok(Mark {
                block: read_block(block),
                history: Arc::new(History::from_bytes(&history)?),
            })
        })
        .collect::<Result<VecDeque<_>>>()?;
    let state = State::from_bytes(owner.domain(), &state)?.with_rules(rules);
    let progress = progress
        .into_iter()
        .map(read_progress)
        .collect::<Result<Vec<_>>>()?;
    let progress = progress
        .try_into()
        .map_err(|_| wrong("it has not two trees"))?;
    let trees = Trees::restored(state, progress, limits.roots_only);
    Derivation::restored(trees, marks, limits).ok_or(wrong("it has no block"))
}

fn read_progress((after, steps): SavedProgress) -> Result<Progress> {
    let steps = steps.into_iter().map(|(number, from, undo)| {
        let undo = Undo::from_bytes(&undo)?;
        Ok((number, Step { from, undo }))
    });
    Ok(Progress {
        after,
        steps: steps.collect::<Result<BTreeMap<_, _>>>()?,
    })
}

const fn wrong(what: &'static str) -> Error {
    Error::Snapshot { what }
}

fn unusable(file: &Path, error: &std::io::Error) -> Error {
    Error::File {
        path: file.to_owned(),
        reason: error.to_string(),
    }
}
