//! The committed contracts on the chain.

use std::path::PathBuf;

use alloy::network::TransactionBuilder;
use alloy::primitives::{B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::{SolCall, SolError, SolValue};

use crate::node::Node;

crate::on_both!(deploys_the_artifacts, says_why_a_contract_refuses);

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

    function chainId() external view returns (bytes32);

    error BadParameter(bytes32 what, uint256 got, uint256 least, uint256 most);
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

const DAY: u64 = 24 * 3600;

fn parameters() -> Parameters {
    Parameters {
        chainId: B256::repeat_byte(1),
        genesisSet: B256::repeat_byte(2),
        retention: 14 * DAY,
        certificateAge: DAY,
        clockDrift: 60,
        trustingPeriod: 21 * DAY,
        unbonding: 28 * DAY,
        notice: 29 * DAY,
        jailTerm: 7 * DAY,
        rescueWindow: 7 * DAY,
        rescuesToJail: 3,
        minimumStake: 1,
    }
}

async fn deploys_the_artifacts(node: &Node) {
    let registry = node.deploy(with_arguments("Registry", parameters())).await;
    let multiproof = node.deploy(bytecode("CellMultiproof")).await;
    let lock = (node.address(0), 30 * DAY);
    let lock = node.deploy(with_arguments("TimeLock", lock)).await;

    let client = node.raw();
    for contract in [registry, multiproof, lock] {
        let code = client.get_code_at(contract).await.unwrap();
        assert!(code.len() > 1000, "{contract} has {} bytes", code.len());
    }
    let call = TransactionRequest::default()
        .to(registry)
        .input(chainIdCall {}.abi_encode().into());
    let answer = client.call(call).await.unwrap();
    assert_eq!(answer.to_vec(), [1; 32]);
}

/// The contract's own error arrives with its data.
async fn says_why_a_contract_refuses(node: &Node) {
    let wrong = Parameters {
        notice: 7 * DAY,
        ..parameters()
    };
    let request = TransactionRequest::default().with_deploy_code(with_arguments("Registry", wrong));
    let error = node.client(0).send_transaction(request).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!(payload.code, 3);
    let data = payload.as_revert_data().unwrap();
    let refused = BadParameter::abi_decode(&data).unwrap();
    assert_eq!(refused.got, U256::from(7 * DAY));
    assert_eq!(refused.least, U256::from(28 * DAY + 1));
}
