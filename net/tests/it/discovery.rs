//! Finding nodes that nobody named.

use crate::nodes::{Node, QUIC, config, until};
use net::{Multiaddr, NetConfig, Request, Response, Role};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn nodes_with_one_acquaintance_in_common_find_each_other() {
    let first = Node::full().await;
    let with = |role| NetConfig {
        bootstrap: vec![first.addr()],
        ..config(role, QUIC)
    };
    let second = Node::start(with(Role::Full)).await;
    let third = Node::start(with(Role::Full)).await;
    let light = Node::start(with(Role::Light)).await;

    let knows = |node: &Node, other: &Node| node.network.peer(&other.peer()).is_some();
    until("the full nodes know each other", || knows(&second, &third)).await;
    until("the light node knows all of them", || {
        [&first, &second, &third]
            .iter()
            .all(|full| knows(&light, full))
    })
    .await;
}

/// The addresses that a node names when `asker` asks it for peers.
async fn named_by(node: &Node, asker: &Node) -> Vec<Multiaddr> {
    match asker.ask(node, Request::Peers).await.unwrap() {
        Response::Peers(addrs) => addrs,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn light_nodes_that_listen_are_named_to_others() {
    let full = Node::full().await;
    let with = |role, listen: Vec<Multiaddr>| NetConfig {
        bootstrap: vec![full.addr()],
        listen,
        ..config(role, QUIC)
    };
    let other_full = Node::start(with(Role::Full, vec![QUIC.parse().unwrap()])).await;
    let listens = Node::start(with(Role::Light, vec![QUIC.parse().unwrap()])).await;
    let hidden = Node::start(with(Role::Light, Vec::new())).await;
    for node in [&other_full, &listens, &hidden] {
        until("everybody has met the full node", || {
            node.network.peer(&full.peer()).is_some()
        })
        .await;
    }
    let mut met = false;
    while !met {
        let named = named_by(&full, &hidden).await;
        assert!(named.len() <= 1, "{named:?}");
        met = named == [listens.addr()];
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        hidden.network.dial(listens.addr()).await.unwrap(),
        listens.peer()
    );
    // Nobody is named to itself; who does not listen, and full nodes, to nobody.
    assert!(named_by(&full, &listens).await.is_empty());
    assert_eq!(named_by(&full, &other_full).await, [listens.addr()]);
}
