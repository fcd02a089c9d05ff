//! Which validator set is in force when, and who of it keeps which columns.
//!
//! A set is in force for whole epochs, and every header names the set of the next height: so
//! what is in force at a height follows from the stored chain and from nothing else.

use crate::store::Store;
use crate::{Error, Result};
use chain::{
    ChainParams, CheckedGenesis, ColumnSet, Custody, PublicKey, ReceiptTerms, Tenure,
    ValidatorAddress, ValidatorIndex, ValidatorSet,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use types::{ChainId, Epoch, Header, Height, SetHash};

/// Epochs whose sets are kept in memory; the store has all of them.
const KEPT_EPOCHS: usize = 4;
/// Sets of other epochs that are kept in memory.
const KEPT_SETS: usize = 8;

/// A validator set with its custody.
#[derive(Debug)]
pub(crate) struct Assigned {
    set: ValidatorSet,
    custody: Custody,
}

impl Assigned {
    fn new(set: ValidatorSet, chain: &ChainId) -> Result<Self> {
        let custody = Custody::of_set(&set, chain)?;
        Ok(Self { set, custody })
    }

    pub(crate) const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The place of a key; none when it is not a member's.
    pub(crate) fn index_of(&self, key: &PublicKey) -> Option<ValidatorIndex> {
        self.set.find_key(key).map(|(index, _)| index)
    }

    /// The columns that a member keeps.
    pub(crate) fn columns(&self, member: ValidatorIndex) -> ColumnSet {
        self.custody.columns(member)
    }

    /// The columns of the member with this address; none when there is no such member.
    pub(crate) fn columns_of(&self, address: &ValidatorAddress) -> Option<ColumnSet> {
        let (index, _) = self.set.find(address)?;
        Some(self.columns(index))
    }
}

/// The sets that matter at a height.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) tenure: Tenure,
    /// The set that orders and certifies.
    pub(crate) current: Arc<Assigned>,
    /// The one before it, if its receipts may still count.
    pub(crate) previous: Option<Arc<Assigned>>,
}

impl InForce {
    /// The set whose receipts with these terms count now.
    ///
    /// # Errors
    /// [`chain::Error::WrongSet`].
    pub(crate) fn certifier(
        &self,
        terms: &ReceiptTerms,
        params: &ChainParams,
    ) -> Result<&Arc<Assigned>, chain::Error> {
        let set = self.tenure.certifier(terms, params)?;
        Ok(match &self.previous {
            Some(previous) if previous.set == *set => previous,
            _ => &self.current,
        })
    }
}

/// The sets of the chain.
pub(crate) struct Sets {
    chain_id: ChainId,
    params: ChainParams,
    store: Store,
    /// What is in force until a set changes first.
    genesis: InForce,
    /// What is in force at the height after the tip.
    next: watch::Sender<InForce>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    epochs: BTreeMap<Epoch, InForce>,
    /// The latest that were looked up by their hash, newest first.
    sets: Vec<Arc<Assigned>>,
}

