//! How an exchange goes over a stream: one frame there, one frame back.

use crate::error::MessageError;
use crate::frame;
use crate::gate::{Gate, Gates, Share};
use crate::message::wire::{Answer, Ask};
use crate::message::{MAX_CELLS, Question, Request, rows};
use crate::score::Offence;
use crate::shared::{Rank, Shared};
use futures::{AsyncRead, AsyncWrite};
use libp2p::{PeerId, StreamProtocol, request_response};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use types::BlobMeta;
use types::limits::MAX_BLOB_ROWS;

/// Most bytes of a request from anyone: a Hello, or [`crate::MAX_SAMPLES`] coordinates.
pub(crate) const MAX_SMALL_BYTES: usize = 4 << 10;
/// Most bytes of a request from a validator: a dispersal.
pub(crate) const MAX_LARGE_BYTES: usize =
    rows::encoded_len(MAX_BLOB_ROWS, MAX_CELLS) + BlobMeta::MAX_BYTES + (1 << 10);
/// Bytes of small requests that are being read or handled at once: as many as 256 peers may
/// write with all their turns, so that nobody's slowness delays others.
const MAX_SMALL_AT_ONCE: usize = 256 * crate::gate::MAX_MEMBER_READS * MAX_SMALL_BYTES;
/// Bytes of large requests that are being read or handled at once, from all peers together.
const MAX_LARGE_AT_ONCE: usize = 32 * MAX_LARGE_BYTES;
/// How long a peer that wants to send a large request may lag behind with its Hello: its answer
/// to ours and its first request travel on different streams.
const ADMISSION_WAIT: Duration = Duration::from_secs(2);
/// How long any message may take, and how fast the rest of a longer one has to come.
const MESSAGE_TIME: Duration = Duration::from_secs(10);
const LEAST_BYTES_PER_SECOND: usize = 256 << 10;

/// A request as it came in: it holds its share of memory until it is dropped.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) ask: Ask,
    /// Bytes of the frame.
    pub(crate) bytes: usize,
    pub(crate) share: Option<Share>,
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

/// What all codecs have in common.
#[derive(Debug)]
struct Common {
    shared: Arc<Shared>,
    gates: Gates,
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
                gates: Gates::new(MAX_SMALL_AT_ONCE, MAX_LARGE_AT_ONCE),
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

    /// Reads a request within the bounds of its sender.
    async fn receive<T>(&self, io: &mut T) -> io::Result<Inbound>
    where
        T: AsyncRead + Unpin + Send,
    {
        let Some(gate) = &self.gate else {
            return Err(io::Error::other("a connection of nobody's"));
        };
        let shared = &self.common.shared;
        let turn = gate.turn(shared.rank(&gate.peer)).await?;
        let head = frame::read_length(io, MAX_LARGE_BYTES);
        let bytes = self
            .in_time(gate, MESSAGE_TIME, Offence::Timeout, head)
            .await?;
        let is_large = bytes > MAX_SMALL_BYTES;
        let (share, _turn) = if is_large {
            self.check_large(gate, bytes).await?;
            drop(turn);
            (self.common.gates.large(gate, bytes).await?, None)
        } else {
            (self.common.gates.small(bytes).await?, Some(turn))
        };
        let body = frame::read_body(io, bytes);
        let offence = if is_large {
            Offence::Stalled
        } else {
            Offence::Timeout
        };
        let body = self.in_time(gate, time_for(bytes), offence, body).await?;
        shared.count_received(bytes);
        let ask = Ask::decode(body.into())?;
        if is_large && !matches!(ask, Ask::Request(Request::Disperse(_))) {
            return Err(too_long(bytes).into());
        }
        let share = Some(share);
        Ok(Inbound { ask, bytes, share })
    }

    /// Whether the peer may send a large request. A peer that may not because its Hello is late,
    /// or because it is no validator of ours, may have meant well.
    async fn check_large(&self, gate: &Gate, bytes: usize) -> io::Result<()> {
        let rank = self.common.shared.rank_soon(&gate.peer, ADMISSION_WAIT);
        match rank.await {
            Rank::Validator => Ok(()),
            Rank::Light => Err(too_long(bytes).into()),
            Rank::Unknown | Rank::Full => {
                let kind = io::ErrorKind::PermissionDenied;
                Err(io::Error::new(kind, too_long(bytes)))
            }
        }
    }

