//! A durable record of what this validator signed, kept beside the engine's log.
//!
//! The log remembers votes only while it is whole. This record is independent of it: before a
//! signature is made, the step (height, round, kind, value) is synced here, and a step that
//! does not lie above the last one is refused, unless it was signed at this height before: an
//! engine that replays its log signs the same things again, and they mean nothing new.
//!
//! The file has two slots, written in turn, each with a checksum; a write that a crash tears
//! leaves the other slot, and the signature that it was for was never made.
//!
//! ```text
//! offset 0: slot   offset 65536: slot
//! slot = magic u32 ‖ chain id 32 ‖ address 20 ‖ sequence u64 ‖ height u64
//!        ‖ signed at this height u32 ‖ steps u16 ‖ step… ‖ crc32 u32
//! step = round u32 ‖ kind u8 ‖ pol round + 1 u64 ‖ value? u8 ‖ value 32
//! ```

use super::{ConsensusError, Result};
use crate::crash_point::{self, Step};
use chain::ValidatorAddress;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use types::{ChainId, HeaderHash, Height, Reader, Round, Writer};

const MAGIC: u32 = 0x4153_5647;
/// Slots lie on pages of their own, so that one torn write cannot reach both.
pub(super) const STRIDE: u64 = 65_536;
/// Steps of one height that are remembered, the latest: some three hundred rounds.
const REMEMBERED: usize = 1024;
const WHAT: &str = "record of signed steps";

/// What a step signs, in the order in which a round signs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum StepKind {
    /// A proposal.
    Proposal,
    /// A prevote.
    Prevote,
    /// A precommit.
    Precommit,
}

/// One thing that a validator signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SignedStep {
    /// The height.
    pub height: Height,
    /// The round.
    pub round: Round,
    /// Proposal, prevote or precommit.
    pub kind: StepKind,
    /// The block, or nil.
    pub value: Option<HeaderHash>,
    /// For a proposal made again: the round of its polka.
    pub pol_round: Option<Round>,
}

impl SignedStep {
    /// Where the step stands; a validator signs at most one thing there.
    #[must_use]
    pub(super) const fn place(&self) -> (Height, Round, StepKind) {
        (self.height, self.round, self.kind)
    }

    /// The step in a journal of signatures: `vote ADDRESS HEIGHT ROUND KIND WHAT`, where no two
    /// lines of one validator may differ in the last word alone.
    pub(super) fn journal_line(&self, address: &ValidatorAddress) -> String {
        let (height, round, kind) = self.place();
        let value = self.value.map_or("nil".to_owned(), |v| v.to_string());
        let pol = self.pol_round.map_or("-".to_owned(), |r| r.to_string());
        format!("vote {address} {height} {round} {kind:?} {value}/{pol}")
    }
}

impl fmt::Display for SignedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (height, round) = (self.height, self.round);
        write!(f, "{:?} of height {height} round {round} for ", self.kind)?;
        match self.value {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("nil"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    sequence: u64,
    /// Steps of one height, rising.
    steps: Vec<SignedStep>,
    signed_at_height: u32,
}

/// Whom a record is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GuardOwner {
    /// The chain.
    pub chain_id: ChainId,
    /// The validator's address.
    pub address: [u8; 20],
}

/// The record, open and locked for this process alone.
#[derive(Debug)]
pub(super) struct VoteGuard {
    file: File,
    path: PathBuf,
    owner: GuardOwner,
    state: Slot,
    /// Set when a write failed: what is on disk is then unknown, and nothing more is signed.
    broken: bool,
    refusal: Option<SignedStep>,
    /// A signature of this validator that was not made here.
    foreign: Option<SignedStep>,
}

