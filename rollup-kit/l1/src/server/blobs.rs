//! Blobs, which nodes of Ethereum serve on the consensus layer.

use alloy::eips::eip4844::{Blob, Bytes48};
use alloy::eips::eip7594::{BlobTransactionSidecarVariant, CELLS_PER_EXT_BLOB};
use alloy::primitives::{B256, U64};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use serde::Serialize;

use super::Shared;
use super::params::method;
use crate::blobs::KeptBlobs;

/// A blob of a block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BlobOfBlock {
    transaction_hash: B256,
    /// In its transaction.
    index: U64,
    versioned_hash: B256,
    blob: Blob,
    commitment: Bytes48,
    /// The proof of the blob (EIP-4844), if the transaction brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Bytes48>,
    /// The proofs of its 128 cells (EIP-7594), if the transaction brought them.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell_proofs: Option<Vec<Bytes48>>,
}

pub(super) fn register(module: &mut RpcModule<Shared>) -> Result<(), RegisterMethodError> {
    method(module, &["assay_getBlobs"], |shared, arguments| {
        let block = arguments.block()?;
        let chain = shared.chain();
        let kept = chain.blobs_of_block(block)?;
        Ok(kept
            .into_iter()
            .flat_map(of_transaction)
            .collect::<Vec<_>>())
    })?;
    method(module, &["anvil_getBlobByHash"], |shared, arguments| {
        let hash: B256 = arguments.next()?;
        let chain = shared.chain();
        let found = chain
            .all_blobs()
            .find_map(|kept| kept.sidecar.blob_by_versioned_hash(&hash));
        Ok(found.copied())
    })?;
    method(
        module,
        &["anvil_getBlobsByTransactionHash"],
        |shared, arguments| {
            let hash: B256 = arguments.next()?;
            let chain = shared.chain();
            Ok(chain
                .blobs_of_transaction(&hash)
                .map(|kept| kept.sidecar.blobs().to_vec()))
        },
    )
}

fn of_transaction(kept: &KeptBlobs) -> impl Iterator<Item = BlobOfBlock> + '_ {
    let sidecar = &*kept.sidecar;
    let each = sidecar
        .blobs()
        .iter()
        .zip(sidecar.commitments())
        .zip(sidecar.versioned_hashes());
    each.enumerate()
        .map(move |(index, ((blob, commitment), versioned_hash))| {
            let (proof, cell_proofs) = match sidecar {
                BlobTransactionSidecarVariant::Eip4844(sidecar) => {
                    (sidecar.proofs.get(index).copied(), None)
                }
                BlobTransactionSidecarVariant::Eip7594(sidecar) => {
                    let first = index * CELLS_PER_EXT_BLOB;
                    let proofs = sidecar.cell_proofs.get(first..first + CELLS_PER_EXT_BLOB);
                    (None, proofs.map(<[Bytes48]>::to_vec))
                }
            };
            BlobOfBlock {
                transaction_hash: kept.transaction,
                index: U64::from(index),
                versioned_hash,
                blob: *blob,
                commitment: *commitment,
                proof,
                cell_proofs,
            }
        })
}
