//! What a light node keeps on disk: its identity, the newest header that it trusts, what the day
//! has spent, and the evidence of a fork. Its verdicts are in [`super::history`].

use crate::client::ForkEvidence;
use crate::core::Spent;
use crate::{Error, Result};
use chain::Checkpoint;
use net::Identity;
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::io::Write;
use std::path::{Path, PathBuf};
use types::ChainId;

/// A folder with a few small text files, or nothing at all.
#[derive(Debug)]
pub(crate) struct Store {
    folder: Option<PathBuf>,
    chain: ChainId,
}

impl Store {
    const IDENTITY: &str = "identity";
    const TRUSTED: &str = "trusted";
    const FORK: &str = "fork.json";
    const SPENT: &str = "spent";

    /// Opens the folder, making it if need be.
    pub(crate) fn open(folder: Option<PathBuf>, chain: ChainId) -> Result<Self> {
        if let Some(path) = &folder {
            std::fs::create_dir_all(path).map_err(|source| io(path, source))?;
        }
        Ok(Self { folder, chain })
    }

    /// The identity of former runs, or a new one.
    pub(crate) fn identity(&self) -> Result<Identity> {
        let fresh = || {
            let mut rng = StdRng::try_from_rng(&mut SysRng).map_err(Error::Randomness)?;
            Ok(Identity::generate(&mut rng))
        };
        let Some(folder) = &self.folder else {
            return fresh();
        };
        let path = folder.join(Self::IDENTITY);
        if let Some(text) = read(&path)? {
            let mut seed = [0; 32];
            hex::decode_to_slice(text.trim(), &mut seed).map_err(|error| Error::State {
                path,
                reason: error.to_string(),
            })?;
            return Ok(Identity::from_bytes(seed));
        }
        let identity = fresh()?;
        write(&path, &hex::encode(identity.to_bytes()))?;
        Ok(identity)
    }

    /// The newest trusted header of former runs on this chain.
    fn trusted(&self) -> Result<Option<Checkpoint>> {
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        let path = folder.join(Self::TRUSTED);
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        let state = |reason: String| Error::State {
            path: path.clone(),
            reason,
        };
        let (chain, checkpoint) = text
            .trim()
            .split_once(' ')
            .ok_or_else(|| state("expected CHAIN HASH@HEIGHT".to_owned()))?;
        let chain: ChainId = chain
            .parse()
            .map_err(|e: types::Error| state(e.to_string()))?;
        if chain != self.chain {
            return Err(state(format!(
                "it belongs to chain {chain}, expected {}",
                self.chain
            )));
        }
        checkpoint
            .parse()
            .map(Some)
            .map_err(|e: chain::Error| state(e.to_string()))
    }

    /// Where to go on from: the checkpoint given, or the newest header that former runs
    /// trusted, if that is newer.
    ///
    /// # Errors
    /// [`Error::ForkOnRecord`] after a fork; [`Error::OtherCheckpoint`] when the two are of one
    /// height and not the same.
    pub(crate) fn resume(&self, given: Checkpoint) -> Result<Checkpoint> {
        self.check_no_fork()?;
        let Some(trusted) = self.trusted()? else {
            return Ok(given);
        };
        if trusted.height == given.height && trusted.hash != given.hash {
            return Err(Error::OtherCheckpoint {
                path: self.path(Self::TRUSTED),
                got: trusted,
                expected: given,
            });
        }
        if trusted.height <= given.height {
            return Ok(given);
        }
        // The genesis is the chain's id, which was compared: nothing is overridden.
        if given.chain_id().is_none() {
            tracing::warn!(
                %given,
                %trusted,
                "the checkpoint is older than what former runs trusted: going on from that"
            );
        }
        Ok(trusted)
    }

    fn check_no_fork(&self) -> Result<()> {
        if self.folder.is_none() {
            return Ok(());
        }
        let path = self.path(Self::FORK);
        match path.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(Error::ForkOnRecord { path }),
            Err(source) => Err(io(&path, source)),
        }
    }

    /// Keeps the evidence of a fork: while it is there, no later run trusts this chain.
    pub(crate) fn record_fork(&self, fork: &ForkEvidence) -> Result<()> {
        match &self.folder {
            Some(folder) => write(
                &folder.join(Self::FORK),
                &format!("{:#}", serde_json::json!(fork)),
            ),
            None => Ok(()),
        }
    }

    /// What former runs have spent on the last day that they saw.
    pub(crate) fn spent(&self) -> Result<Spent> {
        if self.folder.is_none() {
            return Ok(Spent::default());
        }
        let path = self.path(Self::SPENT);
        let Some(text) = read(&path)? else {
            return Ok(Spent::default());
        };
        let numbers: Vec<u64> = text
            .split_whitespace()
            .map_while(|number| number.parse().ok())
            .collect();
        match numbers[..] {
            [day, received, sent] => Ok(Spent {
                day,
                received,
                sent,
            }),
            _ => Err(Error::State {
                path,
                reason: "expected DAY RECEIVED SENT".to_owned(),
            }),
        }
    }

    /// Keeps what the day has spent.
    pub(crate) fn keep_spent(&self, spent: &Spent) -> Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let text = format!("{} {} {}", spent.day, spent.received, spent.sent);
        write(&folder.join(Self::SPENT), &text)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.as_deref().unwrap_or(Path::new("")).join(file)
    }

    /// Remembers the newest trusted header.
    pub(crate) fn trust(&self, checkpoint: Checkpoint) -> Result<()> {
        match &self.folder {
            Some(folder) => write(
                &folder.join(Self::TRUSTED),
                &format!("{} {checkpoint}", self.chain),
            ),
            None => Ok(()),
        }
    }
}

pub(crate) fn io(path: &Path, source: std::io::Error) -> Error {
    Error::DataDir {
        path: path.to_owned(),
        source,
    }
}

/// The file's text; none when there is no such file.
fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(path, error)),
    }
}

/// Writes the whole file or nothing: a crash leaves the old one. Once it returns, the new one
/// outlives a loss of power.
fn write(path: &Path, text: &str) -> Result<()> {
    let aside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // The identity is a secret.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&aside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written
        .and_then(|()| std::fs::rename(&aside, path))
        .and_then(|()| sync_folder(path))
        .map_err(|source| io(path, source))
}

/// A new name in a folder lasts once the folder itself is on disk.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        #[cfg(unix)]
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
