//! Transactions, from what they are to do to the bytes that an L1 node takes. Pure.

use crate::blobs::CarriedRows;
use crate::{Error, Gas, Result, Wei};
use alloy::consensus::transaction::SignerRecoverable as _;
use alloy::consensus::{
    SignableTransaction, TxEip1559, TxEip4844, TxEip4844Variant, TxEip4844WithSidecar, TxEnvelope,
};
use alloy::eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy::eips::eip7594::BlobTransactionSidecarVariant;
use alloy::network::TxSignerSync;
use alloy::primitives::{Address, B256, Bytes, TxKind};
use alloy::signers::local::PrivateKeySigner;
use std::sync::Arc;

/// What a transaction is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// For messages: what is called.
    pub what: &'static str,
    /// Whom it calls; none creates a contract.
    pub to: Option<Address>,
    /// What it pays.
    pub value: Wei,
    /// Calldata, or a contract's creation code.
    pub input: Bytes,
    /// What it carries as blobs.
    pub blobs: Option<Arc<CarriedRows>>,
}

impl Call {
    /// A call of a contract's function.
    #[must_use]
    pub fn of<C: alloy::sol_types::SolCall>(to: Address, call: &C) -> Self {
        Self {
            what: C::SIGNATURE,
            to: Some(to),
            value: Wei::ZERO,
            input: call.abi_encode().into(),
            blobs: None,
        }
    }

    /// The same, paying so much.
    #[must_use]
    pub fn paying(mut self, value: Wei) -> Self {
        self.value = value;
        self
    }

    /// The same, with rows as blobs.
    #[must_use]
    pub fn carrying(mut self, rows: Arc<CarriedRows>) -> Self {
        self.blobs = Some(rows);
        self
    }

    /// A transfer to oneself: what takes the place of a transaction that is not wanted any more.
    #[must_use]
    pub const fn nothing(own: Address) -> Self {
        Self {
            what: "nothing",
            to: Some(own),
            value: Wei::ZERO,
            input: Bytes::new(),
            blobs: None,
        }
    }
}

/// What a transaction offers, each per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fees {
    /// At most for gas, tip included.
    pub most: Wei,
    /// The tip.
    pub tip: Wei,
    /// At most for blob gas; of no account without blobs.
    pub blob: Wei,
}

impl Fees {
    /// What gets into the next blocks at these prices: twice the base fee and a tip of a gwei,
    /// so that six full blocks do not outprice it; twice the blob base fee.
    #[must_use]
    pub fn for_prices(base: Wei, blob_base: Wei) -> Self {
        let tip = Wei::gwei(1);
        Self {
            most: base.times(2) + tip,
            tip,
            blob: blob_base.times(2).max(Wei::new(1)),
        }
    }

    /// The least that replaces a transaction with these in a node's pool: a tenth more of each,
    /// and twice as much for one with blobs (geth's and reth's rules).
    #[must_use]
    pub fn bumped(self, has_blobs: bool) -> Self {
        let raise = |fee: Wei| {
            if has_blobs {
                fee.times(2)
            } else {
                // Rounded up: a tenth of little is nothing.
                fee + fee.percent(10) + Wei::new(1)
            }
        };
        Self {
            most: raise(self.most),
            tip: raise(self.tip),
            blob: raise(self.blob),
        }
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            most: self.most.max(other.most),
            tip: self.tip.max(other.tip),
            blob: self.blob.max(other.blob),
        }
    }

    /// Whether a transaction with these costs at most `limit` per gas.
    #[must_use]
    pub fn within(self, limit: Wei) -> bool {
        self.most <= limit
    }
}

/// A signed transaction as a node takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTransaction {
    /// Its hash.
    pub hash: B256,
    /// EIP-2718, with the sidecar if it carries blobs.
    pub bytes: Bytes,
}

