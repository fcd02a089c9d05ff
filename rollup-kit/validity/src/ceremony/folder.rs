//! A ceremony in a folder. What is read is verified before anything is added to it.
//!
//! | file | what |
//! |---|---|
//! | `powers.tau` | the first phase |
//! | `CIRCUIT.begin` | what the circuit's contributions begin with |
//! | `CIRCUIT.phase2` | the contributions |
//!
//! `CIRCUIT` is a [`Shape`]'s name, which says a rollup's own rules as well.
//!
//! The first two are large and do not change, so a verification is written down and holds while
//! the files have the same hash: on the machine that verified, and outside of this folder, since
//! nobody has a reason to believe what comes along with it.

use super::disk::{create, file_error, read, refused, replace};
use super::record::{FileHash, Memory, Record};
use super::{
    Beginning, Ceremony, Circuit, Parameters, Power, Powers, TranscriptHash, UnverifiedCeremony,
    UnverifiedParameters, UnverifiedPowers,
};
use crate::gadget::Ruled;
use crate::{Error, Keys, Result, Shape, SumEngine, VerifyingKey};
use rand::CryptoRng;
use std::borrow::Borrow;
use std::path::{Path, PathBuf};

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

/// What is verified of files that have been before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recheck {
    /// All of it.
    Everything,
    /// Nothing while they have the hash that this machine's record names.
    WhatChanged,
}

/// Where a ceremony is kept.
#[derive(Debug)]
pub struct CeremonyFolder {
    path: PathBuf,
    ruled: Option<Ruled>,
    memory: Memory,
}

/// A circuit that has begun.
struct Begun {
    shape: Shape,
    circuit: Circuit,
    record: Record,
}

impl Begun {
    fn new(shape: Shape, record: Record) -> Result<Self> {
        Ok(Self {
            shape,
            circuit: Circuit::of(shape)?,
            record,
        })
    }
}

