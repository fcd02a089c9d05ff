//! The values that were proposed and not decided yet, in memory and through the application on
//! disk: synced before consensus hears of them, and there again after a crash.
//!
//! A value with its proposer's signature was proposed: ours, or judged. One without came by
//! sync, beside a certificate that only the engine compares with it; until it is decided it
//! stands for nothing but its own bytes.

use super::codec::{Undecided, WireCodec};
use super::context::{Address, AssayContext, BlockHeight, ValueId, defined};
use super::{Application, ConsensusError, Result};
use bytes::Bytes;
use malachite::app::types::ProposedValue;
use malachite::app::types::core::Round;
use malachite_codec::Codec;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::{Height, Writer};

/// How many heights above the tip are kept: one is being decided, a few may run ahead.
pub(super) const HEIGHTS_AHEAD: u64 = 4;
/// Most received proposals of one round, whose proposer is one validator: an honest one makes
/// one, and the engine too keeps two.
pub(super) const MAX_PER_ROUND: usize = 2;
/// Most synced values of one height; the newest replaces the oldest. All but one come from
/// peers that answered with another block than the certified one.
const MAX_SYNCED: usize = 8;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Proposed by this node.
    Own,
    /// A proposal of another validator.
    Received,
    /// Taken over beside a certificate.
    Synced,
}

/// What keeping a value changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is kept now, or it replaced an invalid copy.
    New,
    /// A copy that is as good was here already.
    Known,
}

struct Entry {
    key: Bytes,
    value: Undecided,
}

impl Entry {
    fn is_valid(&self) -> bool {
        self.value.proposed.validity.is_valid()
    }

    fn is_signed(&self) -> bool {
        self.value.signature.is_some()
    }
}

pub(super) struct Values {
    app: Arc<dyn Application>,
    kept: Mutex<BTreeMap<Height, Vec<Entry>>>,
    /// Held through a whole write, so that the disk is never behind what memory says.
    writing: Mutex<()>,
}

