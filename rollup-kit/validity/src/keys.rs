//! Keys of a circuit, and the set-up that makes them.

use crate::sums::{Bases, SumEngine};
use crate::{BatchCircuit, BatchNumber, Error, OnL1Part, Result, Statement, Terms};
use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_groth16::{Groth16, ProvingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use ledger::{Address, Amount, Batch, BatchSize, RollupDomain, State};
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

const DEVELOPMENT_SEED: &[u8] = b"assay/development-setup/v1";
const MAGIC: &[u8; 8] = b"assayk01";
const HASH_BYTES: usize = 32;
const HEAD_BYTES: usize = 8 + 8 + 8 + HASH_BYTES;

/// Whom one has to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupKind {
    /// FOR DEVELOPMENT: made from a seed that everybody knows, so everybody can prove whatever it
    /// wants. Reproducible, so that tests and committed contracts agree.
    Development,
    /// FOR TESTS OF ONE'S OWN: made from randomness that this machine threw away. Whoever kept it
    /// can prove whatever it wants.
    SingleParty,
}

impl SetupKind {
    const fn number(self) -> u64 {
        match self {
            Self::Development => 1,
            Self::SingleParty => 2,
        }
    }

    /// What to tell whoever is about to rely on it.
    #[must_use]
    pub const fn warning(self) -> &'static str {
        match self {
            Self::Development => {
                "DEVELOPMENT KEYS: their secret is public. Anybody can forge proofs. \
                 Hold no value behind them."
            }
            Self::SingleParty => {
                "SINGLE-PARTY KEYS: whoever made them can forge proofs. Hold no value behind them \
                 that is not its own."
            }
        }
    }
}

/// What verifies.
pub type VerifyingKey = ark_groth16::VerifyingKey<Bls12_381>;

/// The keys of the circuit for batches of one size.
#[derive(Debug, Clone)]
pub struct Keys {
    pub(crate) size: BatchSize,
    pub(crate) kind: SetupKind,
    pub(crate) verifying: VerifyingKey,
    pub(crate) beta: G1Affine,
    pub(crate) delta: G1Affine,
    pub(crate) a: Bases,
    pub(crate) b: Bases,
    pub(crate) b_g2: Vec<G2Affine>,
    pub(crate) h: Bases,
    pub(crate) l: Bases,
}

/// The circuit of a batch in which nothing happens: any other has the same constraints.
fn empty_circuit(size: BatchSize) -> Result<BatchCircuit> {
    let mut state = State::new(RollupDomain::of(0, Address::ZERO));
    let batch = Batch::new(&mut state, size, Amount::new(1)).finish()?;
    let terms = Terms {
        chain_id: 0,
        contract: Address::ZERO,
        number: BatchNumber::new(1),
        on_queue: Vec::new(),
        off_queue: Vec::new(),
        on_row: OnL1Part::Calldata,
        off_row: None,
    };
    let statement = Statement::new(&batch, &terms)?;
    Ok(BatchCircuit::new(&batch, &statement))
}

/// What everybody knows.
fn development_seed(size: BatchSize) -> [u8; HASH_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(DEVELOPMENT_SEED);
    hasher.update((size.operations() as u64).to_be_bytes());
    hasher.finalize().into()
}

fn generated(size: BatchSize, seed: [u8; HASH_BYTES]) -> Result<ProvingKey<Bls12_381>> {
    let mut rng = StdRng::from_seed(seed);
    let circuit = empty_circuit(size)?;
    Ok(Groth16::<Bls12_381>::generate_random_parameters_with_reduction(circuit, &mut rng)?)
}

impl Keys {
    /// FOR DEVELOPMENT: the keys that everybody can make, with the secret that everybody knows.
    ///
    /// # Errors
    /// When the circuit cannot be built.
    pub fn development(size: BatchSize, engine: SumEngine) -> Result<Self> {
        let key = generated(size, development_seed(size))?;
        Self::taken(size, SetupKind::Development, key, engine)
    }

    /// FOR TESTS OF ONE'S OWN: keys from this machine's randomness, which is thrown away.
    ///
    /// # Errors
    /// When the circuit cannot be built.
    pub fn single_party(
        size: BatchSize,
        engine: SumEngine,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let mut seed = [0; HASH_BYTES];
        rng.fill_bytes(&mut seed);
        let key = generated(size, seed)?;
        Self::taken(size, SetupKind::SingleParty, key, engine)
    }

    fn taken(
        size: BatchSize,
        kind: SetupKind,
        key: ProvingKey<Bls12_381>,
        engine: SumEngine,
    ) -> Result<Self> {
        Ok(Self {
            size,
            kind,
            beta: key.beta_g1,
            delta: key.delta_g1,
            a: Bases::new(engine, key.a_query)?,
            b: Bases::new(engine, key.b_g1_query)?,
            b_g2: key.b_g2_query,
            h: Bases::new(engine, key.h_query)?,
            l: Bases::new(engine, key.l_query)?,
            verifying: key.vk,
        })
    }

