//! `deploy` under verifying keys, with the roots of nothing.

use super::*;
use ledger::{RollupDomain, State};
use rollup_kit::Error;
use rollup_kit::deploy::{Statements, require_key};
use validity::{BatchSize, CheckpointSize, Engine, ExitsSize, Keys, Shape, SumEngine, solidity};

/// Development keys in a file, and as the contracts take them.
fn keys(site: &Site, shape: Shape) -> (PathBuf, Vec<u8>) {
    let engine = SumEngine::Own(Engine::of_process().unwrap());
    let folder = site.file("keys");
    let keys = Keys::development_in(&folder, shape, engine).unwrap();
    let bytes = solidity::key_bytes(shape, keys.verifying()).unwrap();
    (folder.join(format!("development-{shape}.keys")), bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_begins_with_nothing_and_is_proved_under_its_keys() {
    let (site, _genesis) = site_of_nobody();
    let (of_batches, batches) = keys(&site, BatchSize::new(1).unwrap().into());
    let (of_exits, exits) = keys(&site, ExitsSize::new(1).unwrap().into());
    let deploy_under = |of_batches: &Path, of_exits: &Path| {
        let mut command = site.deploy();
        command.arg("--batch-keys").arg(of_batches);
        command.arg("--exit-keys").arg(of_exits);
        command
    };
    // Each where it belongs, and whole.
    let turned = refusal(&mut deploy_under(&of_exits, &of_batches));
    assert!(turned.contains("a circuit of batches"), "{turned}");
    let cut = site.file("cut.keys");
    let mut bytes = std::fs::read(&of_batches).unwrap();
    bytes.pop();
    std::fs::write(&cut, bytes).unwrap();
    let torn = refusal(&mut deploy_under(&cut, &of_exits));
    assert!(torn.contains("checksum"), "{torn}");
    assert!(!site.deployment().exists());

    let output = deploy_under(&of_batches, &of_exits).output().unwrap();
    let warned = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(warned.contains("DEVELOPMENT KEYS"), "{warned}");
    let told = answer(&output);
    let d = deploy::read(&site.deployment()).unwrap().unwrap();
    assert_eq!(told["verifiers"], json!(d.verifiers));
    let client = L1Client::connect(site.l1.http()).await.unwrap();
    let held = abi::BatchVerifier::keysCall {};
    assert_eq!(
        client.view(d.verifiers.batches, &held).await.unwrap(),
        batches
    );
    assert_eq!(client.view(d.verifiers.exits, &held).await.unwrap(), exits);
    let attested = abi::AttestedStatements::thresholdCall {};
    let threshold = client.view(d.verifiers.checkpoints, &attested).await;
    assert_eq!(threshold.unwrap(), U256::from(1));

    let first = abi::Rollup::batchAtCall { number: 0 };
    let begun = client.view(d.rollup, &first).await.unwrap().roots;
    let rollup = ledger::Address::new(d.rollup.into_array());
    let nothing = State::new(RollupDomain::of(d.l1_chain, rollup)).roots();
    let nothing = operator::submission::abi_roots(nothing);
    assert_eq!(begun, nothing);
    // Again, and under other keys.
    answer(&deploy_under(&of_batches, &of_exits).output().unwrap());
    let other = refusal(&mut site.deploy());
    assert!(other.contains("threshold()"), "{other}");
}

/// Keys for every kind, and nobody's word. Who proves finds out whether L1 has the keys.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_without_attestors_is_proved_and_keys_are_compared() {
    let (site, _genesis) = site_of_nobody();
    let shape_of = |places| Shape::from(CheckpointSize::new(places).unwrap());
    let (of_batches, _) = keys(&site, BatchSize::new(1).unwrap().into());
    let (of_exits, _) = keys(&site, ExitsSize::new(1).unwrap().into());
    let (of_checkpoints, held) = keys(&site, shape_of(1));
    let command = || site.deploy_unattested(site.l1.http(), &site.genesis);
    let flags = ["--batch-keys", "--checkpoint-keys", "--exit-keys"];
    let files = [&of_batches, &of_checkpoints, &of_exits];
    for left_out in 0..flags.len() {
        let mut command = command();
        for (at, (flag, file)) in flags.iter().zip(files).enumerate() {
            if at != left_out {
                command.arg(flag).arg(file);
            }
        }
        let refused = refusal(&mut command);
        assert!(refused.contains("nobody verifies"), "{refused}");
        assert!(refused.contains(flags[left_out]), "{refused}");
    }
    let mut turned = command();
    for (flag, file) in flags.iter().zip([&of_batches, &of_exits, &of_exits]) {
        turned.arg(flag).arg(file);
    }
    let turned = refusal(&mut turned);
    assert!(turned.contains("a circuit of checkpoints"), "{turned}");
    assert!(!site.deployment().exists());

    let mut whole = command();
    for (flag, file) in flags.iter().zip(files) {
        whole.arg(flag).arg(file);
    }
    answer(&whole.output().unwrap());
    let d = deploy::read(&site.deployment()).unwrap().unwrap();
    let client = L1Client::connect(site.l1.http()).await.unwrap();
    let call = abi::StatementVerifier::keysCall {};
    assert_eq!(
        client.view(d.verifiers.checkpoints, &call).await.unwrap(),
        held
    );

    let engine = || SumEngine::Own(Engine::of_process().unwrap());
    let own = Keys::read(&of_checkpoints, shape_of(1), engine()).unwrap();
    let other = Keys::development(shape_of(2), engine()).unwrap();
    let asked = async |keys: &Keys, statements, place| {
        let keys = (keys.shape(), keys.verifying());
        require_key(&client, &d, statements, keys, place).await
    };
    asked(&own, Statements::Checkpoints, 0).await.unwrap();
    for refused in [
        asked(&own, Statements::Checkpoints, 1).await,
        asked(&own, Statements::Exits, 0).await,
        asked(&other, Statements::Checkpoints, 0).await,
    ] {
        assert!(
            matches!(refused, Err(Error::OtherKeys { .. })),
            "{refused:?}"
        );
    }
}
