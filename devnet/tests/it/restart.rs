//! A network that stops and starts on the same folder.

use crate::network::{bytes, client, config, patiently, post, start};
use devnet::{DevnetConfig, round};
use light_node::core::Verdict;
use proto::client::WhichHeader;

#[tokio::test(flavor = "multi_thread")]
async fn a_network_started_again_keeps_what_it_had_and_goes_on() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = |light| DevnetConfig {
        data_dir: Some(scratch.path().join("net")),
        ..config(light)
    };

    let devnet = start(kept(0)).await;
    let chain = devnet.genesis().chain_id();
    let before = patiently(round(&devnet, &post(bytes(4)), |_, _| {}))
        .await
        .unwrap();
    let which = WhichHeader::Height(before.height);
    // The others may hear of the block a moment later, or only after the restart.
    let header = client(&devnet, 0).await.header(which).await.unwrap().header;
    patiently(devnet.stop()).await;

    let devnet = start(kept(1)).await;
    assert_eq!(devnet.genesis().chain_id(), chain);
    for node in 0..4 {
        let client = client(&devnet, node).await;
        patiently(client.await_final(before.blob_id)).await.unwrap();
        let fetched = patiently(client.fetch(before.blob_id)).await.unwrap();
        assert_eq!(fetched.payload, bytes(4), "node {node}");
        let same = client
            .header(WhichHeader::Height(before.height))
            .await
            .unwrap()
            .header;
        assert_eq!(same, header, "node {node}");
    }
    let after = patiently(round(&devnet, &post(bytes(5)), |_, _| {}))
        .await
        .unwrap();
    assert!(after.height > before.height);
    assert_eq!(after.light[0].verdict, Verdict::Available);

    // Old blocks are there to be sampled, too.
    let old = patiently(devnet.light()[0].sample(before.height))
        .await
        .unwrap();
    assert_eq!(old.verdict, Verdict::Available);
    patiently(devnet.stop()).await;
}
