//! Accounts that send one transaction after the other.

use super::{L1Client, Mined};
use crate::transaction::{self, Call, Fees};
use crate::{Error, Result, Wei};
use alloy::eips::BlockId;
use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use std::time::Duration;

/// The pause between two looks for a receipt.
const POLL: Duration = Duration::from_millis(100);
/// How long an [`Account`] waits for its transaction.
const PATIENCE: Duration = Duration::from_secs(180);

/// An account that sends one transaction after the other and waits for each. It keeps nothing: a
/// process that is killed on the way does not know what it has sent, see `outbox` for one
/// that does.
#[derive(Debug, Clone)]
pub struct Account {
    client: L1Client,
    signer: PrivateKeySigner,
}

impl Account {
    /// Whoever holds this key.
    #[must_use]
    pub const fn new(client: L1Client, signer: PrivateKeySigner) -> Self {
        Self { client, signer }
    }

    /// Reads a key of 32 bytes in hexadecimal.
    ///
    /// # Errors
    /// [`Error::Key`]; the message does not repeat the secret.
    pub fn from_secret(client: L1Client, secret: &str) -> Result<Self> {
        let signer = secret.trim().parse().map_err(|_| Error::Key {
            what: "secret of an account of L1",
            reason: "not 32 bytes in hexadecimal".to_owned(),
        })?;
        Ok(Self::new(client, signer))
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.signer.address()
    }

    /// Its signer.
    #[must_use]
    pub const fn signer(&self) -> &PrivateKeySigner {
        &self.signer
    }

    /// The node that it uses.
    #[must_use]
    pub const fn client(&self) -> &L1Client {
        &self.client
    }

    /// Calls a function and waits until that is in a block.
    ///
    /// # Errors
    /// [`Error::Reverted`] when it fails, as an estimate or in its block; [`Error::NotMined`],
    /// [`Error::Refused`], [`Error::Transport`].
    pub async fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<Mined> {
        self.execute(&Call::of(to, call)).await
    }

    /// As [`Self::call`], paying so much.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn pay<C: SolCall>(&self, to: Address, call: &C, value: Wei) -> Result<Mined> {
        self.execute(&Call::of(to, call).paying(value)).await
    }

    /// Does what a call says and waits until that is in a block.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn execute(&self, call: &Call) -> Result<Mined> {
        let nonce = self
            .client
            .nonce(self.address(), BlockId::pending())
            .await?;
        self.execute_at(call, nonce).await
    }

    /// As [`Self::execute`], with a nonce of the caller's.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn execute_at(&self, call: &Call, nonce: u64) -> Result<Mined> {
        let head = self.client.head().await?;
        let fees = Fees::for_prices(head.base_fee, head.blob_base_fee);
        let gas = self.client.estimate(self.address(), call, fees).await?;
        let raw = transaction::sign(call, self.client.chain_id(), nonce, gas, fees, &self.signer)?;
        self.client.send(call.what, &raw).await?;
        let mined = self.await_mined(raw.hash).await?;
        if mined.succeeded {
            Ok(mined)
        } else {
            Err(Error::Reverted {
                what: call.what,
                reason: format!("in block {}, after {} gas", mined.block, mined.gas),
            })
        }
    }

    async fn await_mined(&self, hash: B256) -> Result<Mined> {
        let begun = tokio::time::Instant::now();
        loop {
            if let Some(mined) = self.client.mined(hash).await? {
                return Ok(mined);
            }
            let waited = begun.elapsed();
            if waited >= PATIENCE {
                return Err(Error::NotMined { hash, waited });
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