impl Sets {
    /// The sets of a chain whose last stored height is `tip`.
    ///
    /// # Errors
    /// [`Error::Storage`], also for a chain whose sets are not all stored.
    pub(crate) fn open(genesis: &CheckedGenesis, store: Store, tip: Height) -> Result<Self> {
        let chain_id = genesis.chain_id();
        store.put_set(genesis.validators())?;
        let genesis_set = Arc::new(Assigned::new(genesis.validators().clone(), &chain_id)?);
        let first = InForce {
            tenure: Tenure::genesis(genesis),
            current: genesis_set,
            previous: None,
        };
        let sets = Self {
            chain_id,
            params: *genesis.params(),
            store,
            genesis: first.clone(),
            next: watch::Sender::new(first),
            memory: Mutex::default(),
        };
        sets.advance(tip)?;
        Ok(sets)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Consistent after every single call on it.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of the last stored height.
    pub(crate) fn advance(&self, tip: Height) -> Result<()> {
        let next = self.at(tip.next().unwrap_or(tip))?;
        self.next.send_if_modified(|known| {
            let changed = known.tenure != next.tenure;
            *known = next;
            changed
        });
        Ok(())
    }

    /// What is in force at the height after the tip.
    pub(crate) fn next(&self) -> InForce {
        self.next.borrow().clone()
    }

    /// Rings when other sets matter at the next height.
    pub(crate) fn subscribe(&self) -> watch::Receiver<InForce> {
        self.next.subscribe()
    }

    /// What is in force at a height, at most one above the last stored.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::UnknownHeight`] for a height further up.
    pub(crate) fn at(&self, height: Height) -> Result<InForce> {
        let epoch = self.params.epoch(height);
        if let Some(known) = self.memory().epochs.get(&epoch) {
            return Ok(known.clone());
        }
        let found = self.look_up(epoch)?;
        let mut memory = self.memory();
        memory.epochs.insert(epoch, found.clone());
        while memory.epochs.len() > KEPT_EPOCHS {
            memory.epochs.pop_first();
        }
        Ok(found)
    }

    /// What is in force in an epoch: what the last header before it says.
    fn look_up(&self, epoch: Epoch) -> Result<InForce> {
        let Some(border) = self.border_before(epoch) else {
            return Ok(self.genesis.clone());
        };
        let header = self.header(border)?;
        let current = self.must_have(&header.next_validators)?;
        let before = self.must_have(&header.validators)?;
        let tenure = Tenure::since(&header, before.set(), current.set())?;
        let previous = tenure.previous().map(|_| before);
        Ok(InForce {
            tenure,
            current,
            previous,
        })
    }

    /// The last height before an epoch; none before the first.
    fn border_before(&self, epoch: Epoch) -> Option<Height> {
        let first = epoch.get().saturating_mul(self.params.epoch_blocks);
        let border = Height::new(first).previous();
        border.filter(|border| *border > Height::GENESIS)
    }

    fn header(&self, height: Height) -> Result<Header> {
        let last = self.store.tip()?;
        let block = self.store.block(height)?;
        let block = block.ok_or(Error::UnknownHeight { got: height, last })?;
        Ok(block.block.header)
    }

    fn must_have(&self, hash: &SetHash) -> Result<Arc<Assigned>> {
        self.by_hash(hash)?
            .ok_or_else(|| Error::Storage(format!("validator set {hash} of the chain is missing")))
    }

    /// A set that was once in force, by its hash.
    pub(crate) fn by_hash(&self, hash: &SetHash) -> Result<Option<Arc<Assigned>>> {
        if self.genesis.current.set.hash() == *hash {
            return Ok(Some(Arc::clone(&self.genesis.current)));
        }
        let is_it = |known: &&Arc<Assigned>| known.set.hash() == *hash;
        if let Some(known) = self.memory().sets.iter().find(is_it) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(set) = self.store.set(hash)? else {
            return Ok(None);
        };
        let assigned = Arc::new(Assigned::new(set, &self.chain_id)?);
        let mut memory = self.memory();
        memory.sets.insert(0, Arc::clone(&assigned));
        memory.sets.truncate(KEPT_SETS);
        Ok(Some(assigned))
    }

    /// Whether a height is the first at which a key is a member: nothing that it signed before
    /// could count.
    pub(crate) fn joins_at(&self, key: &PublicKey, height: Height) -> Result<bool> {
        let current = self.at(height)?.current;
        if current.index_of(key).is_none() {
            return Ok(false);
        }
        let begins = match self.border_before(self.params.epoch(height)) {
            None => height == Height::FIRST,
            Some(border) => {
                border.next() == Some(height)
                    && self.header(border)?.validators != current.set.hash()
            }
        };
        let is_former = |set: &ValidatorSet| *set != current.set && set.find_key(key).is_some();
        Ok(begins && !self.store.sets()?.iter().any(is_former))
    }
}
