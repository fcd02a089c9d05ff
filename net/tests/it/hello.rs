//! Who passes the Hello, and what is known of them then.

use crate::nodes::{Node, QUIC, TCP, chain_id, config, identity, key};
use net::{Binding, Error, NetConfig, Network, Role};
use types::{ChainId, Height};

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_learn_who_the_other_is() {
    let (identity, key) = (identity(), key(5));
    let binding = Binding::sign(&key, &chain_id(), &identity.peer_id());
    let mut validator = Node::start_as(identity, config(Role::Full, QUIC), Some(binding)).await;
    validator.network.set_tip(Height::new(12));
    let mut light = Node::start(config(Role::Light, QUIC)).await;

    light.dial(&validator).await;
    let seen = light.connected().await;
    assert_eq!((seen.peer, seen.role), (validator.peer(), Role::Full));
    assert_eq!(seen.validator, Some(key.public_key().address()));
    assert_eq!(seen.tip, Height::new(12));

    let seen = validator.connected().await;
    assert_eq!((seen.peer, seen.role), (light.peer(), Role::Light));
    assert_eq!(seen.validator, None);
    assert_eq!(validator.network.connected_peers().len(), 1);
    assert!(validator.network.peer(&light.peer()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tcp_as_over_quic_and_without_naming_the_peer() {
    let server = Node::start(config(Role::Full, TCP)).await;
    let client = Node::light().await;
    let mut addr = server.addr();
    addr.pop();
    assert_eq!(client.network.dial(addr).await.unwrap(), server.peer());
    // A second dial finds the connection there.
    client.dial(&server).await;
    assert_eq!(client.network.connected_peers().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_call_each_other_at_once_both_connect() {
    let (mut a, mut b) = (Node::full().await, Node::full().await);
    let (to_b, to_a) = tokio::join!(a.network.dial(b.addr()), b.network.dial(a.addr()));
    assert_eq!((to_b.unwrap(), to_a.unwrap()), (b.peer(), a.peer()));
    assert_eq!(a.connected().await.peer, b.peer());
    assert_eq!(b.connected().await.peer, a.peer());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_a_node_of_another_chain_is_turned_away() {
    let ours = Node::full().await;
    let other = NetConfig {
        chain_id: ChainId::new([1; 32]),
        ..config(Role::Full, QUIC)
    };
    let stranger = Node::start(other).await;
    let error = stranger.network.dial(ours.addr()).await.unwrap_err();
    assert!(matches!(error, Error::Hello { .. }), "{error}");
    assert!(ours.network.connected_peers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_a_chain_that_shares_the_protocol_name_is_banned() {
    let ours = Node::full().await;
    let mut almost = chain_id().to_bytes();
    almost[31] ^= 1;
    let other = NetConfig {
        chain_id: ChainId::new(almost),
        ..config(Role::Full, QUIC)
    };
    let stranger = Node::start(other).await;
    assert!(stranger.network.dial(ours.addr()).await.is_err());
    assert!(ours.network.is_banned(&stranger.peer()));
    assert!(ours.network.connected_peers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_a_forged_binding_is_banned() {
    let ours = Node::full().await;
    // A validator's binding, presented by somebody else.
    let stolen = Binding::sign(&key(5), &chain_id(), &ours.peer());
    let thief = Node::start_as(identity(), config(Role::Full, QUIC), Some(stolen)).await;
    let error = thief.network.dial(ours.addr()).await.unwrap_err();
    assert!(ours.network.is_banned(&thief.peer()), "{error}");
    assert!(ours.network.connected_peers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_a_typed_error() {
    for listen in [QUIC, TCP] {
        let first = Node::start(config(Role::Full, listen)).await;
        let mut taken = first.addr();
        taken.pop();
        let second = NetConfig {
            listen: vec![taken.clone()],
            ..config(Role::Full, listen)
        };
        match Network::start(identity(), second, None).await {
            Err(Error::Listen { addr, .. }) => assert_eq!(addr, taken),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("bound {taken} twice"),
        }
    }
}