impl CeremonyFolder {
    /// Names a folder; it need not exist yet. Its circuit is one without rules, and everything is
    /// verified each time.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ruled: None,
            memory: Memory::default(),
        }
    }

    /// Its circuit's batches are by these rules, if there are any, and by no others.
    #[must_use]
    pub const fn with_rules(mut self, ruled: Option<Ruled>) -> Self {
        self.ruled = ruled;
        self
    }

    /// Writes down in this folder what was verified, and believes what is written there: one of
    /// this machine's, whoever has the ceremony's.
    #[must_use]
    pub fn remembering(mut self, folder: impl Into<PathBuf>) -> Self {
        self.memory = Memory::in_folder(folder.into());
        self
    }

    fn powers_file(&self) -> PathBuf {
        self.path.join("powers.tau")
    }

    fn begin_file(&self, shape: Shape) -> PathBuf {
        self.path.join(format!("{shape}.begin"))
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

    /// Takes powers over from a file that somebody published, once they are verified.
    ///
    /// # Errors
    /// [`Error::Refused`] says why they are not right; [`Error::NoContributions`] for powers that
    /// nobody contributed to; [`Error::File`], also where there are some already.
    pub fn import_powers(&self, file: &Path) -> Result<Verified> {
        let bytes = read(file)?;
        let powers = UnverifiedPowers::decode(&bytes).and_then(UnverifiedPowers::verify);
        let powers = refused(file, powers)?;
        if powers.transcript().len() < 2 {
            return Err(Error::NoContributions);
        }
        create(&self.path, &self.powers_file(), &bytes)?;
        self.recorded(&bytes, &powers);
        Ok(Verified {
            power: powers.power(),
            powers: powers.transcript().to_vec(),
            circuit: None,
        })
    }

    /// The powers, verified.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Refused`] as [`UnverifiedPowers`] has it.
    pub fn powers(&self) -> Result<Powers> {
        Ok(self.verified_powers()?.1)
    }

    fn verified_powers(&self) -> Result<(Record, Powers)> {
        let file = self.powers_file();
        let bytes = read(&file)?;
        let powers = UnverifiedPowers::decode(&bytes).and_then(UnverifiedPowers::verify);
        let powers = refused(&file, powers)?;
        Ok((self.recorded(&bytes, &powers), powers))
    }

    /// Writes down that these powers were verified, beside what is known to stand on them.
    fn recorded(&self, bytes: &[u8], powers: &Powers) -> Record {
        let file = FileHash::of(bytes);
        let before = self.memory.recall(&file);
        let record = Record {
            file,
            power: powers.power(),
            powers: powers.transcript().to_vec(),
            parameters: before.map_or_else(Vec::new, |record| record.parameters),
        };
        self.memory.keep(&record);
        record
    }

    /// The record of the powers that are there now; without one they are verified.
    fn record(&self) -> Result<Record> {
        let file = FileHash::of(&read(&self.powers_file())?);
        match self.memory.recall(&file) {
            Some(record) => Ok(record),
            None => Ok(self.verified_powers()?.0),
        }
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
        let bytes = powers.to_bytes();
        replace(&self.powers_file(), &bytes)?;
        self.recorded(&bytes, &powers);
        Ok(receipt)
    }

    /// Begins a circuit's contributions with the powers.
    ///
    /// # Errors
    /// As [`Self::powers`] and [`Parameters::new`]; [`Error::CeremonyFile`] where one has begun;
    /// [`Error::OtherRules`] for a circuit of rules that are not the folder's.
    pub fn begin(&self, shape: Shape) -> Result<()> {
        let name = shape.to_string();
        Shape::named(&name, self.ruled)?.is_called(&name)?;
        if let Some(begun) = self.circuit()? {
            return Err(Error::CeremonyFile {
                what: "the circuit",
                got: begun.to_string(),
                expected: "none yet".to_owned(),
            });
        }
        let (record, powers) = self.verified_powers()?;
        let parameters = Parameters::new(&Circuit::of(shape)?, &powers)?;
        let bytes = parameters.to_bytes();
        // Left by a beginning that was cut short: no contribution stands on it.
        replace(&self.begin_file(shape), &bytes)?;
        self.remember(record, &bytes);
        let bytes = Ceremony::begin(parameters.beginning()).to_bytes();
        create(&self.path, &self.circuit_file(shape), &bytes)
    }

    /// Writes down that these parameters were verified, or made here.
    fn remember(&self, record: Record, parameters: &[u8]) {
        self.memory.keep(&record.with(FileHash::of(parameters)));
    }

    /// The circuit that has begun, if one has.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::UnknownCircuit`]; [`Error::OtherRules`] for one of batches that
    /// are not by the folder's rules; [`Error::CeremonyFile`] for several.
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
            let name = name.unwrap_or_default();
            let shape = Shape::named(name, self.ruled)?;
            shape.is_called(name)?;
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

    /// What the contributions begin with, verified against the powers unless the record says that
    /// it was.
    fn beginning(&self, begun: &Begun) -> Result<Beginning> {
        let file = self.begin_file(begun.shape);
        let bytes = read(&file)?;
        if begun.record.parameters.contains(&FileHash::of(&bytes)) {
            return refused(&file, Beginning::known(&bytes, &begun.circuit));
        }
        let parameters = self.verified_parameters(begun, &bytes, || self.powers())?;
        Ok(parameters.beginning)
    }

    fn verified_parameters<P: Borrow<Powers>>(
        &self,
        begun: &Begun,
        bytes: &[u8],
        powers: impl FnOnce() -> Result<P>,
    ) -> Result<Parameters> {
        let (file, circuit) = (self.begin_file(begun.shape), &begun.circuit);
        // What is damaged is refused before the powers are looked at.
        let read = refused(&file, UnverifiedParameters::decode(bytes, circuit))?;
        let parameters = refused(&file, read.verify(circuit, powers()?.borrow()))?;
        self.remember(begun.record.clone(), bytes);
        Ok(parameters)
    }

    fn contributions<'a>(&self, shape: Shape, beginning: &'a Beginning) -> Result<Ceremony<'a>> {
        let file = self.circuit_file(shape);
        let ceremony = UnverifiedCeremony::decode(&read(&file)?, beginning);
        refused(&file, ceremony.and_then(UnverifiedCeremony::verify))
    }

    /// Adds a contribution to the circuit's. What it stands on is verified first, but for what
    /// this machine remembers.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Refused`] names the file that is wrong and says why, as
    /// [`UnverifiedPowers`], [`UnverifiedParameters`] and [`UnverifiedCeremony`] have it; as
    /// [`Self::circuit`] and [`Ceremony::contribute`].
    pub fn contribute(&self, rng: &mut impl CryptoRng, text: &str) -> Result<TranscriptHash> {
        let shape = self.circuit()?.ok_or_else(|| Error::CeremonyFile {
            what: "the circuit",
            got: "none".to_owned(),
            expected: "one that has begun".to_owned(),
        })?;
        let begun = Begun::new(shape, self.record()?)?;
        let beginning = self.beginning(&begun)?;
        let mut ceremony = self.contributions(begun.shape, &beginning)?;
        let receipt = ceremony.contribute(rng, text)?;
        replace(&self.circuit_file(begun.shape), &ceremony.to_bytes())?;
        Ok(receipt)
    }

    /// Verifies what there is.
    ///
    /// # Errors
    /// As [`Self::contribute`].
    pub fn verify(&self, recheck: Recheck) -> Result<Verified> {
        if recheck == Recheck::Everything {
            return self.rechecked(|verified, _| Ok(verified));
        }
        let shape = self.circuit()?;
        let record = self.record()?;
        let circuit = match shape {
            None => None,
            Some(shape) => {
                let begun = Begun::new(shape, record.clone())?;
                let beginning = self.beginning(&begun)?;
                let ceremony = self.contributions(shape, &beginning)?;
                Some((shape, ceremony.transcript().to_vec()))
            }
        };
        Ok(Verified {
            power: record.power,
            powers: record.powers,
            circuit,
        })
    }

    /// Verifies everything, and then does something with what there is of the circuit.
    fn rechecked<T>(
        &self,
        act: impl FnOnce(Verified, Option<(Shape, Ceremony<'_>, &Parameters)>) -> Result<T>,
    ) -> Result<T> {
        // Another circuit than ours is refused before minutes are spent.
        let shape = self.circuit()?;
        let (record, powers) = self.verified_powers()?;
        let mut verified = Verified {
            power: record.power,
            powers: record.powers.clone(),
            circuit: None,
        };
        let Some(shape) = shape else {
            return act(verified, None);
        };
        let begun = Begun::new(shape, record)?;
        let bytes = read(&self.begin_file(begun.shape))?;
        let parameters = self.verified_parameters(&begun, &bytes, || Ok(&powers))?;
        drop((powers, bytes));
        let ceremony = self.contributions(begun.shape, &parameters.beginning)?;
        verified.circuit = Some((shape, ceremony.transcript().to_vec()));
        act(verified, Some((shape, ceremony, &parameters)))
    }

    /// Verifies everything, and writes the keys as `ceremony-CIRCUIT.keys` into a folder.
    ///
    /// # Errors
    /// As [`Self::contribute`] and [`Ceremony::finish`].
    pub fn finish(&self, keys: &Path, engine: SumEngine) -> Result<Keys> {
        std::fs::create_dir_all(keys).map_err(|error| file_error(keys, error))?;
        self.rechecked(|_, circuit| {
            let (shape, ceremony, parameters) = circuit.ok_or(Error::NoContributions)?;
            let file = keys.join(format!("ceremony-{shape}.keys"));
            ceremony.finish(parameters, shape, &file, engine)
        })
    }

    /// Verifies everything, and gives the key that verifies, for the contract.
    ///
    /// # Errors
    /// As [`Self::contribute`] and [`Ceremony::verifying`].
    pub fn verifying(&self) -> Result<(Shape, VerifyingKey)> {
        self.rechecked(|_, circuit| {
            let (shape, ceremony, parameters) = circuit.ok_or(Error::NoContributions)?;
            Ok((shape, ceremony.verifying(parameters)?))
        })
    }
}
