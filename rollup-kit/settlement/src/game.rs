//! Where cheating pays. Pure: a model of who wins and who loses what, swept over bonds, value,
//! prices and watchers; the thresholds; and the contracts' defaults, which follow from it.
//!
//! The model errs on the attacker's side. Operator and withholding validators are one party; it
//! challenges itself if that saves something; what is withheld is worth its full value to it when
//! nobody notices. Amounts are ETH as `f64`: these are decisions, not accounts.

mod defaults;
mod odds;

pub use defaults::{Assumptions, DefaultTerms};
pub use odds::{duty_cells, row_detection};

use crate::costs::{ANSWER_BY_BLOB, CHALLENGE_OF_ROW, ESCAPE_BY_PATH};
use crate::responder::ways::Prices;
use crate::settings::RollupSettings;
use crate::{Gas, Wei};
use serde::Serialize;

/// Parts of a slash, in hundredths: `challenge/Split.sol`.
const CHALLENGER_PERCENT: f64 = 0.10;
const POOL_PERCENT: f64 = 0.40;
/// What an answerer has of its priced cost: `challenge/Prices.sol`.
const REBATE: f64 = 1.10;
/// What answerers and challengers tip, per gas: no contract sees it.
const TIP: Wei = Wei::gwei(1);

/// One cell of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scenario {
    /// What an expired challenge takes of the operator, ETH.
    pub operator_slash: f64,
    /// Stake that validators have allocated to the rollup, ETH.
    pub stake: f64,
    /// Off-chain value that data withheld puts at risk, ETH.
    pub value: f64,
    /// Which part of it its owners would pay to have it back: the ransom.
    pub ransom: f64,
    /// Watchers, each of which samples by itself.
    pub watchers: u32,
    /// The chance that one watcher notices a withheld row in time and challenges it.
    pub detection: f64,
    /// L1's base fee, gwei.
    pub base_fee: f64,
    /// L1's blob base fee, gwei.
    pub blob_base_fee: f64,
    /// By how much both rise from a challenge to its answer.
    pub rise: f64,
}

/// A small rollup on a calm day, which somebody watches.
impl Default for Scenario {
    fn default() -> Self {
        Self {
            operator_slash: 32.0,
            stake: 400.0,
            value: 100.0,
            ransom: 1.0,
            watchers: 1,
            detection: 0.99,
            base_fee: 10.0,
            blob_base_fee: 1.0,
            rise: 1.0,
        }
    }
}

/// Who wins and loses what, ETH; a loss is negative.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Payoffs {
    /// The chance that somebody notices.
    pub noticed: f64,
    /// What being noticed costs whoever withholds, with what it saves by challenging itself.
    pub withholding_loss: f64,
    /// What withholding yields on average.
    pub withholding: f64,
    /// What challenging an honest row costs the griefer.
    pub griefer: f64,
    /// What it costs the operator that answers.
    pub griefed: f64,
    /// The operator's loss per ETH of the griefer's: below 1, griefing hurts the griefer more.
    pub griefing_factor: f64,
    /// What a user pays to have one row from an operator that ignores it, alone.
    pub ignored_user: f64,
    /// What that costs the operator.
    pub ignoring: f64,
    /// What an operator loses that slashes itself through a challenger of its own.
    pub self_slash: f64,
    /// What a watcher earns by a challenge that nobody answers.
    pub watcher_reward: f64,
    /// How sure a watcher must be that a row is withheld for a challenge to pay.
    pub watcher_belief: f64,
    /// How many escapes the pool pays for after one expired challenge.
    pub escapes_paid: f64,
}

impl Scenario {
    /// Computes the payoffs under a rollup's settings.
    #[must_use]
    pub fn play(&self, settings: &RollupSettings) -> Payoffs {
        let noticed = 1.0 - (1.0 - self.detection).powi(i32::try_from(self.watchers).unwrap_or(0));
        // Any third of the weight recovers the data, so at least a third is silent.
        let slashed = self.operator_slash + self.stake / 3.0;
        let cap = settings.challenger_cap.as_ether();
        let saved = (slashed * CHALLENGER_PERCENT).min(cap);
        let loss = slashed - saved;

        let now = prices(self.base_fee, self.blob_base_fee);
        let later = prices(self.base_fee * self.rise, self.blob_base_fee * self.rise);
        let bond = settings.row_bond(now.base, now.blob).as_ether();
        let priced = answer(ANSWER_BY_BLOB, later);
        let paid = (REBATE * priced).min(bond);
        let tip = ANSWER_BY_BLOB.at(TIP).as_ether();
        let opening = CHALLENGE_OF_ROW.at(now.base + TIP).as_ether();
        let griefer = -(paid + opening);
        let griefed = paid - priced - tip;

        let reward = (self.operator_slash * CHALLENGER_PERCENT).min(cap);
        let false_alarm = paid + opening;
        Payoffs {
            noticed,
            withholding_loss: loss,
            withholding: (1.0 - noticed) * self.ransom * self.value - noticed * loss,
            griefer,
            griefed,
            griefing_factor: (-griefed).max(0.0) / -griefer,
            ignored_user: griefer,
            ignoring: griefed,
            self_slash: (self.operator_slash * CHALLENGER_PERCENT).min(cap) - self.operator_slash,
            watcher_reward: reward - opening,
            watcher_belief: false_alarm / (reward + paid),
            escapes_paid: self.operator_slash * POOL_PERCENT
                / ESCAPE_BY_PATH.at(now.base).as_ether(),
        }
    }