/// Signs a call.
///
/// # Errors
/// [`Error::Key`] when the signer fails, [`Error::Config`] for a contract made with blobs.
pub fn sign(
    call: &Call,
    chain_id: u64,
    nonce: u64,
    gas: Gas,
    fees: Fees,
    signer: &PrivateKeySigner,
) -> Result<RawTransaction> {
    let unsigned = |error: alloy::signers::Error| Error::Key {
        what: "signer of transactions",
        reason: error.to_string(),
    };
    let envelope = match (&call.blobs, call.to) {
        (None, to) => {
            let mut tx = TxEip1559 {
                chain_id,
                nonce,
                gas_limit: gas.get(),
                max_fee_per_gas: fees.most.get(),
                max_priority_fee_per_gas: fees.tip.get(),
                to: to.map_or(TxKind::Create, TxKind::Call),
                value: call.value.into(),
                access_list: Default::default(),
                input: call.input.clone(),
            };
            let signature = signer.sign_transaction_sync(&mut tx).map_err(unsigned)?;
            TxEnvelope::from(tx.into_signed(signature))
        }
        (Some(rows), Some(to)) => {
            let tx = TxEip4844 {
                chain_id,
                nonce,
                gas_limit: gas.get(),
                max_fee_per_gas: fees.most.get(),
                max_priority_fee_per_gas: fees.tip.get(),
                to,
                value: call.value.into(),
                access_list: Default::default(),
                blob_versioned_hashes: rows.versioned_hashes(),
                max_fee_per_blob_gas: fees.blob.get(),
                input: call.input.clone(),
            };
            let sidecar = BlobTransactionSidecarVariant::Eip7594(rows.sidecar().clone());
            let mut tx = TxEip4844WithSidecar::from_tx_and_sidecar(tx, sidecar);
            let signature = signer.sign_transaction_sync(&mut tx).map_err(unsigned)?;
            TxEnvelope::from(tx.into_signed(signature))
        }
        (Some(_), None) => {
            return Err(Error::Config {
                what: "transaction",
                got: "a new contract with blobs".to_owned(),
                expected: "a call".to_owned(),
            });
        }
    };
    Ok(RawTransaction {
        hash: *envelope.tx_hash(),
        bytes: envelope.encoded_2718().into(),
    })
}

/// Who signed a raw transaction, and what it does: what a batch's description is read from.
///
/// # Errors
/// [`Error::View`] for bytes that are no transaction.
pub fn read(bytes: &[u8]) -> Result<(Address, TxEnvelope)> {
    let wrong = |reason: String| Error::View {
        what: "transaction",
        reason,
    };
    let envelope =
        TxEnvelope::decode_2718(&mut &bytes[..]).map_err(|error| wrong(error.to_string()))?;
    let from = envelope
        .recover_signer()
        .map_err(|error| wrong(error.to_string()))?;
    Ok((from, envelope))
}

/// The same transaction with another nonce and other fees, signed anew: what replaces one in a
/// node's pool. A sidecar stays as it is.
///
/// # Errors
/// [`Error::View`] for bytes that are no transaction of ours, [`Error::Key`].
pub fn with_fees(
    bytes: &[u8],
    nonce: u64,
    fees: Fees,
    signer: &PrivateKeySigner,
) -> Result<RawTransaction> {
    let unsigned = |error: alloy::signers::Error| Error::Key {
        what: "signer of transactions",
        reason: error.to_string(),
    };
    let (_, envelope) = read(bytes)?;
    let envelope = match envelope {
        TxEnvelope::Eip1559(signed) => {
            let mut tx = signed.into_parts().0;
            tx.nonce = nonce;
            tx.max_fee_per_gas = fees.most.get();
            tx.max_priority_fee_per_gas = fees.tip.get();
            let signature = signer.sign_transaction_sync(&mut tx).map_err(unsigned)?;
            TxEnvelope::from(tx.into_signed(signature))
        }
        TxEnvelope::Eip4844(signed) => {
            let mut tx = signed.into_parts().0;
            let inner = match &mut tx {
                TxEip4844Variant::TxEip4844(tx) => tx,
                TxEip4844Variant::TxEip4844WithSidecar(tx) => &mut tx.tx,
            };
            inner.nonce = nonce;
            inner.max_fee_per_gas = fees.most.get();
            inner.max_priority_fee_per_gas = fees.tip.get();
            inner.max_fee_per_blob_gas = fees.blob.get();
            let signature = signer.sign_transaction_sync(&mut tx).map_err(unsigned)?;
            TxEnvelope::from(tx.into_signed(signature))
        }
        other => {
            return Err(Error::View {
                what: "transaction",
                reason: format!("of type {:?}, which is never sent here", other.tx_type()),
            });
        }
    };
    Ok(RawTransaction {
        hash: *envelope.tx_hash(),
        bytes: envelope.encoded_2718().into(),
    })
}
