//! A client of the gRPC API that cuts, retries and reads.
//!
//! Every call means the same however often it is made, so each is tried again when the
//! connection breaks and when the node is busy. Answers are read into nouns and held against the
//! question; nothing is verified here, since the cryptography lives in crates of its own.

mod credentials;
mod error;
mod fetch;
mod nouns;
mod retry;
mod submit;
mod watch;

pub use credentials::{Credentials, Token};
pub use error::{ClientError, Result};
pub use nouns::{Certificate, Fetched, State, Status, Submitted, WhichHeader};
pub use retry::Retries;
pub use watch::{Headers, Statuses};

use crate::v1::data_availability_client::DataAvailabilityClient;
use crate::{MAX_CHUNK_BYTES, v1};
use bytes::Bytes;
use credentials::Bearer;
use std::time::Duration;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use types::{BlobId, Coordinates, Height, Namespace, SetHash, UnverifiedCell};

type Grpc = DataAvailabilityClient<InterceptedService<Channel, Bearer>>;

/// The largest answer that is read: 256 cells, or a proof of the largest blob, fit many times.
const MAX_MESSAGE_BYTES: usize = 4 * MAX_CHUNK_BYTES;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a silent connection is asked whether it still lives, and how long it may think.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// A client of one node. Clones share its connection, which heals itself.
#[derive(Debug, Clone)]
pub struct Client {
    endpoint: String,
    grpc: Grpc,
    retries: Retries,
}

impl Client {
    /// Connects to a node, `http://HOST:PORT`, and makes sure that one answers.
    ///
    /// # Errors
    /// [`ClientError::Endpoint`], [`ClientError::Transport`] when nobody answers.
    pub async fn connect(endpoint: &str) -> Result<Self> {
        Self::connect_with(endpoint, &Credentials::default()).await
    }

    /// As [`Client::connect`], with what the node demands: `https://HOST:PORT` needs the
    /// authority that its certificate is of.
    ///
    /// # Errors
    /// As [`Client::connect`] and [`Client::connect_lazy_with`].
    pub async fn connect_with(endpoint: &str, credentials: &Credentials) -> Result<Self> {
        let client = Self::connect_lazy_with(endpoint, credentials)?;
        client.limits().await?;
        Ok(client)
    }

    /// A client that connects when it is first used. Needs a runtime around it.
    ///
    /// # Errors
    /// [`ClientError::Endpoint`].
    pub fn connect_lazy(endpoint: &str) -> Result<Self> {
        Self::connect_lazy_with(endpoint, &Credentials::default())
    }

