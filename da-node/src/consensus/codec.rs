//! The bytes of the ten message types that the engine sends, stores and syncs.
//!
//! Fixed-width big-endian fields, all or nothing: every count and length meets its bound before
//! anything is allocated for it, and nothing may be left over.

use super::context::{
    Address, AssayContext, BlockHeight, Part, Proposal, Signature, ValueId, Vote,
};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::streaming::StreamContent;
use malachite::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature,
    Round, RoundCertificate, RoundCertificateType, RoundSignature, SignedMessage, SignedProposal,
    SignedVote, ValidatorProof, Validity, VoteType,
};
use malachite::app::types::streaming::{StreamId, StreamMessage};
use malachite::app::types::sync::{RawDecidedValue, Request, Response, Status};
use malachite::app::types::{PeerId, ProposedValue};
use malachite_codec::{Codec, HasEncodedLen};
use malachite_sync::{ValueRequest, ValueResponse};
use types::{HeaderHash, Height, Reader, Writer};

/// Most signatures of a certificate: the most members of a validator set, once per kind.
const MAX_SIGNATURES: usize = 2 * 1024;
/// Most values of a sync response.
pub(super) const MAX_SYNC_VALUES: usize = 16;
const MAX_PEER_ID_BYTES: usize = 64;
const MAX_KEY_BYTES: usize = 48;
const MAX_STREAM_ID_BYTES: usize = 64;

/// A message that does not read. The fault lies with whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// A field is cut short, out of range or followed by more.
    #[error(transparent)]
    Field(#[from] types::Error),
    /// More of something than there can be.
    #[error("{what}: got {got}, expected at most {max}")]
    TooMany {
        /// What was being read.
        what: &'static str,
        /// How many, or how many bytes.
        got: usize,
        /// The most allowed.
        max: usize,
    },
    /// A peer id that libp2p does not know.
    #[error("peer id of {got} bytes does not read, expected a multihash")]
    PeerId {
        /// Bytes received.
        got: usize,
    },
}

type Result<T> = std::result::Result<T, CodecError>;

/// Writes and reads all of the engine's messages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WireCodec;

/// Something with bytes of its own.
trait Wire: Sized {
    fn write(&self, w: Writer) -> Writer;
    fn read(r: &mut Reader<'_>) -> Result<Self>;
}

/// A whole message.
trait Message: Wire {
    const WHAT: &'static str;
    const MAX_BYTES: usize;
}

fn encode<T: Message>(message: &T) -> Bytes {
    message.write(Writer::new()).finish().into()
}

fn decode<T: Message>(bytes: &[u8]) -> Result<T> {
    at_most(T::WHAT, bytes.len(), T::MAX_BYTES)?;
    let mut reader = Reader::new(T::WHAT, bytes);
    let message = T::read(&mut reader)?;
    reader.finish()?;
    Ok(message)
}

fn at_most(what: &'static str, got: usize, max: usize) -> Result<()> {
    if got > max {
        return Err(CodecError::TooMany { what, got, max });
    }
    Ok(())
}

fn code(what: &'static str, got: u8, max: u8) -> CodecError {
    types::Error::Code {
        what,
        got: got.into(),
        max: max.into(),
    }
    .into()
}

// A count or a length that was checked against a bound far below u32::MAX when it was made; one
// that was not still writes bytes that every reader refuses.
fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn write_bytes(w: Writer, bytes: &[u8]) -> Writer {
    w.u32(length(bytes.len())).raw(bytes)
}

fn read_bytes<'a>(r: &mut Reader<'a>, what: &'static str, max: usize) -> Result<&'a [u8]> {
    let n = r.u32()? as usize;
    at_most(what, n, max)?;
    Ok(r.raw(n)?)
}

fn write_all<T: Wire>(w: Writer, items: &[T]) -> Writer {
    let w = w.u32(length(items.len()));
    items.iter().fold(w, |w, item| item.write(w))
}

fn read_all<T: Wire>(r: &mut Reader<'_>, what: &'static str, max: usize) -> Result<Vec<T>> {
    let n = r.u32()? as usize;
    at_most(what, n, max)?;
    (0..n).map(|_| T::read(r)).collect()
}

macro_rules! array {
    ($type:ident) => {
        impl Wire for $type {
            fn write(&self, w: Writer) -> Writer {
                w.raw(&self.0)
            }
            fn read(r: &mut Reader<'_>) -> Result<Self> {
                Ok(Self(r.array()?))
            }
        }
    };
}

array!(Address);
array!(Signature);

impl Wire for ValueId {
    fn write(&self, w: Writer) -> Writer {
        w.raw(self.0.as_bytes())
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(HeaderHash::new(r.array()?)))
    }
}

