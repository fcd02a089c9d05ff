//! A chain with one validator, which decides alone.

use bytes::Bytes;
use chain::{ChainParams, CheckedGenesis, Genesis, GenesisValidator, SigningKey, Weight};
use commitments::Threads;
use da_node::{Faults, Limits, Node, NodeConfig};
use net::Identity;
use proto::Submission;
use proto::client::{Client, ClientError};
use proto::v1::data_availability_client::DataAvailabilityClient;
use proto::v1::{ErrorDetail, ErrorReason};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use tonic::Code;
use tonic::transport::Channel;
use types::limits::ROW_BYTES;
use types::{BlobId, BlobMode, Namespace, PayloadLength, Timestamp};

/// Blocks as soon as there is data, hardly any when there is none.
pub(crate) fn params() -> ChainParams {
    ChainParams {
        block_interval_ms: 50,
        empty_block_interval_ms: 60_000,
        ..ChainParams::devnet()
    }
}

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::from_bytes(&[1; 32]).unwrap())
}

pub(crate) fn genesis(name: &str, params: ChainParams) -> CheckedGenesis {
    let genesis = Genesis {
        name: name.into(),
        time: Timestamp::new(1_700_000_000_000),
        validators: vec![GenesisValidator::new(&key(), Weight::new(10))],
        params,
    };
    genesis.check().unwrap()
}

fn threads() -> Arc<Threads> {
    static THREADS: OnceLock<Arc<Threads>> = OnceLock::new();
    Arc::clone(THREADS.get_or_init(|| Arc::new(Threads::available().unwrap())))
}

/// A configuration on free ports.
pub(crate) fn config(folder: &Path, genesis: CheckedGenesis) -> NodeConfig {
    NodeConfig {
        moniker: "test".into(),
        data_dir: folder.into(),
        genesis,
        checkpoint: None,
        validator_key: Some(key()),
        keep: da_node::Keep::default(),
        identity: Identity::from_bytes([2; 32]),
        p2p_listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
        p2p_bootstrap: Vec::new(),
        p2p_dispersers: Vec::new(),
        consensus_address: None,
        consensus_listen: "/ip4/127.0.0.1/tcp/0".into(),
        consensus_peers: Vec::new(),
        consensus_seed: [3; 32],
        grpc_listen: "127.0.0.1:0".parse().unwrap(),
        door: da_node::grpc::Door::default(),
        metrics_listen: None,
        threads: threads(),
        limits: Limits::default(),
        faults: Faults::default(),
        clock: NodeConfig::system_clock(),
    }
}

/// A running node with its folder and a client.
pub(crate) struct Fixture {
    pub(crate) node: Node,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::start_with(params(), Limits::default()).await
    }

    pub(crate) async fn start_with(params: ChainParams, limits: Limits) -> Self {
        let folder = TempDir::new().unwrap();
        let config = NodeConfig {
            limits,
            ..config(folder.path(), genesis("test", params))
        };
        Self::run(config, folder).await
    }

    pub(crate) async fn run(config: NodeConfig, folder: TempDir) -> Self {
        let node = Node::start(config).await.unwrap();
        let client = Client::connect(&endpoint(&node)).await.unwrap();
        Self {
            node,
            client,
            folder,
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        endpoint(&self.node)
    }

    /// A client without retries or checks of its own.
    pub(crate) async fn raw(&self) -> DataAvailabilityClient<Channel> {
        DataAvailabilityClient::connect(self.endpoint())
            .await
            .unwrap()
    }

    /// Posts a blob and waits until it is final.
    pub(crate) async fn post(&self, submission: &Submission, payload: &Bytes) -> BlobId {
        let submitted = self
            .client
            .submit(submission, payload.clone())
            .await
            .unwrap();
        self.client.await_final(submitted.id).await.unwrap();
        submitted.id
    }

    pub(crate) async fn stop(self) -> TempDir {
        self.node.stop().await;
        self.folder
    }
}

fn endpoint(node: &Node) -> String {
    format!("http://{}", node.grpc_addr())
}

pub(crate) fn namespace(name: &str) -> Namespace {
    name.parse().unwrap()
}

/// Bytes that depend on a seed, and how to post them.
pub(crate) fn packed(name: &str, seed: u8, length: usize) -> (Submission, Bytes) {
    let payload: Vec<u8> = (0..length)
        .map(|i| (i as u8).wrapping_mul(131) ^ (i >> 8) as u8 ^ seed)
        .collect();
    (submission(name, BlobMode::Packed, length), payload.into())
}

/// One row of canonical elements.
pub(crate) fn raw_row(name: &str, seed: u8) -> (Submission, Bytes) {
    let payload: Vec<u8> = (0..ROW_BYTES)
        .map(|i| if i % 32 == 0 { 0 } else { (i / 7) as u8 ^ seed })
        .collect();
    (submission(name, BlobMode::Raw, ROW_BYTES), payload.into())
}

pub(crate) fn submission(name: &str, mode: BlobMode, length: usize) -> Submission {
    Submission {
        namespace: namespace(name),
        length: PayloadLength::new(mode, length as u64).unwrap(),
        expected: None,
    }
}

/// The node's typed refusal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) reason: ErrorReason,
    pub(crate) peer_fault: bool,
}

impl Refusal {
    pub(crate) const fn ours(code: Code, reason: ErrorReason) -> Self {
        Self {
            code,
            reason,
            peer_fault: true,
        }
    }
}

/// What a call was refused with; every refusal has a detail.
pub(crate) fn detail(error: &ClientError) -> (Refusal, ErrorDetail) {
    let ClientError::Call {
        code,
        detail: Some(detail),
        ..
    } = error
    else {
        panic!("not a typed refusal: {error:?}");
    };
    let refusal = Refusal {
        code: *code,
        reason: detail.reason(),
        peer_fault: detail.peer_fault,
    };
    (refusal, (**detail).clone())
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, ClientError>) -> Refusal {
    detail(&result.unwrap_err()).0
}
