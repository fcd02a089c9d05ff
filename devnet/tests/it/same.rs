//! The same blob through two nodes at once.

use crate::network::{bytes, client, config, patiently, start};
use proto::Submission;
use types::{BlobMode, Height, PayloadLength};

#[tokio::test(flavor = "multi_thread")]
async fn one_blob_posted_to_two_nodes_at_once_is_ordered_once() {
    let devnet = start(config(0)).await;
    let (one, other) = (client(&devnet, 0).await, client(&devnet, 3).await);
    let payload = bytes(3);
    let namespace = "twice".parse().unwrap();
    let length = PayloadLength::new(BlobMode::Packed, payload.len() as u64).unwrap();
    let submission = Submission {
        namespace,
        length,
        expected: None,
    };

    let both = async {
        let (a, b) = tokio::join!(
            one.submit(&submission, payload.clone().into()),
            other.submit(&submission, payload.clone().into()),
        );
        let (a, b) = (a.unwrap().id, b.unwrap().id);
        assert_eq!(a, b);
        let (height, hash) = one.await_final(a).await.unwrap();
        assert_eq!(other.await_final(a).await.unwrap(), (height, hash));
        // And again, now that it is final: still the same.
        assert_eq!(
            other
                .submit(&submission, payload.clone().into())
                .await
                .unwrap()
                .id,
            a
        );
        // Blocks that could have taken it a second time go by.
        let mut tip = devnet.nodes()[0].tip();
        let later = Height::new(height.get() + 2);
        tip.wait_for(|tip| *tip >= later).await.unwrap();
        let mut places = 0;
        for height in (1..=later.get()).map(Height::new) {
            let listed = one.list(namespace, height).await.unwrap();
            places += listed
                .entries
                .iter()
                .filter(|e| e.blob_id[..] == a.as_bytes()[..])
                .count();
        }
        places
    };
    assert_eq!(patiently(both).await, 1);
    patiently(devnet.stop()).await;
}
