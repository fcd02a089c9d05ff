//! How batches came to L1 and who signed for them, asked for once.

use crate::relay::KnownSets;
use crate::signers::CertificateSigners;
use crate::state::{BatchView, Reader, Submitted};
use crate::{BatchNumber, Result};
use chain::ValidatorSet;
use proto::client::Client;
use std::collections::BTreeMap;
use types::SetHash;

/// What is known of batches' submissions.
#[derive(Debug)]
pub(crate) struct Submissions {
    sets: KnownSets,
    known: BTreeMap<BatchNumber, Option<Submitted>>,
}

impl Submissions {
    /// Nothing yet; a node tells validator sets, if there is one.
    pub(crate) const fn new(node: Option<Client>) -> Self {
        Self {
            sets: KnownSets::new(node),
            known: BTreeMap::new(),
        }
    }

    /// Learns of a validator set.
    pub(crate) fn learn(&mut self, set: ValidatorSet) {
        self.sets.insert(set);
    }

    /// What a batch's transaction said; see [`Reader::submitted`].
    pub(crate) async fn of(
        &mut self,
        reader: &Reader,
        batch: &BatchView,
    ) -> Result<Option<Submitted>> {
        // A reorganised L1 may have another batch under the number.
        if let Some(known) = self.known.get(&batch.number)
            && known
                .as_ref()
                .is_none_or(|known| known.meta.id() == batch.blob)
        {
            return Ok(known.clone());
        }
        let found = reader.submitted(batch).await?;
        self.known.insert(batch.number, found.clone());
        Ok(found)
    }

    /// Who signed a batch's certificate; none when nobody knows what it said, or its set.
    pub(crate) async fn signers(
        &mut self,
        reader: &Reader,
        batch: &BatchView,
    ) -> Result<Option<CertificateSigners>> {
        let Some(submitted) = self.of(reader, batch).await? else {
            return Ok(None);
        };
        let hash = SetHash::new(submitted.certificate.set.0);
        let Some(set) = self.sets.find(hash).await? else {
            return Ok(None);
        };
        let chain = reader.deployment().chain;
        CertificateSigners::new(&chain, &submitted, set, batch.certificate).map(Some)
    }

    /// Forgets the batches before this one.
    pub(crate) fn forget_before(&mut self, first: BatchNumber) {
        self.known.retain(|number, _| *number >= first);
    }
}
