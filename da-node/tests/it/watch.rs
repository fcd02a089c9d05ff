//! `WatchBlob`: each state once, in order, certificate included.

use crate::fixture::{Fixture, packed};
use chain::UnverifiedAvailability;
use proto::client::{State, Status};

async fn all(fixture: &Fixture, id: types::BlobId) -> Vec<Status> {
    let mut statuses = fixture.client.watch(id).await.unwrap();
    let mut seen = Vec::new();
    while let Some(status) = statuses.next().await.unwrap() {
        seen.push(status);
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_with_final_and_shows_the_certificate() {
    let fixture = Fixture::start().await;
    let (submission, payload) = packed("watched", 1, 1000);
    let id = fixture
        .client
        .submit(&submission, payload.clone())
        .await
        .unwrap()
        .id;
    let seen = all(&fixture, id).await;
    let names: Vec<_> = seen.iter().map(|status| status.state.name()).collect();
    let from = names.iter().position(|name| *name == "certified").unwrap();
    assert_eq!(names[from..], ["certified", "ordered", "final"]);
    assert!(
        names[..from]
            .iter()
            .all(|name| ["received", "dispersed"].contains(name))
    );
    assert!(seen.windows(2).all(|pair| pair[0].at <= pair[1].at));

    let State::Certified(certificate) = &seen[from].state else {
        panic!("{seen:?}");
    };
    let verified = UnverifiedAvailability::decode(&certificate.bytes)
        .unwrap()
        .verify(
            &fixture.node.status().unwrap().chain_id,
            &fixture.node.validators(),
        )
        .unwrap();
    assert_eq!(verified.blob(), id);
    assert_eq!(verified.signed_weight().get(), certificate.signed);

    // Afterwards the same end is shown at once, all but the last superseded.
    let again = all(&fixture, id).await;
    let names: Vec<_> = again
        .iter()
        .map(|status| (status.state.name(), status.superseded))
        .collect();
    assert_eq!(
        names,
        [("certified", true), ("ordered", true), ("final", false)]
    );
    assert_eq!(
        fixture.client.status(id).await.unwrap().state.name(),
        "final"
    );
    assert_eq!(
        &fixture.client.await_certified(id).await.unwrap(),
        certificate
    );
    fixture.stop().await;
}
