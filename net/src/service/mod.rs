//! The swarm's task: the one place where things run at once.
//!
//! It waits for the swarm, for commands of the handle, for answers and verdicts of the
//! application, and for the clock; whatever comes is handled without waiting for anything.

mod conversation;
mod discovery;
mod gossip;
mod membership;

use crate::announcement::{Announcement, Topics};
use crate::behaviour::{Behaviour, BehaviourEvent};
use crate::bootstrap::Bootstrap;
use crate::config::NetConfig;
use crate::error::{Error, Result};
use crate::event::{Event, Judgement};
use crate::hello::Hello;
use crate::identity::Binding;
use crate::message::wire::Answer;
use crate::message::{Question, Request, Response};
use crate::quota::Allowances;
use crate::shared::Shared;
use conversation::Answered;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::core::transport::ListenerId;
use libp2p::gossipsub::MessageId;
use libp2p::multiaddr::Protocol;
use libp2p::request_response::OutboundRequestId;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, TransportError, ping};
use membership::Member;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

/// How often the clock is looked at: reconnections, overdue Hellos, bans that end.
const TICK: Duration = Duration::from_millis(250);
/// How long the listeners may take to find their addresses.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long connections may take to close when the network is shut down.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// What the handle asks of the task.
#[derive(Debug)]
pub(crate) enum Command {
    Dial(Multiaddr, oneshot::Sender<Result<PeerId>>),
    Request(PeerId, Request, oneshot::Sender<Result<Response>>),
    Announce(Announcement, oneshot::Sender<Result<()>>),
    Shutdown(oneshot::Sender<()>),
}

/// A request of ours that is under way; a Hello has nobody waiting for it.
struct Pending {
    peer: PeerId,
    question: Question,
    answer: Option<oneshot::Sender<Result<Response>>>,
}

type Judged = (MessageId, PeerId, Judgement);

/// The swarm with everything that is under way on it.
pub(crate) struct Service {
    swarm: Swarm<Behaviour>,
    shared: Arc<Shared>,
    config: NetConfig,
    binding: Option<Binding>,
    topics: Topics,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
    /// Arrivals and departures that found the events' channel full: they are never lost, and
    /// never more than two per peer.
    untold: VecDeque<Event>,
    members: HashMap<PeerId, Member>,
    bootstrap: Bootstrap,
    /// Dials whose connection is not there yet.
    dials: HashMap<ConnectionId, oneshot::Sender<Result<PeerId>>>,
    pending: HashMap<OutboundRequestId, Pending>,
    /// What peers have left of their quotas, those that have gone included.
    allowances: Allowances,
    /// How many requests of each peer are under way; of those with none, nothing.
    open: HashMap<PeerId, usize>,
    answers: FuturesUnordered<BoxFuture<'static, Answered>>,
    verdicts: FuturesUnordered<BoxFuture<'static, Judged>>,
    next_search: Instant,
}

impl Service {
    pub(crate) fn new(
        swarm: Swarm<Behaviour>,
        shared: Arc<Shared>,
        config: NetConfig,
        binding: Option<Binding>,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let now = Instant::now();
        Self {
            swarm,
            shared,
            binding,
            topics: Topics::new(&config.chain_id),
            commands,
            events,
            untold: VecDeque::new(),
            members: HashMap::new(),
            bootstrap: Bootstrap::new(config.bootstrap.clone(), now),
            dials: HashMap::new(),
            pending: HashMap::new(),
            allowances: Allowances::default(),
            open: HashMap::new(),
            answers: FuturesUnordered::new(),
            verdicts: FuturesUnordered::new(),
            next_search: now,
            config,
        }
    }

    /// Binds every listener and waits until each knows its address.
    pub(crate) async fn listen(&mut self) -> Result<()> {
        let mut waiting: HashMap<ListenerId, Multiaddr> = HashMap::new();
        for addr in self.config.listen.clone() {
            if let Err(error) = claim(&addr) {
                let reason = error.to_string();
                return Err(Error::Listen { addr, reason });
            }
            let listener = self.swarm.listen_on(addr.clone()).map_err(|error| {
                let reason = match error {
                    TransportError::Other(error) => chain_of(&error),
                    unsupported => unsupported.to_string(),
                };
                let addr = addr.clone();
                Error::Listen { addr, reason }
            })?;
            waiting.insert(listener, addr);
        }
        let deadline = tokio::time::Instant::now() + LISTEN_TIMEOUT;
        while let Some(addr) = waiting.values().next().cloned() {
            let next = tokio::time::timeout_at(deadline, self.swarm.select_next_some());
            let event = next.await.map_err(|_| Error::Listen {
                addr,
                reason: "no address in time".to_owned(),
            })?;
            match &event {
                SwarmEvent::NewListenAddr { listener_id, .. } => {
                    waiting.remove(listener_id);
                }
                SwarmEvent::ListenerClosed {
                    listener_id,
                    reason,
                    ..
                } => {
                    if let Some(addr) = waiting.remove(listener_id) {
                        let reason = format!("{reason:?}");
                        return Err(Error::Listen { addr, reason });
                    }
                }
                SwarmEvent::ListenerError { listener_id, error } => {
                    if let Some(addr) = waiting.remove(listener_id) {
                        let reason = error.to_string();
                        return Err(Error::Listen { addr, reason });
                    }
                }
                _ => {}
            }
            self.on_swarm_event(event);
        }
        Ok(())
    }

