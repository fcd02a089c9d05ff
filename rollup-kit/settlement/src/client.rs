//! L1 through any node's JSON-RPC, and accounts that send one transaction after the other.

mod account;
mod mined;

pub use account::Account;
pub use mined::{Head, Mined};

use crate::contracts::Revert;
use crate::transaction::{Call, Fees, RawTransaction};
use crate::{Error, Gas, L1Time, Result, Wei};
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::{Ethereum, TransactionBuilder as _, TransactionBuilder4844 as _};
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{Provider, RootProvider};
use alloy::rpc::types::{Filter, Log, TransactionRequest};
use alloy::sol_types::{SolCall, SolEvent};
use alloy::transports::{RpcError, TransportErrorKind};

type RpcFault = RpcError<TransportErrorKind>;

/// Most gas of a transaction (EIP-7825).
const MAX_GAS: u64 = 1 << 24;

/// An L1 node.
#[derive(Debug, Clone)]
pub struct L1Client {
    provider: RootProvider<Ethereum>,
    chain_id: u64,
}

impl L1Client {
    /// Connects to a node, `http://HOST:PORT`, and asks for its chain.
    ///
    /// # Errors
    /// [`Error::Config`] for what is no URL, [`Error::Transport`] when nobody answers.
    pub async fn connect(url: &str) -> Result<Self> {
        let parsed = url.parse().map_err(|_| Error::Config {
            what: "L1 endpoint",
            got: url.to_owned(),
            expected: "http://HOST:PORT".to_owned(),
        })?;
        let provider = RootProvider::new_http(parsed);
        let chain_id = provider
            .get_chain_id()
            .await
            .map_err(|error| transport("eth_chainId", &error))?;
        Ok(Self { provider, chain_id })
    }

    /// The L1 chain's id (EIP-155).
    #[must_use]
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Holds the node to a chain.
    ///
    /// # Errors
    /// [`Error::WrongL1`].
    pub const fn require_chain(&self, expected: u64) -> Result<()> {
        if self.chain_id == expected {
            Ok(())
        } else {
            Err(Error::WrongL1 {
                got: self.chain_id,
                expected,
            })
        }
    }

    /// The node's own interface, for what is not here: time travel and the like.
    #[must_use]
    pub const fn provider(&self) -> &RootProvider<Ethereum> {
        &self.provider
    }

