//! Codes over shards: k data shards become n, and any k of them give the data back.
//!
//! [`ErasureCode`] is the one trait, [`CodeFamily`] lists the codes by name, and
//! [`CodeParameters`] is how big a code is. [`FieldCode`] is always there; the codes over bytes
//! come with the feature `byte-codes`.

#[cfg(feature = "byte-codes")]
mod additive;
#[cfg(feature = "byte-codes")]
mod bytes;
mod family;
mod field;
mod parameters;
mod received;

pub use family::CodeFamily;
pub use field::FieldCode;
pub use parameters::{CodeLimits, CodeParameters, MAX_CODED_BYTES, MAX_SHARDS, ShardIndex};

#[cfg(feature = "byte-codes")]
pub use additive::AdditiveCode;
#[cfg(feature = "byte-codes")]
pub use bytes::{ByteCode, WideByteCode};

use crate::ErasureError;

/// A code that turns k data shards into n shards of the same length, any k of which give the data
/// back.
///
/// # Laws
///
/// 1. *Systematic.* Shards 0..k are the data, byte for byte; shards k..n are the parity, which
///    [`ErasureCode::encode`] returns in that order. With n = k there is no parity.
/// 2. *Any k suffice.* [`ErasureCode::recover`] returns the data for every choice of at least k
///    distinct shards of one encoding, given in any order.
/// 3. *Deterministic.* The shards depend on the kind of code, on k and n, and on the data alone,
///    neither on the machine nor on its engine.
/// 4. *Exactly k shards are believed.* Any k well-formed shards are shards of some data, so that a
///    shard of another blob, or a damaged one, gives wrong data and no error. Who needs to know
///    checks a commitment.
/// 5. *More than k shards are compared.* When more than k are given, they are shards of one
///    encoding or [`ErasureError::InconsistentShards`] is returned; which of them is wrong is not
///    said. Up to given − k wrong shards are always noticed, and beyond that, data is returned
///    only if all given shards are of its encoding.
/// 6. *Nothing is padded.* Counts and lengths that the code does not have are errors that state
///    what it has, and are found before any computation. Nothing panics.
/// 7. *Memory is bounded.* Whatever is allocated follows from the parameters, which were checked
///    before the code was made: a small multiple of n times the shard's length, and tables that
///    each code states. Input of another size is refused before anything is allocated for it.
///
/// Calls share nothing but tables, so that one code serves many threads.
pub trait ErasureCode: std::fmt::Debug + Send + Sync {
    /// Name of the kind of code, as [`CodeFamily::from_name`] takes it.
    fn name(&self) -> &'static str;

    /// k, n and the length of a shard.
    fn parameters(&self) -> CodeParameters;

    /// The n − k parity shards of the k data shards, in order.
    ///
    /// # Errors
    /// [`ErasureError::DataShardCount`] unless k shards are given, [`ErasureError::RaggedShard`]
    /// unless each has the length of the parameters, [`ErasureError::ShardElement`] from a
    /// [`FieldCode`] alone.
    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, ErasureError>;

    /// The k data shards, in order, from at least k distinct shards in any order.
    ///
    /// Exactly k shards are the fastest: more are compared with each other.
    ///
    /// # Errors
    /// [`ErasureError::ForeignShard`], [`ErasureError::DuplicateShard`],
    /// [`ErasureError::RaggedShard`], [`ErasureError::TooFewShards`],
    /// [`ErasureError::InconsistentShards`]; [`ErasureError::ShardElement`] from a [`FieldCode`]
    /// alone.
    fn recover(&self, shards: &[(ShardIndex, &[u8])]) -> Result<Vec<Vec<u8>>, ErasureError>;
}
