//! Keys, contracts and bonds; then operators and the follower start.

use super::super::Options;
use super::super::acts::{stake, stand};
use super::super::stage::Stage;
use super::person::Person;
use super::programs::{Programs, Serving, secret};
use super::{Tour, heartbeat};
use crate::{Error, Result};
use algebra::Engine;
use alloy::primitives::Address;
use alloy::sol_types::SolConstructor as _;
use derivation::convert::abi_roots;
use ledger::{BatchSize, ExitsSize, RollupDomain, State};
use settlement::Wei;
use settlement::client::Account;
use settlement::contracts::{Artefact, abi};
use settlement::deploy::{Proofs, Terms};
use settlement::settings::{RollupSettings, Verifiers};
use settlement::transaction::Call;
use std::path::{Path, PathBuf};
use validity::{Keys, SetupKind, Shape, SumEngine};

/// The common folder's names for the keys, and for what the follower has derived.
pub(super) const KEYS: &str = "keys";
pub(super) const STATE: &str = "followed";
/// Seconds, a day by default. L1's clock is moved here and the DA network's is not, so that what it
/// certifies would soon count as old.
pub(super) const CHALLENGE_WINDOW: u32 = 30 * 60;

/// Sets the scene.
pub(super) async fn set<'a, 'b>(
    stage: &'a mut Stage<'b>,
    options: &Options,
) -> Result<Tour<'a, 'b>> {
    stage.tell("0  The stage");
    keys(stage, options).await?;
    let proofs = proofs(stage).await?;
    let deployer = stage.cast.deployer.clone();
    let nonce = stage
        .client
        .nonce(deployer.address(), alloy::eips::BlockId::latest())
        .await?;
    let rollup = ledger::Address::new(deployer.address().create(nonce + 5).into_array());
    let domain = RollupDomain::of(stage.client.chain_id(), rollup);
    let terms = Terms::new(
        &stage.genesis,
        stage.namespace,
        abi_roots(&State::new(domain).roots()),
        proofs,
        deployer.address(),
    );
    let terms = Terms {
        settings: RollupSettings {
            challenge_window: CHALLENGE_WINDOW,
            ..terms.settings
        },
        ..terms
    };
    stand(
        stage,
        &terms,
        "batches and exits by Groth16 (DEVELOPMENT KEYS)",
    )
    .await?;
    let accounts = [stage.cast.operator.clone(), stage.cast.answerer.clone()];
    stake(stage, &accounts).await?;

    let programs = Programs {
        this: options.this.clone(),
        folder: stage.folder().to_owned(),
        l1: stage.l1_url().to_owned(),
        node: stage.da.endpoint(0)?.to_owned(),
    };
    let person =
        async |name, account: &Account| Person::new(name, account.clone(), &programs).await;
    let alice = person("alice", &stage.cast.alice).await?;
    let bob = person("bob", &stage.cast.bob).await?;
    let dora = person("dora", &stage.cast.dora).await?;
    let sequencers = [
        person("operator-0", &accounts[0]).await?,
        person("operator-1", &accounts[1]).await?,
    ];
    let attestor = alloy::hex::encode(stage.cast.attestor.signer().to_bytes());
    secret(&programs.folder.join("attestor.l1"), &attestor)?;
    let mut operators = Vec::new();
    for (place, sequencer) in sequencers.iter().enumerate() {
        operators.push(operator(&programs, place, sequencer).await?);
    }
    let follow = ["follow", "--l1", &programs.l1, "--store", STATE];
    let how = [
        "--rpc",
        "127.0.0.1:0",
        "--confirmations",
        "0",
        "--pause",
        "1",
    ];
    let follower = programs
        .serve("follower", &[&follow[..], &how[..]].concat())
        .await?;
    stage.tell(format!(
        "      two operators at {} and {}, a follower at {}",
        operators[0].url, operators[1].url, follower.url
    ));
    let heartbeat = heartbeat(stage.client.clone());
    Ok(Tour {
        stage,
        programs,
        alice,
        bob,
        dora,
        sequencers,
        operators,
        follower: Some(follower),
        heartbeat,
    })
}

/// Makes the keys of development, or finds them where an earlier tour left them.
async fn keys(stage: &mut Stage<'_>, options: &Options) -> Result<()> {
    stage.tell(format!("      {}", SetupKind::Development.warning()));
    let (folder, here) = (options.keys.clone(), stage.file(KEYS));
    let making = tokio::task::spawn_blocking(move || {
        let engine = SumEngine::Own(Engine::of_process().map_err(validity::Error::from)?);
        let two = ExitsSize::new(2)?;
        let shapes: [Shape; 3] = [
            BatchSize::EIGHT.into(),
            two.into(),
            ExitsSize::SIXTEEN.into(),
        ];
        for shape in shapes {
            Keys::development_in(&folder, shape, engine)?;
        }
        Ok::<_, Error>(folder)
    });
    let folder = making
        .await
        .map_err(|error| Error::Cancelled(error.to_string()))??;
    let failed = |error: std::io::Error| Error::File {
        path: here.clone(),
        reason: error.to_string(),
    };
    let folder: PathBuf = folder.canonicalize().map_err(failed)?;
    std::os::unix::fs::symlink(&folder, &here).map_err(failed)
}

async fn proofs(stage: &Stage<'_>) -> Result<Proofs> {
    let attestors = abi::AttestedStatements::constructorCall {
        attestors_: vec![stage.cast.attestor.address()],
        threshold_: alloy::primitives::U256::from(1),
    };
    let verifiers = [
        (Artefact::DevelopmentBatchVerifier, Vec::new()),
        (Artefact::AttestedStatements, attestors.abi_encode()),
        (Artefact::DevelopmentExitsVerifier, Vec::new()),
    ];
    let mut made: Vec<Address> = Vec::new();
    for (artefact, arguments) in verifiers {
        let call = Call {
            what: artefact.name(),
            to: None,
            value: Wei::ZERO,
            input: artefact.creation(&arguments)?,
            blobs: None,
        };
        made.extend(stage.cast.deployer.execute(&call).await?.created);
    }
    let [batches, checkpoints, exits] = made[..] else {
        return Err(Error::Stage {
            what: "the verifiers",
            reason: format!("{} of 3 stand", made.len()),
        });
    };
    Ok(Proofs::Verified(Verifiers {
        batches,
        checkpoints,
        exits,
    }))
}

/// Starts an operator.
async fn operator(programs: &Programs, place: usize, sequencer: &Person) -> Result<Serving> {
    let config = format!(
        r#"l1 = "{l1}"
node = "{node}"
deployment = "deployment.json"
key = "{key}"
folder = "operating-{place}"
batch = 8
patience = 3
in_flight = 2
confirmations = 0
pause = 200
checkpoints = ["attestor.l1"]

[proofs.groth16]
keys = "{KEYS}"
place = 1
development = true
at_once = 1

[fee_account]
key = "{account}"
owner = "{owner}"

[payments]
max_gas_price = "200 gwei"
max_blob_gas_price = "200 gwei"
patience = 3
confirmations = 0

[server]
address = "127.0.0.1:0"
connections = 256
subscriptions = 16
submissions = {{ burst = 500, per_second = 200 }}
"#,
        l1 = programs.l1,
        node = programs.node,
        key = sequencer.file("l1"),
        account = sequencer.account,
        owner = sequencer.address(),
    );
    let name = format!("operator-{place}");
    let file: &Path = &programs.folder.join(format!("{name}.toml"));
    secret(file, &config)?;
    let settings = format!("{name}.toml");
    programs
        .serve(&name, &["operate", "--config", &settings])
        .await
}
