//! Gas against the figures of the proposals.

use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, Bytes};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;

use crate::node::Node;

crate::on_both!(costs_what_the_proposals_say, estimates_suffice);

/// A point evaluation: the commitment and the proof are the point at infinity, and so the zero
/// polynomial is zero at zero (EIP-4844).
fn zero_evaluation() -> Bytes {
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    let mut input = alloy::eips::eip4844::kzg_to_versioned_hash(&infinity).to_vec();
    input.extend([0; 64]);
    input.extend(infinity);
    input.extend(infinity);
    input.into()
}

/// 4 gas per zero byte, 16 per other (EIP-2028).
fn calldata_gas(data: &[u8]) -> u64 {
    data.iter()
        .map(|byte| if *byte == 0 { 4 } else { 16 })
        .sum()
}

async fn gas_of(node: &Node, to: Address, data: Bytes) -> u64 {
    let request = TransactionRequest::default()
        .with_to(to)
        .with_input(data)
        .with_gas_limit(1_000_000);
    let receipt = node.send(0, request).await;
    assert!(receipt.status());
    receipt.gas_used
}

async fn costs_what_the_proposals_say(node: &Node) {
    let precompile = Address::with_last_byte;
    assert_eq!(gas_of(node, node.address(1), Bytes::new()).await, 21_000);
    // EIP-7623: 10 gas per token, of which other bytes than zero are four.
    let floor = gas_of(node, node.address(1), vec![1; 1000].into()).await;
    assert_eq!(floor, 21_000 + 10 * 4 * 1000);
    // EIP-4844: 50,000.
    let input = zero_evaluation();
    let expected = 21_000 + 50_000 + calldata_gas(&input);
    assert_eq!(gas_of(node, precompile(0x0a), input).await, expected);
    // EIP-2537: an addition in G1 is 375 gas, so that the calldata's floor is dearer.
    let added = gas_of(node, precompile(0x0b), vec![0; 256].into()).await;
    assert_eq!(added, 21_000 + 10 * 256);
    // A pairing is 32,600 per pair and 37,700 besides.
    let paired = gas_of(node, precompile(0x0f), vec![0; 384].into()).await;
    assert_eq!(paired, 21_000 + 32_600 + 37_700 + 4 * 384);
    // Maps to the curves are 5,500 and 23,800.
    let mapped = gas_of(node, precompile(0x10), vec![0; 64].into()).await;
    assert_eq!(mapped, 21_000 + 5_500 + 4 * 64);
    let mapped = gas_of(node, precompile(0x11), vec![0; 128].into()).await;
    assert_eq!(mapped, 21_000 + 23_800 + 4 * 128);
}

async fn estimates_suffice(node: &Node) {
    let client = node.raw();
    let transfer = TransactionRequest::default()
        .with_from(node.address(0))
        .with_to(node.address(1));
    assert_eq!(client.estimate_gas(transfer).await.unwrap(), 21_000);
    let call = TransactionRequest::default()
        .with_from(node.address(0))
        .with_to(Address::with_last_byte(0x0a))
        .with_input(zero_evaluation());
    let estimate = client.estimate_gas(call.clone()).await.unwrap();
    let receipt = node.send(0, call.with_gas_limit(estimate)).await;
    assert!(receipt.status());
    assert!(estimate <= receipt.gas_used * 1015 / 1000 + 1, "{estimate}");
}
