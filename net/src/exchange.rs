//! Requests and answers as a behaviour: libp2p's, with codecs that know whom they serve.

use crate::announcement::protocol;
use crate::codec::{Codec, Inbound};
use crate::message::wire::Answer;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::request_response::{self, OutboundRequestId, ProtocolSupport, ResponseChannel};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use std::task::{Context, Poll};
use std::time::Duration;
use types::ChainId;

/// The longest that an exchange takes, whatever its deadline: reading and writing have their own,
/// which are shorter together.
const LONGEST: Duration = Duration::from_secs(60);
/// Exchanges at once on one connection.
const MAX_STREAMS: usize = 128;

type Inner = request_response::Behaviour<Codec>;

/// Requests and answers.
pub(crate) struct Exchange {
    inner: Inner,
    codec: Codec,
}

impl Exchange {
    pub(crate) fn new(chain: &ChainId, codec: Codec) -> Result<Self, String> {
        let name = StreamProtocol::try_from_owned(protocol(chain, "req/1"))
            .map_err(|error| error.to_string())?;
        let config = request_response::Config::default()
            .with_request_timeout(LONGEST)
            .with_max_concurrent_streams(MAX_STREAMS);
        let twin = codec.twin();
        Ok(Self {
            inner: Inner::with_codec(codec, [(name, ProtocolSupport::Full)], config),
            codec: twin,
        })
    }

    pub(crate) fn ask(&mut self, peer: &PeerId, request: Inbound) -> OutboundRequestId {
        self.inner.send_request(peer, request)
    }

    /// Answers; nothing happens when the asker has gone.
    pub(crate) fn answer(&mut self, channel: ResponseChannel<Answer>, answer: Answer) {
        let _ = self.inner.send_response(channel, answer);
    }
}

impl NetworkBehaviour for Exchange {
    type ConnectionHandler = <Inner as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = <Inner as NetworkBehaviour>::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.codec.announce(peer);
        self.inner
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addrs: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.inner
            .handle_pending_outbound_connection(connection, peer, addrs, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        addr: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.codec.announce(peer);
        self.inner
            .handle_established_outbound_connection(connection, peer, addr, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.inner.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner
            .on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.inner.poll(cx)
    }
}
