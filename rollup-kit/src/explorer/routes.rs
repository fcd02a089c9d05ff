//! What is answered to whom.

use super::assets;
use super::watch::{Lacking, Watch};
use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Method, Request, Response, StatusCode};
use ledger::AccountIndex;
use operator::wire::WireTree;
use serde::Serialize;
use serde_json::json;
use settlement::BatchNumber;
use std::net::SocketAddr;

type Answer = Response<Full<Bytes>>;

/// On every answer. The page loads nothing but its own files, and nobody frames it; what it says
/// is of the moment, and no business of other origins.
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
const JSON: &str = "application/json";
/// Digits of the longest number.
const DIGITS: usize = 20;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Overview,
    Before(u64),
    Batch(BatchNumber),
    Account(WireTree, u32),
}

impl Route {
    /// What a path names; none for nothing.
    fn parse(path: &str) -> Option<Self> {
        let named = path.strip_prefix('/')?.strip_suffix(".json")?;
        let mut parts = named.split('/');
        let route = match (parts.next()?, parts.next(), parts.next()) {
            ("overview", None, None) => Self::Overview,
            ("batches", Some(before), None) => Self::Before(number(before)?),
            ("batch", Some(batch), None) => Self::Batch(BatchNumber::new(number(batch)?)),
            ("account", Some(tree), Some(index)) => {
                let tree = match tree {
                    "on_l1" => WireTree::OnL1,
                    "off_l1" => WireTree::OffL1,
                    _ => return None,
                };
                Self::Account(tree, AccountIndex::new(number(index)?).ok()?.get())
            }
            _ => return None,
        };
        parts.next().is_none().then_some(route)
    }
}

/// Plain digits, one text for each number.
fn number(text: &str) -> Option<u64> {
    let is_plain = text == "0" || !text.starts_with('0');
    let is_digits = text.bytes().all(|digit| digit.is_ascii_digit());
    let is_number = is_plain && is_digits && text.len() <= DIGITS;
    is_number.then(|| text.parse().ok()).flatten()
}

/// Answers a request: who asks under what name, how, and only then for what.
pub(super) async fn answer<B: Body>(request: &Request<B>, at: SocketAddr, watch: &Watch) -> Answer {
    let mut answer = match refuse(request, at) {
        Some(refused) => refused,
        None => route(request.uri().path(), watch).await,
    };
    let always = ALWAYS.map(|(name, value)| (Some(name), value));
    answer.headers_mut().extend(always);
    answer
}

/// The answer to a request that is not to be looked at any further.
fn refuse<B: Body>(request: &Request<B>, at: SocketAddr) -> Option<Answer> {
    if !is_local(request, at) {
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
    // Other sites may link to the page, but not embed what it says.
    let site = request.headers().get(FETCH_SITE).map(HeaderValue::as_bytes);
    let is_own = matches!(site, None | Some(b"same-origin" | b"none"));
    (!is_own && request.uri().path() != "/")
        .then(|| plain(StatusCode::FORBIDDEN, "not for other sites\n"))
}

/// Whether the request names this machine and our port. A name of somebody else's that was made to
/// resolve to this machine (DNS rebinding) does not.
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

async fn route(path: &str, watch: &Watch) -> Answer {
    if let Some(asset) = assets::find(path) {
        return respond(StatusCode::OK, asset.media_type, asset.bytes);
    }
    match Route::parse(path) {
        Some(Route::Overview) => respond(StatusCode::OK, JSON, watch.overview()),
        Some(Route::Before(number)) => told(watch.before(number).await),
        Some(Route::Batch(number)) => told(watch.batch(number).await),
        Some(Route::Account(tree, index)) => told(watch.account(tree, index).await),
        None => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
    }
}

/// A detail, or in words why there is none.
fn told(detail: Result<impl Serialize, Lacking>) -> Answer {
    let (status, said) = match detail {
        Ok(detail) => match serde_json::to_vec(&detail) {
            Ok(json) => return respond(StatusCode::OK, JSON, json),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        },
        Err(Lacking::Nothing(what)) => (StatusCode::NOT_FOUND, what.to_owned()),
        Err(Lacking::Busy) => {
            let said = "too many ask at once".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, said)
        }
        Err(Lacking::Source(who, trouble)) => (StatusCode::BAD_GATEWAY, format!("{who} {trouble}")),
    };
    let mut answer = respond(status, JSON, json!({ "error": said }).to_string());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let soon = HeaderValue::from_static("2");
        answer.headers_mut().insert(RETRY_AFTER, soon);
    }
    answer
}

fn plain(status: StatusCode, said: &'static str) -> Answer {
    respond(status, "text/plain; charset=utf-8", said)
}

fn respond(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    answer
}

#[cfg(test)]
mod tests;
