//! Keys of a circuit, and the set-up that makes them.

use crate::gadget::Ruled;
use crate::sums::{Bases, SumEngine};
use crate::{Error, Result, Shape};
use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_groth16::{Groth16, ProvingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
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
    /// Made by a ceremony: as good as the most honest of its contributors, in both phases.
    Ceremony,
}

impl SetupKind {
    const fn number(self) -> u64 {
        match self {
            Self::Development => 1,
            Self::SingleParty => 2,
            Self::Ceremony => 3,
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
            Self::Ceremony => {
                "CEREMONY KEYS: sound while one contributor of each phase forgot its secret."
            }
        }
    }
}

/// What verifies.
pub type VerifyingKey = ark_groth16::VerifyingKey<Bls12_381>;

/// The keys of one circuit.
#[derive(Debug, Clone)]
pub struct Keys {
    pub(crate) shape: Shape,
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

/// What everybody knows.
fn development_seed(shape: Shape) -> [u8; HASH_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(DEVELOPMENT_SEED);
    hasher.update(shape.number().to_be_bytes());
    hasher.finalize().into()
}

fn generated(shape: Shape, seed: [u8; HASH_BYTES]) -> Result<ProvingKey<Bls12_381>> {
    let mut rng = StdRng::from_seed(seed);
    let circuit = shape.empty()?;
    Ok(Groth16::<Bls12_381>::generate_random_parameters_with_reduction(circuit, &mut rng)?)
}

impl Keys {
    /// FOR DEVELOPMENT: the keys that everybody can make, with the secret that everybody knows.
    ///
    /// # Errors
    /// When the circuit cannot be built.
    pub fn development(shape: impl Into<Shape>, engine: SumEngine) -> Result<Self> {
        let shape = shape.into();
        let key = generated(shape, development_seed(shape))?;
        Self::taken(shape, SetupKind::Development, key, engine)
    }

    /// FOR TESTS OF ONE'S OWN: keys from this machine's randomness, which is thrown away.
    ///
    /// # Errors
    /// When the circuit cannot be built.
    pub fn single_party(
        shape: impl Into<Shape>,
        engine: SumEngine,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let shape = shape.into();
        let mut seed = [0; HASH_BYTES];
        rng.fill_bytes(&mut seed);
        let key = generated(shape, seed)?;
        Self::taken(shape, SetupKind::SingleParty, key, engine)
    }

