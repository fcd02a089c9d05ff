//! The server: few connections, each for one exchange, none for long.

use crate::client::page::hub::Hub;
use crate::client::page::routes::{Caller, answer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// What callers may have of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once. One more is told so and closed.
    pub(crate) connections: usize,
    /// How long the head of a request may take to come.
    pub(crate) head: Duration,
    /// How long a whole exchange may take, but for a stream of events.
    pub(crate) exchange: Duration,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        connections: 32,
        head: Duration::from_secs(5),
        exchange: Duration::from_secs(20),
    };
    /// Bytes of a request's head: the least that hyper takes.
    const HEAD_BYTES: usize = 8192;
    /// Header lines of a request.
    const HEADERS: usize = 48;
}

/// Said to a caller for whom there is no connection left.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\
    retry-after: 2\r\ncontent-length: 0\r\n\r\n";
/// The pause after a failure to accept: it is the system that is short of something.
const PAUSE: Duration = Duration::from_millis(100);

/// What holds a connection.
#[derive(Debug, Default)]
pub(crate) struct Leash {
    /// Cuts it.
    pub(crate) cut: Arc<Notify>,
    /// Whether it became a stream of events, which may last.
    pub(crate) streams: AtomicBool,
}

/// Serves callers until it is dropped.
pub(crate) async fn serve(listener: TcpListener, at: SocketAddr, hub: Arc<Hub>, limits: Limits) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "no connection for the page");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            // A new connection has room for this much, or is not worth a wait.
            let _ = stream.writable().await;
            let _ = stream.try_write(BUSY);
            continue;
        };
        let hub = Arc::clone(&hub);
        connections.spawn(async move {
            converse(stream, at, hub, limits).await;
            drop(place);
        });
    }
}

/// One exchange over one connection.
async fn converse(stream: TcpStream, at: SocketAddr, hub: Arc<Hub>, limits: Limits) {
    let leash = Arc::new(Leash::default());
    let held = Arc::clone(&leash);
    let service = service_fn(move |request| {
        let caller = Caller {
            at,
            leash: Arc::clone(&held),
        };
        let answer = answer(&request, &caller, &hub);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(Limits::HEAD_BYTES)
        .max_headers(Limits::HEADERS)
        .keep_alive(false);
    let conversation = server.serve_connection(TokioIo::new(stream), service);
    let too_long = async {
        tokio::time::sleep(limits.exchange).await;
        if leash.streams.load(Ordering::Relaxed) {
            std::future::pending().await
        }
    };
    tokio::select! {
        ended = conversation => if let Err(error) = ended {
            tracing::debug!(%error, "an exchange of the page ended early");
        },
        () = leash.cut.notified() => {}
        () = too_long => {}
    }
}

#[cfg(test)]
mod tests;
