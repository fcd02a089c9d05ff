//! Networks for tests: quick blocks, a bound on everything.

use chain::ChainParams;
use devnet::{Devnet, DevnetConfig, Post};
use proto::client::Client;
use std::time::Duration;
use types::BlobMode;

/// Longer than anything takes on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn config(light: usize) -> DevnetConfig {
    DevnetConfig {
        light,
        params: ChainParams {
            block_interval_ms: 300,
            empty_block_interval_ms: 1_000,
            ..ChainParams::devnet()
        },
        ..DevnetConfig::default()
    }
}

pub(crate) async fn start(config: DevnetConfig) -> Devnet {
    Box::pin(Devnet::start(config)).await.unwrap()
}

pub(crate) async fn client(devnet: &Devnet, node: usize) -> Client {
    Client::connect(devnet.grpc(node).unwrap()).await.unwrap()
}

/// Fails instead of hanging.
pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("in time")
}

/// Two rows of something that is not all the same.
pub(crate) fn bytes(fill: u8) -> Vec<u8> {
    (0..150_000_u32)
        .map(|i| fill ^ (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

pub(crate) fn post(payload: Vec<u8>) -> Post {
    Post {
        name: "test".to_owned(),
        namespace: "test".parse().unwrap(),
        mode: BlobMode::Packed,
        payload,
    }
}
