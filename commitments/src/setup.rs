//! The ceremony's output, and the operations on single rows that need only it.

use std::sync::OnceLock;

use c_kzg::{Blob, CkzgError, Error as EngineError, KzgSettings};
use sha2::{Digest, Sha256};
use types::{Cell, Commitment, Row};

use crate::{CommitmentError, Threads};

/// The Ethereum KZG ceremony's output: 4096 points of G1 in Lagrange and monomial form, 65 of G2.
const CEREMONY: &[u8] = include_bytes!("../assets/trusted_setup.txt");

/// SHA-256 of [`CEREMONY`].
const CEREMONY_SHA256: &str = "d39b9f2d047cc9dca2de58f264b6a09448ccd34db967881a6713eacacf0f26b7";

/// Window of the tables for cell proofs, in bits: 8 takes 96 MiB, each more bit twice that; 0
/// means no tables.
const TABLE_WINDOW: u64 = if cfg!(feature = "prove") { 8 } else { 0 };

/// The parameters of the ceremony, checked and ready for use.
#[derive(Debug)]
pub struct Setup {
    pub(crate) engine: KzgSettings,
}

impl Setup {
    /// The set-up of the Ethereum ceremony, loaded on first use and shared by the process.
    ///
    /// # Errors
    /// [`CommitmentError::Engine`] when there is no memory for it.
    pub fn ceremony() -> Result<&'static Self, CommitmentError> {
        static SHARED: OnceLock<Result<Setup, CommitmentError>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::from_bytes(CEREMONY))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Loads the text form of the ceremony, which must be the pinned one byte for byte.
    ///
    /// # Errors
    /// [`CommitmentError::SetupHash`] for any other bytes, [`CommitmentError::Engine`] when there
    /// is no memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CommitmentError> {
        let got = Sha256::digest(bytes)
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        if got != CEREMONY_SHA256 {
            return Err(CommitmentError::SetupHash {
                got,
                expected: CEREMONY_SHA256,
            });
        }
        let text =
            std::str::from_utf8(bytes).map_err(|e| CommitmentError::Engine(e.to_string()))?;
        let engine =
            KzgSettings::parse_kzg_trusted_setup(text, TABLE_WINDOW).map_err(engine_failure)?;
        Ok(Self { engine })
    }

    /// The EIP-4844 commitment of a row.
    ///
    /// # Errors
    /// [`CommitmentError::Engine`] when the engine has no memory.
    pub fn commit(&self, row: &Row) -> Result<Commitment, CommitmentError> {
        let commitment = self
            .engine
            .blob_to_kzg_commitment(&blob(row))
            .map_err(engine_failure)?;
        Ok(Commitment::new(commitment.to_bytes().into_inner()))
    }

    /// The commitments of many rows, in their order.
    ///
    /// # Errors
    /// As [`Setup::commit`].
    pub fn commit_all(
        &self,
        rows: &[Row],
        threads: &Threads,
    ) -> Result<Vec<Commitment>, CommitmentError> {
        threads.map(rows, |row| self.commit(row))
    }

    /// The 128 cells of a row, without proofs.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn extend(&self, row: &Row) -> Result<Vec<Cell>, CommitmentError> {
        Ok(erasure::extend_row(row)?)
    }
}

/// A row in the engine's form.
pub(crate) fn blob(row: &Row) -> Blob {
    Blob::from(*row.as_bytes())
}

/// Whether the engine refused its arguments as malformed, rather than failing itself.
pub(crate) fn is_malformed(error: &EngineError) -> bool {
    matches!(error, EngineError::CError(CkzgError::C_KZG_BADARGS))
}

/// An error that well-formed arguments cannot cause.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
pub(crate) fn engine_failure(error: EngineError) -> CommitmentError {
    CommitmentError::Engine(error.to_string())
}
