//! The gRPC API `assay.v1`, with health and reflection.
//!
//! Each call reads in three beats: bounds, nouns, work. Whatever a caller can hold on to is
//! counted: connections, calls per connection, submissions, reads and subscriptions; what a
//! client submits is charged to its quotas. A refusal carries its typed half in the status's
//! details.

mod blobs;
mod cells;
mod connections;
mod door;
mod error;
mod evidence;
mod headers;
mod limits;
mod membership;
mod outbox;
mod proofs;
mod status;
mod submit;
mod watch;

pub use door::{Client, Door, MAX_CLIENT_NAME_BYTES, MAX_CLIENTS, Quotas, Tls, Token, TokenHash};

use crate::metrics::Metrics;
use crate::state::State;
use crate::{Error, Result};
use connections::Connections;
use door::{Caller, Gate, Guarded, Ledger};
use proto::v1::data_availability_server::{DataAvailability, DataAvailabilityServer};
use proto::{FILE_DESCRIPTOR_SET, v1};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};
use tonic_health::server::HealthReporter;
use types::Timestamp;

/// Most bytes of a message that is read: a chunk of 1 MiB and its frame, with room to spare.
const MAX_MESSAGE_BYTES: usize = 2 << 20;
/// Calls of one connection at work at a time.
const CALLS_PER_CONNECTION: u32 = 64;
/// Most bytes of a call's headers.
const MAX_HEADER_BYTES: u32 = 16 << 10;
/// Calls that were reset before anybody looked at them; whoever makes more is cut off.
const PENDING_RESETS: usize = 32;
/// Watches and header subscriptions at a time.
const SUBSCRIPTIONS: usize = 1024;
/// Payloads and batches of cells being read at a time: bounds the memory that readers hold.
const READS: usize = 16;
/// When a reader that found no room should come back.
const RETRY_AFTER_MS: u64 = 500;
/// How long calls may go on once the node stops.
const GRACE: Duration = Duration::from_secs(3);

/// What clients have used of their day, in the node's folder.
const QUOTAS_FILE: &str = "quotas.json";

/// The service's part of a node.
#[derive(Clone)]
pub(crate) struct Service {
    state: Arc<State>,
    subscriptions: Arc<Semaphore>,
    reads: Arc<Semaphore>,
    ledger: Arc<Ledger>,
}

impl Service {
    /// Serves this state, with the accounts of its clients.
    fn new(state: Arc<State>, ledger: Arc<Ledger>) -> Self {
        Self {
            state,
            ledger,
            subscriptions: Arc::new(Semaphore::new(SUBSCRIPTIONS)),
            reads: Arc::new(Semaphore::new(READS)),
        }
    }

    fn subscribe(&self) -> Result<OwnedSemaphorePermit> {
        room(&self.subscriptions, "subscriptions", SUBSCRIPTIONS)
    }

    fn read(&self) -> Result<OwnedSemaphorePermit> {
        room(&self.reads, "reads", READS)
    }
}

fn room(
    semaphore: &Arc<Semaphore>,
    what: &'static str,
    max: usize,
) -> Result<OwnedSemaphorePermit> {
    Arc::clone(semaphore)
        .try_acquire_owned()
        .map_err(|_| Error::Busy {
            what,
            got: max,
            max,
            retry_after_ms: RETRY_AFTER_MS,
        })
}

/// A door that is ready: its certificates hold, its port and its accounts are had.
pub(crate) struct Front {
    door: Door,
    server: Server,
    listener: TcpListener,
    ledger: Arc<Ledger>,
}

impl Front {
    /// Makes a door ready. The accounts of its clients lie in the node's folder.
    ///
    /// # Errors
    /// [`Error::Tls`], [`Error::Quotas`].
    pub(crate) fn new(
        door: Door,
        listener: TcpListener,
        data_dir: &Path,
        metrics: &Arc<Metrics>,
        now: Timestamp,
    ) -> Result<Self> {
        let file = data_dir.join(QUOTAS_FILE);
        Ok(Self {
            server: door.server()?,
            ledger: Arc::new(Ledger::open(file, &door.clients, Arc::clone(metrics), now)?),
            door,
            listener,
        })
    }
}

/// Serves until the node stops; then running calls get a moment to end.
pub(crate) async fn serve(state: Arc<State>, front: Front) {
    let (ledger, worker) = (Arc::clone(&front.ledger), Arc::clone(&state));
    if let Err(error) = try_serve(state, front).await {
        tracing::error!(%error, "gRPC is not served");
    }
    let now = worker.now();
    let closed = worker.compute(move || ledger.close(now));
    if let Ok(Err(error)) = closed.await {
        tracing::error!(%error, "what clients have used is not kept");
    }
}