    fn taken(
        shape: Shape,
        kind: SetupKind,
        key: ProvingKey<Bls12_381>,
        engine: SumEngine,
    ) -> Result<Self> {
        Ok(Self {
            shape,
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

    /// What a ceremony made, kept in a file.
    pub(crate) fn of_ceremony(
        file: &Path,
        shape: Shape,
        key: ProvingKey<Bls12_381>,
        engine: SumEngine,
    ) -> Result<Self> {
        write(file, shape, SetupKind::Ceremony, &key)?;
        Self::taken(shape, SetupKind::Ceremony, key, engine)
    }

    /// Which circuit's.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
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
    pub fn development_in(
        folder: &Path,
        shape: impl Into<Shape>,
        engine: SumEngine,
    ) -> Result<Self> {
        let shape = shape.into();
        let file = folder.join(format!("development-{shape}.keys"));
        if file.exists() {
            return Self::read(&file, shape, engine);
        }
        let key = generated(shape, development_seed(shape))?;
        std::fs::create_dir_all(folder).map_err(|e| file_error(folder, e))?;
        write(&file, shape, SetupKind::Development, &key)?;
        Self::taken(shape, SetupKind::Development, key, engine)
    }

    /// Reads keys from a file, against its checksum. The points of one that somebody else made are
    /// not checked: a checksum says that it is whole, not that it is right.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Keys`] when it is damaged or another circuit's.
    pub fn read(file: &Path, shape: impl Into<Shape>, engine: SumEngine) -> Result<Self> {
        let shape = shape.into();
        let opened = Opened::new(file)?;
        if opened.number != shape.number() {
            let [got, expected] = [opened.number, shape.number()].map(|n| n.to_string());
            return Err(differs("the circuit", got, expected));
        }
        let kind = opened.kind;
        let key = ProvingKey::deserialize_uncompressed_unchecked(opened.whole(file)?);
        let key = key.map_err(|_| undecodable(file))?;
        Self::taken(shape, kind, key, engine)
    }

    /// Reads what verifies out of a file of keys, against its checksum; with the circuit that it
    /// is of, and whom one has to trust. A circuit of rules is known to those who have the rules.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Keys`] when it is damaged.
    pub fn read_verifying(
        file: &Path,
        ruled: Option<Ruled>,
    ) -> Result<(Shape, SetupKind, VerifyingKey)> {
        let opened = Opened::new(file)?;
        let (shape, kind) = (Shape::of_number(opened.number, ruled)?, opened.kind);
        // A proving key begins with what verifies.
        let key = VerifyingKey::deserialize_uncompressed(opened.whole(file)?);
        Ok((shape, kind, key.map_err(|_| undecodable(file))?))
    }
}

fn undecodable(file: &Path) -> Error {
    file_error(file, std::io::Error::other("no keys in it"))
}

/// A file of keys behind its head.
struct Opened {
    reader: BufReader<File>,
    /// Of the circuit.
    number: u64,
    kind: SetupKind,
    checksum: [u8; HASH_BYTES],
}

impl Opened {
    fn new(file: &Path) -> Result<Self> {
        let failed = |error| file_error(file, error);
        let mut reader = BufReader::new(File::open(file).map_err(failed)?);
        let mut head = [0; HEAD_BYTES];
        reader.read_exact(&mut head).map_err(failed)?;
        let number = |at: usize| {
            let bytes = head[at..at + 8].iter();
            bytes.fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        if head[..8] != MAGIC[..] {
            let [got, expected] = [&head[..8], MAGIC].map(hex::encode);
            return Err(differs("the format", got, expected));
        }
        let kinds = [
            SetupKind::Development,
            SetupKind::SingleParty,
            SetupKind::Ceremony,
        ];
        let kind = kinds.into_iter().find(|kind| kind.number() == number(16));
        let unknown = || differs("the kind", number(16).to_string(), "1 to 3".to_owned());
        let mut checksum = [0; HASH_BYTES];
        checksum.copy_from_slice(&head[HEAD_BYTES - HASH_BYTES..]);
        Ok(Self {
            number: number(8),
            kind: kind.ok_or_else(unknown)?,
            reader,
            checksum,
        })
    }

    /// Behind the head again, once the checksum is found right: nothing is decoded of a file that
    /// is not whole.
    fn whole(mut self, file: &Path) -> Result<BufReader<File>> {
        let failed = |error| file_error(file, error);
        let mut hashing = Hashing::new(std::io::sink());
        std::io::copy(&mut self.reader, &mut hashing).map_err(failed)?;
        let got = hashing.finish();
        if got != self.checksum {
            let [got, expected] = [got, self.checksum].map(hex::encode);
            return Err(differs("the checksum", got, expected));
        }
        let start = SeekFrom::Start(HEAD_BYTES as u64);
        self.reader.seek(start).map_err(failed)?;
        Ok(self.reader)
    }
}

const fn differs(what: &'static str, got: String, expected: String) -> Error {
    Error::Keys {
        what,
        got,
        expected,
    }
}

/// Writes keys beside the file and then in its place, so that none is ever half there.
fn write(file: &Path, shape: Shape, kind: SetupKind, key: &ProvingKey<Bls12_381>) -> Result<()> {
    let failed = |error| file_error(file, error);
    let unwritten = |_| failed(std::io::Error::other("the keys could not be encoded"));
    let mut hashing = Hashing::new(std::io::sink());
    key.serialize_uncompressed(&mut hashing)
        .map_err(unwritten)?;
    let beside = file.with_extension("part");
    let mut writer = BufWriter::new(File::create(&beside).map_err(failed)?);
    let mut head = MAGIC.to_vec();
    head.extend(shape.number().to_be_bytes());
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
