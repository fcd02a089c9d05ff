//! How an exchange goes over a stream: one frame there, one frame back.

use crate::error::MessageError;
use crate::frame;
use crate::message::wire::{Answer, Ask};
use crate::message::{MAX_CELLS, Question, Request, rows};
use crate::score::Offence;
use crate::shared::Shared;
use futures::{AsyncRead, AsyncWrite};
use libp2p::{PeerId, StreamProtocol, request_response};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::BlobMeta;
use types::limits::MAX_BLOB_ROWS;

/// Most bytes of a request from anyone.
pub(crate) const MAX_SMALL_BYTES: usize = 64 << 10;
/// Most bytes of a request from a full node: a dispersal.
pub(crate) const MAX_LARGE_BYTES: usize =
    rows::encoded_len(MAX_BLOB_ROWS, MAX_CELLS) + BlobMeta::MAX_BYTES + (1 << 10);
/// Bytes of large requests that are being read or handled at once, from all peers together.
const MAX_LARGE_AT_ONCE: usize = 24 * MAX_LARGE_BYTES;
/// Large requests read at once on one connection.
const MAX_LARGE_PER_CONNECTION: usize = 8;

/// A request as it came in: it holds its share of memory until it is dropped.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) ask: Ask,
    /// Bytes of the frame.
    pub(crate) bytes: usize,
    pub(crate) share: Option<OwnedSemaphorePermit>,
}

impl From<Ask> for Inbound {
    fn from(ask: Ask) -> Self {
        Self {
            ask,
            bytes: 0,
            share: None,
        }
    }
}

/// What one connection may read.
#[derive(Debug)]
struct Gate {
    peer: PeerId,
    large: Semaphore,
}

/// What all codecs have in common.
#[derive(Debug)]
struct Common {
    shared: Arc<Shared>,
    large: Arc<Semaphore>,
    /// The peer whose connection is being set up: see [`Codec::clone`].
    newcomer: Mutex<Option<PeerId>>,
}

/// Reads and writes frames; bounds a request by what its sender may send, and an answer by
/// what was asked.
#[derive(Debug)]
pub(crate) struct Codec {
    common: Arc<Common>,
    gate: Option<Arc<Gate>>,
    /// What this stream asked; a codec serves one stream.
    question: Option<Question>,
}

impl Codec {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            common: Arc::new(Common {
                shared,
                large: Arc::new(Semaphore::new(MAX_LARGE_AT_ONCE)),
                newcomer: Mutex::new(None),
            }),
            gate: None,
            question: None,
        }
    }

    /// A second codec with the same bounds, that can announce newcomers to the first.
    pub(crate) fn twin(&self) -> Self {
        Self {
            common: Arc::clone(&self.common),
            gate: None,
            question: None,
        }
    }

    /// Names the peer for whom the next clone will be made.
    pub(crate) fn announce(&self, peer: PeerId) {
        *self.newcomer() = Some(peer);
    }

    fn newcomer(&self) -> std::sync::MutexGuard<'_, Option<PeerId>> {
        self.common
            .newcomer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a share of memory for a large request, if the peer may send one.
    async fn share(&self, bytes: usize) -> io::Result<OwnedSemaphorePermit> {
        let permits = u32::try_from(bytes).map_err(io::Error::other)?;
        Arc::clone(&self.common.large)
            .acquire_many_owned(permits)
            .await
            .map_err(io::Error::other)
    }

    /// Reads a request within the bounds of its sender.
    async fn receive<T>(&self, io: &mut T) -> io::Result<Inbound>
    where
        T: AsyncRead + Unpin + Send,
    {
        let bytes = frame::read_length(io, self.max_request()).await?;
        let is_large = bytes > MAX_SMALL_BYTES;
        let (_turn, share) = match &self.gate {
            Some(gate) if is_large => {
                let turn = gate.large.acquire().await.map_err(io::Error::other)?;
                (Some(turn), Some(self.share(bytes).await?))
            }
            _ => (None, None),
        };
        let body = frame::read_body(io, bytes).await?;
        self.common.shared.count_received(bytes);
        let ask = Ask::decode(body.into())?;
        if is_large && !matches!(ask, Ask::Request(Request::Disperse(_))) {
            return Err(MessageError::FrameLength {
                got: bytes,
                max: MAX_SMALL_BYTES,
            }
            .into());
        }
        Ok(Inbound { ask, bytes, share })
    }

    fn max_request(&self) -> usize {
        let peer = self.gate.as_ref().map(|gate| gate.peer);
        if peer.is_some_and(|peer| self.common.shared.may_send_large(&peer)) {
            MAX_LARGE_BYTES
        } else {
            MAX_SMALL_BYTES
        }
    }
}

/// The behaviour underneath makes one clone per connection and, from that, one per stream. It
/// does not tell a codec which peer it serves; so the peer is announced just before the
/// connection's clone is made, and streams inherit it.
impl Clone for Codec {
    fn clone(&self) -> Self {
        let gate = self.gate.clone().or_else(|| {
            let peer = self.newcomer().take()?;
            Some(Arc::new(Gate {
                peer,
                large: Semaphore::new(MAX_LARGE_PER_CONNECTION),
            }))
        });
        Self {
            common: Arc::clone(&self.common),
            gate,
            question: None,
        }
    }
}

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = Inbound;
    type Response = Answer;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Inbound>
    where
        T: AsyncRead + Unpin + Send,
    {
        let result = self.receive(io).await;
        // The behaviour keeps it to itself when a request cannot be read.
        if let (Err(error), Some(gate)) = (&result, &self.gate)
            && error.kind() == io::ErrorKind::InvalidData
        {
            tracing::debug!(peer = %gate.peer, %error, "malformed request");
            self.common.shared.report(gate.peer, Offence::Malformed);
        }
        result
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Answer>
    where
        T: AsyncRead + Unpin + Send,
    {
        let max = self.question.as_ref().map_or(0, Question::max_answer_bytes);
        let bytes = frame::read_length(io, max).await?;
        let body = frame::read_body(io, bytes).await?;
        self.common.shared.count_received(bytes);
        Ok(Answer::decode(body.into())?)
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        request: Inbound,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.question = Some(Question::of(&request.ask));
        let body = request.ask.encode();
        self.common.shared.count_sent(body.len());
        frame::write(io, &body).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        answer: Answer,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let body = answer.encode();
        self.common.shared.count_sent(body.len());
        frame::write(io, &body).await
    }
}
