//! What the acts share: the network, L1, the contracts, the cast, and how they are told.

use super::Options;
use super::books::Books;
use super::cast::{ACCOUNTS, Cast};
use super::ledger::Ledger;
use super::network::DaNetwork;
use crate::{Error, Result, Rollup, verify};
use alloy::primitives::{B256, U256};
use alloy::providers::Provider as _;
use chain::{CheckedGenesis, Genesis};
use commitments::{Setup, Threads};
use l1::accounts::{TEST_PHRASE, derive, wei_of_ether};
use l1::server::{L1, now};
use l1::{Chain, Genesis as L1Genesis};
use settlement::Wei;
use settlement::batch::{self, Attestors, CertifiedRows, Place};
use settlement::client::{L1Client, Mined};
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use types::{BlobMode, Namespace};

/// What everybody owns at first.
const FUNDS_ETHER: u64 = 10_000;
/// How long an L1 may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which L1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum L1Choice {
    /// Ours, in this process.
    Embedded,
    /// Foundry's, this program.
    Anvil(PathBuf),
}

enum Layer1 {
    Embedded(L1),
    Anvil(Child),
}

/// The stage.
pub(crate) struct Stage<'a> {
    pub(crate) told: &'a mut (dyn FnMut(&str) + Send),
    pub(crate) da: DaNetwork,
    pub(crate) client: L1Client,
    pub(crate) cast: Cast,
    pub(crate) setup: &'static Setup,
    pub(crate) possessions: Genesis,
    pub(crate) genesis: CheckedGenesis,
    pub(crate) namespace: Namespace,
    pub(crate) attestors: Attestors,
    pub(crate) books: Books,
    pub(crate) ledger: Ledger,
    /// Where everything stands, once it does.
    deployment: Option<Arc<Deployment>>,
    /// The validators' ids on L1, in the order of their nodes, once they are bonded.
    validators: Vec<B256>,
    layer1: Layer1,
    url: String,
    folder: TempDir,
}

impl<'a> Stage<'a> {
    /// Starts L1 and the DA network, which keeps blobs for so many days.
    pub(crate) async fn set_up(
        options: &Options,
        retention_days: u64,
        told: &'a mut (dyn FnMut(&str) + Send),
    ) -> Result<Self> {
        let failed = |what| {
            move |error: &dyn std::fmt::Display| Error::Stage {
                what,
                reason: error.to_string(),
            }
        };
        let folder = TempDir::with_prefix("assay-demo-")
            .map_err(|error| failed("a temporary folder")(&error))?;
        let setup = tokio::task::spawn_blocking(Setup::ceremony)
            .await
            .map_err(|error| Error::Cancelled(error.to_string()))??;
        let (layer1, client, url) = Layer1::start(&options.l1).await?;
        let cast = Cast::new(&client)?;
        let da = DaNetwork::start(
            &options.programs,
            &folder.path().join("network"),
            retention_days,
        )
        .await?;
        let possessions = da.genesis()?;
        let genesis = possessions.clone().check()?;
        let ledger = Ledger::begin(&client, &cast.addresses()).await?;
        Ok(Self {
            told,
            da,
            setup,
            attestors: Attestors::new(vec![cast.attestor.signer().clone()]),
            cast,
            client,
            possessions,
            genesis,
            namespace: "demonstration".parse()?,
            books: Books::default(),
            ledger,
            deployment: None,
            validators: Vec::new(),
            layer1,
            url,
            folder,
        })
    }

    /// Says a line.
    pub(crate) fn tell(&mut self, line: impl AsRef<str>) {
        (self.told)(line.as_ref());
    }

    /// Where L1 answers.
    pub(crate) fn l1_url(&self) -> &str {
        &self.url
    }

    /// The folder of everything.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where files of the cast are kept.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// From now on the contracts stand.
    pub(crate) fn stands(&mut self, deployment: Deployment) {
        self.deployment = Some(Arc::new(deployment));
    }

    /// Where everything stands.
    pub(crate) fn deployment(&self) -> Result<Arc<Deployment>> {
        self.deployment.clone().ok_or(Error::Stage {
            what: "the rollup",
            reason: "it is not deployed yet".to_owned(),
        })
    }

    /// From now on the next node's validator has a stake under this id.
    pub(crate) fn bonded(&mut self, validator: B256) {
        self.validators.push(validator);
    }

    /// The id of a node's validator.
    pub(crate) fn validator(&self, node: usize) -> Result<B256> {
        self.validators.get(node).copied().ok_or(Error::Stage {
            what: "the validators",
            reason: format!("that of node {node} is not bonded"),
        })
    }

    /// Lets so many seconds pass on L1, at the end of which gas costs a gwei: blocks that are
    /// nearly empty make it cheaper and cheaper.
    pub(crate) async fn pass(&mut self, seconds: u64) -> Result<()> {
        pass(&self.client, seconds).await
    }

