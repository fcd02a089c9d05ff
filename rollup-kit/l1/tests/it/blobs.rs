//! Blob transactions.

use std::sync::OnceLock;

use alloy::consensus::{
    BlobTransactionSidecarEip7594, EthereumTxEnvelope, SidecarBuilder, SignableTransaction,
    SimpleCoder, TxEip4844, TxEip4844WithSidecar,
};
use alloy::eips::BlockId;
use alloy::eips::eip2718::Encodable2718;
use alloy::eips::eip7594::BlobTransactionSidecarVariant;
use alloy::network::{TransactionBuilder, TransactionBuilder4844};
use alloy::primitives::{B256, Bytes, hex};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::SignerSync;
use serde_json::{Value, json};

use crate::node::{Node, initcode};

crate::on_both!(
    blobhash_sees_the_versioned_hash,
    blobs_can_be_read,
    wrong_blobs_are_refused,
);

/// Stores BLOBHASH(calldata word 0) in slot 0.
const STORES_BLOBHASH: [u8; 6] = hex!("5f35495f5500");

const GWEI: u128 = 1_000_000_000;
const BLOB_GAS: u64 = 131_072;

/// A blob with its 128 cell proofs, made once.
fn blob() -> &'static BlobTransactionSidecarEip7594 {
    static BLOB: OnceLock<BlobTransactionSidecarEip7594> = OnceLock::new();
    BLOB.get_or_init(|| {
        SidecarBuilder::<SimpleCoder>::from_slice(b"a row of the grid")
            .build_7594()
            .unwrap()
    })
}

/// The blob so many times.
fn sidecar(blobs: usize) -> BlobTransactionSidecarEip7594 {
    let one = blob();
    BlobTransactionSidecarEip7594::new(
        one.blobs.repeat(blobs),
        one.commitments.repeat(blobs),
        one.cell_proofs.repeat(blobs),
    )
}

/// A blob transaction with everything in it.
pub(crate) fn request(node: &Node, account: usize, nonce: u64, blobs: usize) -> TransactionRequest {
    with_sidecar(node, account, nonce, sidecar(blobs).into())
}

fn with_sidecar(
    node: &Node,
    account: usize,
    nonce: u64,
    sidecar: BlobTransactionSidecarVariant,
) -> TransactionRequest {
    node.request(account, nonce)
        .with_max_fee_per_blob_gas(10)
        .with_blob_sidecar(sidecar)
}

async fn blobhash_sees_the_versioned_hash(node: &Node) {
    let contract = node.deploy(initcode(&STORES_BLOBHASH)).await;
    let sidecar = sidecar(2);
    let second = sidecar.versioned_hashes().nth(1).unwrap();
    let request = TransactionRequest::default()
        .with_to(contract)
        .with_input(B256::with_last_byte(1))
        .with_blob_sidecar(sidecar.into());
    let receipt = node.send(0, request).await;
    assert!(receipt.status());
    assert_eq!(receipt.blob_gas_used, Some(2 * BLOB_GAS));
    assert_eq!(receipt.blob_gas_price, Some(1));
    assert_eq!(node.slot(contract, 0, BlockId::latest()).await, second);

    let block = node
        .raw()
        .get_block(receipt.block_number.unwrap().into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(block.header.blob_gas_used, Some(2 * BLOB_GAS));
    assert_eq!(block.header.hash, block.header.inner.hash_slow());
}

async fn blobs_can_be_read(node: &Node) {
    let hash = node.try_send(0, request(node, 0, 0, 1)).await.unwrap();
    let receipt = node.mined(hash).await;
    let blobs: Vec<Bytes> = node
        .ask("anvil_getBlobsByTransactionHash", json!([hash]))
        .await;
    assert_eq!(blobs, [Bytes::from(blob().blobs[0].to_vec())]);
    let versioned = blob().versioned_hashes().next().unwrap();
    let found: Bytes = node.ask("anvil_getBlobByHash", json!([versioned])).await;
    assert_eq!(found, blobs[0]);
    if node.is_embedded() {
        let kept: Vec<Value> = node
            .ask("assay_getBlobs", json!([receipt.block_hash]))
            .await;
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0]["versionedHash"], json!(versioned));
        assert_eq!(kept[0]["transactionHash"], json!(hash));
        assert_eq!(kept[0]["commitment"], json!(blob().commitments[0]));
        assert_eq!(kept[0]["cellProofs"], json!(blob().cell_proofs));
    }
    let none: Option<Value> = node.ask("anvil_getBlobByHash", json!([B256::ZERO])).await;
    assert_eq!(none, None);
}

