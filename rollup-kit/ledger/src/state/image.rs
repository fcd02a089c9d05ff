//! States and what takes steps of them back, as bytes for a disk.
//!
//! An account is `index u32 ‖ identity 32 ‖ next 32 ‖ key 32 ‖ owner 20 ‖ nonce u64 ‖ tokens u16`,
//! then `token u16 ‖ amount u128` per token, ascending; all numbers are big-endian.

use super::{State, TreeState, Undo};
use crate::account::OPEN_END;
use crate::{
    Account, AccountIndex, AccountKey, Address, Amount, Error, Fr, Identity, Nonce, Result,
    RollupDomain, TokenId, Tree, scalar_bytes, scalar_from_bytes,
};
use std::collections::BTreeMap;

const WHAT: &str = "a saved state";

impl State {
    /// All accounts of both trees.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for tree in Tree::BOTH {
            let accounts = self.tree(tree).accounts();
            let (count, _) = accounts.size_hint();
            let mut body = Vec::with_capacity(count * 160);
            let mut written = 0u32;
            for (index, account) in accounts {
                put_account(&mut body, index, account);
                written += 1;
            }
            bytes.extend(written.to_be_bytes());
            bytes.extend(body);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote. Whoever knows the roots compares them: balances are
    /// believed here.
    ///
    /// # Errors
    /// [`Error::Encoding`] for anything else.
    pub fn from_bytes(rollup: RollupDomain, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader(bytes);
        let on_l1 = read_tree(&mut reader)?;
        let off_l1 = read_tree(&mut reader)?;
        reader.finish()?;
        Ok(Self::with_trees(rollup, on_l1, off_l1))
    }
}

impl Undo {
    /// What is put back, of both trees.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for accounts in &self.accounts {
            let count = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
            bytes.extend(count.to_be_bytes());
            for (index, account) in accounts {
                match account {
                    None => {
                        bytes.push(0);
                        bytes.extend(index.get().to_be_bytes());
                    }
                    Some(account) => {
                        bytes.push(1);
                        put_account(&mut bytes, *index, account);
                    }
                }
            }
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Error::Encoding`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader(bytes);
        let mut undo = Self::default();
        for accounts in &mut undo.accounts {
            for _ in 0..u32::from_be_bytes(reader.take()?) {
                let (index, account) = match reader.take()? {
                    [0] => (reader.index()?, None),
                    [1] => {
                        let (index, account) = reader.account()?;
                        (index, Some(account))
                    }
                    _ => return Err(wrong()),
                };
                let follows = accounts
                    .last_key_value()
                    .is_none_or(|(last, _)| *last < index);
                if !follows {
                    return Err(wrong());
                }
                accounts.insert(index, account);
            }
        }
        reader.finish()?;
        Ok(undo)
    }
}

fn put_account(bytes: &mut Vec<u8>, index: AccountIndex, account: &Account) {
    bytes.extend(index.get().to_be_bytes());
    for scalar in [account.identity.into(), account.next, account.key.into()] {
        bytes.extend(scalar_bytes(scalar));
    }
    bytes.extend(account.owner.as_bytes());
    bytes.extend(account.nonce.get().to_be_bytes());
    // At most 256 tokens.
    let tokens = u16::try_from(account.balances.len()).unwrap_or(u16::MAX);
    bytes.extend(tokens.to_be_bytes());
    for (token, amount) in &account.balances {
        bytes.extend(token.get().to_be_bytes());
        bytes.extend(amount.get().to_be_bytes());
    }
}

fn read_tree(reader: &mut Reader<'_>) -> Result<TreeState> {
    let mut accounts = BTreeMap::from([(AccountIndex::SENTINEL, Account::sentinel())]);
    let mut last = AccountIndex::SENTINEL;
    for _ in 0..u32::from_be_bytes(reader.take()?) {
        let (index, account) = reader.account()?;
        if index <= last {
            return Err(wrong());
        }
        accounts.insert(index, account);
        last = index;
    }
    TreeState::restored(accounts).ok_or(wrong())
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk().ok_or(wrong())?;
        self.0 = rest;
        Ok(*head)
    }

    fn index(&mut self) -> Result<AccountIndex> {
        let index = u32::from_be_bytes(self.take()?);
        AccountIndex::new(index.into()).map_err(|_| wrong())
    }

    fn scalar(&mut self) -> Result<Fr> {
        scalar_from_bytes(&self.take()?)
    }

    fn account(&mut self) -> Result<(AccountIndex, Account)> {
        let index = self.index()?;
        let (identity, next) = (self.scalar()?, self.scalar()?);
        let key = AccountKey::new(self.scalar()?);
        let owner = Address::new(self.take()?);
        let nonce = Nonce::new(u64::from_be_bytes(self.take()?));
        let mut balances = BTreeMap::new();
        for _ in 0..u16::from_be_bytes(self.take()?) {
            let token = u16::from_be_bytes(self.take()?);
            let token = TokenId::new(token.into()).map_err(|_| wrong())?;
            let amount = Amount::new(u128::from_be_bytes(self.take()?));
            let follows = balances
                .last_key_value()
                .is_none_or(|(last, _)| *last < token);
            if !follows || amount == Amount::default() {
                return Err(wrong());
            }
            balances.insert(token, amount);
        }
        if identity >= OPEN_END || next > OPEN_END {
            return Err(wrong());
        }
        let account = Account {
            identity: Identity::new(identity),
            next,
            key,
            owner,
            nonce,
            balances,
        };
        Ok((index, account))
    }

    const fn finish(&self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(wrong())
        }
    }
}

const fn wrong() -> Error {
    Error::Encoding { what: WHAT }
}
