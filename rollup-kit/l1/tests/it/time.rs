//! Time travel, snapshots, and what contracts see of it.

use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, U64, U256, hex};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use serde_json::{Value, json};

use crate::node::{Node, initcode, wealth};

crate::on_both!(
    moves_time,
    goes_back_to_a_snapshot,
    contracts_see_the_block,
    mines_many
);

/// Returns TIMESTAMP, NUMBER, BASEFEE, BLOBBASEFEE and CHAINID.
const CLOCK: [u8; 23] = hex!("425f5243602052486040524a6060524660805260a05ff3");

async fn clock(node: &Node, contract: Address) -> Vec<U256> {
    let call = TransactionRequest::default().with_to(contract);
    // Without a block alloy asks for the pending one.
    let answer = node.raw().call(call).latest().await.unwrap();
    assert_eq!(answer.len(), 5 * 32);
    answer.chunks(32).map(U256::from_be_slice).collect()
}

async fn contracts_see_the_block(node: &Node) {
    let contract = node.deploy(initcode(&CLOCK)).await;
    node.warp(100).await;
    let head = node.head().await.header;
    let seen = clock(node, contract).await;
    assert_eq!(seen[0], U256::from(head.timestamp));
    assert_eq!(seen[1], U256::from(head.number));
    assert_eq!(seen[2], U256::from(head.base_fee_per_gas.unwrap()));
    assert_eq!(seen[3], U256::from(1));
    assert_eq!(seen[4], U256::from(31337));
}

async fn moves_time(node: &Node) {
    let before = node.head().await.header.timestamp;
    let month = 30 * 24 * 3600;
    node.warp(month).await;
    let after = node.head().await.header.timestamp;
    assert!(
        (month..month + 60).contains(&(after - before)),
        "{}",
        after - before
    );

    let wanted = after + 12_345;
    let _: Value = node.ask("evm_setNextBlockTimestamp", json!([wanted])).await;
    node.mine().await;
    assert_eq!(node.head().await.header.timestamp, wanted);
    node.mine().await;
    let next = node.head().await.header.timestamp;
    // Two blocks of anvil may have one time.
    let least = wanted + u64::from(node.is_embedded());
    assert!(
        (least..wanted + 60).contains(&next),
        "{next} is not after {wanted}"
    );

    let past: Result<Value, _> = node
        .try_ask("evm_setNextBlockTimestamp", json!([before]))
        .await;
    assert_eq!(past.unwrap_err().0, -32602);
}

async fn mines_many(node: &Node) {
    let before = node.head().await.header;
    let _: Value = node.ask("anvil_mine", json!(["0x5", "0xa"])).await;
    let after = node.head().await.header;
    assert_eq!(after.number, before.number + 5);
    assert!(after.timestamp >= before.timestamp + 40);
}

async fn goes_back_to_a_snapshot(node: &Node) {
    let client = node.raw();
    let head = node.head().await.header;
    let snapshot: U64 = node.ask("evm_snapshot", json!([])).await;
    let request = TransactionRequest::default()
        .with_to(node.address(1))
        .with_value(U256::from(5));
    let receipt = node.send(0, request).await;
    let later: U64 = node.ask("evm_snapshot", json!([])).await;
    node.warp(1000).await;

    assert!(node.ask::<bool>("evm_revert", json!([snapshot])).await);
    assert_eq!(node.head().await.header.hash, head.hash);
    assert_eq!(client.get_balance(node.address(0)).await.unwrap(), wealth());
    assert_eq!(client.get_balance(node.address(1)).await.unwrap(), wealth());
    assert_eq!(
        client.get_transaction_count(node.address(0)).await.unwrap(),
        0
    );
    assert_eq!(node.receipt(receipt.transaction_hash).await, None);
    // It is used up, and so are those that came after it.
    assert!(!node.ask::<bool>("evm_revert", json!([snapshot])).await);
    if node.is_embedded() {
        // anvil keeps it, answers an error, and has gone half of the way.
        assert!(!node.ask::<bool>("evm_revert", json!([later])).await);
    }
    node.mine().await;
    assert_eq!(node.head().await.header.number, head.number + 1);
}
