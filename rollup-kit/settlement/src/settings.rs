//! What a rollup tunes, with the defaults that `game` finds.

use crate::contracts::abi;
use crate::{Error, Gas, Result, Wei};
use alloy::primitives::Address;
use alloy::primitives::aliases::U96;
use serde::{Deserialize, Serialize};

const HOUR: u32 = 60 * 60;

/// A rollup's settings: `governance/Settings.sol` short of its verifiers. Windows are seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RollupSettings {
    /// From a batch to its finality, unless it is challenged.
    pub challenge_window: u32,
    /// From a challenge to its expiry.
    pub answer_window: u32,
    /// From an expiry to the slash of those who signed.
    pub exculpation_window: u32,
    /// By how much challenges that are open at once expire after each other.
    pub queue_spacing: u32,
    /// Gas of an answer by blob, for the bond.
    pub answer_gas: Gas,
    /// Gas of an answer by one cell, for the bond.
    pub cell_gas: Gas,
    /// How many cells of its custody a signer publishes to be spared.
    pub duty_cells: u8,
    /// Least bond of a challenge.
    pub min_bond: Wei,
    /// Blob base fee, per blob gas, above which answers may wait.
    pub dear_blob_base_fee: Wei,
    /// Most that a challenge earns.
    pub challenger_cap: Wei,
    /// What an expired challenge takes of the operator's bond, which is the least bond as well.
    pub operator_slash: Wei,
}

impl Default for RollupSettings {
    fn default() -> Self {
        Self {
            challenge_window: 24 * HOUR,
            answer_window: 24 * HOUR,
            exculpation_window: 24 * HOUR,
            queue_spacing: 120,
            answer_gas: Gas::new(150_000),
            cell_gas: Gas::new(350_000),
            duty_cells: 2,
            min_bond: Wei::milliether(100),
            dear_blob_base_fee: Wei::gwei(200),
            challenger_cap: Wei::ether(10),
            operator_slash: Wei::ether(32),
        }
    }
}

/// Who verifies proofs, one contract per circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifiers {
    /// Of batches.
    pub batches: Address,
    /// Of checkpoints.
    pub checkpoints: Address,
    /// Of exit roots and batched exits.
    pub exits: Address,
}

impl RollupSettings {
    /// Blob gas of an answer by blob.
    pub const BLOB_GAS: Gas = Gas::new(131_072);
    /// How many times an answer's price a bond covers: `challenge/Prices.sol`.
    const BOND_FACTOR: u128 = 4;

    /// Least bond of a row's challenge at these prices per gas. Computed here and not asked of a
    /// node: nodes run calls without prices.
    #[must_use]
    pub fn row_bond(&self, base_fee: Wei, blob_base_fee: Wei) -> Wei {
        let answer = self.answer_gas.at(base_fee) + Self::BLOB_GAS.at(blob_base_fee);
        answer.times(Self::BOND_FACTOR).max(self.min_bond)
    }

    /// Least bond of a cell's challenge.
    #[must_use]
    pub fn cell_bond(&self, base_fee: Wei) -> Wei {
        let answer = self.cell_gas.at(base_fee);
        answer.times(Self::BOND_FACTOR).max(self.min_bond)
    }

    /// As the contract takes them.
    ///
    /// # Errors
    /// [`Error::Config`] for an amount or a gas that does not fit.
    pub fn with(&self, verifiers: Verifiers) -> Result<abi::Settings> {
        Ok(abi::Settings {
            batches: verifiers.batches,
            checkpoints: verifiers.checkpoints,
            exits: verifiers.exits,
            challengeWindow: self.challenge_window,
            answerWindow: self.answer_window,
            exculpationWindow: self.exculpation_window,
            queueSpacing: self.queue_spacing,
            answerGas: gas("answer gas", self.answer_gas)?,
            cellGas: gas("cell gas", self.cell_gas)?,
            dutyCells: self.duty_cells,
            minBond: amount("least bond", self.min_bond)?,
            dearBlobBaseFee: amount("dear blob base fee", self.dear_blob_base_fee)?,
            challengerCap: amount("challenger's cap", self.challenger_cap)?,
            operatorSlash: amount("operator's slash", self.operator_slash)?,
        })
    }
}

