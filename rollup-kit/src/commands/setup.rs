//! `setup`: keys of circuits, by a ceremony or for development.

use super::{Context, Outcome};
use clap::{Args, Subcommand};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use validity::ceremony::{CeremonyFolder, Power, Recheck, TranscriptHash, Typed, Verified};
use validity::gadget::Ruled;
use validity::{Engine, Error, Keys, Result, SetupKind, Shape, SumEngine, solidity};

/// Makes the keys of a circuit. A ceremony has two phases: powers for all circuits up to a size,
/// then one circuit's contributions. Whoever contributes gets a receipt, and looks for it with
/// `verify --all --receipt` when the ceremony is over. One honest contributor in each phase is
/// enough.
///
/// Powers come from `begin-powers` and `contribute-powers` here, or from a file that these have
/// written elsewhere. Those of other projects are in other formats, and are not read.
#[derive(Args)]
pub(crate) struct Setup {
    /// Where the ceremony is kept.
    #[arg(long, global = true, value_name = "FOLDER", default_value = "ceremony")]
    ceremony: PathBuf,
    /// Where this machine keeps what it has verified, so that it verifies it once; without it, in
    /// the user's cache. Not in the ceremony's folder, which others hand over.
    #[arg(long, global = true, value_name = "FOLDER")]
    verified: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Begins the powers, for circuits of up to 2^POWER constraints.
    BeginPowers {
        /// 13 for one exit, 17 for 16, 18 for a batch of 8, 20 for 32, 22 for 128.
        #[arg(long)]
        power: u32,
    },
    /// Adds this machine's secrets to the powers, and forgets them. A line typed on a terminal is
    /// mixed in.
    ContributePowers,
    /// Takes over powers that others have contributed to, once they are verified.
    ImportPowers {
        /// A `powers.tau`, as `contribute-powers` leaves it in a ceremony's folder.
        file: PathBuf,
    },
    /// Begins a circuit's contributions with the powers, which are fixed from then on. Minutes of
    /// computing for a batch.
    Begin {
        /// `batch-8`, `exits-16` and so on. Batches are by this program's rules, if it has any.
        #[arg(long)]
        circuit: String,
    },
    /// Adds this machine's secret to the circuit's contributions, and forgets it. Whatever this
    /// machine has not verified before is verified first: minutes for a batch. A line typed on a
    /// terminal is mixed in.
    Contribute,
    /// Checks every contribution and every point that it changed. Powers and beginning are checked
    /// unless this machine has done so before.
    Verify {
        /// Checks them again, whatever this machine remembers.
        #[arg(long)]
        all: bool,
        /// A contributor's receipt that must be there; several with commas.
        #[arg(long, value_name = "HASH", value_delimiter = ',')]
        receipt: Vec<String>,
    },
    /// Checks everything again, and writes the keys.
    Finish {
        /// Where to.
        #[arg(long, value_name = "FOLDER", default_value = "keys")]
        keys: PathBuf,
    },
    /// Checks everything again, and writes the contract that verifies on L1.
    Verifier {
        /// The Solidity file; the contract is called as it is.
        out: PathBuf,
    },
    /// FOR DEVELOPMENT: writes the keys whose secret everybody knows.
    Development {
        /// `batch-8`, `exits-16` and so on. Batches are by this program's rules, if it has any.
        #[arg(long)]
        circuit: String,
        /// Where to.
        #[arg(long, value_name = "FOLDER", default_value = "keys")]
        keys: PathBuf,
    },
}

