//! TLS: who is believed, and who is not.

use crate::door::{Authority, House, secured};
use crate::fixture::{config, genesis, packed, params};
use da_node::grpc::{Door, Tls};
use da_node::{Error, Node, NodeConfig};
use proto::client::{Client, ClientError, Credentials};
use tempfile::TempDir;

fn trusting(authority: &Authority) -> Credentials {
    Credentials::default().with_authority(authority.pem())
}

/// Why nobody answered.
async fn refused(client: &Client) -> String {
    match client.limits().await {
        Err(ClientError::Transport(words)) => words,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_the_right_authority_is_believed_and_no_other() {
    let (authority, stranger) = (Authority::new("nodes"), Authority::new("strangers"));
    let house = House::open(secured(&authority.pair())).await;
    let client = house.client(&trusting(&authority));
    let (submission, payload) = packed("tls", 1, 1_000);
    let id = client
        .submit(&submission, payload.clone())
        .await
        .unwrap()
        .id;
    client.await_final(id).await.unwrap();
    assert_eq!(client.fetch(id).await.unwrap().payload, payload);

    let words = refused(&house.client(&trusting(&stranger))).await;
    assert!(words.contains("UnknownIssuer"), "{words}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_an_expired_certificate() {
    let authority = Authority::new("nodes");
    let house = House::open(secured(&authority.expired_pair())).await;
    let words = refused(&house.client(&trusting(&authority))).await;
    assert!(words.contains("xpired"), "{words}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_the_clear_where_tls_is_spoken_and_the_other_way_round() {
    let authority = Authority::new("nodes");
    let house = House::open(secured(&authority.pair())).await;
    refused(&house.client_of("http", &Credentials::default())).await;
    house.client(&trusting(&authority)).limits().await.unwrap();
    house.close().await;

    let house = House::open(Door::default()).await;
    refused(&house.client_of("https", &trusting(&authority))).await;
    house
        .client(&Credentials::default())
        .limits()
        .await
        .unwrap();
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_show_a_certificate_where_one_is_demanded() {
    let [authority, clients, stranger] = ["nodes", "clients", "strangers"].map(Authority::new);
    let mut door = secured(&authority.pair());
    door.tls = door.tls.map(|tls| Tls {
        client_authority: Some(clients.pem().into_bytes()),
        ..tls
    });
    let house = House::open(door).await;
    let showing = |pair: crate::door::Pair| {
        let credentials = trusting(&authority).with_identity(pair.chain, pair.key);
        house.client(&credentials)
    };
    showing(clients.pair()).limits().await.unwrap();
    refused(&house.client(&trusting(&authority))).await;
    refused(&showing(stranger.pair())).await;
    refused(&showing(clients.expired_pair())).await;
    // The node's own certificate is one of another authority.
    refused(&showing(authority.pair())).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_certificates_that_cannot_serve() {
    let authority = Authority::new("nodes");
    let (one, other) = (authority.pair(), authority.pair());
    let tls = |chain: &str, key: &str, client_authority: Option<&str>| Tls {
        chain: chain.into(),
        key: key.as_bytes().to_vec().into(),
        client_authority: client_authority.map(Into::into),
    };
    for tls in [
        tls(&one.chain, &other.key, None),
        tls("", &one.key, None),
        tls(&one.chain, "", None),
        tls(&one.key, &one.chain, None),
        tls(&one.chain, &one.key, Some("no certificate")),
    ] {
        let folder = TempDir::new().unwrap();
        let door = Door {
            tls: Some(tls),
            ..Door::default()
        };
        let started = Node::start(NodeConfig {
            door,
            ..config(folder.path(), genesis("tls", params()))
        });
        assert!(matches!(started.await, Err(Error::Tls(_))));
    }
}
