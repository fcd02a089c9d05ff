//! Transactions from outside: bytes, then verified ones.

use std::sync::Arc;

use alloy::consensus::transaction::{Recovered, SignerRecoverable, TxEip4844WithSidecar};
use alloy::consensus::{EthereumTxEnvelope, Signed, Transaction as _};
use alloy::eips::eip2718::{Decodable2718, Encodable2718};
use alloy::eips::eip7594::BlobTransactionSidecarVariant;
use alloy::primitives::{Address, B256};
use c_kzg::KzgSettings;

use crate::block::Transaction;
use crate::error::Rejection;
use crate::limits;

type PooledEnvelope = EthereumTxEnvelope<TxEip4844WithSidecar<BlobTransactionSidecarVariant>>;

/// The first byte of a blob transaction (EIP-2718, EIP-4844).
const BLOB_TYPE: u8 = 3;

/// The ceremony's points. The tables that make proving fast are left out: a chain verifies.
pub(crate) fn kzg_settings() -> &'static KzgSettings {
    c_kzg::ethereum_kzg_settings(0)
}

/// A transaction whose bytes were read, and nothing more.
#[derive(Clone, Debug)]
pub struct UnverifiedTransaction(PooledEnvelope);

impl UnverifiedTransaction {
    /// Reads a signed transaction as `eth_sendRawTransaction` takes it (EIP-2718): a blob
    /// transaction with its sidecar, with one proof per blob (EIP-4844) or with cell proofs
    /// (EIP-7594).
    ///
    /// # Errors
    /// [`Rejection::Oversized`] or [`Rejection::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Rejection> {
        let most = match bytes.first() {
            Some(&BLOB_TYPE) => limits::BLOB_TRANSACTION_BYTES,
            _ => limits::TRANSACTION_BYTES,
        };
        if bytes.len() > most {
            return Err(Rejection::Oversized {
                got: bytes.len(),
                most,
            });
        }
        PooledEnvelope::decode_2718_exact(bytes)
            .map(Self)
            .map_err(|error| Rejection::Malformed(error.to_string()))
    }

    /// Checks what needs no state: the chain, the signature, and that blobs, commitments, proofs
    /// and versioned hashes belong together.
    ///
    /// # Errors
    /// [`Rejection::OtherChain`], [`Rejection::Unprotected`], [`Rejection::BadSignature`],
    /// [`Rejection::NoBlobs`], [`Rejection::TooManyBlobs`] or [`Rejection::BadBlobs`].
    pub fn verify(self, chain_id: u64) -> Result<VerifiedTransaction, Rejection> {
        match self.0.chain_id() {
            None => return Err(Rejection::Unprotected),
            Some(got) if got != chain_id => {
                return Err(Rejection::OtherChain {
                    got,
                    expected: chain_id,
                });
            }
            Some(_) => {}
        }
        let signer = self
            .0
            .recover_signer()
            .map_err(|error| Rejection::BadSignature(error.to_string()))?;
        let (envelope, sidecar) = split(self.0);
        if let Some(sidecar) = &sidecar {
            verify_blobs(
                envelope.blob_versioned_hashes().unwrap_or_default(),
                sidecar,
            )?;
        }
        Ok(VerifiedTransaction {
            transaction: Recovered::new_unchecked(envelope, signer),
            sidecar: sidecar.map(Arc::new),
        })
    }
}

/// Takes the blobs off.
fn split(
    envelope: PooledEnvelope,
) -> (
    EthereumTxEnvelope<alloy::consensus::TxEip4844>,
    Option<BlobTransactionSidecarVariant>,
) {
    match envelope {
        EthereumTxEnvelope::Legacy(signed) => (signed.into(), None),
        EthereumTxEnvelope::Eip2930(signed) => (signed.into(), None),
        EthereumTxEnvelope::Eip1559(signed) => (signed.into(), None),
        EthereumTxEnvelope::Eip7702(signed) => (signed.into(), None),
        EthereumTxEnvelope::Eip4844(signed) => {
            let (with_blobs, signature, _) = signed.into_parts();
            let (transaction, sidecar) = with_blobs.into_parts();
            (
                EthereumTxEnvelope::Eip4844(Signed::new_unhashed(transaction, signature)),
                Some(sidecar),
            )
        }
    }
}

fn verify_blobs(hashes: &[B256], sidecar: &BlobTransactionSidecarVariant) -> Result<(), Rejection> {
    let got = hashes.len().max(sidecar.blobs().len());
    if got == 0 {
        return Err(Rejection::NoBlobs);
    }
    if got > limits::TRANSACTION_BLOBS {
        return Err(Rejection::TooManyBlobs {
            got,
            most: limits::TRANSACTION_BLOBS,
        });
    }
    if hashes.len() != sidecar.blobs().len() {
        return Err(Rejection::BadBlobs(format!(
            "{} versioned hashes, {} blobs",
            hashes.len(),
            sidecar.blobs().len()
        )));
    }
    sidecar
        .validate(hashes, kzg_settings())
        .map_err(|error| Rejection::BadBlobs(error.to_string()))
}

/// A transaction that is what it claims to be: signed for this chain, its blobs proved. Whether it
/// can pay, and when it is its turn, the pool says.
#[derive(Clone, Debug)]
pub struct VerifiedTransaction {
    transaction: Transaction,
    sidecar: Option<Arc<BlobTransactionSidecarVariant>>,
}

impl VerifiedTransaction {
    /// Puts a transaction of a block together again with its blobs. `None` if they are gone.
    pub(crate) fn again(
        transaction: Transaction,
        sidecar: Option<Arc<BlobTransactionSidecarVariant>>,
    ) -> Option<Self> {
        (transaction.is_eip4844() == sidecar.is_some()).then_some(Self {
            transaction,
            sidecar,
        })
    }

    /// The hash, which leaves blobs out.
    #[must_use]
    pub fn hash(&self) -> B256 {
        *self.transaction.hash()
    }

    /// Who signed.
    #[must_use]
    pub fn sender(&self) -> Address {
        self.transaction.signer()
    }

    /// The sender's transactions before it.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        self.transaction.nonce()
    }

    /// How many blobs it brings.
    #[must_use]
    pub fn blob_count(&self) -> usize {
        self.sidecar
            .as_ref()
            .map_or(0, |sidecar| sidecar.blobs().len())
    }

    /// The transaction without its blobs.
    pub(crate) fn body(&self) -> &Transaction {
        &self.transaction
    }

    pub(crate) fn sidecar(&self) -> Option<&Arc<BlobTransactionSidecarVariant>> {
        self.sidecar.as_ref()
    }

    /// The bytes that [`UnverifiedTransaction::decode`] reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match (self.transaction.inner(), &self.sidecar) {
            (EthereumTxEnvelope::Eip4844(signed), Some(sidecar)) => {
                let signed = signed.clone().map(|transaction| {
                    TxEip4844WithSidecar::from_tx_and_sidecar(
                        transaction,
                        BlobTransactionSidecarVariant::clone(sidecar),
                    )
                });
                PooledEnvelope::Eip4844(signed).encoded_2718()
            }
            (envelope, _) => envelope.encoded_2718(),
        }
    }
}