impl VoteGuard {
    /// Opens the record, or creates an empty one.
    ///
    /// # Errors
    /// [`ConsensusError::GuardInUse`], [`ConsensusError::GuardCorrupt`] when no slot is whole,
    /// [`ConsensusError::GuardForeign`], [`ConsensusError::File`].
    pub(super) fn open(path: &Path, owner: GuardOwner) -> Result<Self> {
        let io = |e: std::io::Error| ConsensusError::file(WHAT, path, e);
        if !path.try_exists().map_err(io)? {
            create(path, owner).map_err(io)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ConsensusError::GuardInUse {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(e)) => return Err(io(e)),
        }
        let (first, second) = (read_slot(&file, 0), read_slot(&file, STRIDE));
        let newest = [first, second]
            .into_iter()
            .flatten()
            .max_by_key(|(_, slot)| slot.sequence);
        let Some((got, state)) = newest else {
            return Err(ConsensusError::GuardCorrupt {
                path: path.to_owned(),
                got: 0,
            });
        };
        if got != owner {
            return Err(ConsensusError::GuardForeign {
                path: path.to_owned(),
                got: got.chain_id,
                expected: owner.chain_id,
            });
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            owner,
            state,
            broken: false,
            refusal: None,
            foreign: None,
        })
    }

    /// Takes note of a valid signature of this validator's own that came from the network. One
    /// that this record would remember and does not was made elsewhere: the key is in use
    /// twice, or this folder was restored from a backup. Its height is forbidden, durably, and
    /// nothing more is authorised by this process: the other signer may go on.
    ///
    /// # Errors
    /// [`ConsensusError::SignedElsewhere`], [`ConsensusError::File`] when the height could not
    /// be forbidden.
    pub(super) fn witness(&mut self, step: SignedStep) -> Result<()> {
        // Of former heights, and of rounds before the first that is remembered, nothing is known.
        let remembers = self
            .state
            .steps
            .first()
            .is_none_or(|first| step.place() >= first.place());
        if !remembers || self.state.steps.contains(&step) {
            return Ok(());
        }
        self.foreign = Some(step);
        self.forbid_through(step.height)?;
        Err(ConsensusError::SignedElsewhere {
            got: step.to_string(),
        })
    }

    /// Permits a step and records it, synced, before returning.
    ///
    /// # Errors
    /// [`ConsensusError::SignedElsewhere`] after a signature of ours that was not made here,
    /// [`ConsensusError::Conflict`] when the step neither lies above the last one nor was signed
    /// at this height before,
    /// [`ConsensusError::File`] when it could not be recorded, now or earlier.
    pub(super) fn authorize(&mut self, step: SignedStep) -> Result<()> {
        if self.broken {
            return Err(ConsensusError::file(
                WHAT,
                &self.path,
                "an earlier write failed",
            ));
        }
        if let Some(foreign) = &self.foreign {
            return Err(ConsensusError::SignedElsewhere {
                got: foreign.to_string(),
            });
        }
        if self.state.steps.contains(&step) {
            return Ok(());
        }
        let Some(last) = self.last() else {
            return self.write(vec![step], 1);
        };
        if step.place() <= last.place() {
            let signed = self.state.steps.iter().find(|s| s.place() == step.place());
            self.refusal = Some(step);
            return Err(ConsensusError::Conflict {
                got: step.to_string(),
                expected: signed.unwrap_or(&last).to_string(),
            });
        }
        if last.height != step.height {
            return self.write(vec![step], 1);
        }
        let mut steps = self.state.steps.clone();
        if steps.len() == REMEMBERED {
            steps.remove(0);
        }
        steps.push(step);
        self.write(steps, self.state.signed_at_height.saturating_add(1))
    }

    /// Forbids every step up to and including a height, durably: what was signed there is not
    /// known any more.
    ///
    /// # Errors
    /// [`ConsensusError::File`] when that could not be recorded.
    pub(super) fn forbid_through(&mut self, height: Height) -> Result<()> {
        let end = SignedStep {
            height,
            round: Round::new(u32::MAX),
            kind: StepKind::Precommit,
            value: None,
            pol_round: None,
        };
        if self.last().is_some_and(|last| last.place() >= end.place()) {
            return Ok(());
        }
        // More than any log can hold, so that none passes for whole.
        self.write(vec![end], u32::MAX)
    }

    fn write(&mut self, steps: Vec<SignedStep>, signed_at_height: u32) -> Result<()> {
        let next = Slot {
            sequence: self.state.sequence.saturating_add(1),
            steps,
            signed_at_height,
        };
        let written = self
            .file
            .write_all_at(&next.encode(self.owner), next.offset())
            .and_then(|()| self.file.sync_data());
        if let Err(e) = written {
            self.broken = true;
            return Err(ConsensusError::file(WHAT, &self.path, e));
        }
        self.state = next;
        crash_point::reach(Step::Sync);
        Ok(())
    }

    /// The last step signed.
    #[must_use]
    pub(super) fn last(&self) -> Option<SignedStep> {
        self.state.steps.last().copied()
    }

    /// How many steps were signed at the height of the last one.
    #[must_use]
    pub(super) const fn signed_at_height(&self) -> u32 {
        self.state.signed_at_height
    }

    /// What this validator signed elsewhere, if that was noticed.
    pub(super) const fn foreign(&self) -> Option<SignedStep> {
        self.foreign
    }

    /// Takes the step that was refused last, if one was.
    pub(super) fn take_refusal(&mut self) -> Option<SignedStep> {
        self.refusal.take()
    }
}

