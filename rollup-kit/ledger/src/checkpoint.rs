//! The full state as rows, from which anybody goes on without what came before.
//!
//! A checkpoint is a sequence of elements, cut into rows of 4096, the last one filled with zeros.
//! The first element is `1 + on·2⁸ + off·2⁴⁰ + number·2⁷²`: how many accounts either tree has, its
//! sentinel included, and the checkpoint's number, which keeps two of one state apart. Then come the accounts, those of the tree on L1 first, each tree's by place:
//!
//! | element | from the lowest bit |
//! |---|---|
//! | head | 1 (8 bits), tree (8), number of balances (16), place (32) |
//! | meta | owner (160), nonce (64), as the account's leaf has them |
//! | identity | 240 bits |
//! | key | a scalar |
//! | per balance, by token | token (16), amount (128), which is not 0 |
//!
//! Which identity comes after an account's follows from all of them. An account with one balance
//! takes five elements, so the 256 rows that L1 takes at most hold about 209,000.

use crate::{
    Account, AccountIndex, AccountKey, Address, Amount, Error, Fr, Identity, Nonce, Result,
    RollupDomain, Roots, State, TokenId, Tree, TreeState,
};
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use std::collections::BTreeMap;
use types::limits::ROW_ELEMENTS;

/// Rows that L1 takes of one blob.
pub const MAX_ROWS: usize = 256;

/// A checkpoint's number, below 2⁵⁶: that of the batch whose place in the history it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckpointNumber(u64);

impl CheckpointNumber {
    /// Bits of a number.
    pub const BITS: u32 = 56;

    /// Names a number.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless it is below 2⁵⁶.
    pub fn new(number: u64) -> Result<Self> {
        if number >> Self::BITS == 0 {
            return Ok(Self(number));
        }
        Err(Error::OutOfRange {
            what: "a checkpoint's number",
            got: number.into(),
            max: (1 << Self::BITS) - 1,
        })
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

const VERSION: u64 = 1;
const ACCOUNT: u64 = 1;
/// Elements of an account without its balances.
const FIXED: usize = 4;

/// The state as rows of 4096 elements.
///
/// # Errors
/// [`Error::OutOfRange`] when they are more than 256.
pub fn encode(state: &State, number: CheckpointNumber) -> Result<Vec<Vec<Fr>>> {
    let counts = Tree::BOTH.map(|tree| state.tree(tree).count());
    let elements = Tree::BOTH.iter().flat_map(|tree| {
        let accounts = state.tree(*tree).with_sentinel();
        accounts.map(|(_, account)| FIXED + account.balances().count())
    });
    let rows = (1 + elements.sum::<usize>()).div_ceil(ROW_ELEMENTS);
    if rows > MAX_ROWS {
        return Err(Error::OutOfRange {
            what: "rows of a checkpoint",
            got: rows as u128,
            max: MAX_ROWS as u128,
        });
    }
    let mut sequence = Vec::with_capacity(rows * ROW_ELEMENTS);
    let counts = u128::from(counts[0]) << 8 | u128::from(counts[1]) << 40;
    let number = u128::from(number.get()) << 72;
    sequence.push(Fr::from(u128::from(VERSION) | counts | number));
    for tree in Tree::BOTH {
        for (index, account) in state.tree(tree).with_sentinel() {
            let balances = account.balances().count() as u64;
            let head = ACCOUNT
                | u64::from(tree.number()) << 8
                | balances << 16
                | u64::from(index.get()) << 32;
            sequence.push(Fr::from(head));
            sequence.push(account.meta());
            sequence.push(account.identity().into());
            sequence.push(account.key().into());
            for (token, amount) in account.balances() {
                sequence.push(Fr::from(token) + Fr::from(amount) * token_unit());
            }
        }
    }
    sequence.resize(rows * ROW_ELEMENTS, Fr::ZERO);
    Ok(sequence.chunks(ROW_ELEMENTS).map(<[Fr]>::to_vec).collect())
}

/// The number and the state of a checkpoint's rows. The state is one of these roots, or none: whoever posted other rows
/// gains nothing.
///
/// # Errors
/// [`Error::OutOfRange`] for no rows, too many, or rows of another length;
/// [`Error::MalformedElement`], [`Error::WrongPlace`] for anything that [`encode`] does not make;
/// [`Error::WrongRoots`].
pub fn decode(
    rollup: RollupDomain,
    rows: &[Vec<Fr>],
    expected: Roots,
) -> Result<(CheckpointNumber, State)> {
    let bounded = |what, got: usize, max: usize| Error::OutOfRange {
        what,
        got: got as u128,
        max: max as u128,
    };
    if rows.is_empty() || rows.len() > MAX_ROWS {
        return Err(bounded("rows of a checkpoint", rows.len(), MAX_ROWS));
    }
    if let Some(row) = rows.iter().find(|row| row.len() != ROW_ELEMENTS) {
        return Err(bounded("elements of a row", row.len(), ROW_ELEMENTS));
    }
    let mut reader = Reader { rows, at: 0 };
    let header = reader.bounded(128, "the header")?;
    if header & 0xff != u128::from(VERSION) {
        return Err(reader.malformed("another version"));
    }
    let counts = [header >> 8 & 0xffff_ffff, header >> 40 & 0xffff_ffff];
    let number = CheckpointNumber::new(u64::try_from(header >> 72).unwrap_or(u64::MAX))?;
    let mut trees = [TreeState::new(), TreeState::new()];
    for ((tree, count), read) in Tree::BOTH.into_iter().zip(counts).zip(&mut trees) {
        *read = reader.tree(tree, count)?;
    }
    if reader.at.div_ceil(ROW_ELEMENTS) != rows.len() {
        return Err(reader.malformed("a row too many"));
    }
    while reader.at < rows.len() * ROW_ELEMENTS {
        if reader.element()? != Fr::ZERO {
            return Err(reader.malformed("beyond the accounts"));
        }
    }
    let [on_l1, off_l1] = trees;
    let state = State::with_trees(rollup, on_l1, off_l1);
    if state.roots() == expected {
        Ok((number, state))
    } else {
        Err(Error::WrongRoots)
    }
}

/// 2¹⁶: what an amount is multiplied by beside its token.
fn token_unit() -> Fr {
    Fr::from(1u64 << 16)
}

/// Reads elements in order.
struct Reader<'a> {
    rows: &'a [Vec<Fr>],
    at: usize,
}

impl Reader<'_> {
    /// The element before is not one of a checkpoint.
    const fn malformed(&self, what: &'static str) -> Error {
        Error::MalformedElement {
            element: self.at.saturating_sub(1),
            what,
        }
    }

