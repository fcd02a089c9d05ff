//! The contracts' words and our nouns.

use crate::error::contradiction;
use crate::{Error, Result};
use ledger::{
    AccountKey, Amount, Authority, Fr, FromL1, Roots, TokenId, Tree, WithdrawalNote, scalar_bytes,
    scalar_from_bytes,
};
use settlement::contracts::abi;
use settlement::{Address, U256};

/// `Kind.Deposit`, as `rollup/Types.sol` numbers it.
const DEPOSIT: u8 = 1;
/// `Kind.ForcedWithdrawal`.
const FORCED: u8 = 2;

/// A canonical scalar out of a word.
///
/// # Errors
/// [`Error::Contradiction`] from the field's order on: the contracts take none of these.
pub fn scalar(word: U256) -> Result<Fr> {
    scalar_from_bytes(&word.to_be_bytes()).map_err(|_| contradiction("a scalar", word, "canonical"))
}

/// A scalar as a word.
#[must_use]
pub fn word(scalar: Fr) -> U256 {
    U256::from_be_bytes(scalar_bytes(scalar))
}

/// Roots out of the contracts'.
///
/// # Errors
/// As [`scalar`].
pub fn roots(roots: &abi::Roots) -> Result<Roots> {
    Ok(Roots {
        on_l1: scalar(roots.onL1)?,
        off_l1: scalar(roots.offL1)?,
    })
}

/// Roots as the contracts have them.
#[must_use]
pub fn abi_roots(roots: &Roots) -> abi::Roots {
    abi::Roots {
        onL1: word(roots.on_l1),
        offL1: word(roots.off_l1),
    }
}

/// An account of L1.
#[must_use]
pub const fn address(address: Address) -> ledger::Address {
    ledger::Address::new(address.into_array())
}

/// An account of L1, for L1.
#[must_use]
pub const fn l1_address(address: ledger::Address) -> Address {
    Address::new(*address.as_bytes())
}

/// A tree by the contracts' number.
///
/// # Errors
/// [`Error::Contradiction`] for another number than 0 and 1.
pub fn tree(code: u8) -> Result<Tree> {
    let found = Tree::BOTH.get(usize::from(code)).copied();
    found.ok_or_else(|| contradiction("a tree", code, "0 or 1"))
}

/// What a queue on L1 asks for; none for a cancelled operation.
///
/// # Errors
/// [`Error::Contradiction`] for what the contracts do not queue.
pub fn from_l1(tree: Tree, operation: &abi::Operation) -> Result<Option<FromL1>> {
    let authority = match operation.kind {
        0 => return Ok(None),
        DEPOSIT => None,
        FORCED => Some(Authority::new(scalar(operation.authority)?)),
        other => return Err(contradiction("a kind of operation", other, "0 to 2")),
    };
    Ok(Some(FromL1 {
        tree,
        token: token(operation.token)?,
        amount: Amount::new(operation.amount),
        owner: address(operation.owner),
        account: AccountKey::new(scalar(operation.account)?),
        authority,
    }))
}

fn token(id: u16) -> Result<TokenId, Error> {
    TokenId::new(id.into()).map_err(|_| contradiction("a token", id, "below 256"))
}

/// What stands for a cancelled operation when its place is consumed.
#[must_use]
pub const fn nothing() -> abi::Operation {
    abi::Operation {
        kind: 0,
        token: 0,
        amount: 0,
        owner: Address::ZERO,
        account: U256::ZERO,
        authority: U256::ZERO,
        enqueuedAt: 0,
        deadline: 0,
    }
}

/// What leaves a tree, as a batch submits it.
#[must_use]
pub fn withdrawal(note: &WithdrawalNote) -> abi::Withdrawal {
    abi::Withdrawal {
        tree: note.tree.number(),
        token: note.token.get(),
        amount: note.amount.get(),
        recipient: l1_address(note.recipient),
        account: word(note.account.into()),
    }
}