impl From<&abi::Settings> for RollupSettings {
    fn from(settings: &abi::Settings) -> Self {
        let wei = |amount: U96| Wei::new(amount.to());
        Self {
            challenge_window: settings.challengeWindow,
            answer_window: settings.answerWindow,
            exculpation_window: settings.exculpationWindow,
            queue_spacing: settings.queueSpacing,
            answer_gas: Gas::new(u64::from(settings.answerGas)),
            cell_gas: Gas::new(u64::from(settings.cellGas)),
            duty_cells: settings.dutyCells,
            min_bond: wei(settings.minBond),
            dear_blob_base_fee: wei(settings.dearBlobBaseFee),
            challenger_cap: wei(settings.challengerCap),
            operator_slash: wei(settings.operatorSlash),
        }
    }
}

/// What a rollup says of ETH: `rollup/TokenList.sol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EtherTerms {
    /// Least deposit.
    pub least: Wei,
    /// How much of what the bonds cover stands behind ETH, in ten-thousandths.
    pub cover_share: u16,
    /// What may flow out in a day without the breaker looking at it.
    pub calm: Wei,
}

impl Default for EtherTerms {
    fn default() -> Self {
        Self {
            least: Wei::milliether(1),
            cover_share: 5_000,
            calm: Wei::ether(100),
        }
    }
}

impl EtherTerms {
    /// A million wei of ETH are worth a million wei.
    const WEI_PER_MILLION: u128 = 1_000_000;

    /// As the contract takes them.
    ///
    /// # Errors
    /// [`Error::Config`] for an amount that does not fit.
    pub fn to_abi(&self) -> Result<abi::TokenTerms> {
        Ok(abi::TokenTerms {
            token: Address::ZERO,
            least: amount("least deposit", self.least)?,
            weiPerMillion: Self::WEI_PER_MILLION,
            coverShare: self.cover_share,
            calm: self.calm.get(),
        })
    }
}

/// What the registry is made with: `registry/Parameters.sol`. Durations are seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistryParameters {
    /// For how long the DA chain keeps a blob: what its genesis says.
    pub retention: u64,
    /// For how long a certificate counts.
    pub certificate_age: u64,
    /// How far the clocks of L1 and of validators may differ.
    pub clock_drift: u64,
    /// For how long a set is trusted after the last header that confirmed it.
    pub trusting_period: u64,
    /// For how long stake stays slashable after its owner wants it back.
    pub unbonding: u64,
    /// For how long a new allocation waits while others have stake in the pool.
    pub notice: u64,
    /// For how long a validator earns nothing from a rollup that jailed it.
    pub jail_term: u64,
    /// In how much time rescues add up.
    pub rescue_window: u64,
    /// How many rescues within the window jail.
    pub rescues_to_jail: u32,
    /// Least stake of a validator's owner.
    pub minimum_stake: Wei,
}

impl Default for RegistryParameters {
    fn default() -> Self {
        const DAY: u64 = 24 * HOUR as u64;
        Self {
            retention: 14 * DAY,
            certificate_age: DAY,
            clock_drift: 60,
            trusting_period: 21 * DAY,
            unbonding: 28 * DAY,
            notice: 29 * DAY,
            jail_term: 7 * DAY,
            rescue_window: 7 * DAY,
            rescues_to_jail: 3,
            minimum_stake: Wei::ether(1),
        }
    }
}

impl RegistryParameters {
    /// As the contract takes them, for a DA chain that begins with this set.
    #[must_use]
    pub fn to_abi(&self, chain: types::ChainId, genesis_set: types::SetHash) -> abi::Parameters {
        abi::Parameters {
            chainId: chain.to_bytes().into(),
            genesisSet: genesis_set.to_bytes().into(),
            retention: self.retention,
            certificateAge: self.certificate_age,
            clockDrift: self.clock_drift,
            trustingPeriod: self.trusting_period,
            unbonding: self.unbonding,
            notice: self.notice,
            jailTerm: self.jail_term,
            rescueWindow: self.rescue_window,
            rescuesToJail: self.rescues_to_jail,
            minimumStake: self.minimum_stake.get(),
        }
    }
}

fn amount(what: &'static str, wei: Wei) -> Result<U96> {
    U96::try_from(wei.get()).map_err(|_| Error::Config {
        what,
        got: wei.to_string(),
        expected: "below 2^96 wei".to_owned(),
    })
}

fn gas(what: &'static str, gas: Gas) -> Result<u32> {
    u32::try_from(gas.get()).map_err(|_| Error::Config {
        what,
        got: gas.to_string(),
        expected: "below 2^32".to_owned(),
    })
}
