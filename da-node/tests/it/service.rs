//! Health and reflection, as grpcurl and orchestrators ask for them.

use crate::fixture::Fixture;
use tonic::transport::Channel;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

async fn ask(channel: Channel, question: MessageRequest) -> ServerReflectionResponse {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let mut answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    answers.message().await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_answer() {
    let fixture = Fixture::start().await;
    let channel = Channel::from_shared(fixture.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    for service in ["", "assay.v1.DataAvailability"] {
        let request = HealthCheckRequest {
            service: service.into(),
        };
        let health = HealthClient::new(channel.clone())
            .check(request)
            .await
            .unwrap();
        assert_eq!(health.into_inner().status(), ServingStatus::Serving);
    }

    let services = ask(channel.clone(), MessageRequest::ListServices(String::new())).await;
    let Some(MessageResponse::ListServicesResponse(list)) = services.message_response else {
        panic!("{services:?}");
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(names.contains(&"assay.v1.DataAvailability"), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");

    let symbol = MessageRequest::FileContainingSymbol("assay.v1.SubmitBlobRequest".into());
    let file = ask(channel, symbol).await.message_response;
    assert!(
        matches!(file, Some(MessageResponse::FileDescriptorResponse(_))),
        "{file:?}"
    );
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_stops_though_a_caller_holds_on() {
    let fixture = Fixture::start().await;
    let mut headers = fixture.client.headers(None).await.unwrap();
    let channel = Channel::from_shared(fixture.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    // A reflection stream that its caller never ends.
    let held = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::pending())
        .await
        .unwrap();
    fixture.stop().await;
    assert!(headers.next().await.is_err());
    drop(held);
}