async fn wrong_blobs_are_refused(node: &Node) {
    let right = sidecar(1);
    let mut wrong_proof = right.clone();
    wrong_proof.cell_proofs.swap(0, 1);
    let mut wrong_blob = right.clone();
    wrong_blob.blobs[0][31] ^= 1;
    let mut wrong_commitment = right.clone();
    wrong_commitment.commitments[0] = right.cell_proofs[0];
    for sidecar in [
        wrong_proof,
        wrong_blob,
        wrong_commitment,
        sidecar(7),
        sidecar(10),
    ] {
        let mut request = with_sidecar(node, 0, 0, sidecar.clone().into());
        request.blob_versioned_hashes = Some(sidecar.versioned_hashes().collect());
        let refused = node.try_send(0, request).await;
        assert!(refused.is_err(), "{sidecar:?}");
    }
    node.try_send(0, request(node, 0, 0, 6)).await.unwrap();
}

#[tokio::test]
async fn says_exactly_why() {
    let node = Node::embedded().await;
    let refused = async |request| node.try_send(0, request).await.unwrap_err().1;
    assert_eq!(
        refused(request(&node, 0, 0, 7)).await,
        "too many blobs in transaction: have 7, permitted 6"
    );
    assert_eq!(
        refused(request(&node, 0, 0, 1).with_max_fee_per_blob_gas(0)).await,
        "max fee per blob gas less than block blob gas fee: maxFeePerBlobGas: 0, blobBaseFee: 1"
    );
    let mut wrong = sidecar(1);
    wrong.cell_proofs.swap(0, 1);
    assert_eq!(
        refused(with_sidecar(&node, 0, 0, wrong.into())).await,
        "invalid blob sidecar: invalid KZG proof"
    );
    let mut short = sidecar(1);
    short.cell_proofs.pop();
    assert!(
        refused(with_sidecar(&node, 0, 0, short.into()))
            .await
            .starts_with("invalid blob sidecar: ")
    );
    let other = signed_with(&node, vec![B256::repeat_byte(1)], sidecar(1));
    let (_, text) = node.hand_in(&other).await.unwrap_err();
    assert!(
        text.starts_with("invalid blob sidecar: wrong versioned hash"),
        "{text}"
    );
    let fewer = signed_with(&node, Vec::new(), sidecar(1));
    assert_eq!(
        node.hand_in(&fewer).await.unwrap_err().1,
        "invalid blob sidecar: 0 versioned hashes, 1 blobs"
    );
    let none = signed_with(&node, Vec::new(), BlobTransactionSidecarEip7594::default());
    assert_eq!(
        node.hand_in(&none).await.unwrap_err().1,
        "blobless blob transaction"
    );
}

/// A signed blob transaction whose hashes need not be those of its blobs, which alloy's builder
/// would see to.
fn signed_with(node: &Node, hashes: Vec<B256>, sidecar: BlobTransactionSidecarEip7594) -> Vec<u8> {
    let transaction = TxEip4844 {
        chain_id: 31337,
        gas_limit: 21_000,
        max_fee_per_gas: 10 * GWEI,
        to: node.address(9),
        blob_versioned_hashes: hashes,
        max_fee_per_blob_gas: 10,
        ..TxEip4844::default()
    };
    let transaction = TxEip4844WithSidecar::from_tx_and_sidecar(transaction, sidecar);
    let signature = node.keys[0]
        .sign_hash_sync(&transaction.signature_hash())
        .unwrap();
    EthereumTxEnvelope::Eip4844(transaction.into_signed(signature)).encoded_2718()
}