    /// As [`Client::connect_lazy`], with what the node demands.
    ///
    /// # Errors
    /// [`ClientError::Endpoint`], also for credentials that do not fit it: `https` without an
    /// authority, an authority without `https`, or a token that would leave this machine in the
    /// clear.
    pub fn connect_lazy_with(endpoint: &str, credentials: &Credentials) -> Result<Self> {
        let wrong = |problem: String| ClientError::Endpoint {
            got: endpoint.chars().take(200).collect(),
            problem,
        };
        let address =
            Endpoint::from_shared(endpoint.to_owned()).map_err(|error| wrong(error.to_string()))?;
        let channel = credentials
            .secure(address)
            .map_err(wrong)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true)
            .connect_lazy();
        let grpc = Grpc::new(InterceptedService::new(channel, credentials.bearer()));
        Ok(Self {
            endpoint: endpoint.into(),
            grpc: grpc.max_decoding_message_size(MAX_MESSAGE_BYTES),
            retries: Retries::default(),
        })
    }

    /// The same client with other patience.
    #[must_use]
    pub fn with_retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// The node's address, as it was given.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A proof that a blob was ordered: its four encodings, for `chain` to decode and verify.
    ///
    /// # Errors
    /// [`ClientError::Call`] for a blob that is unknown, pruned or not final.
    pub async fn proof(&self, id: BlobId) -> Result<v1::BlobProof> {
        let request = v1::GetProofRequest {
            blob_id: Bytes::copy_from_slice(id.as_bytes()),
        };
        self.retries
            .run(async || Ok(self.grpc().get_proof(request.clone()).await?.into_inner()))
            .await
    }

    /// One final header.
    ///
    /// # Errors
    /// [`ClientError::Call`] for one that is unknown.
    pub async fn header(&self, which: WhichHeader) -> Result<v1::HeaderResponse> {
        let request = v1::GetHeaderRequest::from(which);
        self.retries
            .run(async || Ok(self.grpc().get_header(request.clone()).await?.into_inner()))
            .await
    }

    /// What a namespace has in a block, with the proof that this is all.
    ///
    /// # Errors
    /// [`ClientError::Call`] for an unknown height.
    pub async fn list(
        &self,
        namespace: Namespace,
        height: Height,
    ) -> Result<v1::ListBlobsResponse> {
        let request = v1::ListBlobsRequest {
            namespace: Bytes::copy_from_slice(namespace.as_bytes()),
            height: height.get(),
        };
        self.retries
            .run(async || Ok(self.grpc().list_blobs(request.clone()).await?.into_inner()))
            .await
    }

    /// Cells of a block, in the order asked: exactly those that were asked for.
    ///
    /// # Errors
    /// [`ClientError::Call`] for an unknown height, a place outside the grid, or cells that the
    /// node does not have.
    pub async fn cells(&self, height: Height, at: &[Coordinates]) -> Result<Vec<UnverifiedCell>> {
        let request = v1::GetCellsRequest {
            height: height.get(),
            coordinates: at.iter().map(|at| (*at).into()).collect(),
        };
        let answer = self
            .retries
            .run(async || Ok(self.grpc().get_cells(request.clone()).await?.into_inner()))
            .await?;
        let cells = answer
            .cells
            .into_iter()
            .map(|cell| UnverifiedCell::try_from(cell).map_err(ClientError::from))
            .collect::<Result<Vec<_>>>()?;
        if cells.iter().map(|cell| &cell.at).eq(at) {
            Ok(cells)
        } else {
            Err(ClientError::UnexpectedAnswer {
                what: "coordinates of the cells",
                got: format!("{} cells", cells.len()),
                expected: format!("the {} asked for, in order", at.len()),
            })
        }
    }

    /// The bounds that the node and its chain set.
    ///
    /// # Errors
    /// [`ClientError::Transport`] when nobody answers.
    pub async fn limits(&self) -> Result<v1::GetLimitsResponse> {
        self.retries
            .run(async || {
                Ok(self
                    .grpc()
                    .get_limits(v1::GetLimitsRequest {})
                    .await?
                    .into_inner())
            })
            .await
    }

    /// How the node fares: its height, its peers, what waits, and why it is unfit if it is.
    ///
    /// # Errors
    /// [`ClientError::Transport`] when nobody answers.
    pub async fn node_status(&self) -> Result<v1::GetStatusResponse> {
        self.retries
            .run(async || {
                Ok(self
                    .grpc()
                    .get_status(v1::GetStatusRequest {})
                    .await?
                    .into_inner())
            })
            .await
    }

    /// The changes of the validator set that wait, and what a new one has to name.
    ///
    /// # Errors
    /// [`ClientError::Call`] from another machine than the node's.
    pub async fn set_changes(&self) -> Result<v1::ListSetChangesResponse> {
        self.retries
            .run(async || {
                Ok(self
                    .grpc()
                    .list_set_changes(v1::ListSetChangesRequest {})
                    .await?
                    .into_inner())
            })
            .await
    }

    /// Has the node's validator approve an encoded change of its set.
    ///
    /// # Errors
    /// [`ClientError::Call`] for a change that the set cannot undergo, another one than it
    /// approves for the epoch already, or from another machine than the node's.
    pub async fn approve_set_change(
        &self,
        change: Vec<u8>,
    ) -> Result<v1::ApproveSetChangeResponse> {
        let request = v1::ApproveSetChangeRequest {
            change: change.into(),
        };
        self.retries
            .run(async || {
                Ok(self
                    .grpc()
                    .approve_set_change(request.clone())
                    .await?
                    .into_inner())
            })
            .await
    }

    /// A validator set: the one with this hash, or that of the next block.
    ///
    /// # Errors
    /// [`ClientError::Call`] for one that is unknown.
    pub async fn validator_set(
        &self,
        hash: Option<SetHash>,
    ) -> Result<v1::GetValidatorSetResponse> {
        let request = v1::GetValidatorSetRequest {
            hash: hash.map(|hash| Bytes::copy_from_slice(hash.as_bytes())),
        };
        self.retries
            .run(async || {
                Ok(self
                    .grpc()
                    .get_validator_set(request.clone())
                    .await?
                    .into_inner())
            })
            .await
    }

    /// Evidence of validators that contradicted themselves, for `chain` to decode and verify: of
    /// the one with this address, 20 bytes, or of all.
    ///
    /// # Errors
    /// [`ClientError::Call`] for an address of another length.
    pub async fn evidence(&self, validator: Option<&[u8]>) -> Result<Vec<v1::Equivocation>> {
        let request = v1::GetEvidenceRequest {
            validator: validator.map(Bytes::copy_from_slice),
        };
        self.retries
            .run(async || {
                let answer = self.grpc().get_evidence(request.clone()).await?;
                Ok(answer.into_inner().equivocations)
            })
            .await
    }

    fn grpc(&self) -> Grpc {
        self.grpc.clone()
    }
}