async fn try_serve(
    state: Arc<State>,
    front: Front,
) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Front {
        door,
        server,
        listener,
        ledger,
    } = front;
    let (stop, metrics) = (state.stop.clone(), Arc::clone(&state.metrics));
    let (health, health_server) = tonic_health::server::health_reporter();
    health
        .set_serving::<DataAvailabilityServer<Service>>()
        .await;
    let unfit = tell_unfit(state.unfit.subscribe(), health);
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let open = Arc::clone(&state.visitors);
    let connections = Connections::new(listener, &door, open, Arc::clone(&metrics));
    let cut = connections.cut();
    let api = DataAvailabilityServer::new(Service::new(state, ledger))
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let gate = Arc::new(Gate::new(&door.clients, door.open_reads));
    let guard = Guard { gate, metrics };
    let serving = server
        .max_concurrent_streams(CALLS_PER_CONNECTION)
        .http2_keepalive_interval(Some(door.keepalive))
        .http2_keepalive_timeout(Some(door.keepalive))
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS))
        .add_service(guard.around(api))
        .add_service(guard.around(health_server))
        .add_service(guard.around(reflection().build_v1()?))
        .add_service(guard.around(reflection().build_v1alpha()?))
        .serve_with_incoming_shutdown(connections.incoming(), stop.cancelled());
    tokio::pin!(serving);
    tokio::pin!(unfit);
    tokio::select! {
        served = &mut serving => return Ok(served?),
        () = stop.cancelled() => {}
        // Never ends: the service goes on, what is stored can still be read.
        () = &mut unfit => {}
    }
    if tokio::time::timeout(GRACE, &mut serving).await.is_err() {
        // Whoever still holds a call open is cut off: the state must be let go.
        cut.cancel();
        serving.await?;
    }
    Ok(())
}

/// What stands around every service.
struct Guard {
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
}

impl Guard {
    fn around<S>(&self, service: S) -> Guarded<S> {
        Guarded::new(service, Arc::clone(&self.gate), Arc::clone(&self.metrics))
    }
}

/// Waits until the node promises nothing any more, and says so to whoever asks for its health.
async fn tell_unfit(mut unfit: Receiver<Option<String>>, health: HealthReporter) {
    if unfit.wait_for(Option::is_some).await.is_ok() {
        health
            .set_not_serving::<DataAvailabilityServer<Service>>()
            .await;
    }
    std::future::pending::<()>().await;
}

type Answers<T> = ReceiverStream<std::result::Result<T, Status>>;
type Reply<T> = std::result::Result<Response<T>, Status>;

/// The answer, or the refusal with its typed half.
fn reply<T>(result: Result<T>) -> Reply<T> {
    result
        .map(Response::new)
        .map_err(|error| error::status(&error))
}

#[tonic::async_trait]
impl DataAvailability for Service {
    type WatchBlobStream = Answers<v1::BlobStatus>;
    type GetBlobStream = Answers<v1::GetBlobResponse>;
    type SubscribeHeadersStream = Answers<v1::HeaderResponse>;

    async fn submit_blob(
        &self,
        request: Request<Streaming<v1::SubmitBlobRequest>>,
    ) -> Reply<v1::SubmitBlobResponse> {
        let caller = request.extensions().get::<Caller>().copied();
        submit::submit(self, caller, request.into_inner())
            .await
            .map(Response::new)
    }

    async fn watch_blob(
        &self,
        request: Request<v1::WatchBlobRequest>,
    ) -> Reply<Self::WatchBlobStream> {
        reply(watch::watch(self, &request.into_inner()))
    }

    async fn get_blob(&self, request: Request<v1::GetBlobRequest>) -> Reply<Self::GetBlobStream> {
        reply(blobs::get(self, request.into_inner()).await)
    }

    async fn get_proof(&self, request: Request<v1::GetProofRequest>) -> Reply<v1::BlobProof> {
        reply(proofs::prove(&self.state, &request.into_inner()))
    }

    async fn get_header(
        &self,
        request: Request<v1::GetHeaderRequest>,
    ) -> Reply<v1::HeaderResponse> {
        reply(headers::get(&self.state, request.into_inner()))
    }

    async fn subscribe_headers(
        &self,
        request: Request<v1::SubscribeHeadersRequest>,
    ) -> Reply<Self::SubscribeHeadersStream> {
        reply(headers::subscribe(self, request.into_inner()))
    }

    async fn list_blobs(
        &self,
        request: Request<v1::ListBlobsRequest>,
    ) -> Reply<v1::ListBlobsResponse> {
        reply(proofs::list(&self.state, &request.into_inner()))
    }

    async fn get_cells(
        &self,
        request: Request<v1::GetCellsRequest>,
    ) -> Reply<v1::GetCellsResponse> {
        reply(cells::get(self, request.into_inner()).await)
    }

    async fn get_limits(&self, _: Request<v1::GetLimitsRequest>) -> Reply<v1::GetLimitsResponse> {
        reply(Ok(limits::get(&self.state)))
    }

    async fn get_validator_set(
        &self,
        request: Request<v1::GetValidatorSetRequest>,
    ) -> Reply<v1::GetValidatorSetResponse> {
        reply(headers::validator_set(&self.state, &request.into_inner()))
    }

    async fn get_evidence(
        &self,
        request: Request<v1::GetEvidenceRequest>,
    ) -> Reply<v1::GetEvidenceResponse> {
        reply(evidence::get(&self.state, &request.into_inner()))
    }

    async fn get_status(&self, _: Request<v1::GetStatusRequest>) -> Reply<v1::GetStatusResponse> {
        reply(status::get(&self.state).await)
    }

    async fn list_set_changes(
        &self,
        _: Request<v1::ListSetChangesRequest>,
    ) -> Reply<v1::ListSetChangesResponse> {
        reply(membership::list(&self.state))
    }

    async fn approve_set_change(
        &self,
        request: Request<v1::ApproveSetChangeRequest>,
    ) -> Reply<v1::ApproveSetChangeResponse> {
        reply(membership::approve(&self.state, request.into_inner()).await)
    }
}
