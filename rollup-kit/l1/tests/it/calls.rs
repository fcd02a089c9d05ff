//! Calls: past states, overrides, errors.

use alloy::eips::BlockId;
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, U256, hex};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use l1::limits;
use serde_json::{Value, json};

use crate::node::{Node, initcode, wealth};

crate::on_both!(reads_the_past, overrides_accounts, reports_reverts);

/// Stores calldata word 0 in slot 0, and returns slot 0 when called without.
const CELL: [u8; 19] = hex!("3615600a575f355f55005b5f545f5260205ff3");

async fn store(node: &Node, cell: Address, value: u8) -> u64 {
    let request = TransactionRequest::default()
        .with_to(cell)
        .with_input(B256::with_last_byte(value));
    node.send(0, request).await.block_number.unwrap()
}

async fn read(node: &Node, cell: Address, at: u64) -> U256 {
    let call = TransactionRequest::default().with_to(cell);
    let answer = node.raw().call(call).block(at.into()).await.unwrap();
    U256::from_be_slice(&answer)
}

async fn reads_the_past(node: &Node) {
    let cell = node.deploy(initcode(&CELL)).await;
    let first = store(node, cell, 1).await;
    let second = store(node, cell, 2).await;
    let third = store(node, cell, 0).await;
    for (at, value) in [(first, 1), (second, 2), (third, 0)] {
        assert_eq!(read(node, cell, at).await, U256::from(value));
        let slot = node.slot(cell, 0, BlockId::number(at)).await;
        assert_eq!(slot, B256::with_last_byte(value));
    }
    let client = node.raw();
    let nonce = client
        .get_transaction_count(node.address(0))
        .block_id(BlockId::number(first))
        .await
        .unwrap();
    assert_eq!(nonce, 2);
    let balance = client
        .get_balance(node.address(0))
        .block_id(BlockId::number(0))
        .await
        .unwrap();
    assert_eq!(balance, wealth());
    let code = client
        .get_code_at(cell)
        .block_id(BlockId::number(0))
        .await
        .unwrap();
    assert!(code.is_empty());
}

#[tokio::test]
async fn states_are_kept_for_256_blocks() {
    let node = Node::embedded().await;
    let _: Value = node.ask("anvil_mine", json!([limits::STATES + 10])).await;
    let oldest = 10;
    for (at, kept) in [(oldest, true), (oldest - 1, false)] {
        let answer = node
            .try_ask::<Value>(
                "eth_getBalance",
                json!([node.address(0), format!("{at:#x}")]),
            )
            .await;
        if kept {
            assert_eq!(answer.unwrap(), json!(wealth()));
        } else {
            let (code, text) = answer.unwrap_err();
            assert_eq!(code, -32001);
            assert!(text.contains("oldest kept is 10"), "{text}");
        }
    }
    let unknown = node
        .try_ask::<Value>("eth_getBalance", json!([node.address(0), "0xffff"]))
        .await;
    assert_eq!(unknown.unwrap_err().0, -32001);
}

async fn overrides_accounts(node: &Node) {
    let cell = node.deploy(initcode(&CELL)).await;
    let nobody = Address::repeat_byte(0x77);
    let value = B256::with_last_byte(9);
    let call = json!({ "to": cell, "from": nobody, "value": "0x1" });
    let poor = node
        .try_ask::<B256>("eth_call", json!([call, "latest"]))
        .await;
    let (_, text) = poor.unwrap_err();
    assert!(text.to_lowercase().contains("fund"), "{text}");
    let overrides = json!({
        nobody.to_string(): { "balance": "0x1" },
        cell.to_string(): { "stateDiff": { B256::ZERO.to_string(): value } },
    });
    let answer: B256 = node
        .ask("eth_call", json!([call, "latest", overrides]))
        .await;
    assert_eq!(answer, value);
    assert_eq!(node.slot(cell, 0, BlockId::latest()).await, B256::ZERO);
}

async fn reports_reverts(node: &Node) {
    // Reverts with the four bytes deadbeef.
    let contract = node
        .deploy(initcode(&hex!("63deadbeef5f526004601cfd")))
        .await;
    let call = TransactionRequest::default().with_to(contract);
    let error = node.raw().call(call.clone()).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!(payload.code, 3);
    assert!(payload.message.contains("execution reverted"));
    assert_eq!(payload.as_revert_data().unwrap().to_vec(), hex!("deadbeef"));
    let error = node.raw().estimate_gas(call.clone()).await.unwrap_err();
    assert_eq!(error.as_error_resp().unwrap().code, 3);
    // With gas of its own it goes into a block, and fails there.
    let receipt = node.send(0, call.with_gas_limit(100_000)).await;
    assert!(!receipt.status());
    assert!(receipt.gas_used < 22_000);
}
