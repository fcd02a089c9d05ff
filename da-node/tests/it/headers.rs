//! `GetHeader`, `SubscribeHeaders`, `GetValidatorSet` and `GetLimits`.

use crate::fixture::{Fixture, packed, params};
use chain::{UnverifiedFinality, UnverifiedHeader, ValidatorSet};
use proto::client::WhichHeader;
use proto::v1;
use types::{ChainId, Header, Height, SetHash};

fn unverified(answer: &v1::HeaderResponse) -> UnverifiedHeader {
    UnverifiedHeader {
        header: Header::decode(&answer.header).unwrap(),
        finality: UnverifiedFinality::decode(&answer.finality).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_verify_and_follow_each_other() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    let limits = client.limits().await.unwrap();
    let chain_id = ChainId::from_slice(&limits.chain_id).unwrap();
    let answer = client.validator_set(None).await.unwrap();
    let set = ValidatorSet::decode(&answer.set).unwrap();
    assert_eq!(set, fixture.node.validators());
    let hash = SetHash::from_slice(&answer.hash).unwrap();
    assert_eq!(client.validator_set(Some(hash)).await.unwrap(), answer);
    assert_eq!(limits.block_interval_ms, params().block_interval_ms);
    assert_eq!((limits.queue_depth, limits.queue_capacity), (0, 8));

    let mut headers = client.headers(Some(Height::FIRST)).await.unwrap();
    for seed in 0..3 {
        let (submission, payload) = packed("headers", seed, 50);
        fixture.post(&submission, &payload).await;
    }
    let mut parent = types::HeaderHash::new(chain_id.to_bytes());
    for height in 1..=3 {
        let answer = headers.next().await.unwrap().unwrap();
        let header = unverified(&answer).verify(&chain_id, &set).unwrap();
        assert_eq!(header.header().height, Height::new(height));
        assert_eq!(header.header().parent, parent);
        parent = header.hash();
        let fields = answer.fields.as_ref().unwrap();
        assert_eq!(fields.height, height);
        for which in [
            WhichHeader::Height(Height::new(height)),
            WhichHeader::Hash(parent),
        ] {
            assert_eq!(client.header(which).await.unwrap(), answer);
        }
    }
    let latest = unverified(&client.header(WhichHeader::Latest).await.unwrap());
    assert!(latest.header.height >= Height::new(3));
    fixture.stop().await;
}
