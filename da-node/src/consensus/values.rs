//! The values that were proposed and not decided yet, in memory and through the application on
//! disk: synced before consensus hears of them, and there again after a crash.

use super::codec::{Undecided, WireCodec};
use super::context::{AssayContext, BlockHeight, ValueId, defined};
use super::{Application, Result};
use malachite::app::types::ProposedValue;
use malachite::app::types::core::Round;
use malachite_codec::Codec;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::{Height, Writer};

/// How many heights above the tip are kept: one is being decided, a few may run ahead.
pub(super) const HEIGHTS_AHEAD: u64 = 4;
/// Most values of one height; honest proposers make one a round.
const MAX_PER_HEIGHT: usize = 64;

pub(super) struct Values {
    app: Arc<dyn Application>,
    kept: Mutex<BTreeMap<Height, Vec<Undecided>>>,
}

impl Values {
    /// Reloads what an earlier run kept for the heights after the tip.
    pub(super) fn load(app: Arc<dyn Application>) -> Result<Self> {
        let tip = app.tip().get();
        let mut kept = BTreeMap::new();
        for height in (1..=HEIGHTS_AHEAD).map(|n| Height::new(tip.saturating_add(n))) {
            let stored = app.undecided(height)?;
            let read = stored.into_iter().map(|(_, bytes)| WireCodec.decode(bytes));
            let values: Vec<Undecided> = read.collect::<std::result::Result<_, _>>()?;
            kept.insert(height, values);
        }
        Ok(Self {
            app,
            kept: Mutex::new(kept),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Height, Vec<Undecided>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything known for a height.
    pub(super) fn at(&self, height: BlockHeight) -> Vec<ProposedValue<AssayContext>> {
        let kept = self.lock();
        let values = kept.get(&height.0).into_iter().flatten();
        values.map(|v| v.proposed.clone()).collect()
    }

    /// A value by its id, the valid copy before any other.
    pub(super) fn find(&self, height: BlockHeight, id: ValueId) -> Option<Undecided> {
        let kept = self.lock();
        let of_id = kept
            .get(&height.0)?
            .iter()
            .filter(|v| v.proposed.value == id);
        of_id
            .max_by_key(|v| v.proposed.validity.is_valid())
            .cloned()
    }

    /// The first value that this node itself proposed in a round.
    pub(super) fn own(
        &self,
        height: BlockHeight,
        round: Round,
        proposer: super::context::Address,
    ) -> Option<Undecided> {
        let kept = self.lock();
        let own = kept.get(&height.0)?.iter().find(|v| {
            let p = &v.proposed;
            p.round == round && p.valid_round == Round::Nil && p.proposer == proposer
        });
        own.cloned()
    }

    /// Keeps a value, synced. A valid copy replaces an invalid one, never the other way round:
    /// the header's hash does not cover the certificates, so a stranger can spoil a copy.
    pub(super) async fn keep(self: &Arc<Self>, value: Undecided) -> Result<()> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || this.keep_blocking(value))
            .await
            .map_err(|e| super::ConsensusError::Engine(e.to_string()))?
    }

    fn keep_blocking(&self, value: Undecided) -> Result<()> {
        let p = &value.proposed;
        let same = |other: &Undecided| {
            let o = &other.proposed;
            (o.round, o.valid_round, o.proposer, o.value)
                == (p.round, p.valid_round, p.proposer, p.value)
        };
        {
            let kept = self.lock();
            let values = kept.get(&p.height.0).map_or(&[][..], Vec::as_slice);
            let known = values.iter().find(|v| same(v));
            let better =
                known.is_none_or(|k| p.validity.is_valid() && k.proposed.validity.is_invalid());
            if !better || (known.is_none() && values.len() >= MAX_PER_HEIGHT) {
                return Ok(());
            }
        }
        let round = defined(p.round).unwrap_or_default();
        let key = Writer::new()
            .raw(p.value.0.as_bytes())
            .raw(&p.valid_round.as_i64().to_be_bytes())
            .raw(&p.proposer.0)
            .finish();
        let bytes = WireCodec.encode(&value)?;
        self.app
            .put_undecided(p.height.0, round, key.into(), bytes)?;
        let mut kept = self.lock();
        let values = kept.entry(p.height.0).or_default();
        match values.iter().position(same) {
            Some(i) => values[i] = value,
            None => values.push(value),
        }
        Ok(())
    }

    /// Forgets every height up to and including this one.
    pub(super) fn prune(&self, up_to: BlockHeight) -> Result<()> {
        self.lock().retain(|height, _| *height > up_to.0);
        self.app.prune_undecided(up_to.0)
    }
}
