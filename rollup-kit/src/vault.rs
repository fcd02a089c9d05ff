//! What the vault owes on L1: what is ready, and what the circuit breaker delays.

use alloy::primitives::U256;
use ledger::TokenId;
use serde::Serialize;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::{Deployment, Terms};
use settlement::{Address, Error, Result, Wei};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// Delayed payments that are asked for at once.
const AT_ONCE: usize = 16;

/// The rollup's vault, and who sends and pays.
#[derive(Debug)]
pub struct Vault<'a> {
    account: &'a Account,
    deployment: &'a Deployment,
}

/// What became of an owner's delayed payments.
#[derive(Debug, Default)]
pub struct Release {
    /// How many were released.
    pub released: u64,
    /// What waits still.
    pub waiting: Vec<Waiting>,
    /// Why others were not released.
    pub failed: Vec<Error>,
}

/// What was fetched, token by token.
#[derive(Debug, Default)]
pub struct Fetching {
    /// Tokens with their amounts: those that were asked for, and others of which something was
    /// ready.
    pub fetched: Vec<(u16, Wei)>,
    /// Why others were not fetched.
    pub failed: Vec<Error>,
}

/// A payment that the breaker delays: `contracts/src/governance/Breaker.sol`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The token's contract; zero for ETH.
    token: Address,
    /// In its smallest unit.
    amount: String,
    /// From when on it can be released, Unix seconds.
    ready_at: u64,
}

impl<'a> Vault<'a> {
    /// This rollup's, for this account.
    #[must_use]
    pub const fn new(account: &'a Account, deployment: &'a Deployment) -> Self {
        Self {
            account,
            deployment,
        }
    }

    /// Releases an owner's payments whose delay is over. Anybody may. One that fails keeps no other
    /// back.
    ///
    /// # Errors
    /// [`Error::Transport`] when L1 does not tell which there are.
    pub async fn release(&self, owner: Address) -> Result<Release> {
        let now = self.account.client().head().await?.time.get();
        let mut release = Release::default();
        for (id, payment) in self.delayed().await? {
            if payment.owner != owner {
                continue;
            }
            if now < payment.readyAt {
                release.waiting.push(Waiting {
                    token: payment.token,
                    amount: payment.amount.to_string(),
                    ready_at: payment.readyAt,
                });
                continue;
            }
            let call = abi::Vault::releaseCall { id: U256::from(id) };
            match self.account.call(self.deployment.vault, &call).await {
                Ok(_) => release.released += 1,
                // Somebody else has released it meanwhile.
                Err(Error::Reverted { reason, .. }) if reason.starts_with("NotDelayed") => {}
                Err(error) => release.failed.push(error),
            }
        }
        Ok(release)
    }

    /// Payments that were not released, by their ids. They are asked for one by one: nodes give
    /// logs of some thousand blocks at a time, and a vault is older.
    async fn delayed(&self) -> Result<BTreeMap<u64, abi::Vault::delayedReturn>> {
        let (client, vault) = (self.account.client(), self.deployment.vault);
        let count = client.view(vault, &abi::Vault::delayedCountCall {}).await?;
        let mut asked = JoinSet::new();
        let mut delayed = BTreeMap::new();
        let mut ids = 0..count.saturating_to::<u64>();
        loop {
            let room = AT_ONCE.saturating_sub(asked.len());
            for id in ids.by_ref().take(room) {
                let client = client.clone();
                asked.spawn(async move {
                    let call = abi::Vault::delayedCall { id: U256::from(id) };
                    client.view(vault, &call).await.map(|payment| (id, payment))
                });
            }
            let Some(answer) = asked.join_next().await else {
                return Ok(delayed);
            };
            let (id, payment) = answer.map_err(|error| Error::Cancelled(error.to_string()))??;
            // Nothing is left of one that was released.
            if payment.amount > 0 {
                delayed.insert(id, payment);
            }
        }
    }

    /// Fetches what is ready for the account itself, of every token. One that fails keeps no other
    /// back. Of the tokens named here it says also that nothing was ready.
    pub async fn fetch_all(&self, named: &BTreeSet<u16>) -> Fetching {
        let mut fetching = Fetching::default();
        for id in 0..Terms::MOST_TOKENS {
            let token = match self.token(id).await {
                Ok(Some(token)) => token,
                Ok(None) => break,
                Err(error) => {
                    fetching.failed.push(error);
                    break;
                }
            };
            match self.fetch(token).await {
                Ok(amount) if amount > Wei::ZERO || named.contains(&id) => {
                    fetching.fetched.push((id, amount));
                }
                Ok(_) => {}
                Err(error) => fetching.failed.push(error),
            }
        }
        fetching
    }

    /// A token's contract; none for one that is not listed.
    async fn token(&self, id: u16) -> Result<Option<Address>> {
        if id == TokenId::ETH.get() {
            return Ok(Some(Address::ZERO));
        }
        let get = abi::TokenList::getCall { id };
        let listed = self.account.client().view(self.deployment.tokens, &get);
        match listed.await {
            Ok(terms) => Ok(Some(terms.token)),
            Err(Error::Reverted { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self, token: Address) -> Result<Wei> {
        let (client, vault) = (self.account.client(), self.deployment.vault);
        let owner = self.account.address();
        let ready = abi::Vault::readyCall { owner, token };
        let amount: Wei = client.view(vault, &ready).await?.into();
        if amount > Wei::ZERO {
            let call = abi::Vault::fetchCall { token, to: owner };
            self.account.call(vault, &call).await?;
        }
        Ok(amount)
    }
}
