//! How far a blob has come.

use crate::{Error, Result};
use chain::UnverifiedAvailability;
use types::{HeaderHash, Height, Reader, Timestamp, Writer};

/// How far a blob has come on its way.
#[derive(Debug, Clone, PartialEq)]
pub enum BlobState {
    /// Its description is known, its data may not be: nobody here was promised anything.
    Known,
    /// Durably stored by the node that accepted it.
    Received,
    /// Receipts are coming in.
    Dispersed {
        /// Receipts so far.
        receipts: u16,
        /// Their weight.
        signed: u64,
        /// The weight of all validators.
        total: u64,
    },
    /// More than two thirds of the weight hold it.
    Certified {
        /// The certificate, verified before it was stored.
        certificate: UnverifiedAvailability,
    },
    /// A final block orders it. The certificate stays with it.
    Final {
        /// The block's height.
        height: Height,
        /// The block's header.
        header: HeaderHash,
        /// The block's time: retention counts from acceptance, re-ordering from here.
        time: Timestamp,
        /// The certificate that the block references.
        certificate: UnverifiedAvailability,
    },
    /// Certified, but no block took it in time.
    Expired,
    /// Not enough validators answered.
    Failed {
        /// Why.
        reason: String,
    },
    /// Its retention is over and its data is gone.
    Pruned {
        /// The height that ordered it, when one did.
        height: Option<Height>,
    },
}

impl BlobState {
    /// The state's name, as clients see it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Received => "received",
            Self::Dispersed { .. } => "dispersed",
            Self::Certified { .. } => "certified",
            Self::Final { .. } => "final",
            Self::Expired => "expired",
            Self::Failed { .. } => "failed",
            Self::Pruned { .. } => "pruned",
        }
    }

    /// Whether a new submission starts over from this state.
    #[must_use]
    pub const fn may_restart(&self) -> bool {
        matches!(
            self,
            Self::Known | Self::Expired | Self::Failed { .. } | Self::Pruned { .. }
        )
    }

    /// Whether a blob in the state `before` may come to this one. What was once certified or
    /// ordered stays so, however late somebody else's receipts or certificate arrive.
    #[must_use]
    pub const fn may_follow(&self, before: &Self) -> bool {
        match before {
            Self::Final { .. } => matches!(self, Self::Final { .. } | Self::Pruned { .. }),
            Self::Certified { .. } => matches!(
                self,
                Self::Certified { .. } | Self::Final { .. } | Self::Expired | Self::Pruned { .. }
            ),
            Self::Received | Self::Dispersed { .. } => !matches!(self, Self::Known),
            Self::Known | Self::Expired | Self::Failed { .. } | Self::Pruned { .. } => true,
        }
    }

    /// The certificate, when there is one.
    #[must_use]
    pub const fn certificate(&self) -> Option<&UnverifiedAvailability> {
        match self {
            Self::Certified { certificate } | Self::Final { certificate, .. } => Some(certificate),
            _ => None,
        }
    }
}

/// A blob's state and when it came to it.
#[derive(Debug, Clone, PartialEq)]
pub struct BlobRecord {
    /// The state.
    pub state: BlobState,
    /// When this node entered it.
    pub at: Timestamp,
    /// When the acceptor took the blob; zero when this node did not see that.
    pub accepted_at: Timestamp,
}

impl BlobRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        let head = Writer::new().u64(self.at.get()).u64(self.accepted_at.get());
        match &self.state {
            BlobState::Known => head.u8(0),
            BlobState::Received => head.u8(1),
            BlobState::Dispersed {
                receipts,
                signed,
                total,
            } => head.u8(2).u16(*receipts).u64(*signed).u64(*total),
            BlobState::Certified { certificate } => head.u8(3).raw(&certificate.encode()),
            BlobState::Final {
                height,
                header,
                time,
                certificate,
            } => head
                .u8(4)
                .u64(height.get())
                .raw(header.as_bytes())
                .u64(time.get())
                .raw(&certificate.encode()),
            BlobState::Expired => head.u8(5),
            BlobState::Failed { reason } => head.u8(6).raw(reason.as_bytes()),
            BlobState::Pruned { height } => head.u8(7).u64(height.map_or(0, Height::get)),
        }
        .finish()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("blob record", bytes);
        let at = Timestamp::new(reader.u64()?);
        let accepted_at = Timestamp::new(reader.u64()?);
        let state = match reader.u8()? {
            0 => BlobState::Known,
            1 => BlobState::Received,
            2 => BlobState::Dispersed {
                receipts: reader.u16()?,
                signed: reader.u64()?,
                total: reader.u64()?,
            },
            3 => BlobState::Certified {
                certificate: rest_as_certificate(&mut reader)?,
            },
            4 => BlobState::Final {
                height: Height::new(reader.u64()?),
                header: HeaderHash::new(reader.array()?),
                time: Timestamp::new(reader.u64()?),
                certificate: rest_as_certificate(&mut reader)?,
            },
            5 => BlobState::Expired,
            6 => {
                let reason = reader.raw(reader.remaining())?;
                BlobState::Failed {
                    reason: String::from_utf8_lossy(reason).into_owned(),
                }
            }
            7 => {
                let height = Height::new(reader.u64()?);
                BlobState::Pruned {
                    height: (height != Height::GENESIS).then_some(height),
                }
            }
            code => return Err(Error::Storage(format!("blob record: unknown state {code}"))),
        };
        reader.finish()?;
        Ok(Self {
            state,
            at,
            accepted_at,
        })
    }
}

fn rest_as_certificate(reader: &mut Reader<'_>) -> Result<UnverifiedAvailability> {
    Ok(UnverifiedAvailability::decode(
        reader.raw(reader.remaining())?,
    )?)
}

#[cfg(test)]
mod tests;
