//! Finding nodes that nobody named.

use crate::nodes::{Node, QUIC, config, until};
use net::{NetConfig, Role};

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
