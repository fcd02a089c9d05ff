//! The codes by name.

use algebra::Engine;

#[cfg(feature = "byte-codes")]
use super::{AdditiveCode, ByteCode, WideByteCode};
use super::{CodeLimits, CodeParameters, ErasureCode, FieldCode};
use crate::ErasureError;

/// A kind of code, of which [`CodeFamily::code`] makes one of a certain size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodeFamily {
    /// [`FieldCode`], on this engine: `field`.
    Field(Engine),
    /// [`ByteCode`]: `reed-solomon-erasure`.
    #[cfg(feature = "byte-codes")]
    Byte,
    /// [`WideByteCode`]: `reed-solomon-erasure-16`.
    #[cfg(feature = "byte-codes")]
    WideByte,
    /// [`AdditiveCode`]: `reed-solomon-simd`.
    #[cfg(feature = "byte-codes")]
    Additive,
}

#[cfg(feature = "byte-codes")]
const NO_SUCH_NAME: &str =
    "expected field, reed-solomon-erasure, reed-solomon-erasure-16 or reed-solomon-simd";
#[cfg(not(feature = "byte-codes"))]
const NO_SUCH_NAME: &str = "expected field, which alone is built without the feature byte-codes";

impl CodeFamily {
    /// Every code of this build that this machine runs; `engine` is for those that have a choice.
    #[must_use]
    pub fn all(engine: Engine) -> Vec<Self> {
        let mut all = Self::built(engine);
        all.retain(|family| family.runs_here());
        all
    }

    /// The code of this name; it is never replaced by another one.
    ///
    /// # Errors
    /// [`ErasureError::NoSuchCode`] when this build has none of that name.
    pub fn from_name(name: &str, engine: Engine) -> Result<Self, ErasureError> {
        Self::built(engine)
            .into_iter()
            .find(|family| family.name() == name)
            .ok_or_else(|| ErasureError::NoSuchCode {
                got: name.to_owned(),
                reason: NO_SUCH_NAME,
            })
    }

    /// Its name, as [`CodeFamily::from_name`] takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Field(_) => FieldCode::NAME,
            #[cfg(feature = "byte-codes")]
            Self::Byte => ByteCode::NAME,
            #[cfg(feature = "byte-codes")]
            Self::WideByte => WideByteCode::NAME,
            #[cfg(feature = "byte-codes")]
            Self::Additive => AdditiveCode::NAME,
        }
    }

    /// What the code supports.
    #[must_use]
    pub fn limits(self) -> CodeLimits {
        match self {
            Self::Field(_) => FieldCode::LIMITS,
            #[cfg(feature = "byte-codes")]
            Self::Byte => ByteCode::LIMITS,
            #[cfg(feature = "byte-codes")]
            Self::WideByte => WideByteCode::LIMITS,
            #[cfg(feature = "byte-codes")]
            Self::Additive => AdditiveCode::LIMITS,
        }
    }

    /// The code of these parameters, with its tables.
    ///
    /// # Errors
    /// [`ErasureError::DataShards`], [`ErasureError::Shards`] or [`ErasureError::ShardBytes`]
    /// beyond [`CodeFamily::limits`], [`ErasureError::NoSuchCode`] when this machine cannot run it.
    pub fn code(self, parameters: CodeParameters) -> Result<Box<dyn ErasureCode>, ErasureError> {
        Ok(match self {
            Self::Field(engine) => Box::new(FieldCode::new(parameters, engine)?),
            #[cfg(feature = "byte-codes")]
            Self::Byte => Box::new(ByteCode::new(parameters)?),
            #[cfg(feature = "byte-codes")]
            Self::WideByte => Box::new(WideByteCode::new(parameters)?),
            #[cfg(feature = "byte-codes")]
            Self::Additive => Box::new(AdditiveCode::new(parameters)?),
        })
    }

    fn built(engine: Engine) -> Vec<Self> {
        vec![
            Self::Field(engine),
            #[cfg(feature = "byte-codes")]
            Self::Byte,
            #[cfg(feature = "byte-codes")]
            Self::WideByte,
            #[cfg(feature = "byte-codes")]
            Self::Additive,
        ]
    }

    fn runs_here(self) -> bool {
        match self {
            #[cfg(feature = "byte-codes")]
            Self::Byte => ByteCode::runs_here(),
            _ => true,
        }
    }
}

impl std::fmt::Display for CodeFamily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
