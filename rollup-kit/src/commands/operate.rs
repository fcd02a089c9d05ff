//! `operate`: take operations, settle them in batches.

use super::on_l1::deployment;
use super::{Context, Outcome, ended, failed};
use algebra::Engine;
use clap::Args;
use commitments::Setup;
use derivation::{Beacon, Deriver, NodeRows};
use operator::core::Config;
use operator::derived::Follow;
use operator::desk::Shared;
use operator::driver::{Moved, Operator, Options, Parts, Report, read_tokens};
use operator::network::Node;
use operator::plan::SealedBatch;
use operator::prover::{Attested, CheckpointProver, Groth16, Prover, Vouching};
use operator::rotation::Margins;
use operator::sequencer::Collector;
use operator::server::Server;
use operator::settings::{EXAMPLE, FeeAccount, Proofs, ProvedCheckpoints, Settings, read_secret};
use operator::submission::Site;
use operator::wire;
use proto::client::Client;
use rollup_kit::deploy::{Statements, require_key};
use serde_json::json;
use settlement::batch::Attestors;
use settlement::client::{Account, L1Client};
use settlement::deploy::Deployment;
use settlement::outbox::Outbox;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use validity::{BatchSize, CheckpointSize, Keys, SetupKind, Shape, Statement, SumEngine};

/// Sequences a rollup's operations into batches, posts their rows to the DA network, proves them
/// and settles them on L1, in turn with other operators. Serves wallets by JSON-RPC. Ends at a
/// signal; begun again, it goes on where it was.
#[derive(Args)]
pub(crate) struct Operate {
    /// The operator's settings, TOML.
    #[arg(long, value_name = "FILE", default_value = "operator.toml")]
    config: PathBuf,
    /// Print a file with every setting explained, and end.
    #[arg(long)]
    example: bool,
}

impl Operate {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        if self.example {
            print!("{EXAMPLE}");
            return Ok(None);
        }
        let settings = Settings::read(&self.config)?;
        settings.check_for_rules(context.rules().is_some())?;
        std::fs::create_dir_all(&settings.folder)
            .map_err(|error| failed(&settings.folder, &error))?;
        let deployment = Arc::new(deployment(&settings.deployment)?);
        let client = L1Client::connect(&settings.l1).await?;
        client.require_chain(deployment.l1_chain)?;
        let signer = Account::from_secret(client.clone(), &read_secret(&settings.key)?)?;
        let signer = signer.signer().clone();
        let size = BatchSize::new(settings.batch)?;
        let config = Config {
            size,
            patience: settings.patience,
            most_in_flight: settings.in_flight,
            confirmations: settings.confirmations,
            collector: settings.fee_account.as_ref().map(collector).transpose()?,
            limits: settings.pool,
            calls: settings.calls,
            gadget: context.ruled,
        };
        let site = Site {
            l1_chain: deployment.l1_chain,
            rollup: deployment.rollup,
            namespace: deployment.namespace,
        };
        let tokens = read_tokens(&client, deployment.tokens).await?;
        let journal = settings.folder.join("journal");
        let shared = Shared::open(&journal, config, tokens, site, signer.address())?;
        let payments = settings.folder.join("payments");
        let outbox = Outbox::open(&payments, client.clone(), signer, settings.payments)?;

        let node = Client::connect_lazy(&settings.node)?;
        let beacon = settings.beacon.as_deref().map(Beacon::new).transpose()?;
        let rows = NodeRows::new(client.clone(), Some(node.clone())).with_beacon(beacon);
        let blobs = rows.require_blobs().await;
        if let Err(error) = &blobs {
            eprintln!("{error}. No row goes into one: set `beacon` for that");
        }
        let derive = derivation::Config {
            confirmations: 0,
            store: Some(settings.folder.join("state")),
            rules: context.rules(),
            ..derivation::Config::default()
        };
        let deriver = Deriver::open(client.clone(), deployment.clone(), rows, derive).await?;
        let prover = prover(
            &settings.proofs,
            Shape::batch(size, context.ruled),
            &client,
            &deployment,
        )
        .await?;
        let checkpoints = match (&prover, &settings.checkpoints, settings.proved_checkpoints) {
            (_, Some(keys), _) => Some(Vouching::Attested(attested(keys, &client, &deployment)?)),
            (_, None, Some(proved)) => {
                let prover = checkpoint_prover(proved, &client, &deployment).await?;
                Some(Vouching::Proved(prover))
            }
            (AnyProver::Attested(attested), ..) => Some(Vouching::Attested(attested.clone())),
            (AnyProver::Groth16(_), ..) => None,
        };
        let parts = Parts {
            client,
            deployment,
            derived: Follow::new(deriver),
            network: Arc::new(Node::new(node)),
            prover: Arc::new(prover),
            outbox,
            checkpoints,
            setup: tokio::task::spawn_blocking(Setup::ceremony).await??,
        };
        let options = Options {
            margins: Margins::default(),
            patience: settings.network,
            without_blobs: blobs.is_err(),
            fees: settings.fees,
        };
        let server = Server::start(shared.clone(), settings.server).await?;
        eprintln!(
            "operator {} at http://{}",
            shared.operator(),
            server.address()
        );
        let mut operator = Operator::new(shared, parts, options);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let ended = ended()?;
        let signals = tokio::spawn(async move {
            ended.await;
            // Whoever waits may have gone.
            let _ = stop.send(true);
        });
        let pause = Duration::from_millis(settings.pause);
        let as_json = context.json;
        let ran = operator
            .run(pause, stopped, |report| tell(report, as_json))
            .await;
        signals.abort();
        server.stop().await;
        let saved = operator.derived().save();
        ran?;
        saved?;
        Ok(None)
    }
}

