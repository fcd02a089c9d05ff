//! Tokens: shown once, then known by their hash alone.

use rand::TryRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// Random bytes of a token.
const BYTES: usize = 32;
/// What every token begins with, so that one is recognised where it should not be.
const PREFIX: &str = "assay_";

/// A client's secret, in text.
pub struct Token(Zeroizing<String>);

impl Token {
    /// Most bytes of a token that is looked at.
    pub const MAX_BYTES: usize = proto::client::Token::MAX_BYTES;

    /// A new one: 256 random bits.
    ///
    /// # Errors
    /// Those of the source of randomness.
    pub fn generate<R: TryRng>(rng: &mut R) -> Result<Self, R::Error> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.try_fill_bytes(&mut *bytes)?;
        let digits = Zeroizing::new(hex::encode(*bytes));
        Ok(Self(Zeroizing::new(format!("{PREFIX}{}", *digits))))
    }

    /// Its text, for its owner.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Its hash, for the node's configuration.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The SHA-256 hash of a token's text. A token has 256 random bits, so that nothing slower is
/// needed to keep it from being guessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of what somebody shows.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether they are equal, in a time that does not depend on where they differ.
    pub(super) fn is(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({self})")
    }
}

impl FromStr for TokenHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| {
            format!(
                "got {} bytes of text, expected a SHA-256 hash: 64 hexadecimal digits",
                text.len()
            )
        })?;
        Ok(Self(bytes))
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