    fn element(&mut self) -> Result<Fr> {
        let row = self.rows.get(self.at / ROW_ELEMENTS);
        let element = row.and_then(|row| row.get(self.at % ROW_ELEMENTS));
        self.at += 1;
        element.copied().ok_or(self.malformed("not there"))
    }

    /// An element of so many bits, at most 128.
    fn bounded(&mut self, bits: u32, what: &'static str) -> Result<u128> {
        let number = self.element()?.into_bigint();
        if number.num_bits() > bits {
            return Err(self.malformed(what));
        }
        let [low, high, ..] = number.0;
        Ok(u128::from(high) << 64 | u128::from(low))
    }

    fn tree(&mut self, tree: Tree, count: u128) -> Result<TreeState> {
        // Grows with what is there, not with what is said.
        let mut accounts = BTreeMap::new();
        let mut last = None;
        for _ in 0..count {
            let (index, account) = self.account(tree)?;
            if last.is_some_and(|last| index <= last) {
                return Err(self.malformed("out of order"));
            }
            last = Some(index);
            accounts.insert(index, account);
        }
        let sentinel = accounts.get(&AccountIndex::SENTINEL);
        let is_one = |account: &Account| {
            let nobodys = account.key() == AccountKey::default() && account.meta() == Fr::ZERO;
            nobodys && account.identity() == Identity::default()
        };
        if !sentinel.is_some_and(is_one) {
            return Err(self.malformed("no sentinel"));
        }
        TreeState::linked(tree, accounts)
    }

    fn account(&mut self, tree: Tree) -> Result<(AccountIndex, Account)> {
        let head = self.bounded(64, "a head")?;
        if head & 0xff != u128::from(ACCOUNT) {
            return Err(self.malformed("no account"));
        }
        if head >> 8 & 0xff != u128::from(tree.number()) {
            return Err(self.malformed("of the other tree"));
        }
        let balances = head >> 16 & 0xffff;
        let place = u64::try_from(head >> 32).unwrap_or(u64::MAX);
        let index = AccountIndex::new(place).map_err(|_| self.malformed("no such place"))?;

        let meta = self.element()?.into_bigint();
        if meta.num_bits() > 224 {
            return Err(self.malformed("an owner and a nonce"));
        }
        let bytes = meta.to_bytes_be();
        let mut owner = [0; 20];
        owner.copy_from_slice(&bytes[12..]);
        let nonce = bytes[4..12]
            .iter()
            .fold(0, |nonce, byte| nonce << 8 | u64::from(*byte));
        let identity = self.element()?;
        let identity =
            Identity::from_scalar(identity).ok_or(self.malformed("more than an identity"))?;
        let key = AccountKey::new(self.element()?);

        let mut held = BTreeMap::new();
        let mut last = None;
        for _ in 0..balances {
            let (token, amount) = self.balance()?;
            if last.is_some_and(|last| token <= last) {
                return Err(self.malformed("out of order"));
            }
            last = Some(token);
            held.insert(token, amount);
        }
        let account = Account {
            identity,
            next: Fr::ZERO,
            key,
            owner: Address::new(owner),
            nonce: Nonce::new(nonce),
            balances: held,
        };
        Ok((index, account))
    }

    fn balance(&mut self) -> Result<(TokenId, Amount)> {
        let number = self.element()?.into_bigint();
        if number.num_bits() > 144 {
            return Err(self.malformed("more than a balance"));
        }
        let [low, middle, high, _] = number.0;
        let token = TokenId::new(low & 0xffff).map_err(|_| self.malformed("no such token"))?;
        let amount = u128::from(low >> 16) | u128::from(middle) << 48 | u128::from(high) << 112;
        if amount == 0 {
            return Err(self.malformed("a balance of nothing"));
        }
        Ok((token, Amount::new(amount)))
    }
}
