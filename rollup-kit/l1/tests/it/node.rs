//! A node to test: the embedded chain, or anvil.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alloy::eips::BlockId;
use alloy::network::{Ethereum, EthereumWallet, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes, U64, U256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::signers::local::PrivateKeySigner;
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Mining, Options, now};
use l1::{Chain, Genesis};

/// What each account has at first: 10,000 ether.
pub fn wealth() -> U256 {
    U256::from(10_000) * U256::from(10).pow(U256::from(18))
}

enum Running {
    Embedded(#[expect(dead_code, reason = "stops when it is dropped")] L1),
    Anvil(Child),
}

/// A node that runs, and the keys of its rich accounts.
pub struct Node {
    running: Running,
    url: String,
    pub keys: Vec<PrivateKeySigner>,
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
    pub async fn embedded() -> Self {
        Self::embedded_with(Options::default()).await
    }

    pub async fn embedded_with(options: Options) -> Self {
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
    pub async fn embedded_manual() -> Self {
        Self::embedded_with(Options {
            mining: Mining::Manual,
            ..Options::default()
        })
        .await
    }

    /// The anvil that `ASSAY_ANVIL` names, on a free port.
    pub async fn anvil() -> Self {
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

    pub fn is_embedded(&self) -> bool {
        matches!(self.running, Running::Embedded(_))
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn address(&self, account: usize) -> Address {
        self.keys[account].address()
    }

    /// A client that signs for an account.
    pub fn client(&self, account: usize) -> DynProvider<Ethereum> {
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
    pub fn raw(&self) -> DynProvider<Ethereum> {
        ProviderBuilder::new()
            .disable_recommended_fillers()
            .connect_http(self.url.parse().unwrap())
            .erased()
    }

    pub async fn mine(&self) {
        let answer: String = self
            .raw()
            .client()
            .request_noparams("evm_mine")
            .await
            .unwrap();
        assert_eq!(answer, "0x0");
    }

    /// Moves time by so many seconds, and mines a block there.
    pub async fn warp(&self, seconds: u64) {
        let _: serde_json::Value = self
            .raw()
            .client()
            .request("evm_increaseTime", (U64::from(seconds),))
            .await
            .unwrap();
        self.mine().await;
    }

    /// Deploys code; where it is.
    pub async fn deploy(&self, initcode: impl Into<Bytes>) -> Address {
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
    pub async fn send(&self, account: usize, request: TransactionRequest) -> TransactionReceipt {
        let pending = self
            .client(account)
            .send_transaction(request)
            .await
            .unwrap();
        pending.get_receipt().await.unwrap()
    }

    pub async fn slot(&self, contract: Address, slot: u64, at: BlockId) -> B256 {
        let value = self
            .raw()
            .get_storage_at(contract, U256::from(slot))
            .block_id(at)
            .await
            .unwrap();
        B256::from(value)
    }
}
