//! Transfers: balances, nonces, receipts, blocks.

use alloy::consensus::Transaction as _;
use alloy::network::TransactionBuilder;
use alloy::primitives::U256;
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;

use crate::node::{Node, wealth};

crate::on_both!(moves_ether, numbers_nonces);

async fn moves_ether(node: &Node) {
    let client = node.client(0);
    let value = U256::from(10).pow(U256::from(18));
    let before = client.get_block_number().await.unwrap();
    let request = TransactionRequest::default()
        .with_to(node.address(1))
        .with_value(value);
    let receipt = node.send(0, request).await;

    assert!(receipt.status());
    assert_eq!(receipt.gas_used, 21_000);
    assert_eq!(receipt.block_number, Some(before + 1));
    assert_eq!(receipt.from, node.address(0));
    let there = client.get_balance(node.address(1)).await.unwrap();
    assert_eq!(there, wealth() + value);
    let fee = U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
    let here = client.get_balance(node.address(0)).await.unwrap();
    assert_eq!(here, wealth() - value - fee);

    let block = client
        .get_block_by_number((before + 1).into())
        .full()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Some(block.header.hash), receipt.block_hash);
    assert_eq!(block.header.hash, block.header.inner.hash_slow());
    assert_eq!(block.header.gas_used, 21_000);
    let transactions = block.transactions.as_transactions().unwrap();
    assert_eq!(transactions.len(), 1);
    assert_eq!(*transactions[0].inner.hash(), receipt.transaction_hash);
    assert_eq!(transactions[0].inner.value(), value);
    let parent = client
        .get_block_by_number(before.into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(block.header.parent_hash, parent.header.hash);
}

async fn numbers_nonces(node: &Node) {
    let client = node.client(0);
    for nonce in 0..3 {
        assert_eq!(
            client.get_transaction_count(node.address(0)).await.unwrap(),
            nonce
        );
        let request = TransactionRequest::default().with_to(node.address(1));
        let receipt = node.send(0, request).await;
        let transaction = client
            .get_transaction_by_hash(receipt.transaction_hash)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(transaction.inner.nonce(), nonce);
    }
}
