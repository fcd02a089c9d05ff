//! The generated contract against real proofs, in an embedded EVM.

use crate::common::*;
use ark_ff::{BigInteger, Field, PrimeField};
use ark_serialize::CanonicalDeserialize;
use ledger::{Fr, Tree, scalar_bytes};
use revm::context::result::{ExecutionResult, Output};
use revm::context::{CfgEnv, TxEnv};
use revm::database::{CacheDB, EmptyDB, InMemoryDB};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, Bytes, TxKind, keccak256};
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext};
use validity::{BatchSize, ExitsSize, SetupKind, Shape, VerifyingKey, solidity};

const BATCHES: &str = "DevelopmentBatchVerifier";
const EXITS: &str = "DevelopmentExitsVerifier";

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts")
}

/// What is committed of a contract.
pub(crate) fn artifact(name: &str) -> serde_json::Value {
    let file = folder().join(format!("artifacts/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

pub(crate) struct Chain {
    db: InMemoryDB,
    nonce: u64,
}

pub(crate) struct Called {
    pub(crate) output: Result<Bytes, Bytes>,
    pub(crate) gas: u64,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self {
            db: CacheDB::new(EmptyDB::default()),
            nonce: 0,
        }
    }

    fn sent(&mut self, from: Address, kind: TxKind, data: Vec<u8>) -> ExecutionResult {
        let mut cfg = CfgEnv::<SpecId>::default().with_spec_and_mainnet_gas_params(SpecId::OSAKA);
        cfg.chain_id = CHAIN;
        cfg.disable_nonce_check = true;
        let mut evm = Context::mainnet()
            .with_cfg(cfg)
            .with_db(&mut self.db)
            .build_mainnet();
        let transaction = TxEnv::builder()
            .caller(from)
            .kind(kind)
            .data(data.into())
            .gas_limit(15_000_000)
            .chain_id(Some(CHAIN))
            .nonce(self.nonce)
            .build()
            .unwrap();
        self.nonce += 1;
        evm.transact_commit(transaction).unwrap()
    }

    pub(crate) fn deployed(&mut self, name: &str) -> Address {
        let artifact = artifact(name);
        let code = artifact["bytecode"].as_str().unwrap();
        let code = hex::decode(code.trim_start_matches("0x")).unwrap();
        let result = self.sent(Address::ZERO, TxKind::Create, code);
        let ExecutionResult::Success {
            output: Output::Create(_, Some(address)),
            ..
        } = result
        else {
            panic!("{result:?}")
        };
        address
    }

    pub(crate) fn called(&mut self, from: Address, to: Address, data: Vec<u8>) -> Called {
        let result = self.sent(from, TxKind::Call(to), data);
        let gas = result.tx_gas_used();
        let output = match result {
            ExecutionResult::Success { output, .. } => Ok(output.into_data()),
            ExecutionResult::Revert { output, .. } => Err(output),
            ExecutionResult::Halt { .. } => Err(Bytes::new()),
        };
        Called { output, gas }
    }
}

pub(crate) fn word(number: usize) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    word
}

pub(crate) fn selector(signature: &str) -> Vec<u8> {
    keccak256(signature)[..4].to_vec()
}

/// `verify(bytes,uint256[])`.
fn verify_call(proof: &[u8], inputs: &[[u8; 32]]) -> Vec<u8> {
    let mut call = selector("verify(bytes,uint256[])");
    let padded = proof.len().div_ceil(32) * 32;
    call.extend(word(64));
    call.extend(word(64 + 32 + padded));
    call.extend(word(proof.len()));
    call.extend(proof);
    call.resize(4 + 64 + 32 + padded, 0);
    call.extend(word(inputs.len()));
    call.extend(inputs.as_flattened());
    call
}

fn encoded(inputs: &[Fr]) -> Vec<[u8; 32]> {
    inputs.iter().map(|input| scalar_bytes(*input)).collect()
}

/// The development key of a large circuit; `examples/development.rs` makes it anew and compares.
fn golden(shape: Shape) -> VerifyingKey {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = manifest.join(format!("golden/development-{shape}.vk"));
    let bytes = hex::decode(std::fs::read_to_string(file).unwrap().trim()).unwrap();
    VerifyingKey::deserialize_compressed(&bytes[..]).unwrap()
}

#[test]
fn the_committed_contract_is_generated() {
    let eight = Shape::from(BatchSize::EIGHT);
    let sixteen = Shape::from(ExitsSize::SIXTEEN);
    generated(
        BATCHES,
        &[(size().into(), keys().verifying()), (eight, &golden(eight))],
    );
    generated(
        EXITS,
        &[
            (exits_size().into(), exit_keys().verifying()),
            (sixteen, &golden(sixteen)),
        ],
    );
    // Keys of one kind alone, and each said to be what it is.
    let mixed = [
        (eight, keys().verifying()),
        (sixteen, exit_keys().verifying()),
    ];
    for keys in [&mixed[..], &[(sixteen, keys().verifying())], &[]] {
        assert!(solidity::contract("Mixed", "", keys).is_err());
    }
}

fn generated(name: &str, keys: &[(Shape, &VerifyingKey)]) {
    let committed = folder().join(format!("src/proofs/{name}.sol"));
    let warning = SetupKind::Development.warning();
    let generated = solidity::contract(name, warning, keys).unwrap();
    if std::env::var_os("ASSAY_UPDATE").is_some() {
        std::fs::write(&committed, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(committed).unwrap();
    assert!(
        committed == generated,
        "ASSAY_UPDATE=1 writes the contract anew; then ./assay contracts --update"
    );
}

#[test]
fn the_contract_takes_proofs_and_nothing_else() {
    let mut chain = Chain::new();
    let verifier = chain.deployed(BATCHES);
    let mut takes = |proof: &[u8], inputs: &[[u8; 32]]| {
        let called = chain.called(Address::ZERO, verifier, verify_call(proof, inputs));
        (called.output.is_ok(), called.gas)
    };
    let [two, one] = proofs();
    let (_, off) = two_rows();
    let (_, on) = one_row();
    let proof = solidity::proof_bytes(0, two);
    assert_eq!(proof.len(), solidity::EVM_PROOF_BYTES);
    let inputs = encoded(off.on_l1());
    assert_eq!(inputs.len(), 11);
    let (taken, gas) = takes(&proof, &inputs);
    assert!(taken);
    println!("{gas} gas a transaction that verifies a proof");
    assert!(gas <= solidity::VERIFYING_GAS, "{gas}");
    // A batch with one row.
    let short = encoded(on.on_l1());
    assert_eq!(short.len(), 9);
    let of_one = solidity::proof_bytes(0, one);
    assert!(takes(&of_one, &short).0);
    assert!(takes(&of_one, &encoded(on.inputs())).0);
    assert!(!takes(&of_one, &inputs).0);
    assert!(!takes(&proof, &short).0);
    assert!(!takes(&proof, &inputs[..9]).0);

    for input in 0..inputs.len() {
        let mut changed = off.inputs().to_vec();
        changed[input] += Fr::ONE;
        assert!(!takes(&proof, &encoded(&changed)).0, "input {input}");
    }
    // The field's order added to an input: the same scalar, and not canonical.
    let mut wide = inputs.clone();
    wide[9] = sum_with_order(wide[9]);
    assert!(!takes(&proof, &wide).0);
    assert!(!takes(&proof, &inputs[..10]).0);
    assert!(!takes(&proof, &[]).0);
    let longer: Vec<_> = inputs.iter().copied().chain([[0; 32]]).collect();
    assert!(!takes(&proof, &longer).0);

    for at in (0..proof.len())
        .step_by(37)
        .chain([1, 64, 128, 129, 400, 512])
    {
        let mut changed = proof.clone();
        changed[at] ^= 1;
        assert!(!takes(&changed, &inputs).0, "byte {at}");
    }
    assert!(!takes(&proof[..512], &inputs).0);
    assert!(!takes(&[&proof[..], &[0]].concat(), &inputs).0);
    assert!(!takes(&vec![0; proof.len()], &inputs).0);
    assert!(!takes(&[], &inputs).0);
    // The keys of other circuits, and none.
    for key in [1, 2, 255] {
        assert!(
            !takes(&solidity::proof_bytes(key, two), &inputs).0,
            "key {key}"
        );
    }
}

/// An error of a contract, as it comes back.
fn reverted(signature: &str, arguments: &[usize]) -> Vec<u8> {
    let words = arguments.iter().flat_map(|argument| word(*argument));
    selector(signature).into_iter().chain(words).collect()
}

#[test]
fn exits_are_verified_and_other_statements_are_not() {
    let mut chain = Chain::new();
    let verifier = chain.deployed(EXITS);
    let mut answer = |proof: &[u8], inputs: &[[u8; 32]]| {
        let called = chain.called(Address::ZERO, verifier, verify_call(proof, inputs));
        let output = called.output.map(|_| called.gas);
        output.map_err(|revert| revert.to_vec())
    };
    let (_, statement) = exits(Tree::OffL1);
    let inputs = encoded(statement.inputs());
    let proof = solidity::proof_bytes(0, exit_proof());
    let gas = answer(&proof, &inputs).unwrap();
    println!("{gas} gas a transaction that verifies a batched exit");
    assert!(gas <= solidity::VERIFYING_GAS, "{gas}");

    let refused = reverted("ProofRefused()", &[]);
    for input in 0..inputs.len() {
        let mut changed = *statement.inputs();
        changed[input] += Fr::ONE;
        assert_eq!(answer(&proof, &encoded(&changed)), Err(refused.clone()));
    }
    // `proveExits` asks the same contract, about another circuit.
    let count = |got| reverted("InputCount(uint256,uint256)", &[got, 5]);
    assert_eq!(answer(&proof, &inputs[..4]), Err(count(4)));
    assert_eq!(answer(&proof, &[]), Err(count(0)));
    let longer = [&inputs[..], &[[0; 32]]].concat();
    assert_eq!(answer(&proof, &longer), Err(count(6)));
    let unknown = reverted("NoSuchKey(uint8)", &[2]);
    let of_none = solidity::proof_bytes(2, exit_proof());
    assert_eq!(answer(&of_none, &inputs), Err(unknown));
    let of_sixteen = solidity::proof_bytes(1, exit_proof());
    assert_eq!(answer(&of_sixteen, &inputs), Err(refused.clone()));
    assert_eq!(answer(&proof[1..], &inputs), Err(refused));
}

/// Big-endian addition of the field's order; of what is below 2²⁵⁶ minus it.
fn sum_with_order(number: [u8; 32]) -> [u8; 32] {
    let order = Fr::MODULUS.to_bytes_be();
    let mut sum = [0; 32];
    let mut carry = 0;
    for i in (0..32).rev() {
        let digits = u16::from(number[i]) + u16::from(order[i]) + carry;
        sum[i] = digits as u8;
        carry = digits >> 8;
    }
    assert_eq!(carry, 0);
    sum
}