impl Wire for BlockHeight {
    fn write(&self, w: Writer) -> Writer {
        w.u64(self.0.get())
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(Height::new(r.u64()?)))
    }
}

impl Wire for Round {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Nil => w.u8(0),
            Self::Some(round) => w.u8(1).u32(*round),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Nil),
            1 => Ok(Self::Some(r.u32()?)),
            got => Err(code("round", got, 1)),
        }
    }
}

impl Wire for NilOrVal<ValueId> {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Nil => w.u8(0),
            Self::Val(id) => id.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Nil),
            1 => Ok(Self::Val(ValueId::read(r)?)),
            got => Err(code("value of a vote", got, 1)),
        }
    }
}

impl Wire for VoteType {
    fn write(&self, w: Writer) -> Writer {
        w.u8(u8::from(*self == Self::Precommit))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Prevote),
            1 => Ok(Self::Precommit),
            got => Err(code("kind of a vote", got, 1)),
        }
    }
}

impl Wire for Validity {
    fn write(&self, w: Writer) -> Writer {
        w.u8(u8::from(self.is_valid()))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Invalid),
            1 => Ok(Self::Valid),
            got => Err(code("validity", got, 1)),
        }
    }
}

impl Wire for Vote {
    fn write(&self, w: Writer) -> Writer {
        let w = self.round.write(self.height.write(self.kind.write(w)));
        self.voter.write(self.value.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            kind: VoteType::read(r)?,
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value: NilOrVal::read(r)?,
            voter: Address::read(r)?,
        })
    }
}

impl Wire for Proposal {
    fn write(&self, w: Writer) -> Writer {
        let w = self.value.write(self.round.write(self.height.write(w)));
        self.proposer.write(self.pol_round.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value: ValueId::read(r)?,
            pol_round: Round::read(r)?,
            proposer: Address::read(r)?,
        })
    }
}

impl<T: Wire> Wire for SignedMessage<AssayContext, T> {
    fn write(&self, w: Writer) -> Writer {
        self.signature.write(self.message.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(T::read(r)?, Signature::read(r)?))
    }
}

impl Wire for Part {
    fn write(&self, w: Writer) -> Writer {
        let w = self
            .valid_round
            .write(self.round.write(self.height.write(w)));
        let w = write_bytes(self.proposer.write(w), &self.block);
        self.signature.write(w)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            valid_round: Round::read(r)?,
            proposer: Address::read(r)?,
            block: Bytes::copy_from_slice(read_bytes(r, "block", UnverifiedBlock::MAX_BYTES)?),
            signature: Signature::read(r)?,
        })
    }
}

impl Wire for SignedConsensusMsg<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Vote(vote) => vote.write(w.u8(0)),
            Self::Proposal(proposal) => proposal.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Vote(SignedVote::<AssayContext>::read(r)?)),
            1 => Ok(Self::Proposal(SignedProposal::<AssayContext>::read(r)?)),
            got => Err(code("consensus message", got, 1)),
        }
    }
}

impl Wire for PolkaSignature<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        self.signature.write(self.address.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(Address::read(r)?, Signature::read(r)?))
    }
}

impl Wire for PolkaCertificate<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = self.value_id.write(self.round.write(self.height.write(w)));
        write_all(w, &self.polka_signatures)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value_id: ValueId::read(r)?,
            polka_signatures: read_all(r, "signatures of a polka", MAX_SIGNATURES)?,
        })
    }
}