fn create(path: &Path, owner: GuardOwner) -> std::io::Result<()> {
    // Complete under another name first: a record that exists always has a whole slot.
    let temporary = path.with_extension("new");
    let empty = Slot {
        sequence: 0,
        steps: Vec::new(),
        signed_at_height: 0,
    };
    let file = File::create(&temporary)?;
    file.write_all_at(&empty.encode(owner), 0)?;
    file.set_len(2 * STRIDE)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn read_slot(file: &File, offset: u64) -> Option<(GuardOwner, Slot)> {
    let mut bytes = vec![0; usize::try_from(STRIDE).ok()?];
    file.read_exact_at(&mut bytes, offset).ok()?;
    Slot::decode(&bytes)
}

impl Slot {
    const fn offset(&self) -> u64 {
        (self.sequence % 2) * STRIDE
    }

    fn encode(&self, owner: GuardOwner) -> Vec<u8> {
        let height = self.steps.last().map_or(0, |step| step.height.get());
        // At most REMEMBERED steps.
        let count = u16::try_from(self.steps.len()).unwrap_or(u16::MAX);
        let head = Writer::new()
            .u32(MAGIC)
            .raw(owner.chain_id.as_bytes())
            .raw(&owner.address)
            .u64(self.sequence)
            .u64(height)
            .u32(self.signed_at_height)
            .u16(count);
        let body = self
            .steps
            .iter()
            .fold(head, |w, step| step.write(w))
            .finish();
        let sum = crc32(&body);
        Writer::new().raw(&body).u32(sum).finish()
    }

    /// None when the slot is torn, was never written, or is not ours to read.
    fn decode(bytes: &[u8]) -> Option<(GuardOwner, Self)> {
        let mut r = Reader::new(WHAT, bytes);
        if r.u32().ok()? != MAGIC {
            return None;
        }
        let owner = GuardOwner {
            chain_id: ChainId::new(r.array().ok()?),
            address: r.array().ok()?,
        };
        let sequence = r.u64().ok()?;
        let height = Height::new(r.u64().ok()?);
        let signed_at_height = r.u32().ok()?;
        let steps = (0..r.u16().ok()?)
            .map(|_| SignedStep::read(&mut r, height))
            .collect::<Option<Vec<_>>>()?;
        let body = bytes.get(..bytes.len() - r.remaining())?;
        if r.u32().ok()? != crc32(body) {
            return None;
        }
        Some((
            owner,
            Self {
                sequence,
                steps,
                signed_at_height,
            },
        ))
    }
}

impl SignedStep {
    fn write(&self, w: Writer) -> Writer {
        w.u32(self.round.get())
            .u8(match self.kind {
                StepKind::Proposal => 1,
                StepKind::Prevote => 2,
                StepKind::Precommit => 3,
            })
            .u64(self.pol_round.map_or(0, |r| u64::from(r.get()) + 1))
            .u8(u8::from(self.value.is_some()))
            .raw(self.value.as_ref().map_or(&[0; 32], |v| v.as_bytes()))
    }

    fn read(r: &mut Reader<'_>, height: Height) -> Option<Self> {
        let round = Round::new(r.u32().ok()?);
        let kind = match r.u8().ok()? {
            1 => StepKind::Proposal,
            2 => StepKind::Prevote,
            3 => StepKind::Precommit,
            _ => return None,
        };
        let pol_round = match r.u64().ok()?.checked_sub(1) {
            None => None,
            Some(round) => Some(Round::new(u32::try_from(round).ok()?)),
        };
        let present = r.u8().ok()? == 1;
        let value = HeaderHash::new(r.array().ok()?);
        Some(Self {
            height,
            round,
            kind,
            value: present.then_some(value),
            pol_round,
        })
    }
}

/// CRC-32 (IEEE 802.3), bit by bit: a few kilobytes at most need no table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}
