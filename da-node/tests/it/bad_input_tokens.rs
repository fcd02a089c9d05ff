//! Tokens and quotas: who may submit, and how much.

use crate::door::{House, PLENTY, client, token_of};
use crate::fixture::{Refusal, detail, packed, refusal};
use da_node::Limits;
use da_node::grpc::{Door, Quotas};
use proto::client::{Client, Credentials, Token};
use proto::v1::ErrorReason as Reason;
use proto::v1::data_availability_client::DataAvailabilityClient;
use proto::v1::submit_blob_request::Part;
use proto::{Submission, v1};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request};
use types::BlobId;

fn door(quotas: Quotas) -> Door {
    Door {
        clients: vec![client("one", quotas), client("other", quotas)],
        ..Door::default()
    }
}

async fn post(client: &Client, seed: u8, length: usize) -> Result<BlobId, Refused> {
    let (submission, payload) = packed("quota", seed, length);
    match client.submit(&submission, payload).await {
        Ok(submitted) => Ok(submitted.id),
        Err(error) => {
            let (refusal, detail) = detail(&error);
            Err(Refused {
                refusal,
                retry_after_ms: detail.retry_after_ms,
                message: error.to_string(),
            })
        }
    }
}

#[derive(Debug)]
struct Refused {
    refusal: Refusal,
    retry_after_ms: u64,
    message: String,
}

