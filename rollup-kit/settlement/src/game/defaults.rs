//! The contracts' defaults, from what they are to withstand.

use super::{POOL_PERCENT, REBATE, answer, duty_cells, prices, wei};
use crate::Gas;
use crate::costs::{ANSWER_BY_BLOB, CELL_BY_OPENINGS, ESCAPE_BY_PATH};
use crate::settings::RollupSettings;
use serde::Serialize;

/// What the defaults are to withstand.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Assumptions {
    /// How many users the pool must get out after one expired challenge.
    pub escapes: u32,
    /// A dear base fee, gwei.
    pub dear_base_fee: f64,
    /// The blob base fee, gwei, up to which an answer is paid for although the bond was the least.
    pub spike_blob_base_fee: f64,
    /// How sure a watcher is, in the worst case for which a challenge should still pay.
    pub belief: f64,
    /// Gas of an answer by blob, the whole transaction.
    pub answer_gas: Gas,
    /// Gas of an answer by a cell's two openings, the whole transaction.
    pub cell_gas: Gas,
    /// Gas of an escape by a path, the whole transaction.
    pub escape_gas: Gas,
    /// Which part of L1's target for blobs answers to a flood of challenges may take.
    pub flood_share: f64,
    /// How many validators sign: two thirds of the network that the defaults are for, and one.
    pub signers: usize,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            escapes: 1_000,
            dear_base_fee: 50.0,
            spike_blob_base_fee: 300.0,
            belief: 0.01,
            answer_gas: ANSWER_BY_BLOB,
            cell_gas: CELL_BY_OPENINGS,
            escape_gas: ESCAPE_BY_PATH,
            flood_share: 1.0 / 60.0,
            signers: 67,
        }
    }
}

/// The defaults that the assumptions lead to, with the numbers before rounding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DefaultTerms {
    /// ETH: two fifths of it pay the escapes, at the dear base fee. Rounded up to a power of two.
    pub operator_slash: f64,
    /// ETH: pays an answer at the dear base fee and the spike. Rounded up to 1, 2 or 5.
    pub min_bond: f64,
    /// ETH: makes a challenge pay at the belief even if the whole bond is lost at those prices.
    pub challenger_cap: f64,
    /// Gwei: an answer's blob costs a quarter of the least bond.
    pub dear_blob_base_fee: f64,
    /// Gas of the answer, rounded up to 50,000.
    pub answer_gas: Gas,
    /// The same of a cell.
    pub cell_gas: Gas,
    /// Seconds from a challenge's expiry to the next.
    pub queue_spacing: f64,
    /// Cells that a signer owes.
    pub duty_cells: u8,
}

/// L1's target of blobs per block, and seconds of a block (EIP-7691).
const TARGET_BLOBS: f64 = 6.0;
const BLOCK_SECONDS: f64 = 12.0;
/// What gas is rounded up to.
const GAS_STEP: u64 = 50_000;

impl DefaultTerms {
    /// Computes them.
    #[must_use]
    pub fn of(assumed: &Assumptions) -> Self {
        let spike = prices(assumed.dear_base_fee, assumed.spike_blob_base_fee);
        let escape = assumed.escape_gas.at(spike.base).as_ether();
        let pooled = escape * f64::from(assumed.escapes);
        let spike = answer(assumed.answer_gas, spike);
        let min_bond = spike * REBATE;
        let blob_gas = RollupSettings::BLOB_GAS.get() as f64;
        let answer_gas = round_up(assumed.answer_gas);
        // A bond at those prices: four answers.
        let dear = prices(assumed.dear_base_fee, assumed.dear_base_fee * 2.0);
        let bond = 4.0 * answer(answer_gas, dear);
        let rounded_bond = nice(min_bond);
        Self {
            operator_slash: pooled / POOL_PERCENT,
            min_bond,
            challenger_cap: bond * (1.0 - assumed.belief) / assumed.belief,
            dear_blob_base_fee: rounded_bond / 4.0 / blob_gas * 1e9,
            answer_gas,
            cell_gas: round_up(assumed.cell_gas),
            queue_spacing: BLOCK_SECONDS / (TARGET_BLOBS * assumed.flood_share),
            duty_cells: duty_cells(assumed.signers),
        }
    }

    /// As settings, rounded; the windows are the shortest that the contracts allow.
    #[must_use]
    pub fn settings(&self) -> RollupSettings {
        // By millionths and thousandths, so that a round amount is one.
        let ether = |amount: f64| wei((amount * 1e6).round()).times(1_000_000_000_000);
        let gwei = |amount: f64| wei((amount * 1e3).round()).times(1_000_000);
        RollupSettings {
            queue_spacing: u32::try_from(wei(self.queue_spacing).get()).unwrap_or(u32::MAX),
            answer_gas: self.answer_gas,
            cell_gas: self.cell_gas,
            duty_cells: self.duty_cells,
            min_bond: ether(nice(self.min_bond)),
            dear_blob_base_fee: gwei(nice(self.dear_blob_base_fee)),
            challenger_cap: ether(nice(self.challenger_cap)),
            operator_slash: ether(self.operator_slash.log2().ceil().exp2()),
            ..RollupSettings::default()
        }
    }
}

const fn round_up(gas: Gas) -> Gas {
    Gas::new(gas.get().div_ceil(GAS_STEP) * GAS_STEP)
}

/// The next of … 1, 2, 5, 10, 20, 50 … above.
fn nice(amount: f64) -> f64 {
    let decade = 10_f64.powf(amount.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
    steps
        .into_iter()
        .find(|step| *step >= amount)
        .unwrap_or(10.0 * decade)
}
