//! The committed contracts on the chain.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::{SolCall, SolValue};

use crate::node::Node;

crate::on_both!(deploys_the_artifacts);

alloy::sol! {
    struct Parameters {
        bytes32 chainId;
        bytes32 genesisSet;
        uint64 retention;
        uint64 certificateAge;
        uint64 clockDrift;
        uint64 trustingPeriod;
        uint64 unbonding;
        uint64 notice;
        uint64 jailTerm;
        uint64 rescueWindow;
        uint32 rescuesToJail;
        uint128 minimumStake;
    }

    function unbonding() external view returns (uint64);
}

fn bytecode(contract: &str) -> Bytes {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../contracts/artifacts")
        .join(format!("{contract}.json"));
    let text = std::fs::read_to_string(&file).unwrap();
    let artifact: serde_json::Value = serde_json::from_str(&text).unwrap();
    artifact["bytecode"].as_str().unwrap().parse().unwrap()
}

fn with_arguments(contract: &str, arguments: impl SolValue) -> Bytes {
    let mut code = bytecode(contract).to_vec();
    code.extend(arguments.abi_encode());
    code.into()
}

async fn deploys_the_artifacts(node: &Node) {
    let day = 24 * 3600;
    let parameters = Parameters {
        chainId: B256::repeat_byte(1),
        genesisSet: B256::repeat_byte(2),
        retention: 14 * day,
        certificateAge: day,
        clockDrift: 60,
        trustingPeriod: 21 * day,
        unbonding: 28 * day,
        notice: 7 * day,
        jailTerm: 7 * day,
        rescueWindow: day,
        rescuesToJail: 3,
        minimumStake: 1,
    };
    let registry = node.deploy(with_arguments("Registry", parameters)).await;
    let multiproof = node.deploy(bytecode("CellMultiproof")).await;
    let lock = node
        .deploy(with_arguments("TimeLock", (node.address(0), 30 * day)))
        .await;

    let client = node.raw();
    for contract in [registry, multiproof, lock] {
        let code = client.get_code_at(contract).await.unwrap();
        assert!(code.len() > 1000, "{contract} has {} bytes", code.len());
        assert_ne!(contract, Address::ZERO);
    }
    let call = TransactionRequest::default()
        .to(registry)
        .input(unbondingCall {}.abi_encode().into());
    let answer = client.call(call).await.unwrap();
    assert_eq!(U256::from_be_slice(&answer), U256::from(28 * day));
}
