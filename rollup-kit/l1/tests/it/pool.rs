//! Transactions that wait: order, gaps, replacements, bounds.

use alloy::consensus::Transaction as _;
use alloy::eips::BlockId;
use alloy::network::TransactionBuilder;
use alloy::primitives::{B256, U256};
use alloy::providers::Provider;
use l1::limits;
use serde_json::{Value, json};

use crate::node::Node;

const GWEI: u128 = 1_000_000_000;

async fn hashes_of_head(node: &Node) -> Vec<B256> {
    node.head().await.transactions.hashes().collect()
}

#[tokio::test]
async fn the_highest_tip_goes_first_and_nonces_keep_their_order() {
    let node = Node::embedded_manual().await;
    let tipped = |account, nonce, tip| {
        node.request(account, nonce)
            .with_max_priority_fee_per_gas(tip)
    };
    let low = node.try_send(0, tipped(0, 0, GWEI)).await.unwrap();
    let after_low = node.try_send(0, tipped(0, 1, 5 * GWEI)).await.unwrap();
    let middle = node.try_send(1, tipped(1, 0, 2 * GWEI)).await.unwrap();
    let high = node.try_send(2, tipped(2, 0, 3 * GWEI)).await.unwrap();
    let as_low_but_later = node.try_send(3, tipped(3, 0, GWEI)).await.unwrap();
    node.mine().await;
    assert_eq!(
        hashes_of_head(&node).await,
        [high, middle, low, after_low, as_low_but_later]
    );
}

#[tokio::test]
async fn gaps_wait_to_be_filled() {
    let node = Node::embedded_manual().await;
    let second = node.try_send(0, node.request(0, 1)).await.unwrap();
    node.mine().await;
    assert!(hashes_of_head(&node).await.is_empty());
    let pending = |node: &Node| {
        let client = node.raw();
        let address = node.address(0);
        async move {
            client
                .get_transaction_count(address)
                .block_id(BlockId::pending())
                .await
                .unwrap()
        }
    };
    assert_eq!(pending(&node).await, 0);
    let first = node.try_send(0, node.request(0, 0)).await.unwrap();
    assert_eq!(pending(&node).await, 2);
    let waiting = node
        .raw()
        .get_transaction_by_hash(second)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(waiting.block_number, None);
    node.mine().await;
    assert_eq!(hashes_of_head(&node).await, [first, second]);
}

#[tokio::test]
async fn replacements_pay_a_tenth_more() {
    let node = Node::embedded_manual().await;
    let priced = |fee, tip| {
        node.request(0, 0)
            .with_max_fee_per_gas(fee)
            .with_max_priority_fee_per_gas(tip)
    };
    let first = node.try_send(0, priced(10 * GWEI, GWEI)).await.unwrap();
    let again = node.try_send(0, priced(10 * GWEI, GWEI)).await.unwrap_err();
    assert!(again.1.starts_with("already known"), "{}", again.1);
    for (fee, tip) in [
        (11 * GWEI - 1, 2 * GWEI),
        (20 * GWEI, 11 * GWEI / 10 - 1),
        (20 * GWEI, GWEI),
    ] {
        let refused = node.try_send(0, priced(fee, tip)).await.unwrap_err();
        assert!(
            refused.1.starts_with("replacement transaction underpriced"),
            "{}",
            refused.1
        );
    }
    let second = node
        .try_send(0, priced(11 * GWEI, 11 * GWEI / 10))
        .await
        .unwrap();
    node.mine().await;
    assert_eq!(hashes_of_head(&node).await, [second]);
    assert_eq!(
        node.raw().get_transaction_by_hash(first).await.unwrap(),
        None
    );
}

/// Whoever offered enough yesterday waits until the price is down again.
#[tokio::test]
async fn who_pays_too_little_now_goes_on_waiting() {
    let node = Node::embedded_manual().await;
    let hash = node.try_send(0, node.request(0, 0)).await.unwrap();
    let _: Value = node
        .ask("anvil_setNextBlockBaseFeePerGas", json!([50 * GWEI as u64]))
        .await;
    node.mine().await;
    let head = node.head().await;
    assert_eq!(head.header.base_fee_per_gas, Some(50_000_000_000));
    assert!(head.transactions.is_empty());
    // Empty blocks take an eighth off each time.
    for _ in 0..13 {
        node.mine().await;
    }
    let mined = node.receipt(hash).await.unwrap();
    assert!(mined.effective_gas_price <= 10 * GWEI);
}

#[tokio::test]
async fn a_sender_has_so_many_and_no_more() {
    let node = Node::embedded_manual().await;
    for nonce in 0..limits::POOL_PER_SENDER as u64 {
        node.try_send(0, node.request(0, nonce)).await.unwrap();
    }
    let refused = node
        .try_send(0, node.request(0, limits::POOL_PER_SENDER as u64))
        .await
        .unwrap_err();
    assert!(refused.1.starts_with("nonce too high"), "{}", refused.1);
    node.try_send(1, node.request(1, 0)).await.unwrap();
    node.mine().await;
    assert_eq!(
        hashes_of_head(&node).await.len(),
        limits::POOL_PER_SENDER + 1
    );
}

#[tokio::test]
async fn what_cannot_pay_any_more_is_dropped() {
    let node = Node::embedded_manual().await;
    let hash = node
        .try_send(0, node.request(0, 0).with_value(U256::from(1)))
        .await
        .unwrap();
    let _: Value = node
        .ask("anvil_setBalance", json!([node.address(0), "0x1"]))
        .await;
    node.mine().await;
    assert!(hashes_of_head(&node).await.is_empty());
    assert_eq!(
        node.raw().get_transaction_by_hash(hash).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn transactions_can_be_forgotten() {
    let node = Node::embedded_manual().await;
    let hash = node.try_send(0, node.request(0, 0)).await.unwrap();
    let dropped: Option<B256> = node.ask("anvil_dropTransaction", json!([hash])).await;
    assert_eq!(dropped, Some(hash));
    let dropped: Option<B256> = node.ask("anvil_dropTransaction", json!([hash])).await;
    assert_eq!(dropped, None);
    node.try_send(0, node.request(0, 0)).await.unwrap();
    let _: Value = node.ask("anvil_dropAllTransactions", json!([])).await;
    node.mine().await;
    assert!(hashes_of_head(&node).await.is_empty());
}

/// The pending block is what would be mined now, and mining nothing changes nothing.
#[tokio::test]
async fn the_pending_block_shows_what_waits() {
    let node = Node::embedded_manual().await;
    let hash = node.try_send(0, node.request(0, 0)).await.unwrap();
    let client = node.raw();
    let pending = client
        .get_block(BlockId::pending())
        .full()
        .await
        .unwrap()
        .unwrap();
    let transactions = pending.transactions.as_transactions().unwrap();
    assert_eq!(*transactions[0].inner.hash(), hash);
    assert_eq!(transactions[0].inner.nonce(), 0);
    assert_eq!(node.head().await.header.number, 0);
}

#[tokio::test]
async fn the_clock_mines() {
    use l1::server::{Mining, Options};
    let node = Node::embedded_with(Options {
        mining: Mining::Every(std::time::Duration::from_millis(20)),
        ..Options::default()
    })
    .await;
    let receipt = node.send(0, node.request(0, 0)).await;
    assert!(receipt.block_number.unwrap() >= 1);
    let _: Value = node.ask("evm_setIntervalMining", json!([0])).await;
    let _: Value = node.ask("evm_setAutomine", json!([true])).await;
    let hash = node.try_send(0, node.request(0, 1)).await.unwrap();
    assert!(node.receipt(hash).await.is_some());
}
