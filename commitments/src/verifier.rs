//! What verification needs of the ceremony, and no more.

use std::sync::OnceLock;

use algebra::{Domain, Engine, Fr, G1Affine, G2_BYTES, G2Affine, G2Prepared, bit_reverse};
use erasure::cell_unshifts;
use sha2::{Digest, Sha256};
use types::limits::{CELL_ELEMENTS, COLUMNS, POINT_BYTES};

use crate::CommitmentError;
use crate::openings::Openings;

/// Of the Ethereum KZG ceremony's output: [1]₁ … [τ⁶³]₁, then [1]₂, [τ]₂ and [τ⁶⁴]₂, compressed.
const EXTRACT: &[u8] = include_bytes!("../assets/verifier.bin");

/// SHA-256 of [`EXTRACT`].
const EXTRACT_SHA256: &str = "215aa16eb4eed21cf00701c06f66aab8e873af212ee3d79907c33278fa990d8a";

/// Refuses bytes that are not the pinned ones.
pub(crate) fn check_hash(bytes: &[u8], expected: &'static str) -> Result<(), CommitmentError> {
    let got = Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    if got == expected {
        Ok(())
    } else {
        Err(CommitmentError::SetupHash { got, expected })
    }
}

/// Verifies cells and openings. Ready in milliseconds: no tables, and 3 KiB of the ceremony.
#[derive(Debug)]
pub struct Verifier {
    pub(crate) engine: Engine,
    /// [1]₁ … [τ⁶³]₁, which commit to what a cell's elements interpolate to.
    pub(crate) powers: Vec<G1Affine>,
    /// [1]₂.
    pub(crate) one: G2Prepared,
    /// [τ]₂.
    pub(crate) tau: G2Prepared,
    /// [τ⁶⁴]₂.
    pub(crate) tau_to_cell: G2Prepared,
    pub(crate) cosets: Cosets,
    pub(crate) openings: Openings,
}

impl Verifier {
    /// The verifier of the Ethereum ceremony on the process's engine, made on first use and
    /// shared by the process.
    ///
    /// # Errors
    /// [`CommitmentError::Algebra`] when the engine that the process names is not to be had.
    pub fn ceremony() -> Result<&'static Self, CommitmentError> {
        static SHARED: OnceLock<Result<Verifier, CommitmentError>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::new(EXTRACT, Engine::of_process()?))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The verifier of the Ethereum ceremony on this engine.
    ///
    /// # Errors
    /// None for the extract that this program carries.
    pub fn on(engine: Engine) -> Result<Self, CommitmentError> {
        Self::new(EXTRACT, engine)
    }

    /// Loads the extract of the ceremony, which must be the pinned one byte for byte.
    ///
    /// # Errors
    /// [`CommitmentError::SetupHash`] for any other bytes.
    pub fn new(extract: &[u8], engine: Engine) -> Result<Self, CommitmentError> {
        check_hash(extract, EXTRACT_SHA256)?;
        let (g1, g2) = extract.split_at(CELL_ELEMENTS * POINT_BYTES);
        Self::from_points(g1.as_chunks().0, g2.as_chunks().0, engine)
    }

    /// From bytes whose hash was checked: 64 powers in G1; [1]₂, [τ]₂ and [τ⁶⁴]₂.
    pub(crate) fn from_points(
        g1: &[[u8; POINT_BYTES]],
        g2: &[[u8; G2_BYTES]],
        engine: Engine,
    ) -> Result<Self, CommitmentError> {
        let [one, tau, tau_to_cell] = g2 else {
            return Err(CommitmentError::SetupShape {
                what: "points of G2",
                got: g2.len(),
                expected: 3,
            });
        };
        let prepare = |bytes| -> Result<_, CommitmentError> {
            Ok(G2Prepared::new(&G2Affine::from_compressed(bytes)?))
        };
        Ok(Self {
            engine,
            powers: engine
                .read_points(g1)
                .into_iter()
                .collect::<Result<_, _>>()?,
            one: prepare(one)?,
            tau: prepare(tau)?,
            tau_to_cell: prepare(tau_to_cell)?,
            cosets: Cosets::new()?,
            openings: Openings::new()?,
        })
    }

    /// The engine that does its arithmetic.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }
}

/// Where cells stand: the elements of cell k are values on the coset hₖ·⟨ω₆₄⟩ with
/// hₖ = ω₈₁₉₂^brp(k), in bit-reversed order (EIP-7594).
#[derive(Debug)]
pub(crate) struct Cosets {
    /// ⟨ω₆₄⟩.
    pub(crate) domain: Domain,
    /// For each cell, hₖ⁰, hₖ⁻¹ … hₖ⁻⁶³.
    unshift: &'static [Fr],
    /// For each cell, hₖ⁶⁴: what X⁶⁴ is on its coset.
    heights: Vec<Fr>,
}

impl Cosets {
    fn new() -> Result<Self, CommitmentError> {
        // ω₈₁₉₂⁶⁴ is ω₁₂₈.
        let across = Domain::new(COLUMNS)?;
        let exponent = |cell| bit_reverse(cell, COLUMNS.trailing_zeros());
        let heights = (0..COLUMNS)
            .map(|cell| across.point(exponent(cell)))
            .collect();
        Ok(Self {
            domain: Domain::new(CELL_ELEMENTS)?,
            unshift: cell_unshifts(),
            heights,
        })
    }

    /// hₖ⁰ … hₖ⁻⁶³ of the cell of a column.
    pub(crate) fn unshift(&self, column: usize) -> &[Fr] {
        &self.unshift[column * CELL_ELEMENTS..][..CELL_ELEMENTS]
    }

    /// hₖ⁶⁴ of the cell of a column.
    pub(crate) fn height(&self, column: usize) -> Fr {
        self.heights[column]
    }
}
