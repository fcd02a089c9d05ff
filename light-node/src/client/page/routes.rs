//! What is answered to whom.

use crate::client::page::assets;
use crate::client::page::http::Leash;
use crate::client::page::hub::Hub;
use crate::client::page::metrics;
use futures::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Bytes, Frame};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Method, Request, Response, StatusCode};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The body of an answer.
pub(crate) type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Who asks.
pub(crate) struct Caller {
    /// The address that the caller reached us by.
    pub(crate) at: SocketAddr,
    /// What holds the connection.
    pub(crate) leash: Arc<Leash>,
}

/// On every answer. The page loads nothing but its own files, and nobody frames it; what it
/// says is of the moment, and no business of other origins.
const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static(
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             object-src 'none'",
        ),
    ),
    (
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    ),
    (
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Answers a request: who asks under what name, how, and only then for what.
pub(crate) fn answer<B: Body>(request: &Request<B>, caller: &Caller, hub: &Hub) -> Answer {
    let refused = refuse(request, caller);
    let mut answer = refused.unwrap_or_else(|| route(request, caller, hub));
    let always = ALWAYS.map(|(name, value)| (Some(name), value));
    answer.headers_mut().extend(always);
    answer
}

/// The answer to a request that is not to be looked at any further.
fn refuse<B: Body>(request: &Request<B>, caller: &Caller) -> Option<Answer> {
    if !is_local(request, caller.at) {
        let said = "this page answers to localhost and 127.0.0.1 only, with its port\n";
        return Some(plain(StatusCode::MISDIRECTED_REQUEST, said));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD only\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return Some(refused);
    }
    if !request.body().is_end_stream() {
        let said = "a request has no body here\n";
        return Some(plain(StatusCode::PAYLOAD_TOO_LARGE, said));
    }
    // Other sites may link to the page, but neither embed it nor hold its streams.
    let site = request.headers().get(FETCH_SITE).map(HeaderValue::as_bytes);
    let is_own = matches!(site, None | Some(b"same-origin" | b"none"));
    (!is_own && request.uri().path() != "/")
        .then(|| plain(StatusCode::FORBIDDEN, "not for other sites\n"))
}

/// Whether the request names this machine and our port. A name of somebody else's that was
/// made to resolve to this machine (DNS rebinding) does not.
fn is_local<B>(request: &Request<B>, at: SocketAddr) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let is_ours = |named: &[u8]| {
        let own = [
            format!("localhost:{}", at.port()),
            format!("127.0.0.1:{}", at.port()),
            format!("[::1]:{}", at.port()),
            at.to_string(),
        ];
        own.iter()
            .any(|own| named.eq_ignore_ascii_case(own.as_bytes()))
    };
    let authority = request.uri().authority();
    is_ours(host.as_bytes()) && authority.is_none_or(|named| is_ours(named.as_str().as_bytes()))
}

fn route<B>(request: &Request<B>, caller: &Caller, hub: &Hub) -> Answer {
    match request.uri().path() {
        "/" => snapshot(hub, "text/html; charset=utf-8", |json| assets::page(&json)),
        "/status.json" => snapshot(hub, "application/json", |json| json),
        "/metrics" => ok(metrics::MEDIA_TYPE, hub.metrics()),
        "/events" if request.method() == Method::HEAD => ok(EVENTS, ""),
        "/events" => events(caller, hub),
        path => match assets::find(path) {
            Some(asset) => ok(asset.media_type, asset.bytes),
            None => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
        },
    }
}

/// An answer made of what the node knows now.
fn snapshot(hub: &Hub, media_type: &'static str, put: impl FnOnce(String) -> String) -> Answer {
    match serde_json::to_string(&hub.snapshot()) {
        Ok(json) => ok(media_type, put(json)),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

const EVENTS: &str = "text/event-stream";

/// A stream of events that lasts until one side has enough.
fn events(caller: &Caller, hub: &Hub) -> Answer {
    let Some(received) = hub.subscribe(Arc::clone(&caller.leash.cut)) else {
        let said = "too many pages are open\n";
        let mut refused = plain(StatusCode::SERVICE_UNAVAILABLE, said);
        let soon = HeaderValue::from_static("5");
        refused.headers_mut().insert(RETRY_AFTER, soon);
        return refused;
    };
    caller.leash.streams.store(true, Ordering::Relaxed);
    let frames = stream::unfold(received, async |mut received| {
        let event = received.recv().await?;
        Some((Ok(Frame::data(event)), received))
    });
    respond(
        StatusCode::OK,
        EVENTS,
        StreamBody::new(frames).boxed_unsync(),
    )
}

fn ok(media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    respond(StatusCode::OK, media_type, full(body))
}

fn plain(status: StatusCode, said: impl Into<Bytes>) -> Answer {
    respond(status, "text/plain; charset=utf-8", full(said))
}

fn full(body: impl Into<Bytes>) -> UnsyncBoxBody<Bytes, Infallible> {
    Full::new(body.into()).boxed_unsync()
}

fn respond(
    status: StatusCode,
    media_type: &'static str,
    body: UnsyncBoxBody<Bytes, Infallible>,
) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    answer
}
