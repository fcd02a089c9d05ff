//! Around each service: who calls is looked at before a byte of the message is read, and every
//! call is counted by its end.

use super::gate::{Access, Gate};
use crate::grpc::error;
use crate::metrics::{Metrics, names};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::Code;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::server::NamedService;

/// The header or trailer with a call's status code.
const STATUS: &str = "grpc-status";

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    address: SocketAddr,
    spoken: Arc<AtomicBool>,
}

impl Visitor {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            spoken: Arc::default(),
        }
    }

    /// Whether a call was made on the connection.
    pub(crate) fn has_spoken(&self) -> bool {
        self.spoken.load(Ordering::Relaxed)
    }
}

/// A method: its name in metrics, and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Method {
    name: &'static str,
    access: Access,
}

/// The methods of the API. Metrics name no others, so that callers cannot make up labels.
const METHODS: [(&str, Access); 14] = [
    ("SubmitBlob", Access::Submit),
    ("WatchBlob", Access::Read),
    ("GetBlob", Access::Read),
    ("GetProof", Access::Read),
    ("GetHeader", Access::Read),
    ("SubscribeHeaders", Access::Read),
    ("ListBlobs", Access::Read),
    ("GetCells", Access::Read),
    ("GetLimits", Access::Read),
    ("GetValidatorSet", Access::Read),
    ("GetEvidence", Access::Read),
    ("GetStatus", Access::Admin),
    ("ListSetChanges", Access::Admin),
    ("ApproveSetChange", Access::Admin),
];

fn method_of(path: &str) -> Method {
    if let Some(called) = path.strip_prefix("/assay.v1.DataAvailability/") {
        let known = METHODS.iter().find(|(name, _)| *name == called);
        // What is unknown is refused later; until then it is not less than a read.
        let (name, access) = known.copied().unwrap_or(("other", Access::Read));
        return Method { name, access };
    }
    let name = if path.starts_with("/grpc.health.v1.Health/") {
        "Health"
    } else if path.starts_with("/grpc.reflection.") {
        "Reflection"
    } else {
        "other"
    };
    let access = Access::Open;
    Method { name, access }
}

/// A service behind the gate.
#[derive(Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
}

impl<S> Guarded<S> {
    pub(crate) fn new(inner: S, gate: Arc<Gate>, metrics: Arc<Metrics>) -> Self {
        Self {
            inner,
            gate,
            metrics,
        }
    }
}

impl<S: NamedService> NamedService for Guarded<S> {
    const NAME: &'static str = S::NAME;
}

type Answer = Result<Response<Body>, Infallible>;

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let method = method_of(request.uri().path());
        let visitor = request.extensions().get::<Visitor>();
        if let Some(visitor) = visitor {
            visitor.spoken.store(true, Ordering::Relaxed);
        }
        let from = visitor.map(|visitor| visitor.address);
        let call = Call {
            metrics: Arc::clone(&self.metrics),
            method: method.name,
            code: None,
            started: Instant::now(),
        };
        match self.gate.admit(method.access, from, request.headers()) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let answer = self.inner.call(request);
                Box::pin(async move { Ok(call.follow(answer.await?)) })
            }
            Err(refusal) => {
                tracing::debug!(method = method.name, ?from, error = %refusal, "call refused");
                let answer = call.follow(error::status(&refusal).into_http());
                Box::pin(std::future::ready(Ok(answer)))
            }
        }
    }
}

/// A call under way. It is counted when it is dropped.
struct Call {
    metrics: Arc<Metrics>,
    method: &'static str,
    /// None as long as its caller may still leave.
    code: Option<Code>,
    started: Instant,
}

impl Call {
    /// Follows an answer to its end, which its headers or its trailers tell.
    fn follow(mut self, response: Response<Body>) -> Response<Body> {
        if let Some(code) = code_of(response.headers()) {
            self.end(code);
            return response;
        }
        response.map(|body| {
            Body::new(body.inspect_frame(move |frame| {
                if let Some(trailers) = frame.trailers_ref() {
                    self.end(code_of(trailers).unwrap_or(Code::Unknown));
                }
            }))
        })
    }

    fn end(&mut self, code: Code) {
        self.code = Some(code);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = name_of(self.code.unwrap_or(Code::Cancelled));
        let method = self.method;
        self.metrics.count(&names::GRPC_CALLS, &[method, code], 1);
        self.metrics
            .record(&names::GRPC_SECONDS, &[method], self.started.elapsed());
    }
}

fn code_of(headers: &HeaderMap) -> Option<Code> {
    let status = headers.get(STATUS)?;
    Some(Code::from_bytes(status.as_bytes()))
}

/// The names of the codes in gRPC's specification.
const fn name_of(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests;
