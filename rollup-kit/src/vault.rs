//! What the vault owes on L1: what is ready, and what the circuit breaker delays.

use ledger::TokenId;
use serde::Serialize;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::{Address, Result, Wei};

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
}

/// A payment that the breaker delays: `contracts/src/governance/Breaker.sol`.
#[derive(Debug, Serialize)]
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

    /// Releases an owner's payments whose delay is over. Anybody may.
    ///
    /// # Errors
    /// What L1 refuses.
    pub async fn release(&self, owner: Address) -> Result<Release> {
        let (client, at) = (self.account.client(), self.deployment.vault);
        let first = self.deployment.first_block;
        let delayed = client
            .events_about::<abi::Vault::DelayedUntil>(at, first, owner.into_word())
            .await?;
        let now = client.head().await?.time.get();
        let mut release = Release::default();
        for event in delayed {
            let payment = abi::Vault::delayedCall { id: event.id };
            let payment = client.view(at, &payment).await?;
            if payment.amount == 0 {
                // Released before.
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
            let call = abi::Vault::releaseCall { id: event.id };
            self.account.call(at, &call).await?;
            release.released += 1;
        }
        Ok(release)
    }

    /// Fetches what is ready of a token, for the account itself; says how much.
    ///
    /// # Errors
    /// What L1 refuses.
    pub async fn fetch(&self, token: u16) -> Result<Wei> {
        let (client, deployment) = (self.account.client(), self.deployment);
        let mut at = Address::ZERO;
        if token != TokenId::ETH.get() {
            let get = abi::TokenList::getCall { id: token };
            at = client.view(deployment.tokens, &get).await?.token;
        }
        let owner = self.account.address();
        let ready = abi::Vault::readyCall { owner, token: at };
        let amount: Wei = client.view(deployment.vault, &ready).await?.into();
        if amount > Wei::ZERO {
            let call = abi::Vault::fetchCall {
                token: at,
                to: owner,
            };
            self.account.call(deployment.vault, &call).await?;
        }
        Ok(amount)
    }
}
