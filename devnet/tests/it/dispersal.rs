//! Several blobs on their way to the same validators.

use crate::network::patiently;
use chain::ChainParams;
use da_node::Limits;
use devnet::{Devnet, DevnetConfig};
use proto::Submission;
use proto::client::Client;
use types::{BlobMode, PayloadLength};

/// Validators that answer one request at a time are busy for nearly everybody who asks. What they
/// have taken they are not sent again, so that all of it arrives; what takes longer than their
/// clocks may differ is certified under newer terms.
#[tokio::test(flavor = "multi_thread")]
async fn validators_that_are_busy_get_everything_in_the_end() {
    let config = DevnetConfig {
        validators: 4,
        light: 0,
        params: ChainParams {
            block_interval_ms: 300,
            clock_drift_ms: 3_000,
            ..ChainParams::devnet()
        },
        ..DevnetConfig::default()
    };
    let limits = Limits {
        peer_requests: 1,
        // A message for each row.
        dispersal_cells: 128,
        ..Limits::default()
    };
    let devnet = Box::pin(Devnet::start_with(config, limits)).await.unwrap();
    let posts = (0..3_u8).map(|node| {
        let client = Client::connect_lazy(devnet.grpc(node.into()).unwrap()).unwrap();
        let payload = vec![node; 8 * 126_000];
        let submission = Submission {
            namespace: "busy".parse().unwrap(),
            length: PayloadLength::new(BlobMode::Packed, payload.len() as u64).unwrap(),
            expected: None,
        };
        async move {
            let posted = client.submit(&submission, payload.into()).await.unwrap();
            assert_eq!(posted.rows, 8);
            client.await_certified(posted.id).await.unwrap();
            client.await_final(posted.id).await.unwrap();
        }
    });
    patiently(futures::future::join_all(posts)).await;
    devnet.stop().await;
}
