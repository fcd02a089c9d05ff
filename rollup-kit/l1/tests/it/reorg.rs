//! Reorganisations.

use alloy::eips::BlockId;
use alloy::network::TransactionBuilder;
use alloy::primitives::{B256, Bytes, U256};
use alloy::providers::Provider;
use l1::limits;
use serde_json::{Value, json};

use crate::node::{Node, wealth};

crate::on_both!(other_blocks_come, given_transactions_come_instead);

async fn other_blocks_come(node: &Node) {
    let client = node.raw();
    node.mine().await;
    let base = node.head().await.header;
    let request = node.request(0, 0).with_value(U256::from(5));
    let hash = node.try_send(0, request).await.unwrap();
    node.mined(hash).await;
    node.mine().await;
    let before = node.head().await.header;
    assert_eq!(before.number, base.number + 2);

    let _: Value = node.ask("anvil_reorg", json!([2, []])).await;
    let after = node.head().await.header;
    assert_eq!(after.number, before.number);
    assert_ne!(after.hash, before.hash);
    let fork = client
        .get_block(BlockId::number(base.number))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fork.header.hash, base.hash);
    assert_eq!(node.receipt(hash).await, None);
    assert_eq!(client.get_balance(node.address(0)).await.unwrap(), wealth());
    assert_eq!(client.get_balance(node.address(9)).await.unwrap(), wealth());
    assert_eq!(
        client.get_transaction_count(node.address(0)).await.unwrap(),
        0
    );
    assert!(
        client
            .get_block_by_hash(before.hash)
            .await
            .unwrap()
            .is_none()
    );
}

async fn given_transactions_come_instead(node: &Node) {
    let hash = node.try_send(0, node.request(0, 0)).await.unwrap();
    node.mined(hash).await;
    node.mine().await;
    let other = node.request(1, 0).with_value(U256::from(3));
    let raw = Bytes::from(node.sign(1, other).await);
    let head = node.head().await.header.number;
    let options = json!({ "depth": 2, "tx_block_pairs": [[raw, 1]] });
    let _: Value = node.ask("anvil_reorg", options).await;
    assert_eq!(node.receipt(hash).await, None);
    let there = node.raw().get_balance(node.address(9)).await.unwrap();
    assert_eq!(there, wealth() + U256::from(3));
    let block = node.head().await;
    assert_eq!(block.header.number, head);
    assert_eq!(block.transactions.len(), 1);
}

#[tokio::test]
async fn transactions_wait_again_in_their_order() {
    let node = Node::embedded().await;
    let first = node.try_send(0, node.request(0, 0)).await.unwrap();
    let second = node.try_send(0, node.request(0, 1)).await.unwrap();
    let third = node.try_send(1, node.request(1, 0)).await.unwrap();
    let old = node.receipt(first).await.unwrap();
    let hashes: Vec<B256> = node.ask("assay_reorg", json!([3])).await;
    assert_eq!(hashes.len(), 3);
    assert_eq!(node.head().await.header.hash, hashes[2]);
    for (place, hash) in [first, second, third].into_iter().enumerate() {
        let receipt = node.receipt(hash).await.unwrap();
        assert_eq!(receipt.block_hash, Some(hashes[0]));
        assert_eq!(receipt.transaction_index, Some(place as u64));
    }
    assert_ne!(old.block_hash, Some(hashes[0]));

    let hashes: Vec<B256> = node.ask("assay_reorg", json!([3, "drop"])).await;
    assert_eq!(hashes.len(), 3);
    assert_eq!(node.receipt(first).await, None);
    let balance = node.raw().get_balance(node.address(0)).await.unwrap();
    assert_eq!(balance, wealth());
}

#[tokio::test]
async fn a_refused_reorganisation_changes_nothing() {
    let node = Node::embedded().await;
    node.mine().await;
    node.mine().await;
    let head = node.head().await.header.hash;
    // Its nonce is too high for a chain that is about to be mined.
    let wrong = Bytes::from(node.sign(0, node.request(0, 1000)).await);
    for (method, params) in [
        ("anvil_reorg", json!([3])),
        ("assay_reorg", json!([1, "sideways"])),
        ("anvil_reorg", json!([1, [[wrong, 0]]])),
        ("anvil_reorg", json!([1, [["0x02c0", 0]]])),
        ("anvil_rollback", json!([3])),
    ] {
        let refused = node.try_ask::<Value>(method, params.clone()).await;
        assert!(refused.is_err(), "{method} {params}");
        assert_eq!(node.head().await.header.hash, head, "{method} {params}");
    }
    let late = Bytes::from(node.sign(0, node.request(0, 0)).await);
    let refused = node
        .try_ask::<Value>("anvil_reorg", json!([1, [[late, 1]]]))
        .await;
    assert!(refused.is_err());
    assert_eq!(node.head().await.header.hash, head);
}

#[tokio::test]
async fn at_most_256_blocks_are_undone() {
    let node = Node::embedded().await;
    let _: Value = node.ask("anvil_mine", json!([limits::STATES + 5])).await;
    let refused = node
        .try_ask::<Value>("anvil_rollback", json!([limits::STATES + 1]))
        .await;
    assert_eq!(refused.unwrap_err().0, -32005);
    let _: Value = node.ask("anvil_rollback", json!([limits::STATES])).await;
    assert_eq!(node.head().await.header.number, 5);
}

#[tokio::test]
async fn blobs_come_back_with_their_transaction() {
    let node = Node::embedded().await;
    let request = crate::blobs::request(&node, 0, 0, 1);
    let hash = node.try_send(0, request).await.unwrap();
    let before: Vec<Value> = node.ask("assay_getBlobs", json!(["latest"])).await;
    assert_eq!(before.len(), 1);
    let hashes: Vec<B256> = node.ask("assay_reorg", json!([1])).await;
    let receipt = node.receipt(hash).await.unwrap();
    assert_eq!(receipt.block_hash, Some(hashes[0]));
    let after: Vec<Value> = node.ask("assay_getBlobs", json!([hashes[0]])).await;
    assert_eq!(after, before);
    let _: Value = node.ask("assay_reorg", json!([1, "drop"])).await;
    let gone: Vec<Value> = node.ask("assay_getBlobs", json!(["latest"])).await;
    assert!(gone.is_empty());
}
