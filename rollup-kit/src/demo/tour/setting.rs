//! Keys, contracts and bonds; then operators and the follower start.

use super::super::Options;
use super::super::acts::{stake, stand};
use super::super::stage::Stage;
use super::person::Person;
use super::programs::{Programs, Serving, secret};
use super::{Tour, heartbeat};
use crate::{Error, Result, deploy};
use algebra::Engine;
use ledger::{BatchSize, ExitsSize};
use settlement::U256;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Terms, Verifier};
use settlement::settings::RegistryParameters;
use std::path::{Path, PathBuf};
use validity::{Keys, SetupKind, Shape, SumEngine, VerifyingKey};

/// The common folder's names for the keys, and for what the follower has derived.
pub(super) const KEYS: &str = "keys";
pub(super) const STATE: &str = "followed";
/// Seconds for which a certificate counts, longer than by default: see [`super::RETENTION_DAYS`].
const CERTIFICATE_AGE: u64 = 10 * 24 * 60 * 60;

/// Sets the scene.
pub(super) async fn set<'a, 'b>(
    stage: &'a mut Stage<'b>,
    options: &Options,
) -> Result<Tour<'a, 'b>> {
    stage.tell("0  The stage");
    let keys = keys(stage, options).await?;
    let attested = Verifier::Attested {
        attestors: vec![stage.cast.attestor.address()],
        threshold: 1,
    };
    let proofs = Proofs::Each {
        batches: under(&keys[..1])?,
        checkpoints: attested,
        exits: under(&keys[1..])?,
    };
    let deployer = stage.cast.deployer.address();
    let terms = Terms::new(
        &stage.genesis,
        stage.namespace,
        // Those of nothing, which are known once the rollup's address is.
        abi::Roots {
            onL1: U256::ZERO,
            offL1: U256::ZERO,
        },
        proofs,
        deployer,
    );
    let terms = Terms {
        registry_parameters: RegistryParameters {
            certificate_age: CERTIFICATE_AGE,
            ..terms.registry_parameters
        },
        most_tokens: deploy::most_tokens(options.ruled),
        ..terms
    };
    let file = stage.file("deployment.json");
    let deployed = deploy::deploy_empty(&stage.cast.deployer, terms, &file).await?;
    stand(stage, deployed, "batches and exits by Groth16");
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
        let operating = Operating {
            name: &format!("operator-{place}"),
            place,
            address: "127.0.0.1:0",
            batch: options.batch,
        };
        operators.push(operating.start(&programs, sequencer).await?);
    }
    let follower = follower(&programs, "127.0.0.1:0").await?;
    let [first, second] = [&operators[0].url, &operators[1].url];
    let shown = ["explore", "--follower", &follower.url, "--l1", &programs.l1];
    let how = ["--operator", first, "--operator", second];
    let listen = ["--listen", "127.0.0.1:0"];
    let explorer = programs
        .serve("explorer", &[&shown[..], &how, &listen].concat())
        .await?;
    stage.tell(format!(
        "      two operators at {} and {}, a follower at {}",
        operators[0].url, operators[1].url, follower.url
    ));
    stage.tell(format!(
        "      all of it is shown at {}, while this runs",
        explorer.url
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
        killed: 0,
        batch: options.batch,
        explorer,
        heartbeat,
    })
}

/// What verifies, with the circuit that it is of.
type Verifying = (Shape, VerifyingKey);

/// Makes the keys of development, or finds them where an earlier run left them: of batches, and of
/// exits, whose places in the verifier they are in.
async fn keys(stage: &mut Stage<'_>, options: &Options) -> Result<Vec<Verifying>> {
    stage.tell(format!("      {}", SetupKind::Development.warning()));
    let (folder, here) = (options.keys.clone(), stage.file(KEYS));
    let failed = |error: std::io::Error| Error::File {
        path: options.keys.clone(),
        reason: error.to_string(),
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let folder: PathBuf = folder.canonicalize().map_err(failed)?;
    std::os::unix::fs::symlink(&folder, &here).map_err(failed)?;
    let batches = Shape::batch(options.batch, options.ruled);
    let making = tokio::task::spawn_blocking(move || {
        let engine = SumEngine::Own(Engine::of_process().map_err(validity::Error::from)?);
        let two = ExitsSize::new(2)?;
        let shapes: [Shape; 3] = [batches, two.into(), ExitsSize::SIXTEEN.into()];
        let made = shapes.into_iter().map(|shape| {
            let keys = Keys::development_in(&folder, shape, engine)?;
            Ok((shape, keys.verifying().clone()))
        });
        made.collect()
    });
    making
        .await
        .map_err(|error| Error::Cancelled(error.to_string()))?
}

fn under(keys: &[Verifying]) -> Result<Verifier> {
    let keys: Vec<_> = keys.iter().map(|(shape, key)| (*shape, key)).collect();
    deploy::verifier(&keys)
}

/// Starts the follower, at an address.
pub(super) async fn follower(programs: &Programs, address: &str) -> Result<Serving> {
    let follow = ["follow", "--l1", &programs.l1, "--store", STATE];
    let how = ["--rpc", address, "--confirmations", "0", "--pause", "1"];
    programs
        .serve("follower", &[&follow[..], &how[..]].concat())
        .await
}

/// What an operator is started with.
pub(super) struct Operating<'a> {
    /// Of its settings and its log.
    pub(super) name: &'a str,
    /// Its place among the operators, and its folder's name.
    pub(super) place: usize,
    /// Where it serves.
    pub(super) address: &'a str,
    pub(super) batch: BatchSize,
}

impl Operating<'_> {
    /// Starts it in the name of somebody with a bond.
    pub(super) async fn start(&self, programs: &Programs, sequencer: &Person) -> Result<Serving> {
        let settings = format!("{}.toml", self.name);
        let file: &Path = &programs.folder.join(&settings);
        secret(file, &self.settings(programs, sequencer))?;
        programs
            .serve(self.name, &["operate", "--config", &settings])
            .await
    }

    fn settings(&self, programs: &Programs, sequencer: &Person) -> String {
        format!(
            r#"l1 = "{l1}"
node = "{node}"
deployment = "deployment.json"
key = "{key}"
folder = "operating-{place}"
batch = {batch}
patience = 3
in_flight = 2
confirmations = 0
pause = 200
checkpoints = ["attestor.l1"]

[proofs.groth16]
keys = "{KEYS}"
place = 0
development = true
at_once = 1

[fee_account]
key = "{account}"
owner = "{owner}"

[calls]
per_hour = 3600
patience = 3

[payments]
max_gas_price = "200 gwei"
max_blob_gas_price = "200 gwei"
patience = 3
confirmations = 0

[server]
address = "{address}"
connections = 256
subscriptions = 16
submissions = {{ burst = 500, per_second = 200 }}
"#,
            l1 = programs.l1,
            node = programs.node,
            key = sequencer.file("l1"),
            account = sequencer.account,
            owner = sequencer.address(),
            batch = self.batch.operations(),
            place = self.place,
            address = self.address,
        )
    }
}
