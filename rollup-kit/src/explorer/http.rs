//! The server: few connections, each for one exchange, none for long.

use super::routes;
use super::watch::Watch;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// What callers may have of the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at once. One more is told so and closed.
    connections: usize,
    /// How long the head of a request may take to come.
    head: Duration,
    /// How long a whole exchange may take.
    exchange: Duration,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self {
        connections: 32,
        head: Duration::from_secs(5),
        exchange: Duration::from_secs(45),
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

/// Serves callers until it is dropped.
pub(super) async fn serve(
    listener: TcpListener,
    at: SocketAddr,
    watch: Arc<Watch>,
    limits: Limits,
) {
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
        let watch = Arc::clone(&watch);
        connections.spawn(async move {
            converse(stream, at, watch, limits).await;
            drop(place);
        });
    }
}

/// One exchange over one connection.
async fn converse(stream: TcpStream, at: SocketAddr, watch: Arc<Watch>, limits: Limits) {
    let service = service_fn(|request| {
        let watch = &watch;
        async move { Ok::<_, Infallible>(routes::answer(&request, at, watch).await) }
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(Limits::HEAD_BYTES)
        .max_headers(Limits::HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = tokio::time::timeout(limits.exchange, conversation).await {
        tracing::debug!(%error, "an exchange of the page ended early");
    }
}
