//! What was acknowledged is there after a stop and a start, and the chain goes on.

use crate::fixture::{Fixture, config, genesis, packed, params};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("kept", 1, 200_000);
    let id = fixture.post(&submission, &payload).await;
    let before = fixture.client.await_final(id).await.unwrap();
    let proof = fixture.client.proof(id).await.unwrap();
    // Acknowledged, and stopped before more may have come of it.
    let (late, late_payload) = packed("kept", 2, 1000);
    let late_id = fixture
        .client
        .submit(&late, late_payload.clone())
        .await
        .unwrap()
        .id;
    let folder = fixture.stop().await;

    let config = config(folder.path(), genesis("test", params()));
    let fixture = Fixture::run(config, folder).await;
    assert_eq!(fixture.client.await_final(id).await.unwrap(), before);
    assert_eq!(fixture.client.proof(id).await.unwrap(), proof);
    assert_eq!(fixture.client.fetch(id).await.unwrap().payload, payload);
    let (height, _) = fixture.client.await_final(late_id).await.unwrap();
    assert!(height > before.0);
    assert_eq!(
        fixture.client.fetch(late_id).await.unwrap().payload,
        late_payload
    );
    fixture.stop().await;
}
