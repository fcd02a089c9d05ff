//! A validator set kept in a file, to verify against later and offline.

use crate::ValidatorSet;
use types::ChainId;

/// A chain's validator set, trusted because of where its owner got it. As JSON:
/// `{"chain_id": "…", "validators": "…"}`, both in hexadecimal, the latter the set's encoding.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedSet {
    /// The chain.
    pub chain_id: ChainId,
    /// Its validators.
    #[serde(with = "hex_set")]
    pub validators: ValidatorSet,
}

mod hex_set {
    use crate::ValidatorSet;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(set: &ValidatorSet, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(set.encode()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<ValidatorSet, D::Error> {
        let text = String::deserialize(d)?;
        let bytes = hex::decode(text).map_err(D::Error::custom)?;
        ValidatorSet::decode(&bytes).map_err(D::Error::custom)
    }
}