    /// For batches of which size.
    #[must_use]
    pub const fn size(&self) -> BatchSize {
        self.size
    }

    /// Whom one has to trust.
    #[must_use]
    pub const fn kind(&self) -> SetupKind {
        self.kind
    }

    /// What verifies.
    #[must_use]
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The development keys out of a folder, made and kept there when they are not yet.
    ///
    /// # Errors
    /// As [`Self::read`], [`Self::development`], or when the file cannot be written.
    pub fn development_in(folder: &Path, size: BatchSize, engine: SumEngine) -> Result<Self> {
        let name = format!("development-{}.keys", size.operations());
        let file = folder.join(name);
        if file.exists() {
            return Self::read(&file, size, engine);
        }
        let key = generated(size, development_seed(size))?;
        std::fs::create_dir_all(folder).map_err(|e| file_error(folder, e))?;
        write(&file, size, SetupKind::Development, &key)?;
        Self::taken(size, SetupKind::Development, key, engine)
    }

    /// Reads keys from a file, against its checksum. The points of one that somebody else made are
    /// not checked: a checksum says that it is whole, not that it is right.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Keys`] when it is damaged or of another size.
    pub fn read(file: &Path, size: BatchSize, engine: SumEngine) -> Result<Self> {
        let failed = |error| file_error(file, error);
        let mut reader = BufReader::new(File::open(file).map_err(failed)?);
        let mut head = [0; HEAD_BYTES];
        reader.read_exact(&mut head).map_err(failed)?;
        let number = |at: usize| {
            let bytes = head[at..at + 8].iter();
            bytes.fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let differs = |what, got: String, expected: String| Error::Keys {
            what,
            got,
            expected,
        };
        if head[..8] != MAGIC[..] {
            let [got, expected] = [&head[..8], MAGIC].map(hex::encode);
            return Err(differs("the format", got, expected));
        }
        if number(8) != size.operations() as u64 {
            let expected = size.operations().to_string();
            return Err(differs("the size", number(8).to_string(), expected));
        }
        let kinds = [SetupKind::Development, SetupKind::SingleParty];
        let kind = kinds.into_iter().find(|kind| kind.number() == number(16));
        let unknown = || differs("the kind", number(16).to_string(), "1 or 2".to_owned());
        let kind = kind.ok_or_else(unknown)?;

        // Nothing is decoded of a file that is not whole.
        let mut hashing = Hashing::new(std::io::sink());
        std::io::copy(&mut reader, &mut hashing).map_err(failed)?;
        let got = hashing.finish();
        let expected = &head[HEAD_BYTES - HASH_BYTES..];
        if got != expected {
            let [got, expected] = [&got[..], expected].map(hex::encode);
            return Err(differs("the checksum", got, expected));
        }
        reader
            .seek(SeekFrom::Start(HEAD_BYTES as u64))
            .map_err(failed)?;
        let key = ProvingKey::<Bls12_381>::deserialize_uncompressed_unchecked(&mut reader);
        let undecodable = |_| failed(std::io::Error::other("no keys in it"));
        let key = key.map_err(undecodable)?;
        Self::taken(size, kind, key, engine)
    }
}

/// Writes keys beside the file and then in its place, so that none is ever half there.
fn write(file: &Path, size: BatchSize, kind: SetupKind, key: &ProvingKey<Bls12_381>) -> Result<()> {
    let failed = |error| file_error(file, error);
    let unwritten = |_| failed(std::io::Error::other("the keys could not be encoded"));
    let mut hashing = Hashing::new(std::io::sink());
    key.serialize_uncompressed(&mut hashing)
        .map_err(unwritten)?;
    let beside = file.with_extension("part");
    let mut writer = BufWriter::new(File::create(&beside).map_err(failed)?);
    let mut head = MAGIC.to_vec();
    head.extend((size.operations() as u64).to_be_bytes());
    head.extend(kind.number().to_be_bytes());
    head.extend(hashing.finish());
    writer.write_all(&head).map_err(failed)?;
    key.serialize_uncompressed(&mut writer).map_err(unwritten)?;
    let written = writer.into_inner().map_err(|e| failed(e.into_error()))?;
    written.sync_all().map_err(failed)?;
    std::fs::rename(&beside, file).map_err(failed)
}

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        source,
    }
}

/// Hashes what passes through.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            hasher: Sha256::new(),
        }
    }

    fn finish(self) -> [u8; HASH_BYTES] {
        self.hasher.finalize().into()
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
