//! A ceremony in a folder: `powers.tau`, and a circuit's contributions in `CIRCUIT.phase2`. What
//! is read is verified before anything is added to it.

use super::{
    Ceremony, Circuit, Parameters, Power, Powers, TranscriptHash, UnverifiedCeremony,
    UnverifiedPowers,
};
use crate::{Error, Keys, Result, Shape, SumEngine, VerifyingKey};
use rand::CryptoRng;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// No ceremony's file is longer: the powers of the largest circuit take 1.2 GB.
const MAX_FILE_BYTES: u64 = 2 << 30;

/// What was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Up to which size the powers go.
    pub power: Power,
    /// The powers' transcript: the beginning, then a receipt per contribution.
    pub powers: Vec<TranscriptHash>,
    /// The circuit's, if it has begun.
    pub circuit: Option<(Shape, Vec<TranscriptHash>)>,
}

/// Where a ceremony is kept.
#[derive(Debug)]
pub struct CeremonyFolder {
    path: PathBuf,
    /// The parameters that were computed last, and are not computed again while the powers and the
    /// circuit are the same.
    computed: Mutex<Option<Arc<Parameters>>>,
}

impl CeremonyFolder {
    /// Names a folder; it need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            computed: Mutex::new(None),
        }
    }

    fn powers_file(&self) -> PathBuf {
        self.path.join("powers.tau")
    }

    fn circuit_file(&self, shape: Shape) -> PathBuf {
        self.path.join(format!("{shape}.phase2"))
    }

    /// Begins powers for circuits up to a size.
    ///
    /// # Errors
    /// [`Error::File`], also where there are some already.
    pub fn begin_powers(&self, power: Power) -> Result<()> {
        let powers = Powers::begin(power);
        create(&self.path, &self.powers_file(), &powers.to_bytes())
    }

    /// The powers, verified.
    ///
    /// # Errors
    /// [`Error::File`] and as [`UnverifiedPowers`] has them.
    pub fn powers(&self) -> Result<Powers> {
        UnverifiedPowers::decode(&read(&self.powers_file())?)?.verify()
    }

    /// Adds a contribution to the powers.
    ///
    /// # Errors
    /// As [`Self::powers`] and [`Powers::contribute`]; [`Error::CeremonyFile`] once a circuit has
    /// begun with them.
    pub fn contribute_powers(
        &self,
        rng: &mut impl CryptoRng,
        text: &str,
    ) -> Result<TranscriptHash> {
        if let Some(shape) = self.circuit()? {
            return Err(Error::CeremonyFile {
                what: "the powers",
                got: format!("in use by {shape}"),
                expected: "not yet in use".to_owned(),
            });
        }
        let mut powers = self.powers()?;
        let receipt = powers.contribute(rng, text)?;
        replace(&self.powers_file(), &powers.to_bytes())?;
        Ok(receipt)
    }

    /// Begins a circuit's contributions with the powers.
    ///
    /// # Errors
    /// As [`Self::powers`] and [`Parameters::new`]; [`Error::CeremonyFile`] where one has begun.
    pub fn begin(&self, shape: Shape) -> Result<()> {
        if let Some(begun) = self.circuit()? {
            return Err(Error::CeremonyFile {
                what: "the circuit",
                got: begun.to_string(),
                expected: "none yet".to_owned(),
            });
        }
        let parameters = self.parameters(shape)?;
        let bytes = Ceremony::begin(&parameters).to_bytes();
        create(&self.path, &self.circuit_file(shape), &bytes)
    }

    /// The circuit that has begun, if one has.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::UnknownCircuit`]; [`Error::CeremonyFile`] for several.
    pub fn circuit(&self) -> Result<Option<Shape>> {
        let failed = |error| file_error(&self.path, error);
        let entries = match std::fs::read_dir(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            entries => entries.map_err(failed)?,
        };
        let mut found = None;
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|e| e != "phase2") {
                continue;
            }
            let name = path.file_stem().and_then(|stem| stem.to_str());
            let shape: Shape = name.unwrap_or_default().parse()?;
            if let Some(other) = found.replace(shape) {
                return Err(Error::CeremonyFile {
                    what: "the circuit",
                    got: format!("{shape} and {other}"),
                    expected: "one in a folder".to_owned(),
                });
            }
        }
        Ok(found)
    }

    /// Out of the powers, what the circuit's contributions begin with.
    fn parameters(&self, shape: Shape) -> Result<Arc<Parameters>> {
        let powers = self.powers()?;
        let mut computed = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(computed) = &*computed
            && computed.circuit().name() == shape.to_string()
            && computed.powers == powers.last()
        {
            return Ok(Arc::clone(computed));
        }
        let made = Arc::new(Parameters::new(Circuit::of(shape)?, &powers)?);
        *computed = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Does something with the circuit's contributions once everything is verified, the powers
    /// first.
    fn with_circuit<T>(&self, act: impl FnOnce(Shape, Ceremony<'_>) -> Result<T>) -> Result<T> {
        let shape = self.circuit()?.ok_or_else(|| Error::CeremonyFile {
            what: "the circuit",
            got: "none".to_owned(),
            expected: "one that has begun".to_owned(),
        })?;
        let parameters = self.parameters(shape)?;
        let bytes = read(&self.circuit_file(shape))?;
        act(
            shape,
            UnverifiedCeremony::decode(&bytes, &parameters)?.verify()?,
        )
    }

    /// Adds a contribution to the circuit's.
    ///
    /// # Errors
    /// As [`UnverifiedCeremony`] and [`Ceremony::contribute`]; [`Error::File`].
    pub fn contribute(&self, rng: &mut impl CryptoRng, text: &str) -> Result<TranscriptHash> {
        self.with_circuit(|shape, mut ceremony| {
            let receipt = ceremony.contribute(rng, text)?;
            replace(&self.circuit_file(shape), &ceremony.to_bytes())?;
            Ok(receipt)
        })
    }

    /// Verifies all there is.
    ///
    /// # Errors
    /// As [`UnverifiedPowers`] and [`UnverifiedCeremony`]; [`Error::File`].
    pub fn verify(&self) -> Result<Verified> {
        let powers = self.powers()?;
        let circuit = match self.circuit()? {
            None => None,
            Some(_) => Some(
                self.with_circuit(|shape, ceremony| Ok((shape, ceremony.transcript().to_vec())))?,
            ),
        };
        Ok(Verified {
            power: powers.power(),
            powers: powers.transcript().to_vec(),
            circuit,
        })
    }

    /// Writes the keys as `ceremony-CIRCUIT.keys` into a folder.
    ///
    /// # Errors
    /// As [`Ceremony::finish`].
    pub fn finish(&self, keys: &Path, engine: SumEngine) -> Result<Keys> {
        std::fs::create_dir_all(keys).map_err(|error| file_error(keys, error))?;
        self.with_circuit(|shape, ceremony| {
            ceremony.finish(&keys.join(format!("ceremony-{shape}.keys")), engine)
        })
    }

    /// The key that verifies, for the contract.
    ///
    /// # Errors
    /// As [`Ceremony::verifying`].
    pub fn verifying(&self) -> Result<(Shape, VerifyingKey)> {
        self.with_circuit(|shape, ceremony| Ok((shape, ceremony.verifying()?)))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error| file_error(path, error);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > MAX_FILE_BYTES {
        return Err(Error::CeremonyFile {
            what: "the length",
            got: length.to_string(),
            expected: format!("at most {MAX_FILE_BYTES}"),
        });
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

/// Writes a file that must not be there.
fn create(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
    if path.exists() {
        return Err(file_error(path, std::io::ErrorKind::AlreadyExists.into()));
    }
    replace(path, bytes)
}

/// Writes beside the file and then in its place, so that none is ever half there.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| file_error(path, error);
    let beside = path.with_extension("part");
    let mut file = File::create(&beside).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        source,
    }
}