impl Wire for RoundSignature<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = self.value_id.write(self.vote_type.write(w));
        self.signature.write(self.address.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(
            VoteType::read(r)?,
            NilOrVal::read(r)?,
            Address::read(r)?,
            Signature::read(r)?,
        ))
    }
}

impl Wire for RoundCertificate<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let kind = u8::from(matches!(self.cert_type, RoundCertificateType::Precommit));
        let w = self.round.write(self.height.write(w)).u8(kind);
        write_all(w, &self.round_signatures)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            cert_type: match r.u8()? {
                0 => RoundCertificateType::Skip,
                1 => RoundCertificateType::Precommit,
                got => return Err(code("kind of a round certificate", got, 1)),
            },
            round_signatures: read_all(r, "signatures of a round", MAX_SIGNATURES)?,
        })
    }
}

impl Wire for LivenessMsg<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        match self {
            Self::Vote(vote) => vote.write(w.u8(0)),
            Self::PolkaCertificate(certificate) => certificate.write(w.u8(1)),
            Self::SkipRoundCertificate(certificate) => certificate.write(w.u8(2)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match r.u8()? {
            0 => Ok(Self::Vote(SignedVote::<AssayContext>::read(r)?)),
            1 => Ok(Self::PolkaCertificate(PolkaCertificate::read(r)?)),
            2 => Ok(Self::SkipRoundCertificate(RoundCertificate::read(r)?)),
            got => Err(code("liveness message", got, 2)),
        }
    }
}

impl Wire for StreamMessage<Part> {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(w, &self.stream_id.to_bytes()).u64(self.sequence);
        match &self.content {
            StreamContent::Fin => w.u8(0),
            StreamContent::Data(part) => part.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let id = Bytes::copy_from_slice(read_bytes(r, "stream id", MAX_STREAM_ID_BYTES)?);
        let sequence = r.u64()?;
        let content = match r.u8()? {
            0 => StreamContent::Fin,
            1 => StreamContent::Data(Part::read(r)?),
            got => return Err(code("content of a stream", got, 1)),
        };
        Ok(Self::new(StreamId::new(id), sequence, content))
    }
}

impl Wire for ValidatorProof<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(write_bytes(w, &self.public_key), &self.peer_id);
        self.signature.write(w)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(
            read_bytes(r, "public key", MAX_KEY_BYTES)?.to_vec(),
            read_bytes(r, "peer id", MAX_PEER_ID_BYTES)?.to_vec(),
            Signature::read(r)?,
        ))
    }
}

impl Wire for Status<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(w, &self.peer_id.to_bytes());
        self.history_min_height.write(self.tip_height.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let id = read_bytes(r, "peer id", MAX_PEER_ID_BYTES)?;
        Ok(Self {
            peer_id: PeerId::from_bytes(id).map_err(|_| CodecError::PeerId { got: id.len() })?,
            tip_height: BlockHeight::read(r)?,
            history_min_height: BlockHeight::read(r)?,
        })
    }
}

impl Wire for Request<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let Self::ValueRequest(request) = self;
        request.range.end().write(request.range.start().write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let (start, end) = (BlockHeight::read(r)?, BlockHeight::read(r)?);
        Ok(Self::ValueRequest(ValueRequest::new(start..=end)))
    }
}

impl Wire for ExtendedCommitSignature<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        self.signature.write(self.address.write(w))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(Address::read(r)?, Signature::read(r)?, None))
    }
}

impl Wire for RawDecidedValue<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let c = &self.certificate;
        let w = write_bytes(w, &self.value_bytes);
        let w = c.value_id.write(c.round.write(c.height.write(w)));
        write_all(w, &c.commit_signatures)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let value = read_bytes(r, "block", UnverifiedBlock::MAX_BYTES)?;
        let certificate = ExtendedCommitCertificate {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            value_id: ValueId::read(r)?,
            commit_signatures: read_all(r, "signatures of a commit", MAX_SIGNATURES)?,
        };
        Ok(Self::new(Bytes::copy_from_slice(value), certificate))
    }
}

