//! Keys of a circuit, and the set-up that makes them.

mod file;

use crate::gadget::Ruled;
use crate::sums::{Bases, SumEngine};
use crate::{Error, Result, Shape};
use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_groth16::{Groth16, ProvingKey};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use std::path::Path;

const DEVELOPMENT_SEED: &[u8] = b"assay/development-setup/v1";
const HASH_BYTES: usize = 32;

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
        path: &Path,
        shape: Shape,
        key: ProvingKey<Bls12_381>,
        engine: SumEngine,
    ) -> Result<Self> {
        file::write(path, shape, SetupKind::Ceremony, &key)?;
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
        let path = folder.join(format!("development-{shape}.keys"));
        if path.exists() {
            match Self::read(&path, shape, engine) {
                // Of another format, or damaged: everybody can make them again.
                Err(Error::Keys { .. }) => {}
                read => return read,
            }
        }
        let key = generated(shape, development_seed(shape))?;
        std::fs::create_dir_all(folder).map_err(|e| file_error(folder, e))?;
        file::write(&path, shape, SetupKind::Development, &key)?;
        Self::taken(shape, SetupKind::Development, key, engine)
    }

    /// Reads keys from a file, against its checksum. That they are right nobody sees: a checksum
    /// says that the file is whole.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Keys`] when it is damaged or another circuit's.
    pub fn read(path: &Path, shape: impl Into<Shape>, engine: SumEngine) -> Result<Self> {
        file::read(path, shape.into(), engine)
    }

    /// Reads what verifies out of a file of keys, against its checksum; with the circuit that it
    /// is of, and whom one has to trust. A circuit of rules is known to those who have the rules.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Keys`] when it is damaged.
    pub fn read_verifying(
        path: &Path,
        ruled: Option<Ruled>,
    ) -> Result<(Shape, SetupKind, VerifyingKey)> {
        file::read_verifying(path, ruled)
    }
}

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        source,
    }
}