/// One proof per blob, as before Osaka (EIP-4844), is taken too.
#[tokio::test]
async fn both_forms_of_sidecar_are_taken() {
    let node = Node::embedded().await;
    let old = SidecarBuilder::<SimpleCoder>::from_slice(b"a row of the grid")
        .build_4844()
        .unwrap();
    let mut wrong = old.clone();
    wrong.proofs[0] = blob().cell_proofs[0];
    let wrong = with_sidecar(&node, 0, 0, wrong.into());
    assert!(node.try_send(0, wrong).await.is_err());
    let hash = node
        .try_send(0, with_sidecar(&node, 0, 0, old.clone().into()))
        .await
        .unwrap();
    assert!(node.receipt(hash).await.unwrap().status());
    let kept: Vec<Value> = node.ask("assay_getBlobs", json!(["latest"])).await;
    assert_eq!(kept[0]["proof"], json!(old.proofs[0]));
    assert_eq!(kept[0].get("cellProofs"), None);
}

/// Six and four do not fit one block, six and three do, and full blocks make blobs dearer.
#[tokio::test]
async fn a_block_has_nine_blobs_and_prices_follow() {
    let node = Node::embedded_manual().await;
    node.try_send(0, request(&node, 0, 0, 6)).await.unwrap();
    node.try_send(1, request(&node, 1, 0, 4)).await.unwrap();
    node.try_send(2, request(&node, 2, 0, 3)).await.unwrap();
    node.mine().await;
    let full = node.head().await.header;
    assert_eq!(full.blob_gas_used, Some(9 * BLOB_GAS));
    node.mine().await;
    let next = node.head().await.header;
    assert_eq!(next.blob_gas_used, Some(4 * BLOB_GAS));
    // EIP-7918: while gas is dearer than blobs, a third of what was used counts as excess.
    assert_eq!(next.excess_blob_gas, Some(3 * BLOB_GAS));

    // e^(50,077,160 / 5,007,716) = e^10.
    let _: Value = node
        .ask("assay_setNextBlockExcessBlobGas", json!([50_077_160]))
        .await;
    let fee: alloy::primitives::U128 = node.ask("eth_blobBaseFee", json!([])).await;
    assert_eq!(fee.to::<u128>(), 22_026);
    let refused = node.try_send(0, request(&node, 0, 1, 1)).await;
    assert!(refused.unwrap_err().1.contains("blobBaseFee: 22026"));
}

#[tokio::test]
async fn blob_replacements_pay_twice() {
    let node = Node::embedded_manual().await;
    let priced = |fee: u128, tip: u128, blob_fee: u128| {
        request(&node, 0, 0, 1)
            .with_max_fee_per_gas(fee)
            .with_max_priority_fee_per_gas(tip)
            .with_max_fee_per_blob_gas(blob_fee)
    };
    node.try_send(0, priced(10 * GWEI, GWEI, 10)).await.unwrap();
    for (fee, tip, blob_fee) in [
        (20 * GWEI, 2 * GWEI, 19),
        (20 * GWEI, 2 * GWEI - 1, 20),
        (20 * GWEI - 1, 2 * GWEI, 20),
    ] {
        let refused = node.try_send(0, priced(fee, tip, blob_fee)).await;
        assert!(refused.unwrap_err().1.contains("underpriced"));
    }
    // Nor does another kind of transaction stand beside it.
    let refused = node.try_send(0, node.request(0, 1)).await;
    assert!(
        refused
            .unwrap_err()
            .1
            .starts_with("address already reserved")
    );
    let hash = node
        .try_send(0, priced(20 * GWEI, 2 * GWEI, 20))
        .await
        .unwrap();
    node.mine().await;
    assert!(node.receipt(hash).await.unwrap().status());
}

#[tokio::test]
async fn blobs_are_kept_for_18_days() {
    let node = Node::embedded().await;
    let hash = node.try_send(0, request(&node, 0, 0, 1)).await.unwrap();
    let kept = async || {
        node.ask::<Option<Vec<Bytes>>>("anvil_getBlobsByTransactionHash", json!([hash]))
            .await
            .is_some()
    };
    node.warp(18 * 24 * 3600).await;
    assert!(kept().await);
    node.warp(5 * 3600).await;
    assert!(!kept().await);
    assert!(node.receipt(hash).await.is_some());
}
