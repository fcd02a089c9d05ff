//! `/metrics` over HTTP, for this machine alone.

use super::sample;
use crate::state::State;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections at a time; more are closed at once.
const CONNECTIONS: usize = 16;
/// How long a request may take to arrive, and a whole connection to end.
const DEADLINE: Duration = Duration::from_secs(10);
/// Most bytes of a request's head.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// The pause after a failure to accept, which is mostly a want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
/// Prometheus's text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves until the node stops.
pub(crate) async fn serve(state: Arc<State>, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = state.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "connection to the metrics not accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let worker = Arc::clone(&state);
        state.tasks.spawn(async move {
            let connection = tokio::time::timeout(DEADLINE, converse(&worker, stream, peer));
            tokio::select! {
                () = worker.stop.cancelled() => {}
                _ = connection => {}
            }
            drop(permit);
        });
    }
}

/// One connection, one answer.
async fn converse(state: &Arc<State>, stream: TcpStream, peer: SocketAddr) {
    let service =
        service_fn(
            |request| async move { Ok::<_, Infallible>(answer(state, peer, &request).await) },
        );
    let served = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(DEADLINE)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection to the metrics broke");
    }
}

async fn answer(
    state: &Arc<State>,
    peer: SocketAddr,
    request: &Request<Incoming>,
) -> Response<Full<Bytes>> {
    if let Err(refusal) = check(peer, request) {
        return refusal.response();
    }
    let worker = Arc::clone(state);
    let rendered = state.compute(move || sample::render(&worker)).await;
    match rendered.and_then(|rendered| rendered) {
        Ok(text) => {
            let mut response = Response::new(Full::from(text));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
            response
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be read");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "the store failed\n")
        }
    }
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The caller is not on this machine, or was made to ask by a page of another.
    Elsewhere,
    /// It asks for something else.
    Path,
    /// It asks for more than to read.
    Method,
}

impl Refusal {
    fn response(self) -> Response<Full<Bytes>> {
        match self {
            Self::Elsewhere => plain(StatusCode::FORBIDDEN, "for this machine alone\n"),
            Self::Path => plain(StatusCode::NOT_FOUND, "expected /metrics\n"),
            Self::Method => {
                let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "expected GET\n");
                response
                    .headers_mut()
                    .insert(ALLOW, HeaderValue::from_static("GET"));
                response
            }
        }
    }
}

/// A GET of `/metrics` from this machine, under a name of this machine: a browser that was led
/// here under a foreign name must not read it.
pub(super) fn check<T>(peer: SocketAddr, request: &Request<T>) -> Result<(), Refusal> {
    let named = request.headers().get(HOST);
    let local = named.is_none_or(|host| host.to_str().is_ok_and(is_local));
    if !peer.ip().is_loopback() || !local {
        Err(Refusal::Elsewhere)
    } else if request.uri().path() != "/metrics" {
        Err(Refusal::Path)
    } else if request.method() != Method::GET {
        Err(Refusal::Method)
    } else {
        Ok(())
    }
}

fn is_local(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}
