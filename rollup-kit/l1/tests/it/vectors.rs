//! The precompiles' known answers through `eth_call`: `ASSAY_VECTORS` names the folder that holds
//! `precompiles/FOLDER/NAME.json`; a relative path counts from the workspace's root.
//!
//! A case without an answer must fail. The run fails when a folder is empty or a file is no case.

use std::path::{Path, PathBuf};

use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, Bytes, hex};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use serde::Deserialize;

use crate::node::Node;

const FOLDERS: [&str; 2] = ["eip-2537", "eip-4844-derived"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Case {
    input: String,
    name: String,
    expected: Option<String>,
    /// EIP-2537's files of failures have an error in place of an answer.
    #[serde(default)]
    expected_error: Option<String>,
}

/// The precompile that a file is about.
fn precompile(file: &str) -> Address {
    let name = file.trim_start_matches("fail-");
    let last = match name.split_once("_bls").map_or(name, |(name, _)| name) {
        "add_G1" => 0x0b,
        "mul_G1" | "msm_G1" => 0x0c,
        "add_G2" => 0x0d,
        "mul_G2" | "msm_G2" => 0x0e,
        "pairing_check" => 0x0f,
        "map_fp_to_G1" => 0x10,
        "map_fp2_to_G2" => 0x11,
        _ if name.starts_with("pointEvaluation") => 0x0a,
        _ => panic!("{file}: of no precompile"),
    };
    Address::with_last_byte(last)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.sort();
    files
}

#[tokio::test]
#[ignore = "the vectors are outside the repository: ASSAY_VECTORS"]
async fn precompiles_answer_as_specified() {
    let named = std::env::var_os("ASSAY_VECTORS").expect("ASSAY_VECTORS names a folder");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let node = Node::embedded().await;
    let client = node.raw();
    let mut failed = Vec::new();
    for folder in FOLDERS {
        for file in files(&root.join(&named).join("precompiles").join(folder)) {
            let name = file.file_stem().unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            let cases: Vec<Case> =
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!cases.is_empty(), "{name} has no cases");
            for case in &cases {
                let call = TransactionRequest::default()
                    .with_to(precompile(name))
                    .with_input(hex::decode(&case.input).unwrap());
                let expected = case
                    .expected
                    .as_ref()
                    .map(|expected| Bytes::from(hex::decode(expected).unwrap()));
                assert!(
                    expected.is_none() || case.expected_error.is_none(),
                    "{name}: {} has an answer and an error",
                    case.name
                );
                let answer = client.call(call).await;
                if let Err(error) = &answer {
                    assert!(error.as_error_resp().is_some(), "{name}: {error}");
                }
                if answer.ok() != expected {
                    failed.push(format!("{name}: {}", case.name));
                }
            }
            println!("vectors, precompiles, {name}: {} cases", cases.len());
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