    /// Runs until the handle says stop or is gone.
    pub(crate) async fn run(mut self: Box<Self>) {
        let (shared, events) = (Arc::clone(&self.shared), self.events.clone());
        let mut clock = tokio::time::interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let done = loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm_event(event),
                command = self.commands.recv() => match command {
                    None => break None,
                    Some(Command::Shutdown(done)) => break Some(done),
                    Some(command) => self.on_command(command),
                },
                Some(answered) = self.answers.next() => self.on_answered(answered),
                Some(judged) = self.verdicts.next() => self.on_judged(judged),
                Ok(room) = events.reserve(), if !self.untold.is_empty() => {
                    if let Some(event) = self.untold.pop_front() {
                        room.send(event);
                    }
                }
                () = shared.banned.notified() => self.enforce_bans(),
                _ = clock.tick() => self.on_tick(Instant::now()),
            }
        };
        self.close().await;
        if let Some(done) = done {
            // The swarm goes first: whoever waits may bind its ports again.
            let addrs: Vec<Multiaddr> = self.swarm.listeners().cloned().collect();
            drop(self);
            release(&addrs).await;
            let _ = done.send(());
        }
    }

    /// Closes every connection, so that peers learn of it at once.
    async fn close(&mut self) {
        self.shared.with_peers(HashMap::clear);
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closed = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, closed).await;
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Dial(addr, done) => self.dial(addr, done),
            Command::Request(peer, request, done) => self.request(peer, request, done),
            Command::Announce(announcement, done) => {
                let _ = done.send(self.announce(&announcement));
            }
            Command::Shutdown(_) => {}
        }
    }

    fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => self.on_connected(peer_id, connection_id, &endpoint),
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                ..
            } => self.on_disconnected(peer_id),
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                peer_id,
                error,
            } => self.on_dial_failed(connection_id, peer_id, &error),
            SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. } => {
                let local = *self.swarm.local_peer_id();
                let named = |addr: &Multiaddr| addr.clone().with(Protocol::P2p(local));
                self.shared
                    .set_listening(self.swarm.listeners().map(named).collect());
            }
            _ => {}
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Ping(ping::Event {
                peer,
                connection,
                result: Err(error),
            }) => {
                if !matches!(error, ping::Failure::Unsupported) {
                    tracing::debug!(%peer, %error, "ping");
                    self.swarm.close_connection(connection);
                }
            }
            BehaviourEvent::Identify(event) => self.on_identify(event),
            BehaviourEvent::Gossip(event) => self.on_gossip(event),
            BehaviourEvent::Exchange(event) => self.on_exchange(event),
            BehaviourEvent::Ping(_) | BehaviourEvent::Kad(_) => {}
            BehaviourEvent::Limits(never)
            | BehaviourEvent::Doors(never)
            | BehaviourEvent::Banned(never) => match never {},
        }
    }

    fn on_tick(&mut self, now: Instant) {
        self.enforce_bans();
        self.end_overdue_hellos(now);
        self.reconnect(now);
        self.search(now);
    }

    /// Closes connections to the banned, refuses new ones, and pardons those whose time is up.
    fn enforce_bans(&mut self) {
        let banned: HashSet<PeerId> = self.shared.all_banned().into_iter().collect();
        let list = &mut self.swarm.behaviour_mut().banned;
        let pardoned: Vec<PeerId> = list.blocked_peers().difference(&banned).copied().collect();
        for peer in pardoned {
            list.unblock_peer(peer);
        }
        for peer in banned {
            list.block_peer(peer);
        }
    }

    fn our_hello(&self) -> Hello {
        Hello {
            chain_id: self.config.chain_id,
            role: self.config.role,
            binding: self.binding,
            tip: self.shared.tip(),
        }
    }

    /// Tells the application that somebody came or went, now or as soon as there is room.
    fn tell(&mut self, event: Event) {
        if self.events.is_closed() {
            self.untold.clear();
            return;
        }
        if self.untold.is_empty() {
            match self.events.try_send(event) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => return,
                Err(mpsc::error::TrySendError::Full(event)) => self.untold.push_back(event),
            }
            return;
        }
        if let Event::Disconnected(peer) = &event {
            let arrival = |e: &Event| matches!(e, Event::Connected(info) if info.peer == *peer);
            if let Some(place) = self.untold.iter().position(arrival) {
                self.untold.remove(place);
                return;
            }
        }
        self.untold.push_back(event);
    }

    /// Hands over an event if there is room for it.
    fn offer(&mut self, event: Event) -> bool {
        self.untold.is_empty() && self.events.try_send(event).is_ok()
    }
}

/// An error with its causes: the outer ones of the transports say nothing.
fn chain_of(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let said: Vec<String> = causes
        .map(ToString::to_string)
        .filter(|text| !text.is_empty())
        .collect();
    said.join(": ")
}

/// The socket that an address names first, if its port is fixed.
fn socket(addr: &Multiaddr) -> Option<(SocketAddr, bool)> {
    let mut parts = addr.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) if port != 0 => Some((SocketAddr::new(ip, port), true)),
        Protocol::Udp(port) if port != 0 => Some((SocketAddr::new(ip, port), false)),
        _ => None,
    }
}

/// Fails when somebody listens on the address already. The TCP transport sets `SO_REUSEPORT`,
/// with which two nodes would share a port unawares.
fn claim(addr: &Multiaddr) -> std::io::Result<()> {
    match socket(addr) {
        Some((socket, true)) => TcpListener::bind(socket).map(drop),
        Some((socket, false)) => UdpSocket::bind(socket).map(drop),
        None => Ok(()),
    }
}

/// Waits until the sockets are closed: QUIC's outlives the swarm until its farewells are sent.
async fn release(addrs: &[Multiaddr]) {
    let deadline = Instant::now() + CLOSE_TIMEOUT * 4;
    while Instant::now() < deadline && addrs.iter().any(|addr| claim(addr).is_err()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Busy, for this long.
fn busy(wait: Duration) -> Answer {
    let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1);
    Answer::Response(Response::Busy { retry_after_ms })
}
