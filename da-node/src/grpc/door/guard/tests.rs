#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Access, Call, METHODS, Visitor, method_of};
use crate::grpc::door::{Gate, Guarded};
use crate::metrics::{Metrics, names};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::{Code, Status};

/// Says that all is well, in its headers.
#[derive(Clone)]
struct Well;

impl Service<Request<Body>> for Well {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Status::ok("").into_http()))
    }
}

fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new(Path::new("nowhere")))
}

fn counted(metrics: &Metrics, method: &str, code: &str) -> bool {
    // A count of one more shows that this one is there, and how often.
    let before = format!("assay_grpc_calls_total{{method=\"{method}\",code=\"{code}\"}} 2");
    metrics.count(&names::GRPC_CALLS, &[method, code], 1);
    metrics.render().contains(&before)
}

async fn call(metrics: &Arc<Metrics>, path: &str, from: &str) -> Code {
    let gate = Arc::new(Gate::new(&[], true));
    let mut service = Guarded::new(Well, gate, Arc::clone(metrics));
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap();
    let from: SocketAddr = from.parse().unwrap();
    let visitor = Visitor::new(from);
    request.extensions_mut().insert(visitor.clone());
    assert!(!visitor.has_spoken());
    let answer = service.call(request).await.unwrap();
    assert!(visitor.has_spoken());
    Status::from_header_map(answer.headers()).unwrap().code()
}

#[tokio::test]
async fn status_is_refused_to_other_machines_and_counted() {
    let metrics = metrics();
    let path = "/assay.v1.DataAvailability/GetStatus";
    let code = call(&metrics, path, "192.0.2.7:1").await;
    assert_eq!(code, Code::PermissionDenied);
    assert!(counted(&metrics, "GetStatus", "PERMISSION_DENIED"));

    assert_eq!(call(&metrics, path, "127.0.0.1:1").await, Code::Ok);
    assert!(counted(&metrics, "GetStatus", "OK"));
    let read = "/assay.v1.DataAvailability/GetLimits";
    assert_eq!(call(&metrics, read, "192.0.2.7:1").await, Code::Ok);
    assert!(counted(&metrics, "GetLimits", "OK"));
}

#[tokio::test]
async fn callers_cannot_make_up_labels() {
    let metrics = metrics();
    for path in ["/assay.v1.DataAvailability/Evil", "/evil.Evil/Evil", "/"] {
        call(&metrics, path, "192.0.2.7:1").await;
    }
    let text = metrics.render();
    assert!(text.contains("assay_grpc_calls_total{method=\"other\",code=\"OK\"} 3"));
    assert!(!text.contains("vil"));
}

#[tokio::test]
async fn a_stream_is_counted_by_its_trailers_and_one_that_is_left_as_cancelled() {
    let metrics = metrics();
    let begin = || Call {
        metrics: Arc::clone(&metrics),
        method: "GetBlob",
        code: None,
        started: Instant::now(),
    };
    let answer = || {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "5".parse().unwrap());
        let body = Body::empty().with_trailers(ready(Some(Ok(trailers))));
        Response::new(Body::new(Streamed(body)))
    };
    let followed = begin().follow(answer());
    drop(followed.into_body().collect().await.unwrap());
    assert!(counted(&metrics, "GetBlob", "NOT_FOUND"));
    drop(begin().follow(answer()));
    assert!(counted(&metrics, "GetBlob", "CANCELLED"));
}

/// A body that does not say beforehand that it ends.
struct Streamed<B>(B);

impl<B: hyper::body::Body + Unpin> hyper::body::Body for Streamed<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<B::Data>, B::Error>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(context)
    }
}

#[test]
fn every_method_of_the_schema_has_its_access() {
    let schema = include_str!("../../../../../proto/schema/assay/v1/assay.proto");
    let service = schema.split("service DataAvailability {").nth(1).unwrap();
    let mut methods: Vec<&str> = service
        .split("\n}")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rpc "))
        .map(|line| line.split('(').next().unwrap())
        .collect();
    let mut known: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
    methods.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, methods);

    let access = |path| method_of(path).access;
    assert_eq!(
        access("/assay.v1.DataAvailability/SubmitBlob"),
        Access::Submit
    );
    assert_eq!(
        access("/assay.v1.DataAvailability/GetStatus"),
        Access::Admin
    );
    assert_eq!(access("/assay.v1.DataAvailability/Other"), Access::Read);
    assert_eq!(access("/grpc.health.v1.Health/Check"), Access::Open);
}