    /// Posts the books of the tree off L1 to the DA network, waits until they are certified and
    /// ordered, and says so.
    pub(crate) async fn post(&mut self, books: &Books) -> Result<CertifiedRows> {
        let (chain, set) = (self.genesis.chain_id(), self.genesis.validators().clone());
        let rollup = Rollup::connect(self.da.endpoint(0)?, chain, set).await?;
        let payload = books.state();
        let threads = Threads::available()?;
        let meta = verify::describe(
            self.setup,
            &threads,
            self.namespace,
            BlobMode::Packed,
            &payload,
        )?;
        let (_, rows) = erasure::payload_to_rows(BlobMode::Packed, &payload)?;
        let id = rollup.submit(self.namespace, payload).await?;
        let certificate = rollup.await_certificate(id).await?;
        let ordered = rollup.await_final(id).await?;
        self.tell(format!(
            "      DA network: blob {:.12}…, signed by weight {} of {}, in block #{}",
            id.to_string(),
            certificate.signed_weight(),
            self.genesis.validators().total_weight(),
            ordered.height(),
        ));
        Ok(CertifiedRows {
            meta,
            certificate: certificate.to_unverified(),
            rows,
        })
    }

    /// Submits a batch that makes the books these, and says what it took.
    pub(crate) async fn submit(
        &mut self,
        next: &Books,
        da: &CertifiedRows,
        traffic: Traffic,
    ) -> Result<(u64, Mined)> {
        let d = self.deployment()?;
        let newest = self
            .client
            .view(d.rollup, &abi::Rollup::newestBatchCall {})
            .await?;
        let prior = abi::Rollup::batchAtCall { number: newest };
        let prior = self.client.view(d.rollup, &prior).await?.roots;
        let roots = next.roots();
        let digest = roots.onL1.wrapping_add(roots.offL1) >> 2_usize;
        let place = Place {
            l1_chain: self.client.chain_id(),
            rollup: d.rollup,
            number: newest + 1,
            digest,
            prior: &prior,
            next: &roots,
        };
        let mut submission = batch::draft(roots.clone(), digest);
        submission.onOperations = traffic.on;
        submission.offOperations = traffic.off;
        submission.withdrawals = traffic.withdrawals;
        submission.elements = next.elements();
        // Some tens of milliseconds of computing.
        tokio::task::block_in_place(|| {
            batch::attach(self.setup, &place, &mut submission, &[], Some(da))
        })?;
        let rows = da.meta.rows();
        self.attestors
            .prove_batch(&self.client, &d, &place, &mut submission, rows)
            .await?;
        let call = abi::Rollup::submitBatchCall { submission };
        let mined = self.cast.operator.call(d.rollup, &call).await?;
        self.books = next.clone();
        Ok((newest + 1, mined))
    }

    /// Ends every part.
    pub(crate) async fn clear(self) {
        self.da.stop().await;
        self.layer1.stop().await;
    }
}

/// Lets so many seconds pass on an L1, and makes a block in which gas costs a gwei.
pub(crate) async fn pass(client: &L1Client, seconds: u64) -> Result<()> {
    let provider = client.provider();
    let failed = |error: &dyn std::fmt::Display| Error::Stage {
        what: "time travel",
        reason: error.to_string(),
    };
    if seconds > 0 {
        provider
            .raw_request::<_, serde_json::Value>("evm_increaseTime".into(), [seconds])
            .await
            .map_err(|error| failed(&error))?;
    }
    provider
        .raw_request::<_, serde_json::Value>(
            "anvil_setNextBlockBaseFeePerGas".into(),
            [U256::from(Wei::PER_GWEI)],
        )
        .await
        .map_err(|error| failed(&error))?;
    provider
        .raw_request::<_, serde_json::Value>("evm_mine".into(), ())
        .await
        .map_err(|error| failed(&error))?;
    Ok(())
}

/// What goes in and out with a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    pub(crate) on: Vec<abi::Operation>,
    pub(crate) off: Vec<abi::Operation>,
    pub(crate) withdrawals: Vec<abi::Withdrawal>,
}

impl Layer1 {
    async fn start(choice: &L1Choice) -> Result<(Self, L1Client, String)> {
        match choice {
            L1Choice::Embedded => {
                let keys = derive(TEST_PHRASE, ACCOUNTS)?;
                let accounts: Vec<_> = keys.iter().map(|key| key.address()).collect();
                let funds: U256 = wei_of_ether(FUNDS_ETHER);
                let genesis = L1Genesis::new(now()).with_balances(&accounts, funds);
                let l1 = L1::serve(Chain::new(&genesis)?, l1::server::Options::default()).await?;
                let url = l1.http_url();
                let client = L1Client::connect(&url).await?;
                Ok((Self::Embedded(l1), client, url))
            }
            L1Choice::Anvil(program) => {
                let (child, port) = anvil(program)?;
                let url = format!("http://127.0.0.1:{port}");
                let begun = tokio::time::Instant::now();
                loop {
                    match L1Client::connect(&url).await {
                        Ok(client) => return Ok((Self::Anvil(child), client, url)),
                        Err(error) if begun.elapsed() > PATIENCE => return Err(error.into()),
                        Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                    }
                }
            }
        }
    }

    async fn stop(self) {
        match self {
            Self::Embedded(l1) => l1.stop().await,
            // Dropping it would do; waiting leaves no zombie.
            Self::Anvil(mut child) => drop(child.kill().await),
        }
    }
}

fn anvil(program: &Path) -> Result<(Child, u16)> {
    let failed = |reason: String| Error::Process {
        program: program.to_owned(),
        reason,
    };
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let port = free.map_err(|error| failed(error.to_string()))?.port();
    let child = Command::new(program)
        .args([
            "--silent",
            "--hardfork",
            "osaka",
            "--port",
            &port.to_string(),
        ])
        .args(["--accounts", &ACCOUNTS.to_string()])
        .args(["--balance", &FUNDS_ETHER.to_string()])
        .args(["--mnemonic", TEST_PHRASE])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    Ok((child, port))
}
