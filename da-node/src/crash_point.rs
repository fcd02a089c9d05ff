//! What the kill test needs of a node: to die by SIGKILL at a named step of its work, and to
//! leave a journal of everything that it signs.
//!
//! Both belong to the process, as a kill does, and nothing but [`arm`] and [`keep_journal`]
//! turns them on: until then a step costs one relaxed load.

use crate::{Error, Result};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// A step between two others that a crash must not tear apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Cells were written to the log, which is not yet synced.
    Append,
    /// Something was synced, and nobody was told.
    Sync,
    /// A receipt, a vote or a proposal may be signed and was not: the promise or the record of
    /// signed steps is on disk.
    Sign,
    /// A signature or an acknowledgement was made, and is about to be sent.
    Send,
    /// A final block was written, and nobody was told.
    Commit,
}

impl Step {
    /// All steps, in the order of a blob's way.
    pub const ALL: [Self; 5] = [
        Self::Append,
        Self::Sync,
        Self::Sign,
        Self::Send,
        Self::Commit,
    ];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Sync => "sync",
            Self::Sign => "sign",
            Self::Send => "send",
            Self::Commit => "commit",
        }
    }

    /// Never [`NOT_ARMED`].
    const fn code(self) -> u8 {
        match self {
            Self::Append => 1,
            Self::Sync => 2,
            Self::Sign => 3,
            Self::Send => 4,
            Self::Commit => 5,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|step| step.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("{text:?}, expected one of {names}")
            })
    }
}

const NOT_ARMED: u8 = 0;
static ARMED: AtomicU8 = AtomicU8::new(NOT_ARMED);
static PASSES: AtomicU32 = AtomicU32::new(0);
static JOURNAL: OnceLock<File> = OnceLock::new();

/// From now on this process kills itself when any of its nodes comes to `step` for the
/// `passes`-th time, at least the first.
pub fn arm(step: Step, passes: u32) {
    PASSES.store(passes.max(1), Ordering::Relaxed);
    ARMED.store(step.code(), Ordering::Release);
}

/// The node has come to a step.
pub(crate) fn reach(step: Step) {
    if ARMED.load(Ordering::Acquire) == step.code() && PASSES.fetch_sub(1, Ordering::Relaxed) == 1 {
        die();
    }
}

/// SIGKILL: nothing is flushed, nothing is unwound, nobody is told.
fn die() -> ! {
    let me = rustix::process::getpid();
    // It cannot fail for a process of one's own; if it did, an abort is as sudden.
    let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
    std::process::abort()
}

/// From now on every signature of this process is noted in `path`, a line for each, before it
/// is made. A line outlives the process, and not the machine.
///
/// # Errors
/// [`Error::FolderUnusable`] when the file cannot be opened, or a journal is kept already.
pub fn keep_journal(path: &Path) -> Result<()> {
    let unusable = |reason: String| Error::FolderUnusable {
        folder: path.to_owned(),
        reason,
    };
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| unusable(error.to_string()))?;
    JOURNAL
        .set(file)
        .map_err(|_| unusable("this process keeps a journal already".to_owned()))
}

/// Notes a signature that is about to be made.
///
/// # Errors
/// [`Error::Storage`] when the journal does not take the line: then nothing may be signed.
pub(crate) fn note(line: impl FnOnce() -> String) -> Result<()> {
    let Some(mut journal) = JOURNAL.get() else {
        return Ok(());
    };
    // One write of an appending file: lines of several threads do not mix.
    let line = line() + "\n";
    journal
        .write_all(line.as_bytes())
        .map_err(|error| Error::Storage(format!("the journal of signatures: {error}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{NOT_ARMED, Step, reach};

    #[test]
    fn names_read_back_and_codes_differ() {
        for step in Step::ALL {
            assert_eq!(step.name().parse::<Step>().unwrap(), step);
            assert_ne!(step.code(), NOT_ARMED);
            // Nothing is armed: the test lives on.
            reach(step);
        }
        let codes: std::collections::BTreeSet<u8> = Step::ALL.map(Step::code).into();
        assert_eq!(codes.len(), Step::ALL.len());
        assert!("sing".parse::<Step>().unwrap_err().contains("append"));
    }
}
