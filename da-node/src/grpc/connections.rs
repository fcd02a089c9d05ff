//! Accepted connections: counted, made to speak soon, and cut off when the node has stopped.

use super::door::{Door, Visitor};
use crate::metrics::{Metrics, names};
use futures::stream::{self, Stream};
use metrics::Counter;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

/// Bytes of an HTTP/2 preface (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;
/// The pause after a failure to accept, which is mostly a want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Whoever comes in.
pub(super) struct Connections {
    listener: TcpListener,
    room: Arc<Room>,
    handshake_deadline: Duration,
    first_call_deadline: Duration,
    metrics: Arc<Metrics>,
    received: Counter,
    sent: Counter,
    cut: CancellationToken,
}

impl Connections {
    /// `open` counts them as they come and go.
    pub(super) fn new(
        listener: TcpListener,
        door: &Door,
        open: Arc<AtomicUsize>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            listener,
            room: Arc::new(Room {
                open,
                most: door.connections,
                most_per_address: door.connections_per_address,
                by_address: Mutex::default(),
            }),
            handshake_deadline: door.handshake_deadline,
            first_call_deadline: door.first_call_deadline,
            received: metrics.counting(&names::GRPC_BYTES, &["received"]),
            sent: metrics.counting(&names::GRPC_BYTES, &["sent"]),
            metrics,
            cut: CancellationToken::new(),
        }
    }

    /// Cuts every connection when it is cancelled.
    pub(super) fn cut(&self) -> CancellationToken {
        self.cut.clone()
    }

    /// Whoever comes and finds room; the others are closed at once.
    pub(super) fn incoming(
        self,
    ) -> impl Stream<Item = std::result::Result<Connection, Infallible>> + Send {
        stream::unfold(self, |door| async move {
            let connection = door.accept().await;
            Some((Ok(connection), door))
        })
    }

    async fn accept(&self) -> Connection {
        loop {
            let (stream, address) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "connection not accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let seat = match self.room.take(address.ip()) {
                Ok(seat) => seat,
                Err(full) => {
                    tracing::debug!(%address, reason = full.reason(), "connection closed");
                    self.closed(full.reason());
                    continue;
                }
            };
            // One whose peer has left already fails at its first byte.
            let _ = stream.set_nodelay(true);
            let sleep = |deadline| Box::pin(tokio::time::sleep(deadline));
            return Connection {
                stream,
                visitor: Visitor::new(address),
                preface: Some((sleep(self.handshake_deadline), 0)),
                first_call: Some(sleep(self.first_call_deadline)),
                silent: self.metrics.counting(&names::GRPC_CLOSED, &["silent"]),
                received: self.received.clone(),
                sent: self.sent.clone(),
                cut: Box::pin(self.cut.clone().cancelled_owned()),
                _seat: seat,
            };
        }
    }

    fn closed(&self, reason: &str) {
        self.metrics.count(&names::GRPC_CLOSED, &[reason], 1);
    }
}

/// How many connections there are, in all and of each address.
struct Room {
    open: Arc<AtomicUsize>,
    most: usize,
    most_per_address: usize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    /// For nobody.
    All,
    /// For that address.
    Address,
}

impl Full {
    const fn reason(self) -> &'static str {
        match self {
            Self::All => "full",
            Self::Address => "address",
        }
    }
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // The map is consistent after every single call on it.
        let locked = self.by_address.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, address: IpAddr) -> std::result::Result<Seat, Full> {
        let network = network_of(address);
        let mut by_address = self.lock();
        // Nobody sits down without the lock.
        if self.open.load(Ordering::Relaxed) >= self.most {
            return Err(Full::All);
        }
        let count = by_address.entry(network).or_default();
        if *count >= self.most_per_address {
            return Err(Full::Address);
        }
        *count += 1;
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Seat {
            room: Arc::clone(self),
            network,
        })
    }
}

/// What one customer is given: an IPv4 address, or an IPv6 network of 64 bits.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A place in the room.
struct Seat {
    room: Arc<Room>,
    network: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_address = self.room.lock();
        if let Some(count) = by_address.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.network);
            }
        }
        self.room.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    visitor: Visitor,
    /// Until the preface is there: its deadline and the bytes so far. Under TLS these are the
    /// first bytes of the handshake, which has a deadline of its own.
    preface: Option<(Pin<Box<Sleep>>, usize)>,
    /// Until the first call: a connection that finished every handshake must be good for
    /// something.
    first_call: Option<Pin<Box<Sleep>>>,
    silent: Counter,
    received: Counter,
    sent: Counter,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _seat: Seat,
}

impl Connection {
    /// Whether the connection is to end, for which the task is woken.
    fn check(&mut self, context: &mut Context<'_>) -> Result<()> {
        if self.cut.as_mut().poll(context).is_ready() {
            return Err(Error::new(
                ErrorKind::ConnectionAborted,
                "the node has stopped",
            ));
        }
        if let Some((deadline, _)) = &mut self.preface
            && deadline.as_mut().poll(context).is_ready()
        {
            self.silent.increment(1);
            return Err(Error::new(ErrorKind::TimedOut, "no HTTP/2 preface in time"));
        }
        if self.visitor.has_spoken() {
            self.first_call = None;
        }
        if let Some(deadline) = &mut self.first_call
            && deadline.as_mut().poll(context).is_ready()
        {
            self.silent.increment(1);
            return Err(Error::new(ErrorKind::TimedOut, "no call in time"));
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.check(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = buffer.filled().len() - before;
        self.received.increment(bytes as u64);
        if let Some((_, so_far)) = &mut self.preface {
            *so_far += bytes;
            if *so_far >= PREFACE_BYTES {
                self.preface = None;
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.check(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(bytes)) = written {
            self.sent.increment(bytes as u64);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected for Connection {
    type ConnectInfo = Visitor;

    fn connect_info(&self) -> Visitor {
        self.visitor.clone()
    }
}

#[cfg(test)]
mod tests;