impl Wire for Response<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let Self::ValueResponse(response) = self;
        write_all(response.start_height.write(w), &response.values)
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let start = BlockHeight::read(r)?;
        let values = read_all(r, "values of a response", MAX_SYNC_VALUES)?;
        Ok(Self::ValueResponse(ValueResponse::new(start, values)))
    }
}

impl Wire for ProposedValue<AssayContext> {
    fn write(&self, w: Writer) -> Writer {
        let w = self
            .valid_round
            .write(self.round.write(self.height.write(w)));
        self.validity
            .write(self.value.write(self.proposer.write(w)))
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            height: BlockHeight::read(r)?,
            round: Round::read(r)?,
            valid_round: Round::read(r)?,
            proposer: Address::read(r)?,
            value: ValueId::read(r)?,
            validity: Validity::read(r)?,
        })
    }
}

/// An undecided value as it is stored: what was proposed, and the block's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecided {
    pub(super) proposed: ProposedValue<AssayContext>,
    pub(super) block: Bytes,
    /// The proposer's, made or verified here; none for a value that came by sync.
    pub(super) signature: Option<Signature>,
}

impl Wire for Undecided {
    fn write(&self, w: Writer) -> Writer {
        let w = write_bytes(self.proposed.write(w), &self.block);
        match &self.signature {
            None => w.u8(0),
            Some(signature) => signature.write(w.u8(1)),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            proposed: ProposedValue::read(r)?,
            block: Bytes::copy_from_slice(read_bytes(r, "block", UnverifiedBlock::MAX_BYTES)?),
            signature: match r.u8()? {
                0 => None,
                1 => Some(Signature::read(r)?),
                got => return Err(code("signature of a value", got, 1)),
            },
        })
    }
}

/// Fields beside a block or a list of signatures.
const FIXED: usize = 512;
const MAX_BLOCK: usize = UnverifiedBlock::MAX_BYTES + FIXED;
/// A signature with everything that stands beside it.
const MAX_SIGNATURE: usize = 1 + 1 + 32 + 20 + 96;
const MAX_CERTIFICATE: usize = FIXED + MAX_SIGNATURES * MAX_SIGNATURE;

macro_rules! message {
    ($type:ty, $what:literal, $max:expr) => {
        impl Message for $type {
            const WHAT: &'static str = $what;
            const MAX_BYTES: usize = $max;
        }

        impl Codec<$type> for WireCodec {
            type Error = CodecError;

            fn decode(&self, bytes: Bytes) -> Result<$type> {
                decode(&bytes)
            }

            fn encode(&self, message: &$type) -> Result<Bytes> {
                Ok(encode(message))
            }
        }
    };
}

message!(Part, "proposal part", MAX_BLOCK);
message!(SignedConsensusMsg<AssayContext>, "consensus message", FIXED);
message!(
    PolkaCertificate<AssayContext>,
    "polka certificate",
    MAX_CERTIFICATE
);
message!(
    LivenessMsg<AssayContext>,
    "liveness message",
    MAX_CERTIFICATE
);
message!(StreamMessage<Part>, "proposal stream", MAX_BLOCK);
message!(ValidatorProof<AssayContext>, "validator proof", FIXED);
message!(Status<AssayContext>, "sync status", FIXED);
message!(Request<AssayContext>, "sync request", FIXED);
message!(
    Response<AssayContext>,
    "sync response",
    FIXED + MAX_SYNC_VALUES * (MAX_BLOCK + MAX_CERTIFICATE)
);
message!(ProposedValue<AssayContext>, "proposed value", FIXED);
message!(
    RawDecidedValue<AssayContext>,
    "decided value",
    MAX_BLOCK + MAX_CERTIFICATE
);
message!(Undecided, "undecided value", MAX_BLOCK + FIXED);

impl HasEncodedLen<Response<AssayContext>> for WireCodec {
    fn encoded_len(&self, message: &Response<AssayContext>) -> Result<usize> {
        Ok(encode(message).len())
    }
}
