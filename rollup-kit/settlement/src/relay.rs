//! Telling L1 who the DA network's validators are: final headers that change the set, and now and
//! then one that confirms it. Anybody may, and somebody must within every trusting period.

use crate::client::{Account, L1Client, Mined};
use crate::contracts::abi;
use crate::validators::{Possessions, introduce};
use crate::{L1Time, Result};
use alloy::primitives::{Address, B256};
use chain::{PublicKey, PublicKeyBytes, UnverifiedHeader, Validator, ValidatorSet, Weight};
use proto::client::{Client, WhichHeader};
use std::collections::BTreeMap;
use types::{Header, Height, SetHash};

/// What L1 trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trusted {
    /// The set.
    pub set: SetHash,
    /// The height of the last header taken.
    pub height: Height,
    /// When that set was last known to be the chain's.
    pub confirmed_at: L1Time,
}

/// What to do with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// L1 knows enough.
    Nothing,
    /// It is by a set that L1 does not trust yet: headers before it must come first.
    Earlier,
    /// Its next set is another one.
    Change,
    /// It confirms the set.
    Confirm,
}

/// After how many seconds a set is confirmed: early in any trusting period, so that a relay that
/// is down for days loses nothing.
pub const CONFIRM_AFTER: u64 = 3 * 24 * 60 * 60;

/// Judges a final header by what L1 trusts. Pure.
#[must_use]
pub fn judge(trusted: &Trusted, header: &Header, now: L1Time) -> Advance {
    if header.height <= trusted.height {
        Advance::Nothing
    } else if header.validators != trusted.set {
        Advance::Earlier
    } else if header.next_validators != trusted.set {
        Advance::Change
    } else if now.since(trusted.confirmed_at) >= CONFIRM_AFTER {
        Advance::Confirm
    } else {
        Advance::Nothing
    }
}

/// Reads what L1 trusts.
///
/// # Errors
/// [`crate::Error::Transport`].
pub async fn trusted(client: &L1Client, registry: Address) -> Result<Trusted> {
    let set = client
        .view(registry, &abi::Registry::currentSetCall {})
        .await?;
    let height = client.view(registry, &abi::Registry::heightCall {}).await?;
    let confirmed_at = client
        .view(registry, &abi::Registry::confirmedAtCall {})
        .await?;
    Ok(Trusted {
        set: SetHash::new(set.0),
        height: Height::new(height),
        confirmed_at: L1Time::new(confirmed_at),
    })
}

/// Follows a DA node's headers and hands L1 those that it needs. The node is believed nothing:
/// sets are held to their hashes, and L1 verifies headers itself.
#[derive(Debug)]
pub struct SetRelay {
    account: Account,
    registry: Address,
    node: Client,
    possessions: Possessions,
}

impl SetRelay {
    /// Relays from a node to a registry, in an account's name. `possessions` are the proofs that
    /// keys may need that L1 does not know yet.
    #[must_use]
    pub const fn new(
        account: Account,
        registry: Address,
        node: Client,
        possessions: Possessions,
    ) -> Self {
        Self {
            account,
            registry,
            node,
            possessions,
        }
    }

    /// Learns of a proof of possession.
    pub fn possessions(&mut self) -> &mut Possessions {
        &mut self.possessions
    }

    /// Hands over a header if L1 needs it.
    ///
    /// # Errors
    /// [`crate::Error::Unproven`], and whatever sending or the node gives.
    pub async fn take(&self, header: &UnverifiedHeader) -> Result<Option<Mined>> {
        let client = self.account.client();
        let trusted = trusted(client, self.registry).await?;
        let now = client.head().await?.time;
        match judge(&trusted, &header.header, now) {
            Advance::Nothing | Advance::Earlier => return Ok(None),
            Advance::Change => self.introduce(header.header.next_validators).await?,
            Advance::Confirm => {}
        }
        let call = abi::Registry::advanceSetCall {
            finality: abi::Finality::of(&header.header, &header.finality)?,
        };
        Ok(Some(self.account.call(self.registry, &call).await?))
    }

    /// Walks from the last height that L1 took to the chain's newest, and hands over what L1
    /// needs. Says how many headers that were.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub async fn catch_up(&self) -> Result<u64> {
        let trusted = trusted(self.account.client(), self.registry).await?;
        let newest = self.header(WhichHeader::Latest).await?;
        let mut handed = 0;
        if newest.header.validators == trusted.set {
            return Ok(u64::from(self.take(&newest).await?.is_some()));
        }
        let mut height = Height::new(trusted.height.get() + 1);
        while height <= newest.header.height {
            let header = self.header(WhichHeader::Height(height)).await?;
            handed += u64::from(self.take(&header).await?.is_some());
            height = Height::new(height.get() + 1);
        }
        Ok(handed)
    }

    /// Catches up, and again after every pause, until something fails that waiting does not
    /// mend.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub async fn run(&self, pause: std::time::Duration) -> Result<()> {
        loop {
            match self.catch_up().await {
                Ok(0) => {}
                Ok(headers) => tracing::info!(headers, "told L1 of the validator set"),
                Err(error) if error.is_transient() => tracing::warn!(%error, "not relayed"),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn introduce(&self, set: SetHash) -> Result<()> {
        let set = validator_set(&self.node, set).await?;
        introduce(&self.account, self.registry, &set, &self.possessions).await?;
        Ok(())
    }

    async fn header(&self, which: WhichHeader) -> Result<UnverifiedHeader> {
        let answer = self.node.header(which).await?;
        Ok(UnverifiedHeader::decode(&answer.header)?)
    }
}

/// A validator set from a node, held to its hash.
///
/// # Errors
/// [`crate::Error::Node`], [`crate::Error::Chain`], [`crate::Error::View`] for another set.
pub async fn validator_set(node: &Client, hash: SetHash) -> Result<ValidatorSet> {
    let answer = node.validator_set(Some(hash)).await?;
    let members = answer
        .validators
        .iter()
        .map(|fields| {
            let key = PublicKeyBytes::from_slice(&fields.public_key)?;
            let key = PublicKey::from_bytes(key.as_bytes())?;
            Ok(Validator::new(key, Weight::new(fields.weight)))
        })
        .collect::<Result<Vec<_>>>()?;
    let set = ValidatorSet::new(members)?;
    if set.hash() == hash {
        Ok(set)
    } else {
        Err(crate::Error::View {
            what: "validator set of the DA node",
            reason: format!(
                "{}, expected {}",
                B256::from(set.hash().to_bytes()),
                B256::from(hash.to_bytes())
            ),
        })
    }
}

/// Validator sets by their hashes: those known beforehand, and what a node tells of others.
#[derive(Debug, Clone)]
pub struct KnownSets {
    node: Option<Client>,
    known: BTreeMap<SetHash, ValidatorSet>,
}

impl KnownSets {
    /// Asks a node for what is not known, if there is one.
    #[must_use]
    pub const fn new(node: Option<Client>) -> Self {
        Self {
            node,
            known: BTreeMap::new(),
        }
    }

    /// Learns of a set.
    pub fn insert(&mut self, set: ValidatorSet) {
        self.known.insert(set.hash(), set);
    }

    /// A set; none when nobody knows it.
    ///
    /// # Errors
    /// As [`validator_set`].
    pub async fn find(&mut self, hash: SetHash) -> Result<Option<ValidatorSet>> {
        if let Some(set) = self.known.get(&hash) {
            return Ok(Some(set.clone()));
        }
        let Some(node) = &self.node else {
            return Ok(None);
        };
        let set = validator_set(node, hash).await?;
        self.insert(set.clone());
        Ok(Some(set))
    }
}
