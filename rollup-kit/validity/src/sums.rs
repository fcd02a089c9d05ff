//! Sums of multiples of a key's points: arkworks', or the project's own.

use crate::{Error, Result};
use algebra::{Engine, G1_BYTES};
use ark_bls12_381::{G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, PrimeField, Zero};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ledger::{Fr, scalar_bytes};
use rayon::prelude::*;

/// Terms that one thread sums at a time.
const SHARE: usize = 1 << 14;

/// Who computes the sums over G1. Both give the same points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumEngine {
    /// arkworks.
    Arkworks,
    /// The project's.
    Own(Engine),
}

impl SumEngine {
    /// A name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Arkworks => "arkworks",
            Self::Own(engine) => engine.name(),
        }
    }
}

/// Points of a key, as an engine wants them.
#[derive(Debug, Clone)]
pub(crate) enum Bases {
    Arkworks(Vec<G1Affine>),
    Own(Engine, Vec<algebra::G1Affine>),
}

impl Bases {
    /// Takes the points over. The project's engine takes compressed bytes alone, and checks every
    /// point.
    pub(crate) fn new(engine: SumEngine, points: Vec<G1Affine>) -> Result<Self> {
        let SumEngine::Own(own) = engine else {
            return Ok(Self::Arkworks(points));
        };
        let bytes: Vec<[u8; G1_BYTES]> = points.par_iter().map(compressed).collect();
        Ok(Self::Own(own, read(own, &bytes)?))
    }

    /// Reads compressed points.
    pub(crate) fn read(engine: SumEngine, bytes: &[u8]) -> Result<Self> {
        let (points, _) = bytes.as_chunks::<G1_BYTES>();
        let SumEngine::Own(own) = engine else {
            let points: Result<Vec<G1Affine>> = points
                .par_iter()
                .map(|bytes| Ok(decompressed(bytes)?.into_affine()))
                .collect();
            return Ok(Self::Arkworks(points?));
        };
        Ok(Self::Own(own, read(own, points)?))
    }

    /// Σ scalarsᵢ·pointsᵢ over as many terms as both have.
    pub(crate) fn sum(&self, scalars: &[Fr]) -> Result<G1Projective> {
        match self {
            Self::Arkworks(points) => {
                let integers: Vec<_> = scalars.par_iter().map(|s| s.into_bigint()).collect();
                Ok(G1Projective::msm_bigint(points, &integers))
            }
            Self::Own(engine, points) => own_sum(*engine, points, scalars),
        }
    }
}

/// Each point is checked.
fn read(engine: Engine, bytes: &[[u8; G1_BYTES]]) -> Result<Vec<algebra::G1Affine>> {
    let shares: Result<Vec<Vec<algebra::G1Affine>>> = bytes
        .par_chunks(SHARE)
        .map(|bytes| {
            let points = engine.read_points(bytes).into_iter();
            let points: std::result::Result<_, _> = points.collect();
            points.map_err(Error::from)
        })
        .collect();
    Ok(shares?.concat())
}

fn own_sum(engine: Engine, points: &[algebra::G1Affine], scalars: &[Fr]) -> Result<G1Projective> {
    // Half of a witness is bits: zeros cost nothing, and ones an addition.
    let shares: Result<Vec<G1Projective>> = points
        .par_chunks(SHARE)
        .zip(scalars.par_chunks(SHARE))
        .map(|(points, scalars)| {
            let terms = points.iter().zip(scalars).filter(|(_, s)| !s.is_zero());
            let (points, scalars): (Vec<_>, Vec<[u8; 32]>) =
                terms.map(|(p, s)| (*p, scalar_bytes(*s))).unzip();
            let scalars = engine.read_scalars(scalars.as_flattened())?;
            decompressed(&engine.msm(&points, &scalars)?.to_compressed())
        })
        .collect();
    Ok(shares?.into_iter().fold(G1Projective::ZERO, |a, b| a + b))
}

fn compressed(point: &G1Affine) -> [u8; G1_BYTES] {
    let mut bytes = [0; G1_BYTES];
    // The buffer is as long as the encoding, so nothing can fail.
    let written = point.serialize_compressed(&mut bytes[..]);
    debug_assert!(written.is_ok());
    bytes
}

fn decompressed(bytes: &[u8; G1_BYTES]) -> Result<G1Projective> {
    let point = G1Affine::deserialize_compressed_unchecked(&bytes[..]);
    let point = point.map_err(|_| Error::Encoding {
        what: "a sum",
        got: bytes.len(),
        expected: G1_BYTES,
    })?;
    Ok(point.into_group())
}