fn collector(account: &FeeAccount) -> operator::Result<Collector> {
    Ok(Collector {
        key: ledger::AccountKey::new(wire::scalar(&account.key)?),
        owner: wire::address(&account.owner)?,
    })
}

/// Whatever the settings say.
enum AnyProver {
    Groth16(Groth16),
    Attested(Attested),
}

impl Prover for AnyProver {
    async fn prove(
        &self,
        batch: Arc<SealedBatch>,
        statement: Statement,
    ) -> operator::Result<Vec<u8>> {
        match self {
            Self::Groth16(prover) => prover.prove(batch, statement).await,
            Self::Attested(prover) => prover.prove(batch, statement).await,
        }
    }
}

async fn prover(
    proofs: &Proofs,
    shape: Shape,
    client: &L1Client,
    deployment: &Arc<Deployment>,
) -> Result<AnyProver, Box<dyn std::error::Error>> {
    match proofs.clone() {
        Proofs::Groth16 {
            keys,
            place,
            development,
            at_once,
        } => {
            if development {
                eprintln!("{}", SetupKind::Development.warning());
            }
            let keys = read_keys(keys, shape, development).await?;
            let own = (keys.shape(), keys.verifying());
            require_key(client, deployment, Statements::Batches, own, place).await?;
            Ok(AnyProver::Groth16(Groth16::new(keys, place, at_once)))
        }
        Proofs::Attested { keys } => Ok(AnyProver::Attested(attested(&keys, client, deployment)?)),
    }
}

async fn checkpoint_prover(
    proved: ProvedCheckpoints,
    client: &L1Client,
    deployment: &Deployment,
) -> Result<CheckpointProver, Box<dyn std::error::Error>> {
    let size = CheckpointSize::new(proved.places)?;
    if proved.development {
        eprintln!("{}", SetupKind::Development.warning());
    }
    let keys = read_keys(proved.keys, size.into(), proved.development).await?;
    let (own, place) = ((keys.shape(), keys.verifying()), proved.place);
    require_key(client, deployment, Statements::Checkpoints, own, place).await?;
    Ok(CheckpointProver::new(keys, size, proved.place))
}

/// Keys of a circuit out of a file, or those for development out of a folder.
pub(super) async fn read_keys(
    keys: PathBuf,
    shape: Shape,
    development: bool,
) -> Result<Keys, Box<dyn std::error::Error>> {
    // Minutes of computing, when the keys are not there yet.
    let keys = tokio::task::spawn_blocking(move || {
        let engine = SumEngine::Own(Engine::of_process()?);
        if development {
            Keys::development_in(&keys, shape, engine)
        } else {
            Keys::read(&keys, shape, engine)
        }
    });
    Ok(keys.await??)
}

fn attested(
    keys: &[PathBuf],
    client: &L1Client,
    deployment: &Arc<Deployment>,
) -> Result<Attested, Box<dyn std::error::Error>> {
    eprintln!("ATTESTED STATEMENTS: for development, nothing is proved of them");
    let mut signers = Vec::new();
    for key in keys {
        let account = Account::from_secret(client.clone(), &read_secret(key)?)?;
        signers.push(account.signer().clone());
    }
    let attestors = Attestors::new(signers);
    Ok(Attested::new(attestors, client.clone(), deployment.clone()))
}

fn tell(report: &Report, as_json: bool) {
    for reason in &report.held_up {
        eprintln!("held up: {reason}");
    }
    for moved in &report.moved {
        let Moved {
            number,
            stage,
            signed,
            from_l1,
            age,
            spent,
        } = moved;
        if as_json {
            let line = json!({
                "batch": number,
                "stage": stage,
                "signed": signed,
                "from_l1": from_l1,
                "seconds": age,
                "spent": spent,
            });
            println!("{line}");
        } else {
            let spent = spent.map_or_else(String::new, |spent| format!(", {spent}"));
            println!(
                "batch {number}: {stage:?}, {signed} signed and {from_l1} from L1, {age} s{spent}"
            );
        }
    }
}
