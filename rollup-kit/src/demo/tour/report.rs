//! What came of the tour.

use super::super::report::Gas;
use super::Tour;
use super::censor::Censored;
use super::money::Transfers;
use super::person::Person;
use super::withheld::Escaped;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use settlement::Wei;
use settlement::contracts::abi;
use std::collections::BTreeMap;

/// What came of the tour, as L1 says. Amounts are in wei, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TourReport {
    /// Batches that were proved and settled, and stand.
    pub batches_settled: usize,
    /// Batches that were reverted, since nobody gave their data away.
    pub batches_reverted: usize,
    /// The transfer in the tree whose data is on L1, by its id.
    pub l1_tree_tx: String,
    /// The transfer in the tree whose data is on the DA network.
    pub da_tree_tx: String,
    /// Batches of which a light follower found the data by sampling.
    pub sampled: usize,
    /// How often an operator was killed in the midst of a batch; it went on.
    pub killed: usize,
    /// What two withdrawals paid.
    pub withdrawn: String,
    /// What the withdrawal paid that an operator ignored.
    pub forced: String,
    /// Whether the next operator took its turn.
    pub rotated: bool,
    /// What the operator of the withheld batch lost.
    pub slashed: String,
    /// What Alice left with by the escape hatch.
    pub escaped: String,
    /// Whether all money is where it should be, to the wei, and none is left behind.
    pub conserved: bool,
    /// Gas of all batches on L1, divided by their operations.
    pub gas_per_op: u64,
    /// Blob gas, likewise.
    pub blob_gas_per_op: u64,
    /// The batches, in order.
    pub batches: Vec<Settled>,
    /// What every transaction took.
    pub gas: Vec<Gas>,
    /// What did not come out as it should have.
    pub faults: Vec<String>,
}

/// A batch, as its operator said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Its number.
    pub batch: u64,
    /// Operations that accounts signed.
    pub signed: u64,
    /// Operations of L1's queues.
    pub from_l1: u64,
}

impl TourReport {
    /// Whether all came out as it should.
    #[must_use]
    pub fn held(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) async fn read(
        tour: &Tour<'_, '_>,
        transfers: &Transfers,
        sampled: usize,
        withdrawn: Wei,
        censored: Censored,
        escaped: &Escaped,
    ) -> Result<Self> {
        let (now, first) = tour.stage.ledger.balance(&tour.stage.client).await?;
        let mut faults = Vec::new();
        let mut expect = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        let conserved = now == first && escaped.left_behind == Wei::ZERO;
        expect(now == first, "money was lost or made");
        expect(
            escaped.left_behind == Wei::ZERO,
            "money was left in the vault",
        );
        expect(censored.rotated, "the censor settled its own turn");
        expect(censored.forced > Wei::ZERO, "nothing was forced out");
        expect(escaped.slashed > Wei::ZERO, "the operator was not slashed");
        expect(
            escaped.amount == escaped.expected,
            "Alice did not leave with what she had",
        );
        let mut batches = settled(tour).await?;
        // What was sealed and did not come to L1 was undone.
        batches.retain(|one| one.batch <= escaped.reverted);
        let operations: u64 = batches.iter().map(|one| one.signed + one.from_l1).sum();
        let gas = tour.stage.ledger.gas().to_vec();
        let of = |what: fn(&Gas) -> u64| -> u64 {
            let batches = gas.iter().filter(|one| one.call == "submitBatch");
            batches.map(what).sum::<u64>() / operations.max(1)
        };
        Ok(Self {
            batches_settled: batches.len().saturating_sub(1),
            batches_reverted: 1,
            l1_tree_tx: transfers.on_l1.clone(),
            da_tree_tx: transfers.off_l1.clone(),
            sampled,
            killed: tour.killed,
            withdrawn: withdrawn.get().to_string(),
            forced: censored.forced.get().to_string(),
            rotated: censored.rotated,
            slashed: escaped.slashed.get().to_string(),
            escaped: escaped.amount.get().to_string(),
            conserved,
            gas_per_op: of(|one| one.gas),
            blob_gas_per_op: of(|one| one.blob_gas),
            batches,
            gas,
            faults,
        })
    }
}

/// What operators said last of the batches that L1 has of them: what another was quicker with was
/// undone.
async fn settled(tour: &Tour<'_, '_>) -> Result<Vec<Settled>> {
    let (client, rollup) = (&tour.stage.client, tour.stage.deployment()?.rollup);
    let mut by = BTreeMap::new();
    for number in 1..=tour.newest().await? {
        let call = abi::Rollup::batchAtCall { number };
        by.insert(number, client.view(rollup, &call).await?.operator);
    }
    let mut batches = BTreeMap::new();
    for (place, operator) in [
        (0, "operator-0"),
        (0, "operator-0-again"),
        (1, "operator-1"),
    ] {
        let own = tour.sequencers.get(place).map(Person::address);
        let log = tour.programs.folder.join(format!("{operator}.log"));
        let said = std::fs::read_to_string(&log).map_err(|error| Error::File {
            path: log.clone(),
            reason: error.to_string(),
        })?;
        let lines = said.lines().filter(|line| line.starts_with('{'));
        let moved = lines.filter_map(|line| serde_json::from_str::<Settled>(line).ok());
        let moved = moved.filter(|one| by.get(&one.batch).copied() == own);
        batches.extend(moved.map(|one| (one.batch, one)));
    }
    Ok(batches.into_values().collect())
}
