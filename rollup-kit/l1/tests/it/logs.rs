//! Logs: queries, filters, subscriptions.

use alloy::eips::BlockNumberOrTag;
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, hex};
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log, TransactionRequest};
use l1::limits;
use serde_json::{Value, json};

use crate::door::Socket;
use crate::node::{Node, initcode};

crate::on_both!(finds_logs, polls_filters);

/// LOG1 with calldata word 0 as its topic.
const SAYS: [u8; 6] = hex!("5f355f5fa100");

async fn say(node: &Node, contract: Address, topic: u8) -> u64 {
    let request = TransactionRequest::default()
        .with_to(contract)
        .with_input(B256::with_last_byte(topic));
    node.send(0, request).await.block_number.unwrap()
}

async fn finds_logs(node: &Node) {
    let client = node.raw();
    let contract = node.deploy(initcode(&SAYS)).await;
    let first = say(node, contract, 1).await;
    let second = say(node, contract, 2).await;
    let all = Filter::new().address(contract).from_block(0);
    let logs = client.get_logs(&all).await.unwrap();
    assert_eq!(logs.len(), 2);
    assert_eq!(logs[0].topics(), [B256::with_last_byte(1)]);
    assert_eq!(logs[0].block_number, Some(first));
    assert_eq!(logs[1].block_number, Some(second));
    assert_eq!(
        (logs[1].transaction_index, logs[1].log_index),
        (Some(0), Some(0))
    );

    let topic = all.clone().event_signature(B256::with_last_byte(2));
    assert_eq!(client.get_logs(&topic).await.unwrap(), logs[1..]);
    let range = all.clone().to_block(first);
    assert_eq!(client.get_logs(&range).await.unwrap(), logs[..1]);
    let nobody = Filter::new().address(Address::repeat_byte(1)).from_block(0);
    assert!(client.get_logs(&nobody).await.unwrap().is_empty());
    let hash = logs[0].block_hash.unwrap();
    assert_eq!(
        client
            .get_logs(&Filter::new().at_block_hash(hash))
            .await
            .unwrap(),
        logs[..1]
    );
    let newest = Filter::new().from_block(BlockNumberOrTag::Latest);
    assert_eq!(client.get_logs(&newest).await.unwrap(), logs[1..]);
}

async fn polls_filters(node: &Node) {
    let contract = node.deploy(initcode(&SAYS)).await;
    let filter = Filter::new().address(contract);
    let logs: Value = node.ask("eth_newFilter", json!([filter])).await;
    let blocks: Value = node.ask("eth_newBlockFilter", json!([])).await;
    say(node, contract, 1).await;
    say(node, contract, 2).await;
    let new: Vec<Log> = node.ask("eth_getFilterChanges", json!([logs])).await;
    assert_eq!(new.len(), 2);
    let new: Vec<B256> = node.ask("eth_getFilterChanges", json!([blocks])).await;
    assert_eq!(new.len(), 2);
    assert_eq!(new[1], node.head().await.header.hash);
    let none: Vec<Log> = node.ask("eth_getFilterChanges", json!([logs])).await;
    assert!(none.is_empty());
    assert!(node.ask::<bool>("eth_uninstallFilter", json!([logs])).await);
    assert!(!node.ask::<bool>("eth_uninstallFilter", json!([logs])).await);
}

#[tokio::test]
async fn filters_tell_of_undone_logs() {
    let node = Node::embedded().await;
    let contract = node.deploy(initcode(&SAYS)).await;
    let filter = Filter::new().address(contract);
    let id: Value = node.ask("eth_newFilter", json!([filter])).await;
    say(&node, contract, 1).await;
    let _: Value = node.ask("assay_reorg", json!([1])).await;
    let changes: Vec<Log> = node.ask("eth_getFilterChanges", json!([id])).await;
    let removed: Vec<_> = changes.iter().map(|log| log.removed).collect();
    assert_eq!(removed, [false, true, false]);
    assert_eq!(changes[0].block_hash, changes[1].block_hash);
    assert_ne!(changes[0].block_hash, changes[2].block_hash);
    let all: Vec<Log> = node.ask("eth_getFilterLogs", json!([id])).await;
    assert_eq!(all, changes[2..]);
}

/// Going back to a snapshot is going back, for filters too.
#[tokio::test]
async fn filters_tell_of_logs_before_a_revert() {
    let node = Node::embedded().await;
    let contract = node.deploy(initcode(&SAYS)).await;
    let snapshot: Value = node.ask("evm_snapshot", json!([])).await;
    let id: Value = node
        .ask("eth_newFilter", json!([Filter::new().address(contract)]))
        .await;
    say(&node, contract, 1).await;
    assert!(node.ask::<bool>("evm_revert", json!([snapshot])).await);
    say(&node, contract, 2).await;
    let changes: Vec<Log> = node.ask("eth_getFilterChanges", json!([id])).await;
    let seen: Vec<_> = changes
        .iter()
        .map(|log| (log.removed, log.topics()[0][31]))
        .collect();
    assert_eq!(seen, [(false, 1), (true, 1), (false, 2)]);
}

#[tokio::test]
async fn queries_and_filters_are_bounded() {
    let node = Node::embedded().await;
    for _ in 0..3 {
        let _: Value = node.ask("anvil_mine", json!([limits::MINE])).await;
    }
    let wide = Filter::new().from_block(0);
    let refused = node.try_ask::<Value>("eth_getLogs", json!([wide])).await;
    assert_eq!(refused.unwrap_err().0, -32005);
    let narrow = Filter::new().from_block(5000);
    let logs: Vec<Log> = node.ask("eth_getLogs", json!([narrow])).await;
    assert!(logs.is_empty());
    let first: Value = node.ask("eth_newBlockFilter", json!([])).await;
    for _ in 0..limits::FILTERS {
        let _: Value = node.ask("eth_newBlockFilter", json!([])).await;
    }
    let gone = node
        .try_ask::<Value>("eth_getFilterChanges", json!([first]))
        .await;
    assert_eq!(gone.unwrap_err().0, -32001);
}

#[tokio::test]
async fn subscribers_hear_of_heads_and_logs() {
    let node = Node::embedded().await;
    let contract = node.deploy(initcode(&SAYS)).await;
    let mut socket = Socket::open(node.url()).await;
    let heads = socket
        .call(json!(1), "eth_subscribe", json!(["newHeads"]))
        .await;
    let logs = socket
        .call(
            json!(2),
            "eth_subscribe",
            json!(["logs", { "address": contract }]),
        )
        .await;
    say(&node, contract, 7).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let message = socket.read().await;
        assert_eq!(message["method"], "eth_subscription");
        seen.push(message["params"].clone());
    }
    let head = seen
        .iter()
        .find(|seen| seen["subscription"] == heads["result"])
        .unwrap();
    assert_eq!(head["result"]["hash"], json!(node.head().await.header.hash));
    let log = seen
        .iter()
        .find(|seen| seen["subscription"] == logs["result"])
        .unwrap();
    assert_eq!(log["result"]["topics"], json!([B256::with_last_byte(7)]));
    let refused = socket
        .call(json!(3), "eth_subscribe", json!(["gossip"]))
        .await;
    assert_eq!(refused["error"]["code"], -32602);
}
