//! Coming, going, coming back; and being kept out.

use crate::nodes::{Node, QUIC, config, identity, until};
use net::{Error, NetConfig, Offence, Role};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_peer_that_returns_is_found_again() {
    let server_identity = identity();
    for named in [true, false] {
        let mut server =
            Node::start_as(server_identity.clone(), config(Role::Full, QUIC), None).await;
        let mut addr = server.addr();
        let mut bare = addr.clone();
        bare.pop();
        if !named {
            addr = bare.clone();
        }
        let mut client = Node::start(NetConfig {
            bootstrap: vec![addr],
            ..config(Role::Light, QUIC)
        })
        .await;
        assert_eq!(client.connected().await.peer, server.peer());
        assert_eq!(server.connected().await.peer, client.peer());

        server.network.shutdown().await;
        assert_eq!(client.disconnected().await, server.peer());
        assert!(client.network.connected_peers().is_empty());

        let again = NetConfig {
            listen: vec![bare],
            ..config(Role::Full, QUIC)
        };
        let server = Node::start_as(server_identity.clone(), again, None).await;
        assert_eq!(client.connected().await.peer, server.peer());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_peer_that_starts_late_is_found() {
    // Starting and stopping a node finds a port that is free.
    let first = Node::full().await;
    let mut addr = first.addr();
    addr.pop();
    first.network.shutdown().await;
    let mut client = Node::start(NetConfig {
        bootstrap: vec![addr.clone()],
        ..config(Role::Light, QUIC)
    })
    .await;
    let late = NetConfig {
        listen: vec![addr],
        ..config(Role::Full, QUIC)
    };
    let server = Node::start(late).await;
    assert_eq!(client.connected().await.peer, server.peer());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_peer_is_put_out_and_kept_out_until_its_time_is_up() {
    let mut short = config(Role::Full, QUIC);
    short.limits.ban = Duration::from_secs(10);
    let mut server = Node::start(short).await;
    let mut client = Node::light().await;
    client.dial(&server).await;
    server.connected().await;

    server.network.ban(client.peer(), "a test");
    assert!(server.network.is_banned(&client.peer()));
    assert_eq!(server.disconnected().await, client.peer());
    assert_eq!(client.disconnected().await, server.peer());
    let error = server.network.dial(client.addr()).await.unwrap_err();
    assert!(matches!(error, Error::Banned { .. }), "{error}");

    until("the ban ends", || !server.network.is_banned(&client.peer())).await;
    let (dialler, addr) = (client.network.clone(), server.addr());
    let mut is_back = false;
    for _ in 0..100 {
        if dialler.dial(addr.clone()).await.is_ok() {
            is_back = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_back);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_proof_that_is_reported_bans_and_disconnects() {
    let (mut light, full) = (Node::light().await, Node::full().await);
    light.dial(&full).await;
    light.network.report(full.peer(), Offence::Timeout);
    assert!(!light.network.is_banned(&full.peer()));
    light.network.report(full.peer(), Offence::BadProof);
    assert!(light.network.is_banned(&full.peer()));
    assert_eq!(light.disconnected().await, full.peer());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_ends_with_its_last_handle() {
    let (client, server) = (Node::light().await, Node::full().await);
    client.dial(&server).await;
    let mut server = server;
    let peer = client.peer();
    drop(client.network);
    assert_eq!(server.disconnected().await, peer);
    let mut events = client.events;
    while events.recv().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_places_are_kept_for_validators() {
    let mut small = config(Role::Full, QUIC);
    small.limits.max_peers = 8;
    let server = Node::start(small).await;
    let mut there = Vec::new();
    for _ in 0..7 {
        let client = Node::start(config(Role::Light, QUIC)).await;
        client.dial(&server).await;
        there.push(client);
    }
    let late = Node::light().await;
    assert!(late.network.dial(server.addr()).await.is_err());
    assert!(server.network.peer(&late.peer()).is_none());

    let validator = Node::validator(3).await;
    // The one that was turned away may still be leaving, and the server may count a peer a little
    // later than the peer counts the server.
    for _ in 0..200 {
        if server.network.peer(&validator.peer()).is_some() {
            break;
        }
        let _ = validator.network.dial(server.addr()).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.network.peer(&validator.peer()).is_some());
    assert_eq!(server.network.connected_peers().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_a_typed_error() {
    let (client, server) = (
        Node::light().await,
        Node::start(config(Role::Full, "/ip4/127.0.0.1/tcp/0")).await,
    );
    let addr = server.addr();
    server.network.shutdown().await;
    let error = client.network.dial(addr).await.unwrap_err();
    assert!(matches!(error, Error::Dial { .. }), "{error}");
}