    /// Who profits, in words.
    #[must_use]
    pub fn who_profits(&self, settings: &RollupSettings) -> Vec<&'static str> {
        let payoffs = self.play(settings);
        let mut who = Vec::new();
        if payoffs.withholding > 0.0 {
            who.push("whoever withholds");
        }
        if payoffs.griefing_factor > 1.0 {
            who.push("whoever challenges honest rows: the answerer loses more");
        }
        if payoffs.griefed > 0.0 {
            who.push("the operator that answers: it is paid more than it spends");
        }
        if payoffs.self_slash > 0.0 {
            who.push("whoever slashes itself");
        }
        if payoffs.watcher_reward > 0.0 && payoffs.noticed > 0.0 {
            who.push("the watcher that finds withheld data");
        }
        who
    }
}

/// An answer by blob that takes so much gas, ETH.
fn answer(gas: Gas, prices: Prices) -> f64 {
    let blob = RollupSettings::BLOB_GAS.at(prices.blob);
    (gas.at(prices.base) + blob).as_ether()
}

fn prices(base: f64, blob: f64) -> Prices {
    // Gwei of any size that a block may have; nothing is below a wei.
    Prices {
        base: wei(base.min(1e9) * 1e9),
        blob: wei(blob.min(1e9) * 1e9),
    }
}

/// The nearest number of wei.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held to what the integer has"
)]
fn wei(amount: f64) -> Wei {
    Wei::new(amount.clamp(0.0, 1e30).round() as u128)
}

/// Where the signs change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Thresholds {
    /// The least chance to be noticed at which withholding does not pay, with the most value that
    /// the contracts let in and a ransom of all of it.
    pub least_detection: f64,
    /// The most value, in ETH per ETH that is slashed, at which withholding does not pay when it
    /// is noticed as often as that.
    pub value_per_bond: f64,
    /// By how much prices may rise from a challenge to its answer, and the answer is still paid
    /// for, where bonds are at their least: the dearest blob base fee, gwei, at 10 gwei of gas.
    pub covered_blob_base_fee: f64,
    /// By how much prices may rise where bonds go by prices.
    pub covered_rise: f64,
    /// The largest griefing factor of the sweep.
    pub worst_griefing_factor: f64,
    /// What of its own slash an operator gets back at most.
    pub self_slash_back: f64,
}

/// Of `coverage`: off-chain value may be two thirds of what is slashed.
const VALUE_PER_SLASH: f64 = 2.0 / 3.0;

/// Finds the thresholds under a rollup's settings.
#[must_use]
pub fn thresholds(settings: &RollupSettings) -> Thresholds {
    // Noticed with chance d, withholding yields (1 − d)·value − d·loss, where value is two thirds
    // of the slash and loss nine tenths of it at least.
    let kept = 1.0 - CHALLENGER_PERCENT;
    let least_detection = VALUE_PER_SLASH / (VALUE_PER_SLASH + kept);
    let least_bond = settings.min_bond.as_ether();
    let gas_part = answer(ANSWER_BY_BLOB, prices(10.0, 0.0));
    let blob_gas = RollupSettings::BLOB_GAS.get() as f64;
    Thresholds {
        least_detection,
        value_per_bond: VALUE_PER_SLASH,
        covered_blob_base_fee: (least_bond / REBATE - gas_part) * 1e9 / blob_gas,
        covered_rise: 4.0 / REBATE,
        worst_griefing_factor: sweep()
            .map(|scenario| scenario.play(settings).griefing_factor)
            .fold(0.0, f64::max),
        self_slash_back: CHALLENGER_PERCENT,
    }
}

/// Every scenario of the sweep.
pub fn sweep() -> impl Iterator<Item = Scenario> {
    let bonds = [8.0, 32.0, 128.0];
    let stakes = [100.0, 1_000.0, 10_000.0];
    let values = [10.0, 100.0, 1_000.0, 10_000.0];
    let ransoms = [0.1, 1.0];
    let watchers = [(0, 0.0), (1, 0.4), (1, 0.99), (3, 0.99)];
    let fees = [(1.0, 0.01), (10.0, 1.0), (50.0, 100.0), (200.0, 300.0)];
    let rises = [1.0, 4.0, 16.0];
    let mut all = Vec::new();
    for operator_slash in bonds {
        for stake in stakes {
            for value in values {
                for ransom in ransoms {
                    for (watchers, detection) in watchers {
                        for (base_fee, blob_base_fee) in fees {
                            for rise in rises {
                                all.push(Scenario {
                                    operator_slash,
                                    stake,
                                    value,
                                    ransom,
                                    watchers,
                                    detection,
                                    base_fee,
                                    blob_base_fee,
                                    rise,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    all.into_iter()
}

#[cfg(test)]
mod tests;
