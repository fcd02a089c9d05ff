//! What a user types, read with its bounds.

use super::error::{Error, Result};
use clap::ValueEnum;
use ledger::{AccountKey, Amount, Fee, TokenId, Tree};
use operator::wire::{self, WireTree};
use serde::{Deserialize, Serialize};
use settlement::{Address, Wei};
use std::str::FromStr;

/// A tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TreeName {
    /// Its data is on L1.
    OnL1,
    /// Its data is on the DA network.
    OffL1,
}

impl TreeName {
    /// As JSON has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OnL1 => "on_l1",
            Self::OffL1 => "off_l1",
        }
    }
}

impl From<TreeName> for Tree {
    fn from(name: TreeName) -> Self {
        match name {
            TreeName::OnL1 => Self::OnL1,
            TreeName::OffL1 => Self::OffL1,
        }
    }
}

impl From<TreeName> for WireTree {
    fn from(name: TreeName) -> Self {
        Tree::from(name).into()
    }
}

/// Where an operation is, as the operator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The operator has not heard of it.
    Unknown,
    /// It is in no batch, and will be in none.
    Dropped,
    /// It waits.
    Pooled,
    /// It is in a batch that is not on L1 yet.
    Sequenced,
    /// It is in a batch on L1.
    OnL1,
    /// It is in a batch that is final.
    Final,
}

/// How far an operation is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Until {
    /// Until its batch is on L1.
    OnL1,
    /// Until its batch is final: a day and more.
    Final,
}

impl From<Until> for Stage {
    fn from(until: Until) -> Self {
        match until {
            Until::OnL1 => Self::OnL1,
            Until::Final => Self::Final,
        }
    }
}

/// An amount as typed: in the token's smallest unit, or for ETH with a unit such as `0.5 ETH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// In the smallest unit.
    Smallest(u128),
    /// Of ETH.
    Ether(Wei),
}

impl FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_plain {
            return text.parse().map(Self::Ether);
        }
        let number = text.parse().map(Self::Smallest);
        number.map_err(|_| format!("{text} is more than any token has"))
    }
}

impl Quantity {
    /// How much of a token.
    ///
    /// # Errors
    /// [`Error::Given`] for units of ETH where the token is another.
    pub(super) fn of(self, token: TokenId) -> Result<Amount> {
        match self {
            Self::Smallest(units) => Ok(Amount::new(units)),
            Self::Ether(wei) if token == TokenId::ETH => Ok(Amount::new(wei.get())),
            Self::Ether(wei) => Err(Error::Given {
                what: "an amount",
                got: wei.to_string(),
                expected: "digits, in the token's smallest unit",
            }),
        }
    }

    /// As a fee in a token.
    ///
    /// # Errors
    /// [`Error::Given`] beyond 64 bits, and as [`Self::of`].
    pub(super) fn fee(self, token: TokenId) -> Result<Fee> {
        let amount = self.of(token)?;
        let fee = u64::try_from(amount.get()).map_err(|_| Error::Given {
            what: "a fee",
            got: amount.to_string(),
            expected: "less than 2^64 of the token's smallest unit",
        })?;
        Ok(Fee::new(fee))
    }
}

/// Reads an address of L1. One in mixed case must be in the case that ERC-55 gives it: a mistyped
/// digit would send value to nobody.
pub(super) fn l1_address(text: &str) -> Result<Address, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let has = |is: fn(&u8) -> bool| digits.as_bytes().iter().any(is);
    let address = if has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) {
        Address::parse_checksummed(format!("0x{digits}"), None).map_err(|error| error.to_string())
    } else {
        digits
            .parse()
            .map_err(|_| "not 20 bytes in hexadecimal".to_owned())
    }?;
    if address == Address::ZERO {
        return Err("nobody has the address 0".to_owned());
    }
    Ok(address)
}

/// Reads an account's key, 64 hexadecimal digits.
pub(super) fn account_key(text: &str) -> Result<AccountKey, String> {
    let scalar = wire::scalar(text).map_err(|error| error.to_string())?;
    let key = AccountKey::new(scalar);
    if key == AccountKey::default() {
        return Err("no account has the key 0".to_owned());
    }
    Ok(key)
}

/// Reads a token's place in the rollup's list.
pub(super) fn token(text: &str) -> Result<TokenId, String> {
    let number: u64 = text.parse().map_err(|_| "not a number".to_owned())?;
    TokenId::new(number).map_err(|error| error.to_string())
}

/// An address of L1 as the ledger has it.
pub(super) const fn ledger_address(address: Address) -> ledger::Address {
    ledger::Address::new(address.into_array())
}
