//! The handle through which the rest of the program uses the network.

use crate::announcement::Announcement;
use crate::behaviour;
use crate::codec::Codec;
use crate::config::NetConfig;
use crate::error::{Error, Result};
use crate::event::{Event, PeerInfo};
use crate::identity::{Binding, Identity};
use crate::message::{Request, Response};
use crate::score::{Offence, Scores};
use crate::service::{Command, Service};
use crate::shared::{Shared, Traffic};
use chain::ValidatorAddress;
use libp2p::{Multiaddr, PeerId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use types::Height;

/// Commands that wait for the swarm's task.
const COMMAND_QUEUE: usize = 256;
/// The shortest deadline for which a peer is blamed when it misses it: less is our impatience.
const SHORTEST_BLAMED: Duration = Duration::from_secs(1);
/// How long [`Network::dial`] waits for the Hello.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// A running network. Clones are handles to the same one; it ends with [`Self::shutdown`] or
/// when the last of them is dropped.
#[derive(Debug, Clone)]
pub struct Network {
    local: PeerId,
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
}

impl Network {
    /// Binds the listeners, and starts the swarm in a task of the present tokio runtime.
    /// `binding` is this node's claim to be a validator, if it is one.
    ///
    /// The events have to be received: while they wait, peers are told that we are busy.
    ///
    /// # Errors
    /// [`Error::Listen`] for an address that is taken, [`Error::SetUp`] for transports that
    /// cannot be had.
    pub async fn start(
        identity: Identity,
        config: NetConfig,
        binding: Option<Binding>,
    ) -> Result<(Self, mpsc::Receiver<Event>)> {
        let shared = Arc::new(Shared::new(Scores::new(config.limits.ban)));
        let codec = Codec::new(Arc::clone(&shared));
        let swarm = behaviour::swarm(&identity, &config, &codec, &shared)?;
        let (command_sender, commands) = mpsc::channel(COMMAND_QUEUE);
        let (event_sender, events) = mpsc::channel(config.limits.event_queue.max(1));
        let mut service = Box::new(Service::new(
            swarm,
            Arc::clone(&shared),
            config,
            binding,
            commands,
            event_sender,
        ));
        service.listen().await?;
        tokio::spawn(service.run());
        let network = Self {
            local: identity.peer_id(),
            commands: command_sender,
            shared,
        };
        Ok((network, events))
    }

    /// This node's name.
    #[must_use]
    pub const fn local_peer(&self) -> PeerId {
        self.local
    }

    /// Where others can reach this node: real ports, each address with `/p2p/` and our name.
    #[must_use]
    pub fn listen_addrs(&self) -> Vec<Multiaddr> {
        self.shared.listening()
    }

    /// The peers that are connected and have passed the Hello.
    #[must_use]
    pub fn connected_peers(&self) -> Vec<PeerInfo> {
        self.shared.peers()
    }

    /// One of [`Self::connected_peers`].
    #[must_use]
    pub fn peer(&self, peer: &PeerId) -> Option<PeerInfo> {
        self.shared.peer(peer)
    }

    /// Sets the newest final height that our Hello names from now on.
    pub fn set_tip(&self, tip: Height) {
        self.shared.set_tip(tip);
    }

    /// Sets who counts as a validator from now on. Until then every peer does that is bound to
    /// some key, and keys cost nothing; so a node that takes dispersals names its validators at
    /// its start, and again whenever the set changes.
    ///
    /// Only validators may send large requests ([`Request::Disperse`]), and places are kept for
    /// them when there are many connections.
    pub fn set_validators(&self, validators: impl IntoIterator<Item = ValidatorAddress>) {
        self.shared.set_validators(validators.into_iter().collect());
    }

    /// Sets which peers may send large requests though they speak for no validator.
    pub fn set_trusted(&self, peers: impl IntoIterator<Item = PeerId>) {
        self.shared.set_trusted(peers.into_iter().collect());
    }

    /// Connects to an address, with or without `/p2p/…`, and waits for the Hello.
    ///
    /// # Errors
    /// [`Error::Dial`] when nobody is there, [`Error::Hello`] for a node of another chain,
    /// [`Error::Banned`], [`Error::Disconnected`], [`Error::Stopped`].
    pub async fn dial(&self, addr: Multiaddr) -> Result<PeerId> {
        let (done, result) = oneshot::channel();
        self.send(Command::Dial(addr.clone(), done)).await?;
        match tokio::time::timeout(DIAL_TIMEOUT, result).await {
            Ok(result) => result.unwrap_or(Err(Error::Stopped)),
            Err(_) => Err(Error::Dial {
                addr,
                reason: format!("no Hello within {DIAL_TIMEOUT:?}"),
            }),
        }
    }

    /// Asks a connected peer. The answer is of the kind and within the bounds of what was
    /// asked; `NotFound`, `Pruned`, `Busy` and `Refused` are answers too. Verifying what it
    /// says is the caller's.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when the request is none that may be sent, [`Error::NotConnected`],
    /// [`Error::Banned`], [`Error::Timeout`], [`Error::Disconnected`], [`Error::Transport`],
    /// [`Error::WrongAnswer`], [`Error::Stopped`]. Faults of the peer's are noted already;
    /// silence is one from a deadline of a second on.
    pub async fn request(
        &self,
        peer: PeerId,
        request: Request,
        deadline: Duration,
    ) -> Result<Response> {
        request.check()?;
        let (done, result) = oneshot::channel();
        let exchange = async {
            self.send(Command::Request(peer, request, done)).await?;
            result.await.unwrap_or(Err(Error::Stopped))
        };
        match tokio::time::timeout(deadline, exchange).await {
            Ok(result) => result,
            Err(_) => {
                if deadline >= SHORTEST_BLAMED {
                    self.shared.report(peer, Offence::Timeout);
                }
                Err(Error::Timeout {
                    peer,
                    after: deadline,
                })
            }
        }
    }

    /// Tells everyone. Nobody listening is no failure, and neither is saying it twice.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when it is too long, [`Error::Stopped`].
    pub async fn announce(&self, announcement: Announcement) -> Result<()> {
        let (done, result) = oneshot::channel();
        self.send(Command::Announce(announcement, done)).await?;
        result.await.unwrap_or(Err(Error::Stopped))
    }

    /// Bans a peer for the configured time: its connections are closed and no others made.
    pub fn ban(&self, peer: PeerId, reason: &str) {
        self.shared.ban(peer, reason);
    }

    /// Whether a peer is banned.
    #[must_use]
    pub fn is_banned(&self, peer: &PeerId) -> bool {
        self.shared.is_banned(peer)
    }

    /// Notes an offence; too many within a short time, or one grave enough, ban the peer.
    pub fn report(&self, peer: PeerId, offence: Offence) {
        self.shared.report(peer, offence);
    }

    /// Application bytes so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.shared.traffic()
    }

    /// Closes all connections and ends the swarm's task; returns when its ports are free.
    pub async fn shutdown(&self) {
        let (done, ended) = oneshot::channel();
        if self.send(Command::Shutdown(done)).await.is_ok() {
            let _ = ended.await;
        }
    }

    async fn send(&self, command: Command) -> Result<()> {
        self.commands
            .send(command)
            .await
            .map_err(|_| Error::Stopped)
    }
}
