//! Accounts and their storage, with what it takes to read them as they were.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use alloy::consensus::constants::KECCAK_EMPTY;
use alloy::consensus::proofs::{state_root_unhashed, storage_root_unhashed};
use alloy::consensus::{EMPTY_ROOT_HASH, TrieAccount};
use alloy::primitives::map::{AddressMap, B256Map};
use alloy::primitives::{Address, B256, Bytes, U256};
use revm::DatabaseRef;
use revm::bytecode::Bytecode;
use revm::state::{AccountInfo, EvmState};

use crate::history::History;
use crate::limits;

/// An account: its code is under its hash in [`State`].
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) info: AccountInfo,
    /// Slots that are not zero.
    pub(crate) storage: HashMap<U256, U256>,
    /// The storage's root, unless it has changed since.
    root: Option<B256>,
}

impl Account {
    fn new(info: AccountInfo) -> Self {
        Self {
            info,
            storage: HashMap::new(),
            root: Some(EMPTY_ROOT_HASH),
        }
    }

    fn set(&mut self, slot: U256, value: U256) -> U256 {
        self.root = None;
        let before = if value.is_zero() {
            self.storage.remove(&slot)
        } else {
            self.storage.insert(slot, value)
        };
        before.unwrap_or_default()
    }

    fn root(&mut self) -> B256 {
        let storage = &self.storage;
        *self.root.get_or_insert_with(|| {
            storage_root_unhashed(
                storage
                    .iter()
                    .map(|(slot, value)| (B256::from(*slot), *value)),
            )
        })
    }
}

/// What a block changed, as it was before.
#[derive(Clone, Debug, Default)]
struct Undo {
    accounts: AddressMap<Option<AccountInfo>>,
    slots: AddressMap<HashMap<U256, U256>>,
}

/// All accounts after the last block, and how to undo the last blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    accounts: AddressMap<Account>,
    codes: B256Map<Bytecode>,
    /// One for each of the last blocks, the newest last.
    undos: VecDeque<Arc<Undo>>,
    /// Of what changed since the last block.
    open: Undo,
}

