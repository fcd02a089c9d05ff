//! Amounts, times and places of L1.

use alloy::primitives::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};
use std::str::FromStr;

/// An amount of ETH in wei. Sums saturate: 2^128 wei are more than there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wei(u128);

impl Wei {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Wei of an ETH.
    pub const PER_ETHER: u128 = 1_000_000_000_000_000_000;
    /// Wei of a gwei.
    pub const PER_GWEI: u128 = 1_000_000_000;

    /// So many wei.
    #[must_use]
    pub const fn new(wei: u128) -> Self {
        Self(wei)
    }

    /// So many ETH.
    #[must_use]
    pub const fn ether(ether: u64) -> Self {
        Self(ether as u128 * Self::PER_ETHER)
    }

    /// So many thousandths of an ETH.
    #[must_use]
    pub const fn milliether(thousandths: u64) -> Self {
        Self(thousandths as u128 * (Self::PER_ETHER / 1000))
    }

    /// So many gwei.
    #[must_use]
    pub const fn gwei(gwei: u64) -> Self {
        Self(gwei as u128 * Self::PER_GWEI)
    }

    /// Wei.
    #[must_use]
    pub const fn get(self) -> u128 {
        self.0
    }

    /// In ETH, for showing and for models; not exact.
    #[must_use]
    pub fn as_ether(self) -> f64 {
        self.0 as f64 / Self::PER_ETHER as f64
    }

    /// What is left after `other`, at least nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// So many times as much.
    #[must_use]
    pub const fn times(self, factor: u128) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// So many hundredths of it, rounded down.
    #[must_use]
    pub const fn percent(self, percent: u128) -> Self {
        Self(self.0 / 100 * percent + self.0 % 100 * percent / 100)
    }
}

impl Add for Wei {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Wei {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

impl Sum for Wei {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl From<Wei> for U256 {
    fn from(wei: Wei) -> Self {
        Self::from(wei.0)
    }
}

impl From<U256> for Wei {
    /// Saturates: no amount of ETH comes near.
    fn from(wei: U256) -> Self {
        Self(u128::try_from(wei).unwrap_or(u128::MAX))
    }
}

impl fmt::Display for Wei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / Self::PER_ETHER, self.0 % Self::PER_ETHER);
        if part == 0 {
            return write!(f, "{whole} ETH");
        }
        let digits = format!("{part:018}");
        write!(f, "{whole}.{} ETH", digits.trim_end_matches('0'))
    }
}

impl FromStr for Wei {
    type Err = String;

    /// Reads `0.05 ETH`, `30 gwei` or `12 wei`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?}, expected an amount such as \"0.05 ETH\" or \"30 gwei\"");
        let (number, unit) = text.trim().rsplit_once(' ').ok_or_else(wrong)?;
        let decimals = match unit.to_ascii_lowercase().as_str() {
            "eth" | "ether" => 18,
            "gwei" => 9,
            "wei" => 0,
            _ => return Err(wrong()),
        };
        let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || part.len() > decimals || !is_digits(whole) || !is_digits(part) {
            return Err(wrong());
        }
        let digits = format!("{whole}{part:0<decimals$}");
        digits.parse().map(Self).map_err(|_| wrong())
    }
}

impl Serialize for Wei {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Wei {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $repr:ty) => {
        $(#[$doc])*
        #[derive(
            Debug,
            Clone,
            Copy,
            Default,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name($repr);

        impl $name {
            /// Takes the number.
            #[must_use]
            pub const fn new(number: $repr) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> $repr {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// Gas of L1.
    Gas, u64
}

number! {
    /// A time of L1: Unix seconds, as blocks have it.
    L1Time, u64
}

number! {
    /// A batch's place in a rollup's history. Checkpoints and fallbacks take numbers too.
    BatchNumber, u64
}

number! {
    /// A row's place in its blob.
    BlobRow, u16
}

impl Gas {
    /// What so much gas costs at a price per gas.
    #[must_use]
    pub const fn at(self, price: Wei) -> Wei {
        price.times(self.0 as u128)
    }
}

impl L1Time {
    /// Later by so many seconds.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds since an earlier time, 0 for a later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl BatchNumber {
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests;
