//! Transactions that no block may hold, and the texts that clients look for.

use alloy::network::TransactionBuilder;
use alloy::primitives::{Bytes, U256};
use alloy::rpc::types::TransactionRequest;
use l1::{Rejection, UnverifiedTransaction, limits};

use crate::node::{Node, initcode, wealth};

crate::on_both!(refuses_what_cannot_be_mined);

/// Both chains refuse, in words of which these are part, whatever their case.
async fn refuses(node: &Node, request: TransactionRequest, words: &str) {
    let (_, text) = node.try_send(0, request).await.unwrap_err();
    assert!(
        text.to_lowercase().contains(&words.to_lowercase()),
        "{text:?} lacks {words:?}"
    );
}

async fn refuses_what_cannot_be_mined(node: &Node) {
    let request = |nonce| node.request(0, nonce);
    let first = node.try_send(0, request(0)).await.unwrap();
    node.mined(first).await;
    refuses(node, request(0).with_value(U256::from(1)), "nonce too low").await;
    refuses(node, request(1).with_chain_id(1), "invalid chain id").await;
    refuses(
        node,
        request(1).with_gas_limit(20_999),
        "intrinsic gas too low",
    )
    .await;
    let poor = request(1).with_value(wealth());
    refuses(node, poor, "insufficient funds").await;
    let cheap = request(1)
        .with_max_fee_per_gas(1)
        .with_max_priority_fee_per_gas(1);
    refuses(node, cheap, "max fee per gas less than block base fee").await;
    let (_, text) = node.hand_in(&[2, 0xc0]).await.unwrap_err();
    assert!(text.to_lowercase().contains("decode"), "{text}");
}

#[tokio::test]
async fn says_exactly_why() {
    let node = Node::embedded().await;
    let request = |nonce| node.request(0, nonce);
    for (request, expected) in [
        (
            request(0).with_chain_id(1),
            "invalid chain id for signer: have 1 want 31337",
        ),
        (
            request(0).with_gas_limit(100),
            "intrinsic gas too low: have 100, want 21000",
        ),
        (
            request(0).with_input(vec![1; 1000]).with_gas_limit(40_000),
            "insufficient gas for floor data gas cost: gas 40000, minimum needed 61000",
        ),
        (
            request(0).with_gas_limit((1 << 24) + 1),
            "transaction gas limit too high (cap: 16777216, tx: 16777217)",
        ),
        (
            request(0)
                .with_max_fee_per_gas(875_000_000)
                .with_max_priority_fee_per_gas(875_000_001),
            "max priority fee per gas higher than max fee per gas",
        ),
        (
            request(0)
                .with_max_fee_per_gas(874_999_999)
                .with_max_priority_fee_per_gas(0),
            "max fee per gas less than block base fee: maxFeePerGas: 874999999, baseFee: 875000000",
        ),
        (
            request(64),
            "nonce too high: tx nonce 64, next nonce 0, at most 64 may wait",
        ),
        (request(u64::MAX), "nonce has max value"),
    ] {
        let refused = node.try_send(0, request).await.unwrap_err();
        assert_eq!(refused, (-32003, expected.to_owned()));
    }
}

#[tokio::test]
async fn a_contract_sends_nothing() {
    let node = Node::embedded().await;
    let code = Bytes::from_static(&[0x60, 0, 0x60, 0, 0xf3]);
    let _: serde_json::Value = node
        .ask("anvil_setCode", serde_json::json!([node.address(0), code]))
        .await;
    let (_, text) = node.try_send(0, node.request(0, 0)).await.unwrap_err();
    assert!(text.starts_with("sender not an eoa"), "{text}");
}

#[tokio::test]
async fn code_that_is_too_long_is_refused() {
    let node = Node::embedded().await;
    let request = TransactionRequest {
        to: None,
        ..node.request(0, 0)
    };
    let request = request
        .with_deploy_code(vec![0; 49_153])
        .with_gas_limit(10_000_000);
    let refused = node.try_send(0, request).await.unwrap_err();
    assert_eq!(refused.1, "max initcode size exceeded");
}

#[tokio::test]
async fn bytes_are_bounded_and_read_whole() {
    let node = Node::embedded().await;
    let long = vec![2; limits::TRANSACTION_BYTES + 1];
    assert_eq!(
        UnverifiedTransaction::decode(&long).unwrap_err(),
        Rejection::Oversized {
            got: limits::TRANSACTION_BYTES + 1,
            most: limits::TRANSACTION_BYTES
        }
    );
    let long = vec![3; limits::BLOB_TRANSACTION_BYTES + 1];
    assert!(matches!(
        UnverifiedTransaction::decode(&long),
        Err(Rejection::Oversized { .. })
    ));
    let whole = node.sign(0, node.request(0, 0)).await;
    UnverifiedTransaction::decode(&whole).unwrap();
    let mut longer = whole.clone();
    longer.push(0);
    for bytes in [&[][..], &[2], &whole[..whole.len() - 1], &longer] {
        assert!(
            matches!(
                UnverifiedTransaction::decode(bytes),
                Err(Rejection::Malformed(_))
            ),
            "{bytes:?}"
        );
    }
}

#[tokio::test]
async fn a_changed_signature_is_another_sender_or_none() {
    let node = Node::embedded().await;
    let whole = node.sign(0, node.request(0, 0)).await;
    let signer = |bytes: &[u8]| {
        UnverifiedTransaction::decode(bytes)
            .map(|transaction| transaction.verify(31337).map(|verified| verified.sender()))
    };
    assert_eq!(signer(&whole).unwrap().unwrap(), node.address(0));
    // The last 32 bytes are s: its highest bit puts it into the upper half of the order (EIP-2).
    let mut high = whole.clone();
    let s = high.len() - 32;
    high[s] |= 0x80;
    assert!(matches!(signer(&high), Ok(Err(Rejection::BadSignature(_)))));
    let mut other = whole.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    assert!(!matches!(signer(&other), Ok(Ok(sender)) if sender == node.address(0)));
}

/// A legacy transaction without a chain's id would hold on every chain.
#[tokio::test]
async fn unprotected_transactions_are_refused() {
    use alloy::consensus::{SignableTransaction, TxEnvelope, TxLegacy};
    use alloy::eips::eip2718::Encodable2718;
    use alloy::signers::SignerSync;

    let node = Node::embedded().await;
    let transaction = TxLegacy {
        gas_price: 10_000_000_000,
        gas_limit: 21_000,
        to: node.address(1).into(),
        ..TxLegacy::default()
    };
    let signature = node.keys[0]
        .sign_hash_sync(&transaction.signature_hash())
        .unwrap();
    let bytes = TxEnvelope::from(transaction.into_signed(signature)).encoded_2718();
    let refused = node.hand_in(&bytes).await.unwrap_err();
    assert_eq!(
        refused.1,
        "only replay-protected (EIP-155) transactions allowed over RPC"
    );
    // The embedded chain is as it was.
    node.deploy(initcode(&[0])).await;
}