impl State {
    /// The account, if it exists.
    pub(crate) fn account(&self, address: &Address) -> Option<&Account> {
        self.accounts.get(address)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        self.accounts.iter()
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &Bytecode> {
        self.codes.values()
    }

    pub(crate) fn add_code(&mut self, code: Bytecode) {
        self.codes.insert(code.hash_slow(), code);
    }

    pub(crate) fn knows_code(&self, hash: &B256) -> bool {
        self.codes.contains_key(hash)
    }

    pub(crate) fn nonce(&self, address: &Address) -> u64 {
        self.account(address)
            .map_or(0, |account| account.info.nonce)
    }

    pub(crate) fn balance(&self, address: &Address) -> U256 {
        self.account(address)
            .map_or(U256::ZERO, |account| account.info.balance)
    }

    /// Takes over what a transaction changed.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            // EIP-161: what is empty after it was touched does not exist.
            if account.is_selfdestructed() || account.is_empty() {
                self.remove(address);
                continue;
            }
            let changed: Vec<_> = account
                .changed_storage_slots()
                .map(|(slot, value)| (*slot, value.present_value))
                .collect();
            self.set_info(address, account.info);
            for (slot, value) in changed {
                self.set_slot(address, slot, value);
            }
        }
    }

    /// Sets balance, nonce and code.
    pub(crate) fn set_info(&mut self, address: Address, mut info: AccountInfo) {
        if let Some(code) = info.code.take()
            && info.code_hash != KECCAK_EMPTY
        {
            self.codes.entry(info.code_hash).or_insert(code);
        }
        self.remember(address);
        match self.accounts.get_mut(&address) {
            Some(account) => account.info = info,
            None => {
                self.accounts.insert(address, Account::new(info));
            }
        }
    }

    pub(crate) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.remember(address);
        let account = self
            .accounts
            .entry(address)
            .or_insert_with(|| Account::new(bare(AccountInfo::default())));
        let before = account.set(slot, value);
        let slots = self.open.slots.entry(address).or_default();
        slots.entry(slot).or_insert(before);
    }

    /// Changes an account's balance, between blocks.
    pub(crate) fn set_balance(&mut self, address: Address, balance: U256) {
        let info = self.info(&address);
        self.set_info(address, AccountInfo { balance, ..info });
    }

    /// Changes an account's code, between blocks.
    pub(crate) fn set_code(&mut self, address: Address, code: Bytes) {
        let info = self.info(&address);
        self.set_info(address, info.with_code(Bytecode::new_legacy(code)));
    }

    fn info(&self, address: &Address) -> AccountInfo {
        self.account(address).map_or_else(
            || bare(AccountInfo::default()),
            |account| account.info.clone(),
        )
    }

    fn remember(&mut self, address: Address) {
        let accounts = &self.accounts;
        self.open
            .accounts
            .entry(address)
            .or_insert_with(|| accounts.get(&address).map(|account| account.info.clone()));
    }

    fn remove(&mut self, address: Address) {
        self.remember(address);
        if let Some(account) = self.accounts.remove(&address) {
            let slots = self.open.slots.entry(address).or_default();
            for (slot, value) in account.storage {
                slots.entry(slot).or_insert(value);
            }
        }
    }

    /// Ends a block: what changed since the last one is its work.
    pub(crate) fn seal(&mut self) {
        let undo = std::mem::take(&mut self.open);
        self.undos.push_back(Arc::new(undo));
        if self.undos.len() > limits::STATES {
            self.undos.pop_front();
        }
    }

    /// Forgets how to undo what has happened so far.
    pub(crate) fn forget(&mut self) {
        self.open = Undo::default();
        self.undos.clear();
    }

    /// How many blocks can be undone.
    pub(crate) fn depth(&self) -> u64 {
        self.undos.len() as u64
    }

    /// Undoes the last block, and what happened after it.
    pub(crate) fn undo(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.revert(&open);
        if let Some(last) = self.undos.pop_back() {
            self.revert(&last);
        }
    }

    fn revert(&mut self, undo: &Undo) {
        for (address, before) in &undo.accounts {
            match before {
                None => {
                    self.accounts.remove(address);
                }
                Some(info) => {
                    self.accounts
                        .entry(*address)
                        .or_insert_with(|| Account::new(info.clone()))
                        .info = info.clone();
                }
            }
        }
        for (address, slots) in &undo.slots {
            if let Some(account) = self.accounts.get_mut(address) {
                for (slot, value) in slots {
                    account.set(*slot, *value);
                }
            }
        }
    }

    /// The Merkle-Patricia root of all accounts.
    pub(crate) fn root(&mut self) -> B256 {
        state_root_unhashed(self.accounts.iter_mut().map(|(address, account)| {
            let trie = TrieAccount {
                nonce: account.info.nonce,
                balance: account.info.balance,
                storage_root: account.root(),
                code_hash: account.info.code_hash,
            };
            (*address, trie)
        }))
    }

    /// The state as it was `blocks` blocks ago; 0 is now.
    pub(crate) fn before<'a>(&'a self, blocks: u64, history: &'a History) -> View<'a> {
        let blocks = usize::try_from(blocks).unwrap_or(usize::MAX);
        View {
            state: self,
            history,
            first: self.undos.len().saturating_sub(blocks),
            now: blocks == 0,
        }
    }
}

fn bare(info: AccountInfo) -> AccountInfo {
    AccountInfo { code: None, ..info }
}

/// The state after some block, for reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    state: &'a State,
    history: &'a History,
    /// The first of the undos that lie after the block.
    first: usize,
    now: bool,
}

impl<'a> View<'a> {
    /// What happened after the block, the oldest first: the first that knows a value has it as it
    /// was.
    fn later(&self) -> impl Iterator<Item = &'a Undo> {
        let state = self.state;
        let open = (!self.now).then_some(&state.open);
        state
            .undos
            .range(self.first..)
            .map(AsRef::as_ref)
            .chain(open)
    }

    pub(crate) fn info(&self, address: &Address) -> Option<AccountInfo> {
        for undo in self.later() {
            if let Some(before) = undo.accounts.get(address) {
                return before.clone();
            }
        }
        self.state
            .account(address)
            .map(|account| account.info.clone())
    }

    pub(crate) fn slot(&self, address: &Address, slot: &U256) -> U256 {
        for undo in self.later() {
            if let Some(before) = undo.slots.get(address).and_then(|slots| slots.get(slot)) {
                return *before;
            }
        }
        self.state
            .account(address)
            .and_then(|account| account.storage.get(slot))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn code(&self, address: &Address) -> Bytes {
        self.info(address)
            .map(|info| self.bytecode(&info.code_hash).original_bytes())
            .unwrap_or_default()
    }

    fn bytecode(&self, hash: &B256) -> Bytecode {
        self.state.codes.get(hash).cloned().unwrap_or_default()
    }
}

impl DatabaseRef for View<'_> {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.info(&address))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.bytecode(&hash))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(&address, &slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self.history.hash(number).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