impl Values {
    /// Reloads what an earlier run kept for the heights after the tip.
    pub(super) fn load(app: Arc<dyn Application>) -> Result<Self> {
        let tip = app.tip().get();
        let mut kept = BTreeMap::new();
        for height in (1..=HEIGHTS_AHEAD).map(|n| Height::new(tip.saturating_add(n))) {
            let mut entries = Vec::new();
            for (_, bytes) in app.undecided(height)? {
                let value: Undecided = WireCodec.decode(bytes)?;
                let key = key_for(&value, &entries);
                entries.push(Entry { key, value });
            }
            kept.insert(height, entries);
        }
        Ok(Self {
            app,
            kept: Mutex::new(kept),
            writing: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Height, Vec<Entry>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The best of a height's values by a measure; none where it measures none.
    fn best<K: Ord>(
        &self,
        height: BlockHeight,
        measure: impl Fn(&Entry) -> Option<K>,
    ) -> Option<Undecided> {
        let kept = self.lock();
        let measured = kept
            .get(&height.0)?
            .iter()
            .filter_map(|entry| Some((measure(entry)?, entry)));
        let (_, best) = measured.max_by(|(a, _), (b, _)| a.cmp(b))?;
        Some(best.value.clone())
    }

    /// Everything that was proposed at a height, with its verdict.
    pub(super) fn at(&self, height: BlockHeight) -> Vec<ProposedValue<AssayContext>> {
        let kept = self.lock();
        let values = kept.get(&height.0).into_iter().flatten();
        let proposed = values.filter(|entry| entry.is_signed());
        proposed.map(|entry| entry.value.proposed.clone()).collect()
    }

    /// The value that was decided, in a valid copy.
    pub(super) fn decided(&self, height: BlockHeight, id: ValueId) -> Option<Undecided> {
        self.best(height, |entry| {
            (entry.value.proposed.value == id && entry.is_valid()).then_some(entry.is_signed())
        })
    }

    /// A valid copy with its proposer's signature, of the round asked for before any other.
    pub(super) fn proposed(
        &self,
        height: BlockHeight,
        id: ValueId,
        (round, valid_round): (Round, Round),
    ) -> Option<Undecided> {
        self.best(height, |entry| {
            let p = &entry.value.proposed;
            let usable = p.value == id && entry.is_valid() && entry.is_signed();
            usable.then_some((p.round == round, p.valid_round == valid_round))
        })
    }

    /// Whether these very bytes were judged valid in whatever round.
    pub(super) fn judged_valid(&self, height: BlockHeight, block: &[u8]) -> bool {
        let kept = self.lock();
        let mut values = kept.get(&height.0).into_iter().flatten();
        values.any(|e| e.is_valid() && e.is_signed() && e.value.block == *block)
    }

    /// The proposals of a round: how many, and whether one has these very bytes.
    pub(super) fn of_round(
        &self,
        height: BlockHeight,
        (round, valid_round): (Round, Round),
        block: &[u8],
    ) -> (usize, bool) {
        let kept = self.lock();
        let values = kept.get(&height.0).into_iter().flatten();
        let of_round = values.filter(|e| e.is_signed() && e.value.proposed.round == round);
        of_round.fold((0, false), |(n, found), e| {
            let same = e.value.proposed.valid_round == valid_round && e.value.block == *block;
            (n + 1, found || same)
        })
    }

    /// The value that this node itself proposed in a round.
    pub(super) fn own(
        &self,
        height: BlockHeight,
        round: Round,
        proposer: Address,
    ) -> Option<Undecided> {
        let kept = self.lock();
        let own = kept.get(&height.0)?.iter().find(|entry| {
            let p = &entry.value.proposed;
            let place = p.round == round && p.valid_round == Round::Nil && p.proposer == proposer;
            place && entry.is_signed() && entry.is_valid()
        });
        own.map(|entry| entry.value.clone())
    }

    /// Keeps a value, synced. A valid copy replaces an invalid one, never the other way round:
    /// the header's hash does not cover the certificates, so a proposer can spoil a copy.
    ///
    /// # Errors
    /// [`ConsensusError::RoundFull`] for a received value, the application's errors.
    pub(super) async fn keep(self: &Arc<Self>, value: Undecided, source: Source) -> Result<Kept> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || this.keep_blocking(value, source))
            .await
            .map_err(|e| ConsensusError::Engine(e.to_string()))?
    }

    fn keep_blocking(&self, value: Undecided, source: Source) -> Result<Kept> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (height, round) = (value.proposed.height, value.proposed.round);
        let place = place_of(&value);
        let key = {
            let kept = self.lock();
            let entries = kept.get(&height.0).map_or(&[][..], Vec::as_slice);
            let known = entries.iter().find(|e| place_of(&e.value) == place);
            if known.is_some_and(|k| k.is_valid() || value.proposed.validity.is_invalid()) {
                return Ok(Kept::Known);
            }
            let of_round = |e: &&Entry| e.is_signed() && e.value.proposed.round == round;
            let full = entries.iter().filter(of_round).count() >= MAX_PER_ROUND;
            if source == Source::Received && known.is_none() && full {
                return Err(ConsensusError::RoundFull {
                    height: height.0,
                    round: defined(round).unwrap_or_default(),
                    max: MAX_PER_ROUND,
                });
            }
            known.map_or_else(|| key_for(&value, entries), |k| k.key.clone())
        };
        let bytes = WireCodec.encode(&value)?;
        let at = defined(round).unwrap_or_default();
        self.app.put_undecided(height.0, at, key.clone(), bytes)?;
        let mut kept = self.lock();
        let entries = kept.entry(height.0).or_default();
        // What the key replaced on disk goes from memory too.
        entries.retain(|e| e.key != key);
        entries.push(Entry { key, value });
        Ok(Kept::New)
    }

    /// Forgets every height up to and including this one.
    pub(super) fn prune(&self, up_to: BlockHeight) -> Result<()> {
        self.lock().retain(|height, _| *height > up_to.0);
        self.app.prune_undecided(up_to.0)
    }
}

/// What makes two values copies of one.
fn place_of(value: &Undecided) -> (Round, Round, Address, ValueId, bool) {
    let p = &value.proposed;
    let signed = value.signature.is_some();
    (p.round, p.valid_round, p.proposer, p.value, signed)
}

/// The key under which a value is stored. Synced values share a few: as long as one is free it
/// is taken, then the oldest value's.
fn key_for(value: &Undecided, entries: &[Entry]) -> Bytes {
    let p = &value.proposed;
    if value.signature.is_some() {
        let key = Writer::new()
            .raw(p.value.0.as_bytes())
            .raw(&p.round.as_i64().to_be_bytes())
            .raw(&p.valid_round.as_i64().to_be_bytes())
            .raw(&p.proposer.0);
        return key.finish().into();
    }
    let slots = (0..MAX_SYNCED).map(|slot| Bytes::from(format!("synced {slot}")));
    let mut free = slots.filter(|key| entries.iter().all(|e| e.key != *key));
    let oldest = || {
        entries
            .iter()
            .find(|e| !e.is_signed())
            .map(|e| e.key.clone())
    };
    free.next().or_else(oldest).unwrap_or_default()
}
