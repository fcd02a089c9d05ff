//! Heights, rounds, epochs and times: numbers that must never be mistaken for one another.

use crate::hex_bytes::hex_bytes;

hex_bytes! {
    /// A chain's identity: the tagged hash of its genesis. Whatever is signed on one chain
    /// means nothing on another.
    ChainId, 32, "chain id"
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Names the number.
            #[must_use]
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// A block's place in the chain. The first block has height 1; height 0 is the genesis.
    Height, u64
}
number! {
    /// A round of consensus within a height.
    Round, u32
}
number! {
    /// A stretch of heights with one validator set.
    Epoch, u64
}
number! {
    /// Milliseconds since the Unix epoch.
    Timestamp, u64
}

impl Height {
    /// The genesis, below the first block.
    pub const GENESIS: Self = Self(0);
    /// The first block.
    pub const FIRST: Self = Self(1);

    /// The next height; the last one has none.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }

    /// The height before; the genesis has none.
    #[must_use]
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(previous) => Some(Self(previous)),
            None => None,
        }
    }
}

impl Timestamp {
    /// The time `milliseconds` later, saturating.
    #[must_use]
    pub const fn plus_millis(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds since `earlier`; none when that lies ahead.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> Option<u64> {
        self.0.checked_sub(earlier.0)
    }
}
