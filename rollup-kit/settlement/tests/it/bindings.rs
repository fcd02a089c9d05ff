//! What is declared here against what is committed there.

use alloy::json_abi::JsonAbi;
use settlement::contracts::{Artefact, abi};

/// Everything that we call or hear is in the artefact, with the same types in and out.
#[test]
fn every_binding_is_the_contracts() {
    for (artefact, declared) in [
        (
            Artefact::AttestedStatements,
            abi::AttestedStatements::abi::contract(),
        ),
        (Artefact::BatchVerifier, abi::BatchVerifier::abi::contract()),
        (
            Artefact::CellChallenges,
            abi::CellChallenges::abi::contract(),
        ),
        (
            Artefact::CellMultiproof,
            abi::CellMultiproof::abi::contract(),
        ),
        (Artefact::Coverage, abi::Coverage::abi::contract()),
        (Artefact::EscapePool, abi::EscapePool::abi::contract()),
        (Artefact::Inputs, abi::Inputs::abi::contract()),
        (Artefact::Operators, abi::Operators::abi::contract()),
        (Artefact::Proxy, abi::Proxy::abi::contract()),
        (Artefact::Registry, abi::Registry::abi::contract()),
        (Artefact::Rollup, abi::Rollup::abi::contract()),
        (Artefact::RowChallenges, abi::RowChallenges::abi::contract()),
        (Artefact::SettingsLog, abi::SettingsLog::abi::contract()),
        (Artefact::Signers, abi::Signers::abi::contract()),
        (
            Artefact::StatementVerifier,
            abi::StatementVerifier::abi::contract(),
        ),
        (Artefact::TimeLock, abi::TimeLock::abi::contract()),
        (Artefact::TokenList, abi::TokenList::abi::contract()),
        (Artefact::Vault, abi::Vault::abi::contract()),
    ] {
        let committed = artefact.abi().unwrap();
        let name = artefact.name();
        for function in declared.functions() {
            let signature = function.signature_with_outputs();
            let same = committed.functions().any(|f| {
                f.signature_with_outputs() == signature
                    && f.state_mutability == function.state_mutability
            });
            assert!(same, "{name}: {signature}");
        }
        for event in declared.events() {
            let full = event.full_signature();
            let same = committed.events().any(|e| indexed(e) == indexed(event));
            assert!(same, "{name}: {full}");
        }
        assert_eq!(constructor(&declared), constructor(&committed), "{name}");
    }
}

fn indexed(event: &alloy::json_abi::Event) -> (String, Vec<bool>) {
    let inputs = event.inputs.iter().map(|input| input.indexed).collect();
    (event.signature(), inputs)
}

fn constructor(abi: &JsonAbi) -> Vec<String> {
    let inputs = abi.constructor().map(|constructor| &constructor.inputs);
    inputs
        .into_iter()
        .flatten()
        .map(|input| input.selector_type().into_owned())
        .collect()
}
