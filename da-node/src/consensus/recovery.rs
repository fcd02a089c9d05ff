//! Whether this validator may sign where it starts.
//!
//! A log that is missing or shorter than what was signed means "may have voted": the node then
//! observes, without its key, until the network has passed the last height it signed at. A log
//! with a damaged entry halts the node, since the engine would cut the log there and a second
//! start would not notice.
//!
//! A folder restored from a backup forgets consistently: log, record and store agree. It shows
//! by being behind: when the network is seen two heights ahead or more, this validator may have
//! signed at any of them, and observes past what it sees. At most a third of the weight can be
//! that far behind, since every decided height was signed by the others: observing stalls
//! nothing. A copy that is less far behind is caught by [`VoteGuard::witness`].

use super::codec::WireCodec;
use super::context::{Address, AssayContext};
use super::signing::{proposal_step, vote_step};
use super::vote_guard::{StepKind, VoteGuard};
use super::{ConsensusError, Result, halt};
use malachite::app::consensus::Input;
use malachite::app::engine::wal::log_entries;
use malachite::app::wal::Log;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use types::{Height, Round};

const WHAT: &str = "write-ahead log";

/// The validator's log in a consensus folder.
pub(super) fn log_path(folder: &Path) -> PathBuf {
    folder.join("wal")
}

/// The log of a node that observes: the engine clears it at every height.
pub(super) fn observer_log_path(folder: &Path) -> PathBuf {
    folder.join("observer-wal")
}

/// How a node takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It proposes and votes.
    Validating,
    /// It follows without signing until this height is decided.
    ObservingUntil(Height),
}

/// What the log holds of this validator's own.
struct OwnSteps {
    height: Height,
    steps: BTreeSet<(Height, Round, StepKind)>,
}

/// Decides the role for a start at `start`, the height after the last decided one; `certified`
/// is the highest height of which a certified header was seen; `joins` says that no lower height
/// was this validator's to sign. A record that was lost, or may be out of date, is replaced,
/// durably, by one that forbids what it may have forgotten.
///
/// # Errors
/// [`ConsensusError::Halted`] when an entry of the log is damaged (the marker is written),
/// [`ConsensusError::File`] when the log cannot be read or the record not be written.
pub(super) fn role(
    folder: &Path,
    guard: &mut VoteGuard,
    me: Address,
    start: Height,
    certified: Height,
    joins: bool,
) -> Result<Role> {
    let path = log_path(folder);
    let found = path
        .try_exists()
        .map_err(|e| ConsensusError::file(WHAT, &path, e))?;
    let log = if found {
        Some(read_log(folder, &path, me)?)
    } else {
        None
    };
    if certified > start {
        let until = certified.next().unwrap_or(certified);
        guard.forbid_through(until)?;
        return Ok(Role::ObservingUntil(until));
    }
    let Some(last) = guard.last() else {
        // No step was ever recorded. That is how a validator begins; but one that could vote
        // before, or has votes in its log, has lost its record.
        let voted = log.is_some_and(|log| !log.steps.is_empty());
        if joins && !voted {
            return Ok(Role::Validating);
        }
        guard.forbid_through(start)?;
        return Ok(Role::ObservingUntil(start));
    };
    if last.height < start {
        return Ok(Role::Validating);
    }
    // One step may be recorded that the log lacks: the crash came between the two, and the
    // signature was never sent.
    let logged = log
        .filter(|log| log.height == start)
        .map_or(0, |log| log.steps.len());
    let signed = guard.signed_at_height() as usize;
    if last.height == start && logged.saturating_add(1) >= signed {
        return Ok(Role::Validating);
    }
    // The engine clears its log once it has followed the network past this height.
    guard.forbid_through(last.height)?;
    Ok(Role::ObservingUntil(last.height))
}

fn read_log(folder: &Path, path: &Path, me: Address) -> Result<OwnSteps> {
    let mut log = open(path)?;
    let height = Height::new(log.sequence());
    let mut steps = BTreeSet::new();
    let entries = log_entries::<AssayContext, _>(&mut log, &WireCodec)
        .map_err(|e| ConsensusError::file(WHAT, path, e))?;
    for entry in entries {
        let step = match entry {
            Ok(Input::Vote(vote)) if vote.voter == me => vote_step(&vote),
            Ok(Input::Proposal(p)) if p.proposer == me => proposal_step(&p),
            Ok(_) => None,
            Err(e) => {
                let reason = format!("damaged entry in {}: {e}", path.display());
                halt::write(folder, &reason)?;
                return Err(ConsensusError::Halted {
                    marker: halt::marker(folder),
                    reason,
                });
            }
        };
        steps.extend(step.map(|s| s.place()));
    }
    Ok(OwnSteps { height, steps })
}

/// Opens the log; an engine that is just stopping may hold it a moment longer.
fn open(path: &Path) -> Result<Log> {
    let mut tries = 20;
    loop {
        match Log::open(path) {
            Ok(log) => return Ok(log),
            Err(e) if tries == 0 => return Err(ConsensusError::file(WHAT, path, e)),
            Err(_) => {
                tries -= 1;
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}
