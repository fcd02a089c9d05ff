//! Networks for tests: quick blocks, a bound on everything.

use chain::ChainParams;
use devnet::{Devnet, DevnetConfig, Post};
use proto::Submission;
use proto::client::Client;
use std::time::Duration;
use types::{BlobId, BlobMode, Height, PayloadLength};

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

/// Posts through a node and waits until the blob is final there.
pub(crate) async fn post_final(devnet: &Devnet, node: usize, payload: &[u8]) -> (BlobId, Height) {
    let length = PayloadLength::new(BlobMode::Packed, payload.len() as u64).unwrap();
    let submission = Submission {
        namespace: "test".parse().unwrap(),
        length,
        expected: None,
    };
    let client = client(devnet, node).await;
    let posted = async {
        let id = client.submit(&submission, payload.to_vec().into()).await;
        let id = id.unwrap().id;
        (id, client.await_final(id).await.unwrap().0)
    };
    patiently(posted).await
}

/// Waits until a node has this height and every cell that it is to keep.
pub(crate) async fn caught_up(devnet: &Devnet, node: usize, height: Height) {
    let node = &devnet.nodes()[node];
    let (mut tip, complete) = (node.tip(), async {
        while node.status().unwrap().wanted_blobs > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    patiently(async {
        tip.wait_for(|tip| *tip >= height).await.unwrap();
        complete.await;
    })
    .await;
}
