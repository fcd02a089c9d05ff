//! Who signed a batch's certificate, and what becomes of them when a row is withheld.

use crate::contracts::{abi, validator_id};
use crate::state::{Reader, Submitted};
use crate::watcher::core::{Place, SignerView};
use crate::{Error, Result};
use alloy::primitives::{B256, FixedBytes, keccak256};
use alloy::sol_types::SolValue;
use chain::{Bitmap, ColumnSet, ValidatorIndex, ValidatorSet, Weight, receipt_digest};
use types::{BlobId, ChainId, SetHash, Timestamp};

/// The signers of a certificate, as the contracts ask for them.
#[derive(Debug, Clone)]
pub struct CertificateSigners {
    certified: abi::CertifiedBlob,
    bitmap: Bitmap,
    set: ValidatorSet,
}

impl CertificateSigners {
    /// Rebuilds what the certificate said and holds it against what the batch remembers, so that a
    /// set or a certificate of anybody's will do.
    ///
    /// # Errors
    /// [`Error::View`] for another certificate or set than the batch's.
    pub fn new(
        chain: &ChainId,
        submitted: &Submitted,
        set: ValidatorSet,
        expected: B256,
    ) -> Result<Self> {
        let certificate = &submitted.certificate;
        let wrong = |reason: String| Error::View {
            what: "certificate of a batch",
            reason,
        };
        let named = SetHash::new(certificate.set.0);
        if set.hash() != named {
            return Err(wrong(format!("by set {named}, got {}", set.hash())));
        }
        let bitmap = Bitmap::decode(set.len(), &certificate.signers)?;
        let signed = set.weight_of(&bitmap)?;
        let digest = receipt_digest(
            chain,
            &named,
            &BlobId::new(certificate.blob.0),
            Timestamp::new(certificate.acceptedAt),
            Timestamp::new(certificate.expiresAt),
        );
        let certified = abi::CertifiedBlob {
            blob: certificate.blob,
            set: certificate.set,
            acceptedAt: certificate.acceptedAt,
            expiresAt: certificate.expiresAt,
            digest: FixedBytes(*digest.as_bytes()),
            signers: keccak256(&certificate.signers),
            signedWeight: signed.get(),
            totalWeight: Weight::get(set.total_weight()),
        };
        let got = keccak256(certified.abi_encode());
        if got != expected {
            return Err(wrong(format!("{got}, expected {expected}")));
        }
        Ok(Self {
            certified,
            bitmap,
            set,
        })
    }

    /// Everybody who signed.
    pub fn iter(&self) -> impl Iterator<Item = ValidatorIndex> {
        self.bitmap.iter()
    }

    /// A member by its L1 id, if it signed.
    #[must_use]
    pub fn find(&self, validator: B256) -> Option<ValidatorIndex> {
        self.iter().find(|index| self.id(*index) == Some(validator))
    }

    /// A member's L1 id.
    #[must_use]
    pub fn id(&self, index: ValidatorIndex) -> Option<B256> {
        self.set.get(index).map(|member| validator_id(member.key()))
    }

    /// A signer as the contracts take it; none for who did not sign.
    #[must_use]
    pub fn signer(&self, index: ValidatorIndex) -> Option<abi::Signer> {
        let member = self.set.get(index)?;
        self.bitmap.contains(index).then(|| abi::Signer {
            certified: self.certified.clone(),
            bitmap: self.bitmap.encode().into(),
            index: index.get(),
            key: member.key().to_bytes().as_bytes().to_vec().into(),
        })
    }

    /// Reads how the signers stand to a row.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn read(&self, reader: &Reader, at: Place) -> Result<Vec<SignerView>> {
        let (client, d) = (reader.client(), reader.deployment());
        let (number, row) = (at.batch.get(), at.row.get());
        let mut views = Vec::new();
        for index in self.iter() {
            let (Some(signer), Some(validator)) = (self.signer(index), self.id(index)) else {
                continue;
            };
            let slashed = abi::Signers::isSlashedCall {
                _0: number,
                _1: row,
                _2: validator,
            };
            let columns = abi::Signers::columnsOfCall {
                _0: number,
                _1: row,
                _2: validator,
            };
            let duty = client
                .view(d.signers, &abi::Signers::dutyOfCall { number, signer })
                .await?;
            let own = client.view(d.signers, &columns).await?;
            let slashable = abi::Registry::slashableCall {
                validator,
                rollup: d.rollup,
            };
            views.push(SignerView {
                index,
                is_slashed: client.view(d.signers, &slashed).await?,
                is_spared: own & duty == duty,
                slashable: client.view(d.registry, &slashable).await?.into(),
                owed: ColumnSet::from_bits(duty),
            });
        }
        Ok(views)
    }
}
