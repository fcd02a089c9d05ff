//! What is posted of an operation.

use crate::{AccountIndex, Fee, Fr, TokenId, Tree};
use ark_ff::{BigInteger, PrimeField};

/// What an operation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing: the place is not used.
    Nothing,
    /// Credited what L1's queue gave.
    Deposit,
    /// Debited what L1's queue demanded.
    Forced,
    /// L1's queue demanded a withdrawal that the state does not allow; nothing changed.
    Refused,
    /// Moved value between two accounts of a tree.
    Transfer,
    /// Debited an account, to pay on L1 or to deposit into the other tree.
    Withdraw,
    /// Gave an account another key.
    ChangeKey,
    /// Credited the fees that waited.
    Collect,
    /// Did what the rollup's rules make of a call.
    Call,
}

impl Kind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Nothing,
        Self::Deposit,
        Self::Forced,
        Self::Refused,
        Self::Transfer,
        Self::Withdraw,
        Self::ChangeKey,
        Self::Collect,
        Self::Call,
    ];

    /// The number in a record's first byte.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether L1's queue gave it.
    #[must_use]
    pub const fn is_from_l1(self) -> bool {
        matches!(self, Self::Deposit | Self::Forced | Self::Refused)
    }

    /// Whether an account's key signed it.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        self.pays() || matches!(self, Self::Call)
    }

    /// Whether it may pay a fee.
    #[must_use]
    pub const fn pays(self) -> bool {
        matches!(self, Self::Transfer | Self::Withdraw | Self::ChangeKey)
    }

    /// Whether its value is any scalar, and no amount.
    const fn has_scalar(self) -> bool {
        matches!(self, Self::ChangeKey | Self::Call)
    }
}

/// An operation's record: two elements of a row. From the lowest bit, the first has the kind (8
/// bits), the tree (8), the token (16), the account that is debited (32), the one that is
/// credited (32) and the fee (64); the second is an amount, a new key or a
/// call's payload.
///
/// What L1 has anyhow (who is paid, which account the queue means) is not posted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// What it did.
    pub kind: Kind,
    /// In which tree.
    pub tree: Tree,
    /// Which token.
    pub token: TokenId,
    /// Who was debited. For a deposit that opens an account and a refused withdrawal from none:
    /// the account below the identity.
    pub from: AccountIndex,
    /// Who was credited.
    pub to: AccountIndex,
    /// What the signer paid to the sequencer.
    pub fee: Fee,
    /// The amount, the new key, or the call's payload.
    pub value: Fr,
}

impl Record {
    /// The place is not used.
    pub const NOTHING: Self = Self {
        kind: Kind::Nothing,
        tree: Tree::OnL1,
        token: TokenId::ETH,
        from: AccountIndex::SENTINEL,
        to: AccountIndex::SENTINEL,
        fee: Fee::new(0),
        value: <Fr as ark_ff::AdditiveGroup>::ZERO,
    };

    /// The two elements.
    #[must_use]
    pub fn elements(&self) -> [Fr; 2] {
        let low = u64::from(self.kind.number())
            | u64::from(self.tree.number()) << 8
            | u64::from(self.token.get()) << 16
            | u64::from(self.from.get()) << 32;
        let high = u128::from(self.to.get()) | u128::from(self.fee.get()) << 32;
        let head = Fr::from(low) + Fr::from(high) * Fr::from(1u128 << 64);
        [head, self.value]
    }

    /// Reads two elements, and accepts only what [`Self::elements`] makes.
    pub(crate) fn from_elements([head, value]: [Fr; 2]) -> Result<Self, &'static str> {
        let bytes = head.into_bigint().to_bytes_le();
        let number = |at: usize, length: usize| {
            let low = bytes[at..at + length].iter().rev();
            low.fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        if bytes[20..].iter().any(|byte| *byte != 0) {
            return Err("more than 160 bits");
        }
        let kind = Kind::ALL.get(bytes[0] as usize);
        let tree = Tree::BOTH.get(bytes[1] as usize);
        let record = Self {
            kind: *kind.ok_or("no such kind")?,
            tree: *tree.ok_or("no such tree")?,
            token: TokenId::new(number(2, 2)).map_err(|_| "no such token")?,
            from: AccountIndex::new(number(4, 4)).map_err(|_| "no such place")?,
            to: AccountIndex::new(number(8, 4)).map_err(|_| "no such place")?,
            fee: Fee::new(number(12, 8)),
            value,
        };
        let is_known = record.kind.has_scalar() || record.amount().is_some();
        if record.kind == Kind::Nothing || !is_known {
            return Err("no amount");
        }
        Ok(record)
    }

    /// The amount, unless the value is something else.
    #[must_use]
    pub fn amount(&self) -> Option<crate::Amount> {
        if self.kind.has_scalar() {
            return None;
        }
        let [low, high, 0, 0] = self.value.into_bigint().0 else {
            return None;
        };
        Some(crate::Amount::new(u128::from(high) << 64 | u128::from(low)))
    }
}
