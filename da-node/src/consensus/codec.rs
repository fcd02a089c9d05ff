//! The bytes of the ten message types that the engine sends, stores and syncs.
//!
//! Fixed-width big-endian fields, all or nothing: every count and length meets its bound before
//! anything is allocated for it, and nothing may be left over.

mod sync;
mod votes;

use super::context::{Address, AssayContext, BlockHeight, Part, Signature, ValueId};
use bytes::Bytes;
use chain::UnverifiedBlock;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::types::ProposedValue;
use malachite::app::types::core::{PolkaCertificate, Round, ValidatorProof, Validity};
use malachite::app::types::streaming::StreamMessage;
use malachite::app::types::sync::{RawDecidedValue, Request, Response, Status};
use malachite_codec::{Codec, HasEncodedLen};
use types::{Reader, Writer};

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
