//! What an operation must pay.
//!
//! An operation costs its operator its part of a batch: the batch's gas on L1 (calldata, the
//! proof's verification, openings) shared by the operations that it has room for, its own bytes,
//! what leaves the tree, and for the tree off L1 its part of the row on the DA network. Prices
//! are L1's `BASEFEE` and `BLOBBASEFEE` and the DA network's price per byte.
//!
//! A quote holds while prices stay within an eighth of those it was made at, and for
//! [`Policy::lifetime`] seconds at most: wallets do not chase every block, and L1's base fee moves
//! by an eighth a block at most (EIP-1559).

use ledger::{BatchSize, Body, Draft, Tree};
use serde::{Deserialize, Serialize};
use settlement::{Gas, L1Time, Wei};

/// What data costs now, all in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// Per gas, L1.
    pub base_fee: Wei,
    /// Per blob gas, L1.
    pub blob_base_fee: Wei,
    /// Per byte of a row on the DA network.
    pub da_per_byte: Wei,
}

/// How fees are made of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Gas of a batch, whatever is in it.
    pub batch_gas: Gas,
    /// Gas of an operation's two elements in calldata.
    pub record_gas: Gas,
    /// Gas of a withdrawal: its words in calldata, and its leaf.
    pub withdrawal_gas: Gas,
    /// What the operator asks of its costs, percent. 0: operations are free.
    pub share: u32,
    /// What the DA network takes per byte, wei.
    pub da_per_byte: Wei,
    /// Seconds for which a quote holds at most.
    pub lifetime: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            batch_gas: Gas::new(700_000),
            // Two words at EIP-7623's floor of 40 gas per byte that is not zero, half of them are.
            record_gas: Gas::new(1_600),
            withdrawal_gas: Gas::new(7_000),
            share: 110,
            da_per_byte: Wei::ZERO,
            lifetime: 300,
        }
    }
}

/// Bytes of an operation in a row: two elements.
const RECORD_BYTES: u128 = 64;

/// The kinds of operations that pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paying {
    /// Within a tree, or another key.
    Inside,
    /// Out of it.
    Leaving,
}

impl Paying {
    /// None of calls, which touch no money.
    const fn of(body: &Body) -> Option<Self> {
        match body {
            Body::Transfer { .. } | Body::ChangeKey { .. } => Some(Self::Inside),
            Body::Withdraw { .. } | Body::Move { .. } => Some(Self::Leaving),
            Body::Call { .. } => None,
        }
    }
}

/// Least fees, in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    prices: Prices,
    until: L1Time,
    /// By tree, then by [`Paying`].
    least: [[u128; 2]; 2],
}

impl Schedule {
    /// Fees at these prices.
    #[must_use]
    pub fn new(policy: &Policy, prices: Prices, size: BatchSize, now: L1Time) -> Self {
        let places = size.operations() as u128;
        let shared = policy.batch_gas.at(prices.base_fee).get() / places;
        let least = Tree::BOTH.map(|tree| {
            let data = match tree {
                Tree::OnL1 => policy.record_gas.at(prices.base_fee).get(),
                Tree::OffL1 => prices.da_per_byte.get().saturating_mul(RECORD_BYTES),
            };
            let leaving = policy.withdrawal_gas.at(prices.base_fee).get();
            let inside = shared.saturating_add(data);
            [inside, inside.saturating_add(leaving)]
                .map(|cost| Wei::new(cost).percent(policy.share.into()).get())
        });
        Self {
            prices,
            until: now.plus(policy.lifetime),
            least,
        }
    }

    /// No fees.
    #[must_use]
    pub const fn free() -> Self {
        Self {
            prices: Prices {
                base_fee: Wei::ZERO,
                blob_base_fee: Wei::ZERO,
                da_per_byte: Wei::ZERO,
            },
            until: L1Time::new(0),
            least: [[0; 2]; 2],
        }
    }

    /// The least fee of a kind in a tree, wei.
    #[must_use]
    pub fn of(&self, tree: Tree, paying: Paying) -> u128 {
        self.least[usize::from(tree.number())][paying as usize]
    }

    /// The least fee of an operation, wei.
    #[must_use]
    pub fn least(&self, draft: &Draft) -> u128 {
        Paying::of(&draft.body).map_or(0, |paying| self.of(draft.tree, paying))
    }

    /// The prices that it was made at.
    #[must_use]
    pub const fn prices(&self) -> Prices {
        self.prices
    }

    /// Until when it holds, if prices stay.
    #[must_use]
    pub const fn until(&self) -> L1Time {
        self.until
    }

    /// This schedule while it holds, else one at the prices of now.
    #[must_use]
    pub fn follow(self, policy: &Policy, prices: Prices, size: BatchSize, now: L1Time) -> Self {
        let pairs = [
            (self.prices.base_fee, prices.base_fee),
            (self.prices.blob_base_fee, prices.blob_base_fee),
            (self.prices.da_per_byte, prices.da_per_byte),
        ];
        let holds = pairs.iter().all(|(old, new)| within_an_eighth(*old, *new));
        if holds && now < self.until {
            self
        } else {
            Self::new(policy, prices, size, now)
        }
    }
}

const fn within_an_eighth(old: Wei, new: Wei) -> bool {
    let (old, new) = (old.get(), new.get());
    old.abs_diff(new) <= old / 8
}

#[cfg(test)]
mod tests;
