//! What a node answers, read into nouns. Read, not verified.

use super::{ClientError, Result};
use crate::{Error, read, v1};
use bytes::Bytes;
use types::{BlobId, HeaderHash, Height, Namespace, PayloadLength, Timestamp};

/// What became of a posted blob.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// Its identity.
    pub id: BlobId,
    /// Rows that it fills.
    pub rows: u32,
    /// Where it stands.
    pub status: Status,
}

/// Where a blob stands, as its node says.
#[derive(Debug, Clone)]
pub struct Status {
    /// The blob.
    pub id: BlobId,
    /// When it came to this state.
    pub at: Timestamp,
    /// The state.
    pub state: State,
    /// Whether a later state was reached already and follows at once.
    pub superseded: bool,
}

/// How far a blob has come.
#[derive(Debug, Clone)]
pub enum State {
    /// Durably stored by the node.
    Received,
    /// Receipts come in.
    Dispersed {
        /// Validators that have signed.
        receipts: u32,
        /// Their weight.
        signed: u64,
        /// The weight of all.
        total: u64,
    },
    /// More than two thirds of the weight have signed.
    Certified(Certificate),
    /// A block references it.
    Ordered {
        /// The block's height.
        height: Height,
    },
    /// That block is final. The last state of a blob that went well.
    Final {
        /// The block's height.
        height: Height,
        /// The block's header.
        header: HeaderHash,
    },
    /// Certified, but no block took it in time. A last state.
    Expired {
        /// In words.
        reason: String,
        /// Whether posting it again can succeed.
        retry: bool,
    },
    /// Not certified. A last state.
    Failed {
        /// In words.
        reason: String,
        /// Whether posting it again can succeed.
        retry: bool,
    },
}

impl State {
    /// The state's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Dispersed { .. } => "dispersed",
            Self::Certified(_) => "certified",
            Self::Ordered { .. } => "ordered",
            Self::Final { .. } => "final",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether no other state follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(
            self,
            Self::Final { .. } | Self::Expired { .. } | Self::Failed { .. }
        )
    }
}

/// A certificate as a node hands it over: `chain::UnverifiedAvailability` decodes and verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its encoding.
    pub bytes: Bytes,
    /// The weight said to be behind it.
    pub signed: u64,
    /// The weight of all.
    pub total: u64,
    /// The time from which retention counts.
    pub accepted_at: Timestamp,
    /// Until when the signers promise to serve the blob.
    pub expires_at: Timestamp,
}

/// A payload as a node hands it over: its length was checked, its bytes were not held against
/// its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The blob.
    pub id: BlobId,
    /// Whose blob it is.
    pub namespace: Namespace,
    /// How the payload lay in rows, and its length.
    pub length: PayloadLength,
    /// The block that has it, once one does.
    pub height: Option<Height>,
    /// The payload.
    pub payload: Vec<u8>,
}

/// Which header is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichHeader {
    /// The newest final one.
    Latest,
    /// The one at a height.
    Height(Height),
    /// The one with a hash.
    Hash(HeaderHash),
}

impl From<WhichHeader> for v1::GetHeaderRequest {
    fn from(which: WhichHeader) -> Self {
        use v1::get_header_request::Header;
        let header = match which {
            WhichHeader::Latest => Header::Latest(v1::Latest {}),
            WhichHeader::Height(height) => Header::Height(height.get()),
            WhichHeader::Hash(hash) => Header::Hash(Bytes::copy_from_slice(hash.as_bytes())),
        };
        Self {
            header: Some(header),
        }
    }
}

impl TryFrom<v1::BlobStatus> for Status {
    type Error = ClientError;

    fn try_from(wire: v1::BlobStatus) -> Result<Self> {
        use v1::blob_status::State as Wire;
        let state = match wire.state.ok_or(Error::Missing {
            field: "status.state",
        })? {
            Wire::Received(_) => State::Received,
            Wire::Dispersed(d) => State::Dispersed {
                receipts: d.receipts,
                signed: d.signed_weight,
                total: d.total_weight,
            },
            Wire::Certified(c) => State::Certified(Certificate {
                bytes: c.certificate,
                signed: c.signed_weight,
                total: c.total_weight,
                accepted_at: Timestamp::new(c.accepted_at_ms),
                expires_at: Timestamp::new(c.expires_at_ms),
            }),
            Wire::Ordered(o) => State::Ordered {
                height: Height::new(o.height),
            },
            Wire::Final(f) => State::Final {
                height: Height::new(f.height),
                header: read(
                    "final.header_hash",
                    &f.header_hash[..],
                    HeaderHash::from_slice,
                )?,
            },
            Wire::Expired(e) => State::Expired {
                reason: e.reason,
                retry: e.retry,
            },
            Wire::Failed(f) => State::Failed {
                reason: f.reason,
                retry: f.retry,
            },
        };
        Ok(Self {
            id: read("status.blob_id", &wire.blob_id[..], BlobId::from_slice)?,
            at: Timestamp::new(wire.at_ms),
            state,
            superseded: wire.superseded,
        })
    }
}