    /// The newest block.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn head(&self) -> Result<Head> {
        let newest = self.block(BlockNumberOrTag::Latest).await?;
        newest.ok_or_else(|| Error::View {
            what: "newest block",
            reason: "there is none".to_owned(),
        })
    }

    /// A block; none where the chain has none.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn block(&self, which: impl Into<BlockNumberOrTag>) -> Result<Option<Head>> {
        let block = self
            .provider
            .get_block_by_number(which.into())
            .await
            .map_err(|error| transport("eth_getBlockByNumber", &error))?;
        let Some(block) = block else {
            return Ok(None);
        };
        let blob_base_fee = self
            .provider
            .get_blob_base_fee()
            .await
            .map_err(|error| transport("eth_blobBaseFee", &error))?;
        Ok(Some(Head {
            number: block.header.number,
            hash: block.header.hash,
            time: L1Time::new(block.header.timestamp),
            base_fee: Wei::new(u128::from(block.header.base_fee_per_gas.unwrap_or(0))),
            blob_base_fee: Wei::new(blob_base_fee),
        }))
    }

    /// Asks a contract, as of a block.
    ///
    /// # Errors
    /// [`Error::Reverted`], [`Error::Transport`], or [`Error::View`] for an answer of another
    /// form.
    pub async fn view_at<C: SolCall>(
        &self,
        to: Address,
        call: &C,
        at: BlockId,
    ) -> Result<C::Return> {
        self.view_from(Address::ZERO, to, call, at).await
    }

    /// Asks a contract in the name of another.
    ///
    /// # Errors
    /// As [`Self::view_at`].
    pub async fn view_from<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        call: &C,
        at: BlockId,
    ) -> Result<C::Return> {
        let request = TransactionRequest::default()
            .with_from(from)
            .with_to(to)
            .with_input(call.abi_encode());
        let output = self
            .provider
            .call(request)
            .block(at)
            .await
            .map_err(|error| refused(C::SIGNATURE, &error))?;
        C::abi_decode_returns(&output).map_err(|error| Error::View {
            what: C::SIGNATURE,
            reason: error.to_string(),
        })
    }

    /// Asks a contract as of the newest block.
    ///
    /// # Errors
    /// As [`Self::view_at`].
    pub async fn view<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        self.view_at(to, call, BlockId::latest()).await
    }

    /// Events of a kind from a contract, in blocks `from..=to`, with the logs that said so.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn events<E: SolEvent>(
        &self,
        contract: Address,
        from: u64,
        to: u64,
    ) -> Result<Vec<(E, Log)>> {
        let filter = Filter::new()
            .address(contract)
            .event_signature(E::SIGNATURE_HASH)
            .from_block(from)
            .to_block(to);
        self.found(&filter).await
    }

    async fn found<E: SolEvent>(&self, filter: &Filter) -> Result<Vec<(E, Log)>> {
        let logs = self
            .provider
            .get_logs(filter)
            .await
            .map_err(|error| transport("eth_getLogs", &error))?;
        logs.into_iter()
            .map(|log| match E::decode_log(&log.inner) {
                Ok(event) => Ok((event.data, log)),
                Err(error) => Err(Error::View {
                    what: E::SIGNATURE,
                    reason: error.to_string(),
                }),
            })
            .collect()
    }

    /// The newest event of a kind whose first indexed argument is this, from a block on.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn indexed_event<E: SolEvent>(
        &self,
        contract: Address,
        from: u64,
        argument: B256,
    ) -> Result<Option<Log>> {
        let filter = Filter::new()
            .address(contract)
            .event_signature(E::SIGNATURE_HASH)
            .topic1(argument)
            .from_block(from);
        let logs = self
            .provider
            .get_logs(&filter)
            .await
            .map_err(|error| transport("eth_getLogs", &error))?;
        Ok(logs.into_iter().last())
    }

    /// What an address owns.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn balance(&self, of: Address) -> Result<Wei> {
        self.balance_at(of, BlockId::latest()).await
    }

    /// What an address owned after a block.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn balance_at(&self, of: Address, at: BlockId) -> Result<Wei> {
        let balance = self.provider.get_balance(of).block_id(at).await;
        balance
            .map(Wei::from)
            .map_err(|error| transport("eth_getBalance", &error))
    }

    /// Whether there is code at an address.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn has_code(&self, at: Address) -> Result<bool> {
        self.had_code(at, BlockId::latest()).await
    }

    /// Whether there was code at an address as of a block.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn had_code(&self, at: Address, block: BlockId) -> Result<bool> {
        let code = self.provider.get_code_at(at).block_id(block).await;
        code.map(|code| !code.is_empty())
            .map_err(|error| transport("eth_getCode", &error))
    }

    /// How many transactions of an account are in blocks up to `at`: its next nonce.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn nonce(&self, of: Address, at: BlockId) -> Result<u64> {
        let count = self.provider.get_transaction_count(of).block_id(at).await;
        count.map_err(|error| transport("eth_getTransactionCount", &error))
    }

    /// Hands a node a transaction. One that it has already is no error.
    ///
    /// # Errors
    /// [`Error::Refused`] with the node's words, [`Error::Transport`].
    pub async fn send(&self, what: &'static str, raw: &RawTransaction) -> Result<()> {
        match self.provider.send_raw_transaction(&raw.bytes).await {
            Ok(_) => Ok(()),
            Err(error) => match refused(what, &error) {
                Error::Refused { reason, .. } if is_known(&reason) => Ok(()),
                error => Err(error),
            },
        }
    }

    /// A transaction, if it is in a block.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn mined(&self, hash: B256) -> Result<Option<Mined>> {
        let receipt = self.provider.get_transaction_receipt(hash).await;
        receipt
            .map(|receipt| receipt.map(Mined::from))
            .map_err(|error| transport("eth_getTransactionReceipt", &error))
    }

    /// The calldata of a transaction; none for one that the node does not have.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn calldata(&self, hash: B256) -> Result<Option<Bytes>> {
        use alloy::consensus::Transaction as _;
        let found = self.provider.get_transaction_by_hash(hash).await;
        found
            .map(|found| found.map(|tx| tx.input().clone()))
            .map_err(|error| transport("eth_getTransactionByHash", &error))
    }

    /// Gas that a call takes as of now, and a fifth more, at most what a transaction may have.
    ///
    /// # Errors
    /// [`Error::Reverted`] when it would fail, [`Error::Transport`].
    pub async fn estimate(&self, from: Address, call: &Call, fees: Fees) -> Result<Gas> {
        // With prices: contracts that go by BASEFEE and BLOBBASEFEE see none otherwise.
        let mut request = TransactionRequest::default()
            .with_max_fee_per_gas(fees.most.get())
            .with_max_priority_fee_per_gas(fees.tip.get())
            .with_from(from)
            .with_value(call.value.into())
            .with_input(call.input.clone());
        match call.to {
            Some(to) => request.set_to(to),
            None => request.set_create(),
        }
        if let Some(rows) = &call.blobs {
            request.blob_versioned_hashes = Some(rows.versioned_hashes());
            request.set_max_fee_per_blob_gas(fees.blob.get());
        }
        let gas = self
            .provider
            .estimate_gas(request)
            .await
            .map_err(|error| refused(call.what, &error))?;
        Ok(Gas::new((gas + gas / 5).min(MAX_GAS)))
    }
}

/// What nodes say of a transaction that they have.
fn is_known(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["already known", "already imported", "known transaction"]
        .iter()
        .any(|known| reason.contains(known))
}

fn transport(what: &'static str, error: &RpcFault) -> Error {
    Error::Transport {
        what,
        reason: error.to_string(),
    }
}

/// Tells a contract's refusal from the node's, and both from silence.
fn refused(what: &'static str, error: &RpcFault) -> Error {
    let Some(payload) = error.as_error_resp() else {
        return transport(what, error);
    };
    match payload.as_revert_data() {
        Some(data) => Error::Reverted {
            what,
            reason: Revert::read(data).to_string(),
        },
        None if payload.message.contains("revert") => Error::Reverted {
            what,
            reason: payload.message.to_string(),
        },
        None => Error::Refused {
            what,
            reason: payload.message.to_string(),
        },
    }
}
