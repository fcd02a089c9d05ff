//! Forms of numbers that JSON's do not hold.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use settlement::{U256, Wei};

/// An amount of a token in its smallest unit: decimal text, since JSON's numbers end at 2⁵³.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amount(pub(super) u128);

impl Amount {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl From<u128> for Amount {
    fn from(amount: u128) -> Self {
        Self(amount)
    }
}

impl From<Wei> for Amount {
    fn from(wei: Wei) -> Self {
        Self(wei.get())
    }
}

impl From<U256> for Amount {
    /// Saturates: no amount of ETH comes near.
    fn from(amount: U256) -> Self {
        Self(Wei::from(amount).get())
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let parsed = text.parse().ok().filter(|_| digits);
        parsed
            .map(Self)
            .ok_or_else(|| D::Error::custom("an amount that is no decimal number"))
    }
}
