//! The keys of the exits' circuit, and their place on L1.

use crate::deploy::Statements;
use crate::{Error, Result};
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use std::sync::Arc;
use validity::{ExitsSize, Keys, solidity};

/// The keys of the exits' circuit.
#[derive(Debug, Clone)]
pub struct ExitKeys {
    pub(super) keys: Arc<Keys>,
    pub(super) size: ExitsSize,
    place: Option<u8>,
}

impl ExitKeys {
    /// Keys for so many holdings at a time. Their place in the verifier's contract is looked for
    /// there, unless it is given.
    #[must_use]
    pub fn new(keys: Keys, size: ExitsSize, place: Option<u8>) -> Self {
        Self {
            keys: Arc::new(keys),
            size,
            place,
        }
    }

    /// The place that the exits' verifier has them at.
    ///
    /// # Errors
    /// [`Error::KeysUntold`] when the verifier does not say which keys it has,
    /// [`Error::NoSuchKeys`] when these are none of them.
    pub(super) async fn place(&self, client: &L1Client, deployment: &Deployment) -> Result<u8> {
        if let Some(place) = self.place {
            return Ok(place);
        }
        let verifier = Statements::Exits.verifier(client, deployment).await?;
        let keys = abi::StatementVerifier::keysCall {};
        let on_l1 = match client.view(verifier, &keys).await {
            Ok(keys) => keys,
            Err(
                error @ (settlement::Error::Reverted { .. }
                | settlement::Error::Refused { .. }
                | settlement::Error::View { .. }),
            ) => {
                let reason = error.to_string();
                return Err(Error::KeysUntold { verifier, reason });
            }
            Err(error) => return Err(error.into()),
        };
        let own = solidity::key_bytes(self.keys.shape(), self.keys.verifying())?;
        let place = on_l1.chunks(own.len()).position(|key| key == own);
        let place = place.and_then(|place| u8::try_from(place).ok());
        place.ok_or_else(|| Error::NoSuchKeys {
            shape: self.keys.shape(),
            verifier,
        })
    }
}
