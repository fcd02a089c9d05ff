//! Blob transactions.

use alloy::consensus::{BlobTransactionSidecarEip7594, SidecarBuilder, SimpleCoder};
use alloy::eips::BlockId;
use alloy::network::{TransactionBuilder, TransactionBuilder4844};
use alloy::primitives::{B256, Bytes, hex};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;

use crate::node::Node;

crate::on_both!(blobhash_sees_the_versioned_hash);

/// Stores BLOBHASH(calldata word 0) in slot 0.
const STORES_BLOBHASH: [u8; 14] = hex!("655f35495f55005f526006601af3");

pub fn sidecar(blobs: usize) -> BlobTransactionSidecarEip7594 {
    let bytes = vec![7; (blobs - 1) * 130_000 + 1000];
    SidecarBuilder::<SimpleCoder>::from_slice(&bytes)
        .build_7594()
        .unwrap()
}

async fn blobhash_sees_the_versioned_hash(node: &Node) {
    let contract = node.deploy(Bytes::from(STORES_BLOBHASH)).await;
    let sidecar = sidecar(2);
    assert_eq!(sidecar.blobs.len(), 2);
    let second = sidecar.versioned_hashes().nth(1).unwrap();
    let request = TransactionRequest::default()
        .with_to(contract)
        .with_input(B256::with_last_byte(1))
        .with_blob_sidecar(sidecar.into());
    let receipt = node.send(0, request).await;
    assert!(receipt.status());
    assert_eq!(receipt.blob_gas_used, Some(2 * 131_072));
    assert!(receipt.blob_gas_price.unwrap() >= 1);
    assert_eq!(node.slot(contract, 0, BlockId::latest()).await, second);

    let block = node
        .raw()
        .get_block(receipt.block_number.unwrap().into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(block.header.blob_gas_used, Some(2 * 131_072));
}
