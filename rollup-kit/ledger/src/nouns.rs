//! Numbers and hashes that must never be mistaken for one another.

use crate::poseidon::{Domain, hash};
use crate::tree::{ACCOUNT_DEPTH, TOKEN_DEPTH, capacity};
use crate::{Error, Fr, Result};
use ark_ff::{BigInteger, PrimeField};
use std::fmt;

/// Where an account's data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tree {
    /// On L1: nobody can withhold it.
    OnL1,
    /// On the DA network: cheaper, and final once the data is.
    OffL1,
}

impl Tree {
    /// Both, the one on L1 first.
    pub const BOTH: [Self; 2] = [Self::OnL1, Self::OffL1];

    /// As the contracts have it: 0 on L1, 1 off it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::OnL1 => 0,
            Self::OffL1 => 1,
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnL1 => "on L1",
            Self::OffL1 => "off L1",
        })
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name($inner);

        impl $name {
            /// The number.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for Fr {
            fn from(number: $name) -> Self {
                Self::from(number.0)
            }
        }
    };
}

macro_rules! unbounded {
    ($($name:ident, $inner:ty;)*) => {$(
        impl $name {
            /// Names the number.
            #[must_use]
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }
        }
    )*};
}

number! {
    /// An amount of a token, in its smallest unit. A listed token's whole supply must fit.
    Amount, u128
}
number! {
    /// What an operation pays to whoever sequences it, in the operation's token.
    Fee, u64
}
number! {
    /// How many operations an account has signed and had applied.
    Nonce, u64
}
number! {
    /// An account's place in its tree, below 4¹². Place 0 is the sentinel's, which is nobody's.
    AccountIndex, u32
}
number! {
    /// A token's place in the rollup's list, below 256; 0 is ETH.
    TokenId, u16
}
unbounded! {
    Amount, u128;
    Fee, u64;
    Nonce, u64;
}

impl AccountIndex {
    /// The account that stands below all identities, so that every identity has one below it.
    pub const SENTINEL: Self = Self(0);

    /// Names a place.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] beyond the tree.
    pub fn new(index: u64) -> Result<Self> {
        bounded("an account's place", index, capacity(ACCOUNT_DEPTH) - 1).map(Self)
    }
}

impl TokenId {
    /// Ether.
    pub const ETH: Self = Self(0);
    /// Where a rollup has [`crate::Rules`], the registers stand from here on, and no token of L1
    /// does.
    pub const FIRST_REGISTER: Self = Self(128);

    pub(crate) const fn of_register(number: u8) -> Self {
        Self(Self::FIRST_REGISTER.0 + number as u16)
    }

    /// Names a token.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] from 256 on.
    pub fn new(id: u64) -> Result<Self> {
        bounded("a token", id, capacity(TOKEN_DEPTH) - 1).map(Self)
    }
}

fn bounded<T: TryFrom<u64>>(what: &'static str, got: u64, max: u64) -> Result<T> {
    let refused = Error::OutOfRange {
        what,
        got: got.into(),
        max: max.into(),
    };
    if got > max {
        return Err(refused);
    }
    T::try_from(got).map_err(|_| refused)
}

/// An account on L1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address([u8; 20]);

impl Address {
    /// No account: whoever is paid there is paid nowhere.
    pub const ZERO: Self = Self([0; 20]);

    /// Names the account.
    #[must_use]
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl From<Address> for Fr {
    fn from(address: Address) -> Self {
        Self::from_be_bytes_mod_order(&address.0)
    }
}

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(Fr);

        impl $name {
            /// Names the scalar.
            #[must_use]
            pub const fn new(scalar: Fr) -> Self {
                Self(scalar)
            }
        }

        impl From<$name> for Fr {
            fn from(scalar: $name) -> Self {
                scalar.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0.into_bigint().to_bytes_be()))
            }
        }
    };
}

scalar! {
    /// What the contracts call an account: the hash of its [`Authority`], which is the hash of its
    /// public key with a salt. A deposit names it, and needs nothing else.
    AccountKey
}
scalar! {
    /// What shows L1 that an account's owner wants a forced withdrawal: the preimage of its
    /// [`AccountKey`]. It moves value to the account's own address on L1 and nowhere else, so
    /// whoever learns it can annoy the owner and not rob it.
    Authority
}
scalar! {
    /// The low 240 bits of a hash over the key that an account was opened with and its owner on
    /// L1. Each tree lists its identities in order, so there is one account of each.
    Identity
}
scalar! {
    /// Which rollup: what is signed for one means nothing in another.
    RollupDomain
}

impl AccountKey {
    /// The key whose authority this is.
    #[must_use]
    pub fn of(authority: Authority) -> Self {
        Self(hash(Domain::Key, [authority.0]))
    }
}

impl Identity {
    /// Bits that identities are ordered by.
    pub const BITS: usize = 240;

    /// Of an account opened with this key for this owner.
    #[must_use]
    pub fn of(key: AccountKey, owner: Address) -> Self {
        let full = hash(Domain::Identity, [key.0, owner.into()]);
        let mut bytes = full.into_bigint().to_bytes_le();
        bytes.truncate(Self::BITS / 8);
        Self(Fr::from_le_bytes_mod_order(&bytes))
    }

    /// Reads one; none from 2²⁴⁰ on.
    pub(crate) fn from_scalar(scalar: Fr) -> Option<Self> {
        let fits = scalar.into_bigint().num_bits() as usize <= Self::BITS;
        fits.then_some(Self(scalar))
    }
}

impl RollupDomain {
    /// Of a rollup's contract on a chain.
    #[must_use]
    pub fn of(chain_id: u64, contract: Address) -> Self {
        Self(hash(Domain::Rollup, [chain_id.into(), contract.into()]))
    }
}

/// The roots of both trees, as the contracts keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roots {
    /// Of the tree whose data is on L1.
    pub on_l1: Fr,
    /// Of the tree whose data is on the DA network.
    pub off_l1: Fr,
}

impl Roots {
    /// The root of one tree.
    #[must_use]
    pub const fn of(&self, tree: Tree) -> Fr {
        match tree {
            Tree::OnL1 => self.on_l1,
            Tree::OffL1 => self.off_l1,
        }
    }
}
