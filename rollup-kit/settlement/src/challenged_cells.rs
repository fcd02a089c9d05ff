//! Challenges of single cells that concern somebody: found by their events, followed until they
//! end.

use crate::client::Head;
use crate::contracts::abi;
use crate::state::Reader;
use crate::watcher::core::Place;
use crate::{BatchNumber, BlobRow, Gas, L1Time, Result, Wei};
use abi::CellChallenges::{CellChallenged, challengesCall};
use alloy::primitives::B256;
use std::collections::BTreeMap;
use types::ColumnIndex;

/// A challenge of one validator's cell, while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellView {
    /// Its id.
    pub id: B256,
    /// The row.
    pub at: Place,
    /// The column.
    pub column: ColumnIndex,
    /// The validator that is asked.
    pub validator: B256,
    /// What the challenger put up.
    pub bond: Wei,
    /// The last second in which an answer counts.
    pub deadline: L1Time,
}

impl TryFrom<&CellChallenged> for CellView {
    type Error = crate::Error;

    fn try_from(event: &CellChallenged) -> Result<Self> {
        let challenge = &event.challenge;
        Ok(Self {
            id: event.id,
            at: Place {
                batch: BatchNumber::new(challenge.batch),
                row: BlobRow::new(challenge.row),
            },
            column: ColumnIndex::new(u64::from(challenge.column))?,
            validator: event.validator,
            bond: Wei::new(challenge.bond),
            deadline: L1Time::new(challenge.deadline),
        })
    }
}

/// Those of a rollup that somebody cares for.
#[derive(Debug)]
pub(crate) struct ChallengedCells {
    from: u64,
    running: BTreeMap<B256, CellView>,
}

impl ChallengedCells {
    /// None yet; events are read from a block on.
    pub(crate) const fn new(from: u64) -> Self {
        Self {
            from,
            running: BTreeMap::new(),
        }
    }

    /// Learns of new ones, and forgets those that have ended or were reorganised away. The last
    /// `depth` blocks are read again next time.
    pub(crate) async fn follow(
        &mut self,
        reader: &Reader,
        newest: &Head,
        depth: u64,
        concerns: impl Fn(&CellChallenged) -> bool,
    ) -> Result<()> {
        let (client, at) = (reader.client(), reader.deployment().cell_challenges);
        let found = client
            .events::<CellChallenged>(at, self.from, newest.number)
            .await?;
        for (event, _) in found.iter().filter(|(event, _)| concerns(event)) {
            self.running.insert(event.id, event.try_into()?);
        }
        self.from = newest.number.saturating_sub(depth.max(1));
        let ids: Vec<B256> = self.running.keys().copied().collect();
        for id in ids {
            let challenge = client.view(at, &challengesCall { id }).await?;
            if challenge.ended || challenge.challenger.is_zero() {
                self.running.remove(&id);
            }
        }
        Ok(())
    }

    /// Those that run.
    pub(crate) fn running(&self) -> Vec<CellView> {
        self.running.values().copied().collect()
    }
}

/// Whether earnings are worth the transaction that fetches them.
pub(crate) fn is_worth_fetching(earned: Wei, base_fee: Wei) -> bool {
    const GAS: Gas = Gas::new(60_000);
    earned > Wei::ZERO && earned > GAS.at(base_fee).times(4)
}
