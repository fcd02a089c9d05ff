//! Bytes on the wire that are no message, from a peer that writes whatever it likes.

use crate::nodes::{Node, PATIENCE, chain_id};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self, Behaviour, Config, Event, ProtocolSupport};
use libp2p::swarm::SwarmEvent;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder};
use net::{PeerId, Request, Response};
use std::collections::HashSet;
use std::io;
use std::time::Duration;

/// Writes a request's bytes as they are and reads whatever comes back.
#[derive(Clone, Default)]
struct Raw;

impl request_response::Codec for Raw {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io.take(1 << 20).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        protocol: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        self.read_request(protocol, io).await
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        protocol: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        self.write_request(protocol, io, bytes).await
    }
}

fn stranger() -> Swarm<Behaviour<Raw>> {
    let name = format!("/assay/{}/req/1", &chain_id().to_string()[..16]);
    let protocol = StreamProtocol::try_from_owned(name).unwrap();
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_quic()
        .with_behaviour(|_| Behaviour::new([(protocol, ProtocolSupport::Full)], Config::default()))
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
        .build()
}

/// Sends bytes as a request, and returns what came back, if anything did.
async fn send(swarm: &mut Swarm<Behaviour<Raw>>, peer: PeerId, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let id = swarm.behaviour_mut().send_request(&peer, bytes);
    let outcome = async {
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::Behaviour(Event::Message {
                    message:
                        request_response::Message::Response {
                            request_id,
                            response,
                        },
                    ..
                }) if request_id == id => return Some(response).filter(|r| !r.is_empty()),
                SwarmEvent::Behaviour(Event::OutboundFailure { request_id, .. })
                    if request_id == id =>
                {
                    return None;
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, outcome).await.unwrap()
}

async fn connect(swarm: &mut Swarm<Behaviour<Raw>>, node: &Node) {
    swarm.dial(node.addr()).unwrap();
    let connected = async {
        loop {
            if let SwarmEvent::ConnectionEstablished { .. } = swarm.select_next_some().await {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, connected).await.unwrap();
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_be_bytes()[..], body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_not_answered_and_leads_to_a_ban() {
    let node = Node::full().await;
    let mut swarm = stranger();
    let peer = *swarm.local_peer_id();
    connect(&mut swarm, &node).await;
    let garbage = [
        // A length that nobody may send.
        u32::MAX.to_be_bytes().to_vec(),
        // No protobuf.
        frame(&[0xff; 64]),
        // No kind.
        frame(&[]),
    ];
    let mut sent = 0;
    for bytes in garbage.iter().cycle().take(16) {
        if node.network.is_banned(&peer) {
            break;
        }
        assert_eq!(send(&mut swarm, node.peer(), bytes.clone()).await, None);
        sent += 1;
        // The offence is noted when the stream's failure has reached the swarm's task.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(node.network.is_banned(&peer), "after {sent}");
    assert!(sent >= 4, "banned after {sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_frame_before_the_hello_is_not_taken_and_nobodys_fault() {
    let node = Node::full().await;
    let mut swarm = stranger();
    let peer = *swarm.local_peer_id();
    connect(&mut swarm, &node).await;
    // As many at once as would lead to a ban if they were held against the peer.
    let mut sent: HashSet<_> = (0..5)
        .map(|_| {
            let length = (64_u32 << 10).to_be_bytes().to_vec();
            swarm.behaviour_mut().send_request(&node.peer(), length)
        })
        .collect();
    let refused = async {
        while !sent.is_empty() {
            match swarm.select_next_some().await {
                SwarmEvent::Behaviour(Event::OutboundFailure { request_id, .. }) => {
                    sent.remove(&request_id);
                }
                SwarmEvent::Behaviour(Event::Message {
                    message:
                        request_response::Message::Response {
                            request_id,
                            response,
                        },
                    ..
                }) => {
                    assert!(response.is_empty());
                    sent.remove(&request_id);
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
    assert!(!node.network.is_banned(&peer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_goes_on_serving_others_meanwhile() {
    let (node, client) = (Node::full().await, Node::light().await);
    client.dial(&node).await;
    let mut swarm = stranger();
    connect(&mut swarm, &node).await;
    let peer = node.peer();
    assert_eq!(send(&mut swarm, peer, frame(b"garbage")).await, None);
    let _serving = node.serve(|_, _| Some(Response::NotFound));
    let response = client
        .network
        .request(peer, Request::Genesis, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(matches!(response, Response::NotFound));
}
