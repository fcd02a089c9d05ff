//! A node to test: the embedded chain, or anvil.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alloy::eips::BlockId;
use alloy::eips::eip2718::Encodable2718;
use alloy::network::{Ethereum, EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::types::{Block, TransactionReceipt, TransactionRequest};
use alloy::signers::local::PrivateKeySigner;
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Mining, Options, now};
use l1::{Chain, Genesis};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Code that deploys `runtime`, of at most 32 bytes.
pub(crate) fn initcode(runtime: &[u8]) -> Bytes {
    let length = u8::try_from(runtime.len()).unwrap();
    // PUSHn runtime, MSTORE at 0, RETURN its last n bytes.
    let mut code = vec![0x5f + length];
    code.extend(runtime);
    code.extend([0x5f, 0x52, 0x60, length, 0x60, 32 - length, 0xf3]);
    code.into()
}

/// What each account has at first: 10,000 ether.
pub(crate) fn wealth() -> U256 {
    U256::from(10_000) * U256::from(10).pow(U256::from(18))
}

enum Running {
    Embedded(#[expect(dead_code, reason = "stops when it is dropped")] L1),
    Anvil(Child),
}

/// A node that runs, and the keys of its rich accounts.
pub(crate) struct Node {
    running: Running,
    url: String,
    pub(crate) keys: Vec<PrivateKeySigner>,
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Running::Anvil(child) = &mut self.running {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Node {
    /// The embedded chain on a free port, a block for each transaction.
    pub(crate) async fn embedded() -> Self {
        Self::embedded_with(Options::default()).await
    }

    pub(crate) async fn embedded_with(options: Options) -> Self {
        let keys = derive(TEST_PHRASE, 10).unwrap();
        let accounts: Vec<_> = keys.iter().map(PrivateKeySigner::address).collect();
        let genesis = Genesis::new(now()).with_balances(&accounts, wealth());
        let l1 = L1::serve(Chain::new(&genesis).unwrap(), options)
            .await
            .unwrap();
        Self {
            url: l1.http_url(),
            running: Running::Embedded(l1),
            keys,
        }
    }

    /// Blocks only when a test says so.
    pub(crate) async fn embedded_manual() -> Self {
        Self::embedded_with(Options {
            mining: Mining::Manual,
            ..Options::default()
        })
        .await
    }

    /// The anvil that `ASSAY_ANVIL` names, on a free port.
    pub(crate) async fn anvil() -> Self {
        let binary = std::env::var_os("ASSAY_ANVIL").expect("ASSAY_ANVIL names anvil's binary");
        let mut child = Command::new(binary)
            .args(["--port", "0", "--hardfork", "osaka"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| Some(line.unwrap().strip_prefix("Listening on ")?.to_owned()))
            .expect("anvil says where it listens");
        // What it prints later must go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            running: Running::Anvil(child),
            url: format!("http://{address}"),
            keys: derive(TEST_PHRASE, 10).unwrap(),
        }
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.running, Running::Embedded(_))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn address(&self, account: usize) -> Address {
        self.keys[account].address()
    }

    /// A client that signs for an account.
    pub(crate) fn client(&self, account: usize) -> DynProvider<Ethereum> {
        let wallet = EthereumWallet::from(self.keys[account].clone());
        let provider = ProviderBuilder::new()
            .wallet(wallet)
            .connect_http(self.url.parse().unwrap());
        provider
            .client()
            .set_poll_interval(Duration::from_millis(10));
        provider.erased()
    }

    /// A client that fills nothing in, and signs nothing.
    pub(crate) fn raw(&self) -> DynProvider<Ethereum> {
        ProviderBuilder::new()
            .disable_recommended_fillers()
            .connect_http(self.url.parse().unwrap())
            .erased()
    }

    pub(crate) async fn mine(&self) {
        let answer: String = self
            .raw()
            .client()
            .request_noparams("evm_mine")
            .await
            .unwrap();
        assert_eq!(answer, "0x0");
    }

    /// Moves time by so many seconds, and mines a block there.
    pub(crate) async fn warp(&self, seconds: u64) {
        let _: Value = self.ask("evm_increaseTime", json!([seconds])).await;
        self.mine().await;
    }

    /// Deploys code; where it is.
    pub(crate) async fn deploy(&self, initcode: impl Into<Bytes>) -> Address {
        let receipt = self
            .send(
                0,
                TransactionRequest::default().with_deploy_code(initcode.into()),
            )
            .await;
        assert!(receipt.status(), "deployment failed");
        receipt.contract_address.unwrap()
    }

    /// Sends a transaction and waits for its block.
    pub(crate) async fn send(
        &self,
        account: usize,
        request: TransactionRequest,
    ) -> TransactionReceipt {
        let pending = self
            .client(account)
            .send_transaction(request)
            .await
            .unwrap();
        pending.get_receipt().await.unwrap()
    }

    /// A transaction with everything in it, so that nothing has to be asked for: 1 ether of value
    /// nowhere, and prices far above the first block's.
    pub(crate) fn request(&self, account: usize, nonce: u64) -> TransactionRequest {
        TransactionRequest::default()
            .with_from(self.address(account))
            .with_to(self.address(9))
            .with_nonce(nonce)
            .with_chain_id(31337)
            .with_gas_limit(21_000)
            .with_max_fee_per_gas(10_000_000_000)
            .with_max_priority_fee_per_gas(1_000_000_000)
    }

    /// Signs a transaction; its bytes.
    pub(crate) async fn sign(&self, account: usize, request: TransactionRequest) -> Vec<u8> {
        let wallet = EthereumWallet::from(self.keys[account].clone());
        request.build(&wallet).await.unwrap().encoded_2718()
    }

    /// Hands a signed transaction in; its hash, or the code and text of the refusal.
    pub(crate) async fn hand_in(&self, bytes: &[u8]) -> Result<B256, (i64, String)> {
        match self.raw().send_raw_transaction(bytes).await {
            Ok(pending) => Ok(*pending.tx_hash()),
            Err(error) => {
                let payload = error.as_error_resp().unwrap();
                Err((payload.code, payload.message.to_string()))
            }
        }
    }

    /// Signs and hands in.
    pub(crate) async fn try_send(
        &self,
        account: usize,
        request: TransactionRequest,
    ) -> Result<B256, (i64, String)> {
        self.hand_in(&self.sign(account, request).await).await
    }

    /// A method by its name.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> T {
        self.try_ask(method, params).await.unwrap()
    }

    pub(crate) async fn try_ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, (i64, String)> {
        let answer: Result<Value, _> = self.raw().client().request(method, params).await;
        match answer {
            Ok(value) => Ok(serde_json::from_value(value).unwrap()),
            Err(error) => {
                let payload = error.as_error_resp().unwrap_or_else(|| panic!("{error}"));
                Err((payload.code, payload.message.to_string()))
            }
        }
    }

    pub(crate) async fn head(&self) -> Block {
        self.raw()
            .get_block(BlockId::latest())
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn receipt(&self, hash: B256) -> Option<TransactionReceipt> {
        self.raw().get_transaction_receipt(hash).await.unwrap()
    }

    /// The receipt, once there is one: anvil mines after it has answered.
    pub(crate) async fn mined(&self, hash: B256) -> TransactionReceipt {
        loop {
            if let Some(receipt) = self.receipt(hash).await {
                return receipt;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn slot(&self, contract: Address, slot: u64, at: BlockId) -> B256 {
        let value = self
            .raw()
            .get_storage_at(contract, U256::from(slot))
            .block_id(at)
            .await
            .unwrap();
        B256::from(value)
    }
}
