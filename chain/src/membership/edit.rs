//! What a change does to one validator.

use crate::{Error, PossessionProof, PublicKey, PublicKeyBytes, Result, Weight};
use types::{Reader, Writer};

/// What happens to one validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SetEdit {
    /// It becomes a member.
    Join {
        /// Its claimed key.
        key: PublicKeyBytes,
        /// Its weight.
        weight: Weight,
        /// The claimed proof that it holds the key's secret.
        possession: PossessionProof,
    },
    /// It is no member any more.
    Leave {
        /// Its key.
        key: PublicKeyBytes,
    },
    /// It gets another weight.
    Reweigh {
        /// Its key.
        key: PublicKeyBytes,
        /// The new weight.
        weight: Weight,
    },
}

impl SetEdit {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = 1 + PublicKey::BYTES + 8 + PossessionProof::BYTES;

    const JOIN: u8 = 1;
    const LEAVE: u8 = 2;
    const REWEIGH: u8 = 3;

    /// The validator's key, as claimed.
    #[must_use]
    pub const fn key(&self) -> PublicKeyBytes {
        match self {
            Self::Join { key, .. } | Self::Leave { key } | Self::Reweigh { key, .. } => *key,
        }
    }

    /// `kind u8 ‖ key`, and for those who join (1) `weight u64 ‖ proof of possession`, for
    /// those who leave (2) nothing, for those who are reweighed (3) `weight u64`.
    pub(super) fn write(&self, writer: Writer) -> Writer {
        match self {
            Self::Join {
                key,
                weight,
                possession,
            } => writer
                .u8(Self::JOIN)
                .raw(key.as_bytes())
                .u64(weight.get())
                .raw(possession.as_bytes()),
            Self::Leave { key } => writer.u8(Self::LEAVE).raw(key.as_bytes()),
            Self::Reweigh { key, weight } => writer
                .u8(Self::REWEIGH)
                .raw(key.as_bytes())
                .u64(weight.get()),
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let kind = reader.u8()?;
        if !(Self::JOIN..=Self::REWEIGH).contains(&kind) {
            return Err(Error::OutOfRange {
                what: "kind of a set edit",
                got: kind.into(),
                min: Self::JOIN.into(),
                max: Self::REWEIGH.into(),
            });
        }
        let key = PublicKeyBytes::new(reader.array()?);
        Ok(match kind {
            Self::JOIN => Self::Join {
                key,
                weight: Weight::new(reader.u64()?),
                possession: PossessionProof::new(reader.array()?),
            },
            Self::LEAVE => Self::Leave { key },
            _ => Self::Reweigh {
                key,
                weight: Weight::new(reader.u64()?),
            },
        })
    }
}