    /// Ends what the peer draws out, and blames it.
    async fn in_time<T>(
        &self,
        gate: &Gate,
        time: Duration,
        offence: Offence,
        reading: impl Future<Output = io::Result<T>>,
    ) -> io::Result<T> {
        match tokio::time::timeout(time, reading).await {
            Ok(result) => result,
            Err(_) => {
                self.common.shared.report(gate.peer, offence);
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}

fn too_long(got: usize) -> MessageError {
    let max = MAX_SMALL_BYTES;
    MessageError::FrameLength { got, max }
}

/// How long a message of so many bytes may take.
fn time_for(bytes: usize) -> Duration {
    let seconds = (bytes / LEAST_BYTES_PER_SECOND) as u64;
    MESSAGE_TIME + Duration::from_secs(seconds)
}

/// The behaviour underneath makes one clone per connection and, from that, one per stream. It
/// does not tell a codec which peer it serves; so the peer is announced just before the
/// connection's clone is made, and streams inherit it.
impl Clone for Codec {
    fn clone(&self) -> Self {
        let gate = self.gate.clone().or_else(|| {
            let peer = self.newcomer().take()?;
            Some(self.common.gates.of(peer))
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
        // Whoever does not read its answer does not keep it in our memory for long.
        match tokio::time::timeout(time_for(body.len()), frame::write(io, &body)).await {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

    use super::*;
    use crate::config::Role;
    use crate::event::PeerInfo;
    use crate::score::Scores;
    use chain::ValidatorAddress;
    use futures::io::Cursor;
    use types::Height;

    fn setting() -> (Codec, Arc<Shared>, PeerId) {
        let shared = Arc::new(Shared::new(Scores::new(Duration::from_secs(60))));
        let (codec, peer) = (Codec::new(Arc::clone(&shared)), PeerId::random());
        codec.announce(peer);
        (codec.clone(), shared, peer)
    }

    fn info(peer: PeerId, role: Role, validator: Option<ValidatorAddress>) -> PeerInfo {
        PeerInfo {
            peer,
            role,
            validator,
            tip: Height::FIRST,
            addrs: Vec::new(),
        }
    }

    /// Reads the length of a large frame without its body: who may not send one is refused
    /// before the body is missed.
    async fn read_large(codec: &Codec) -> io::ErrorKind {
        let mut io = Cursor::new((MAX_LARGE_BYTES as u32).to_be_bytes());
        codec.receive(&mut io).await.unwrap_err().kind()
    }

    #[tokio::test]
    async fn a_large_request_waits_for_its_senders_hello() {
        let (codec, shared, peer) = setting();
        let validator = Some(ValidatorAddress::new([1; 20]));
        let hello = async { shared.admit(info(peer, Role::Full, validator)) };
        // The reading is polled first, and finds nobody it knows.
        let (read, ()) = tokio::join!(biased; read_large(&codec), hello);
        assert_eq!(read, io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn large_requests_are_for_validators_of_the_list() {
        let (codec, shared, peer) = setting();
        let (ours, other) = (
            ValidatorAddress::new([1; 20]),
            ValidatorAddress::new([2; 20]),
        );
        // Full nodes may mean well; a light node never disperses.
        shared.admit(info(peer, Role::Full, None));
        assert_eq!(read_large(&codec).await, io::ErrorKind::PermissionDenied);
        shared.admit(info(peer, Role::Light, None));
        assert_eq!(read_large(&codec).await, io::ErrorKind::InvalidData);
        shared.admit(info(peer, Role::Full, Some(ours)));
        assert_eq!(read_large(&codec).await, io::ErrorKind::UnexpectedEof);
        shared.set_validators([other].into());
        assert_eq!(read_large(&codec).await, io::ErrorKind::PermissionDenied);
        shared.set_validators([ours, other].into());
        assert_eq!(read_large(&codec).await, io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn bodies_that_do_not_come_are_given_up_and_lead_to_a_ban() {
        let (codec, shared, peer) = setting();
        let gate = codec.gate.clone().unwrap();
        for round in 0..7 {
            assert!(!shared.is_banned(&peer), "{round}");
            let body = std::future::pending::<io::Result<()>>();
            let time = Duration::from_millis(1);
            let error = codec
                .in_time(&gate, time, Offence::Stalled, body)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        }
        assert!(shared.is_banned(&peer));
    }

    #[test]
    fn a_dispersal_has_time_in_proportion_and_all_of_it_fits_into_an_exchange() {
        assert_eq!(time_for(MAX_SMALL_BYTES), Duration::from_secs(10));
        assert_eq!(time_for(4 << 20), Duration::from_secs(26));
        assert!(time_for(MAX_LARGE_BYTES) < Duration::from_secs(30));
    }
}