impl Setup {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let ruled = context.ruled;
        // Minutes of computing, which the runtime's threads are not for.
        let done = tokio::task::spawn_blocking(move || self.done(ruled)).await??;
        Ok(Some(done))
    }

    fn done(self, ruled: Option<Ruled>) -> Result<Value> {
        let mut folder = CeremonyFolder::new(self.ceremony).with_rules(ruled);
        if let Some(verified) = self.verified.or_else(own_memory) {
            folder = folder.remembering(verified);
        }
        match self.what {
            What::BeginPowers { power } => {
                folder.begin_powers(Power::new(power)?)?;
                Ok(json!({ "ok": true, "power": power }))
            }
            What::ContributePowers => {
                let receipt = folder.contribute_powers(&mut system_rng()?, typed()?.as_str())?;
                Ok(json!({ "ok": true, "receipt": receipt.to_string() }))
            }
            What::ImportPowers { file } => verified(&folder.import_powers(&file)?, &[]),
            What::Begin { circuit } => {
                let circuit = Shape::named(&circuit, ruled)?;
                folder.begin(circuit)?;
                Ok(json!({ "ok": true, "circuit": circuit.to_string() }))
            }
            What::Contribute => {
                let receipt = folder.contribute(&mut system_rng()?, typed()?.as_str())?;
                Ok(json!({ "ok": true, "receipt": receipt.to_string() }))
            }
            What::Verify { all, receipt } => {
                let recheck = if all {
                    Recheck::Everything
                } else {
                    Recheck::WhatChanged
                };
                verified(&folder.verify(recheck)?, &receipt)
            }
            What::Finish { keys } => {
                let made = folder.finish(&keys, own_sums()?)?;
                Ok(json!({ "ok": true, "circuit": made.shape().to_string() }))
            }
            What::Verifier { out } => {
                let (shape, key) = folder.verifying()?;
                let name = out.file_stem().and_then(|stem| stem.to_str());
                let name = name.unwrap_or("Verifier");
                let warning = SetupKind::Ceremony.warning();
                let source = solidity::contract(name, warning, &[(shape, &key)])?;
                std::fs::write(&out, source).map_err(|source| Error::File {
                    path: out.display().to_string(),
                    source,
                })?;
                Ok(json!({ "ok": true, "circuit": shape.to_string(), "contract": name }))
            }
            What::Development { circuit, keys } => {
                eprintln!("{}", SetupKind::Development.warning());
                let circuit = Shape::named(&circuit, ruled)?;
                let made = Keys::development_in(&keys, circuit, own_sums()?)?;
                Ok(json!({ "ok": true, "circuit": made.shape().to_string() }))
            }
        }
    }
}

fn verified(verified: &Verified, receipts: &[String]) -> Result<Value> {
    let circuit = verified.circuit.as_ref();
    let of_circuit = circuit.map_or(&[][..], |(_, transcript)| transcript);
    for receipt in receipts {
        let all = verified.powers.iter().chain(of_circuit);
        if !all
            .map(TranscriptHash::to_string)
            .any(|hash| hash == *receipt)
        {
            return Err(Error::CeremonyFile {
                what: "the transcript",
                got: "without the receipt".to_owned(),
                expected: receipt.chars().take(64).collect(),
            });
        }
    }
    let receipts = |transcript: &[TranscriptHash]| -> Vec<String> {
        let contributions = transcript.iter().skip(1);
        contributions.map(TranscriptHash::to_string).collect()
    };
    Ok(json!({
        "ok": true,
        "power": verified.power.get(),
        "powers": receipts(&verified.powers),
        "circuit": circuit.map(|(shape, _)| shape.to_string()),
        "contributions": receipts(of_circuit),
    }))
}

/// In the user's cache; nowhere for a user without a home.
fn own_memory() -> Option<PathBuf> {
    let named = |variable| std::env::var_os(variable).filter(|folder| !folder.is_empty());
    let cache = named("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(named("HOME")?).join(".cache")));
    Some(cache?.join("assay").join("ceremony"))
}

fn own_sums() -> Result<SumEngine> {
    Ok(SumEngine::Own(Engine::of_process()?))
}

fn system_rng() -> Result<StdRng> {
    StdRng::try_from_rng(&mut rand::rngs::SysRng).map_err(|error| Error::File {
        path: "the system's randomness".to_owned(),
        source: std::io::Error::other(error),
    })
}

/// What a contributor types besides; nothing where nobody sits at a terminal.
fn typed() -> Result<Typed> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(Typed::default());
    }
    eprintln!("Type anything, then Enter:");
    Typed::line(input.lock()).map_err(|source| Error::File {
        path: "the terminal".to_owned(),
        source,
    })
}