const OUTSIDER: Refusal = Refusal::ours(Code::Unauthenticated, Reason::Unauthenticated);
const OVER: Refusal = Refusal::ours(Code::ResourceExhausted, Reason::Quota);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_submits_shows_the_token_of_a_client() {
    let house = House::open(door(PLENTY)).await;
    let none = house.client(&Credentials::default());
    let wrong = house.client(&token_of("nobody"));
    let hash = Token::new(&client("one", PLENTY).token.to_string()).unwrap();
    let hash = house.client(&Credentials::default().with_token(hash));
    for client in [&none, &wrong, &hash] {
        let refused = post(client, 1, 100).await.unwrap_err();
        assert_eq!(refused.refusal, OUTSIDER);
        assert_eq!(refused.retry_after_ms, 0);
    }
    let id = post(&house.client(&token_of("one")), 1, 100).await.unwrap();
    let again = post(&house.client(&token_of("other")), 1, 100).await;
    assert_eq!(again.unwrap(), id);

    // Reads are open to all who do not lie.
    none.await_final(id).await.unwrap();
    none.fetch(id).await.unwrap();
    assert_eq!(refusal(wrong.limits().await), OUTSIDER);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_can_be_closed_too() {
    let house = House::open(Door {
        open_reads: false,
        ..door(PLENTY)
    })
    .await;
    let none = house.client(&Credentials::default());
    assert_eq!(refusal(none.limits().await), OUTSIDER);
    assert_eq!(refusal(none.fetch(BlobId::new([1; 32])).await), OUTSIDER);
    house.client(&token_of("one")).limits().await.unwrap();
    // How the node fares is its operator's to see, who sits at the machine.
    none.node_status().await.unwrap();
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_not_told_to_whom_a_proxy_speaks_for() {
    let house = House::open(Door::default()).await;
    let mut raw = DataAvailabilityClient::connect(house.url("http"))
        .await
        .unwrap();
    let mut request = Request::new(v1::GetStatusRequest {});
    raw.get_status(Request::new(v1::GetStatusRequest {}))
        .await
        .unwrap();
    request
        .metadata_mut()
        .insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
    let refused = raw.get_status(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_per_second_are_bounded_for_each_client() {
    let house = House::open(door(Quotas {
        bytes_per_second: 100,
        ..PLENTY
    }))
    .await;
    let one = house.client(&token_of("one"));
    // Paid for after a hundred seconds.
    post(&one, 1, 10_000).await.unwrap();
    let refused = post(&one, 2, 1).await.unwrap_err();
    assert_eq!(refused.refusal, OVER);
    assert!((1..=99_000).contains(&refused.retry_after_ms));
    assert!(
        refused.message.contains("per second"),
        "{}",
        refused.message
    );
    // The other's bytes are its own.
    post(&house.client(&token_of("other")), 2, 1).await.unwrap();
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_per_day_are_bounded_and_a_restart_gives_no_more() {
    let quotas = Quotas {
        bytes_per_day: 10_000,
        ..PLENTY
    };
    let house = House::open(door(quotas)).await;
    let one = house.client(&token_of("one"));
    post(&one, 1, 6_000).await.unwrap();
    let refused = post(&one, 2, 4_001).await.unwrap_err();
    assert_eq!(refused.refusal, OVER);
    assert!((1..=86_400_000).contains(&refused.retry_after_ms));
    assert!(refused.message.contains("per day"), "{}", refused.message);

    let folder = house.close().await;
    let house = House::open_in(folder, door(quotas), Limits::default()).await;
    let one = house.client(&token_of("one"));
    let refused = post(&one, 2, 4_001).await.unwrap_err();
    assert_eq!(refused.refusal, OVER);
    post(&one, 3, 4_000).await.unwrap();
    let refused = post(&one, 4, 1).await.unwrap_err();
    assert_eq!(refused.refusal, OVER);
    house.close().await;
}

/// A post of which the header and a part of the payload have arrived.
async fn begin(
    house: &House,
    name: &str,
    submission: &Submission,
    chunk: bytes::Bytes,
) -> (
    mpsc::Sender<v1::SubmitBlobRequest>,
    tokio::task::JoinHandle<()>,
) {
    let (parts, receiver) = mpsc::channel(4);
    let part = |part| v1::SubmitBlobRequest { part: Some(part) };
    parts
        .send(part(Part::Header(submission.into())))
        .await
        .unwrap();
    parts.send(part(Part::Chunk(chunk))).await.unwrap();
    let mut raw = DataAvailabilityClient::connect(house.url("http"))
        .await
        .unwrap();
    let mut request = Request::new(ReceiverStream::new(receiver));
    let token = format!("Bearer assay_token_of_{name}");
    request
        .metadata_mut()
        .insert("authorization", token.parse().unwrap());
    let call = tokio::spawn(async move {
        let _ = raw.submit_blob(request).await;
    });
    while house.node.status().unwrap().submissions == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (parts, call)
}

async fn until_idle(house: &House) {
    let busy = async {
        while house.node.status().unwrap().submissions > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), busy)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_in_flight_are_bounded_for_each_client() {
    let house = House::open(door(Quotas {
        blobs_in_flight: 1,
        ..PLENTY
    }))
    .await;
    let (submission, payload) = packed("flight", 1, 10_000);
    let (parts, call) = begin(&house, "one", &submission, payload.slice(..10)).await;
    let one = house.client(&token_of("one"));
    let refused = post(&one, 2, 10).await.unwrap_err();
    assert_eq!(refused.refusal, OVER);
    assert!(refused.retry_after_ms > 0);
    post(&house.client(&token_of("other")), 2, 10)
        .await
        .unwrap();

    // The place is free again once the poster has left.
    drop(parts);
    call.abort();
    while post(&one, 3, 10).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_before_it_arrives_is_not_charged() {
    let quotas = Quotas {
        bytes_per_day: 10_000,
        ..PLENTY
    };
    let limits = Limits {
        submissions: 1,
        ..Limits::default()
    };
    let folder = tempfile::TempDir::new().unwrap();
    let house = House::open_in(folder, door(quotas), limits).await;
    let (submission, payload) = packed("busy", 1, 10_000);
    let (parts, call) = begin(&house, "other", &submission, payload.slice(..2_000)).await;

    // The node is busy: the day is untouched.
    let one = house.client(&token_of("one"));
    for seed in 0..3 {
        let refused = post(&one, seed, 10_000).await.unwrap_err();
        assert_eq!(refused.refusal.reason, Reason::Busy, "{}", refused.message);
    }
    // Its stream ends too early, behind the bytes that it has sent.
    drop(parts);
    call.await.unwrap();
    until_idle(&house).await;
    post(&one, 4, 10_000).await.unwrap();

    // Of the post that broke off, what had arrived is charged and no more.
    let other = house.client(&token_of("other"));
    until_idle(&house).await;
    let refused = post(&other, 5, 8_001).await.unwrap_err();
    assert_eq!(refused.refusal, OVER);
    post(&other, 6, 8_000).await.unwrap();
    house.close().await;
}
