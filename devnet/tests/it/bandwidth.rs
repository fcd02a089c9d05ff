//! Custody by subset, in a real network.

use crate::network::patiently;
use chain::ChainParams;
use devnet::bandwidth::{BandwidthConfig, bandwidth};

#[tokio::test(flavor = "multi_thread")]
async fn seventeen_validators_keep_a_part_each_and_a_third_brings_a_blob_back() {
    let config = BandwidthConfig {
        validators: vec![17],
        blobs: 1,
        rows: 1,
        seed: 1,
        params: ChainParams {
            block_interval_ms: 300,
            ..ChainParams::devnet()
        },
    };
    let report = patiently(bandwidth(&config, |_| {})).await.unwrap();
    let network = &report.networks[0];
    assert_eq!((network.strays, network.rebuilt), (0, true), "{network:?}");
    assert_eq!((network.least_columns, network.most_columns), (28, 28));
    assert_eq!(network.third, 6);
    assert!(network.third_columns >= 64);
    assert!(network.received >= network.designed);
}
