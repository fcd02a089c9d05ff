//! An operation on its way into the pool: examined, then verified.

use super::Refusal;
use ledger::keys::MESSAGE_SCALARS;
use ledger::{Fr, Signed, State};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

const ID_TAG: &[u8] = b"assay/rollup-operation/v1";

/// Which operation: the hash of all that is signed and of the key. Two signatures of one
/// operation are the same operation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OperationId([u8; 32]);

impl OperationId {
    /// Of an operation, whether or not its signature holds; none where its account does not exist.
    pub(crate) fn in_state(signed: &Signed, state: &State) -> Option<Self> {
        let draft = &signed.draft;
        let account = state.tree(draft.tree).account(draft.from)?;
        let message = draft.message(state.rollup(), account.owner());
        Some(Self::of(&message, signed))
    }

    pub(super) fn of(message: &[Fr; MESSAGE_SCALARS], signed: &Signed) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(ID_TAG);
        for scalar in message {
            hasher.update(ledger::scalar_bytes(*scalar));
        }
        hasher.update(signed.key.public.to_bytes());
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<OperationId> for String {
    fn from(id: OperationId) -> Self {
        id.to_string()
    }
}

impl FromStr for OperationId {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| crate::Error::Malformed {
            what: "an operation's id",
        })?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for OperationId {
    type Error = crate::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// An operation that keeps the pool's rules, if its signature holds.
#[derive(Debug, Clone)]
pub struct Examined {
    pub(super) id: OperationId,
    pub(super) message: [Fr; MESSAGE_SCALARS],
    pub(super) signed: Signed,
}

/// An operation whose signature holds.
#[derive(Debug, Clone)]
pub struct VerifiedOperation {
    id: OperationId,
    signed: Signed,
}

impl Examined {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> OperationId {
        self.id
    }

    /// Checks the signature: a millisecond.
    ///
    /// # Errors
    /// [`Refusal::Rule`] unless it holds.
    pub fn verify(self) -> Result<VerifiedOperation, Refusal> {
        self.signed
            .key
            .verify(&self.message, &self.signed.signature)?;
        Ok(VerifiedOperation {
            id: self.id,
            signed: self.signed,
        })
    }
}

impl VerifiedOperation {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> OperationId {
        self.id
    }

    /// The operation.
    #[must_use]
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }

    pub(super) fn into_signed(self) -> Signed {
        self.signed
    }

    /// One that this operator has verified before: out of its own journal.
    pub(crate) const fn remembered(id: OperationId, signed: Signed) -> Self {
        Self { id, signed }
    }
}
