//! What the contracts have said, in the chain's order; the last blocks are read again each time,
//! since L1 may go back.

use super::abi;
use crate::explorer::units::Amount;
use alloy::primitives::U256;
use alloy::providers::Provider as _;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use settlement::client::{Head, L1Client};
use settlement::contracts::abi::{CellChallenges, Operators, Registry, RowChallenges, Signers};
use settlement::deploy::Deployment;
use settlement::{Address, B256, Error};
use std::collections::BTreeMap;

/// Blocks that are read again.
const DEPTH: u64 = 64;
/// Blocks of one query.
const RANGE: u64 = 5_000;
/// Queries of one look.
const QUERIES: usize = 8;
/// Events in memory; the oldest go.
const KEPT: usize = 20_000;

/// What a contract said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Bonded(Address),
    OperatorSlashed(Address, Amount),
    ValidatorSlashed(B256, Amount),
    Contributed(RowChallenges::Contributed),
    Challenged(RowChallenges::Challenged),
    Extended(RowChallenges::Extended),
    Published(RowChallenges::Published),
    Expired(RowChallenges::Expired),
    SignerSlashed(Signers::SignerSlashed),
    CellChallenged(CellChallenges::CellChallenged),
    CellAnswered(CellChallenges::CellAnswered),
    CellExpired(CellChallenges::CellExpired),
}

/// What was read.
#[derive(Debug)]
pub(super) struct Events {
    first: u64,
    /// The next block that was never read.
    next: u64,
    /// By block, and place in it.
    said: BTreeMap<(u64, u64), Said>,
}

impl Events {
    /// Nothing yet; a rollup's events begin with this block.
    pub(super) const fn new(first: u64) -> Self {
        Self {
            first,
            next: first,
            said: BTreeMap::new(),
        }
    }

    /// The last block that was read.
    pub(super) const fn read_to(&self) -> u64 {
        self.next.saturating_sub(1)
    }

    /// Reads on to a block, or as far as one look goes.
    pub(super) async fn follow(
        &mut self,
        client: &L1Client,
        d: &Deployment,
        head: &Head,
    ) -> Result<(), Error> {
        let mut from = self.next.min(head.number).saturating_sub(DEPTH);
        from = from.max(self.first);
        for _ in 0..QUERIES {
            let to = head.number.min(from + RANGE - 1);
            if from > to {
                break;
            }
            let found = logs(client, d, from, to).await?;
            self.replace(from, found);
            self.next = to + 1;
            from = to + 1;
        }
        Ok(())
    }

    /// Puts what was said from a block on in the place of what was read of it before.
    fn replace(&mut self, from: u64, found: Vec<((u64, u64), Said)>) {
        self.said.split_off(&(from, 0));
        self.said.extend(found);
        while self.said.len() > KEPT {
            self.said.pop_first();
        }
    }

    /// All of it, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Said> {
        self.said.values()
    }

    /// Whoever was an operator.
    pub(super) fn operators(&self) -> impl Iterator<Item = Address> {
        self.iter().filter_map(|said| match said {
            Said::Bonded(operator) | Said::OperatorSlashed(operator, _) => Some(*operator),
            _ => None,
        })
    }

    /// What operators lost.
    pub(super) fn operators_slashed(&self) -> BTreeMap<Address, Amount> {
        sums(self.iter().filter_map(|said| match said {
            Said::OperatorSlashed(operator, amount) => Some((*operator, *amount)),
            _ => None,
        }))
    }

    /// What validators lost to this rollup.
    pub(super) fn validators_slashed(&self) -> BTreeMap<B256, Amount> {
        sums(self.iter().filter_map(|said| match said {
            Said::ValidatorSlashed(validator, amount) => Some((*validator, *amount)),
            _ => None,
        }))
    }
}

fn sums<K: Ord>(parts: impl Iterator<Item = (K, Amount)>) -> BTreeMap<K, Amount> {
    let mut sums = BTreeMap::new();
    for (key, amount) in parts {
        let sum: &mut Amount = sums.entry(key).or_default();
        *sum = sum.plus(amount);
    }
    sums
}

async fn logs(
    client: &L1Client,
    d: &Deployment,
    from: u64,
    to: u64,
) -> Result<Vec<((u64, u64), Said)>, Error> {
    let filter = Filter::new()
        .address(vec![
            d.operators,
            d.registry,
            d.row_challenges,
            d.signers,
            d.cell_challenges,
        ])
        .from_block(from)
        .to_block(to);
    let logs = client.provider().get_logs(&filter).await;
    let logs = logs.map_err(|error| Error::Transport {
        what: "eth_getLogs",
        reason: error.to_string(),
    })?;
    let mut found = Vec::new();
    for log in logs.iter().filter(|log| !log.removed) {
        let (Some(block), Some(place)) = (log.block_number, log.log_index) else {
            continue;
        };
        if let Some(said) = said(log, d)? {
            found.push(((block, place), said));
        }
    }
    Ok(found)
}

/// What a log says; none for what is of no account here.
fn said(log: &Log, d: &Deployment) -> Result<Option<Said>, Error> {
    let of = log.address();
    let Some(topic) = log.topic0() else {
        return Ok(None);
    };
    let said = match *topic {
        abi::Operators::Bonded::SIGNATURE_HASH if of == d.operators => {
            Said::Bonded(event::<abi::Operators::Bonded>(log)?.operator)
        }
        Operators::OperatorSlashed::SIGNATURE_HASH if of == d.operators => {
            let event = event::<Operators::OperatorSlashed>(log)?;
            Said::OperatorSlashed(event.operator, amount(event.amount))
        }
        Registry::Slashed::SIGNATURE_HASH if of == d.registry => {
            let event = event::<Registry::Slashed>(log)?;
            if event.rollup != d.rollup {
                return Ok(None);
            }
            Said::ValidatorSlashed(event.validator, amount(event.amount))
        }
        RowChallenges::Contributed::SIGNATURE_HASH if of == d.row_challenges => {
            Said::Contributed(event(log)?)
        }
        RowChallenges::Challenged::SIGNATURE_HASH if of == d.row_challenges => {
            Said::Challenged(event(log)?)
        }
        RowChallenges::Extended::SIGNATURE_HASH if of == d.row_challenges => {
            Said::Extended(event(log)?)
        }
        RowChallenges::Published::SIGNATURE_HASH if of == d.row_challenges => {
            Said::Published(event(log)?)
        }
        RowChallenges::Expired::SIGNATURE_HASH if of == d.row_challenges => {
            Said::Expired(event(log)?)
        }
        Signers::SignerSlashed::SIGNATURE_HASH if of == d.signers => {
            Said::SignerSlashed(event(log)?)
        }
        CellChallenges::CellChallenged::SIGNATURE_HASH if of == d.cell_challenges => {
            Said::CellChallenged(event(log)?)
        }
        CellChallenges::CellAnswered::SIGNATURE_HASH if of == d.cell_challenges => {
            Said::CellAnswered(event(log)?)
        }
        CellChallenges::CellExpired::SIGNATURE_HASH if of == d.cell_challenges => {
            Said::CellExpired(event(log)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(said))
}

fn amount(amount: U256) -> Amount {
    amount.into()
}

fn event<E: SolEvent>(log: &Log) -> Result<E, Error> {
    let decoded = E::decode_log(&log.inner);
    decoded.map(|log| log.data).map_err(|error| Error::View {
        what: E::SIGNATURE,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
