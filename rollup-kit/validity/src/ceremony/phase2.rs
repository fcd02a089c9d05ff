//! The second phase: one circuit's δ.

use super::file::{
    G1_BYTES, G2_BYTES, HASH_BYTES, Reader, differs, g1_bytes, g2_bytes, sealed, unsealed,
};
use super::parameters::NAME_BYTES;
use super::secret::secrets;
use super::share::Share;
use super::{MAX_CONTRIBUTIONS, Parameters, TranscriptHash, coefficients, same_product, sum_g1};
use crate::{Error, Fr, Keys, Result, Shape, SumEngine, VerifyingKey};
use ark_bls12_381::{Bls12_381, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use ark_groth16::ProvingKey;
use rand::CryptoRng;
use rayon::prelude::*;
use std::path::Path;

const MAGIC: &[u8; 8] = b"assayc02";

/// A circuit's contributions, all of them right.
#[derive(Debug, Clone)]
pub struct Ceremony<'a> {
    parameters: &'a Parameters,
    state: State,
}

/// What contributions change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    contributions: Vec<Share>,
    transcript: Vec<TranscriptHash>,
    delta_g2: G2Affine,
    h: Vec<G1Affine>,
    l: Vec<G1Affine>,
}

/// Contributions as somebody sent them.
#[derive(Debug, Clone)]
pub struct UnverifiedCeremony<'a> {
    parameters: &'a Parameters,
    state: State,
    checksum: [u8; HASH_BYTES],
}

impl State {
    fn delta(&self) -> G1Affine {
        let last = self.contributions.last();
        last.map_or(G1Affine::generator(), |share| share.after)
    }

    fn push(&mut self, share: Share) -> TranscriptHash {
        // There is always the first.
        let at = self.transcript[self.transcript.len() - 1];
        let after = at.after(&share.bytes());
        self.contributions.push(share);
        self.transcript.push(after);
        after
    }
}

impl<'a> Ceremony<'a> {
    /// Before any contribution.
    #[must_use]
    pub fn begin(parameters: &'a Parameters) -> Self {
        Self {
            parameters,
            state: State {
                contributions: Vec::new(),
                transcript: vec![parameters.begun],
                delta_g2: G2Affine::generator(),
                h: parameters.h.clone(),
                l: parameters.l.clone(),
            },
        }
    }

    /// The transcript's hash at the beginning and after every contribution.
    #[must_use]
    pub fn transcript(&self) -> &[TranscriptHash] {
        &self.state.transcript
    }

    /// Multiplies δ by a secret of this machine and of the text, and forgets it. The hash is the
    /// contributor's receipt.
    ///
    /// # Errors
    /// [`Error::Encoding`] for too long a text; [`Error::TooManyContributions`].
    pub fn contribute(&mut self, rng: &mut impl CryptoRng, text: &str) -> Result<TranscriptHash> {
        let state = &mut self.state;
        if state.contributions.len() >= MAX_CONTRIBUTIONS {
            return Err(Error::TooManyContributions {
                max: MAX_CONTRIBUTIONS,
            });
        }
        let secrets = secrets::<1>(rng, text)?;
        let [secret] = &*secrets;
        // Zero has no inverse, and is not drawn.
        let inverse = zeroize::Zeroizing::new(secret.inverse().unwrap_or_default());
        let at = state.transcript[state.transcript.len() - 1];
        let share = Share::new(&state.delta(), secret, &at, 0);
        state.delta_g2 = (state.delta_g2 * secret).into_affine();
        multiply(&mut state.h, &inverse);
        multiply(&mut state.l, &inverse);
        Ok(state.push(share))
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let circuit = &self.parameters.circuit;
        let mut body = circuit.name_bytes().to_vec();
        body.extend(circuit.hash());
        body.extend(self.parameters.powers.as_bytes());
        let count = u32::try_from(self.state.contributions.len()).unwrap_or(u32::MAX);
        body.extend(count.to_be_bytes());
        for share in &self.state.contributions {
            body.extend(share.bytes());
        }
        body.extend(g2_bytes(&self.state.delta_g2));
        for points in [&self.state.h, &self.state.l] {
            body.extend(points.iter().flat_map(g1_bytes));
        }
        sealed(MAGIC, &body)
    }

    /// The key that verifies.
    ///
    /// # Errors
    /// [`Error::NoContributions`] while everybody knows δ.
    pub fn verifying(&self) -> Result<VerifyingKey> {
        if self.state.contributions.is_empty() {
            return Err(Error::NoContributions);
        }
        Ok(VerifyingKey {
            alpha_g1: self.parameters.alpha,
            beta_g2: self.parameters.beta_g2,
            gamma_g2: G2Affine::generator(),
            delta_g2: self.state.delta_g2,
            gamma_abc_g1: self.parameters.public.clone(),
        })
    }

    /// The keys, also in a file as [`Keys::read`] takes it.
    ///
    /// # Errors
    /// [`Error::NoContributions`]; [`Error::UnknownCircuit`] for none of the project's circuits;
    /// [`Error::File`].
    pub fn finish(&self, file: &Path, engine: SumEngine) -> Result<Keys> {
        let shape: Shape = self.parameters.circuit.name().parse()?;
        Keys::of_ceremony(file, shape, self.proving()?, engine)
    }

    pub(super) fn proving(&self) -> Result<ProvingKey<Bls12_381>> {
        let parameters = self.parameters;
        Ok(ProvingKey {
            vk: self.verifying()?,
            beta_g1: parameters.beta,
            delta_g1: self.state.delta(),
            a_query: parameters.a.clone(),
            b_g1_query: parameters.b.clone(),
            b_g2_query: parameters.b_g2.clone(),
            h_query: self.state.h.clone(),
            l_query: self.state.l.clone(),
        })
    }
}

fn multiply(points: &mut [G1Affine], factor: &Fr) {
    points.par_chunks_mut(1 << 10).for_each(|points| {
        let multiples: Vec<G1Projective> = points.iter().map(|p| *p * factor).collect();
        points.copy_from_slice(&G1Projective::normalize_batch(&multiples));
    });
}

impl<'a> UnverifiedCeremony<'a> {
    /// Reads a file's bytes, of these parameters' circuit. Every point is one of its group.
    ///
    /// # Errors
    /// [`Error::CeremonyFile`] when it is damaged, of another circuit or of other powers;
    /// [`Error::Encoding`].
    pub fn decode(bytes: &[u8], parameters: &'a Parameters) -> Result<Self> {
        let (body, checksum) = unsealed(MAGIC, bytes)?;
        let circuit = &parameters.circuit;
        let mut reader = Reader::new(body);
        let name = reader.take(NAME_BYTES)?;
        if name != circuit.name_bytes() {
            let letters = |bytes| String::from_utf8_lossy(bytes).into_owned();
            return Err(Error::CeremonyFile {
                what: "the circuit",
                got: letters(name),
                expected: circuit.name().to_owned(),
            });
        }
        let hash = reader.take(HASH_BYTES)?;
        if hash != circuit.hash() {
            return Err(differs("the circuit's hash", hash, circuit.hash()));
        }
        let powers = reader.take(HASH_BYTES)?;
        if powers != parameters.powers.as_bytes() {
            let expected = parameters.powers.as_bytes();
            return Err(differs("the powers' transcript", powers, expected));
        }
        let count = reader.number("contributions", MAX_CONTRIBUTIONS)?;
        let points = parameters.h.len() + parameters.l.len();
        reader.expect(count * Share::BYTES + G2_BYTES + points * G1_BYTES)?;
        let mut state = Ceremony::begin(parameters).state;
        for _ in 0..count {
            state.push(Share::read(&mut reader)?);
        }
        state.delta_g2 = reader.g2()?;
        state.h = reader.many_g1(parameters.h.len())?;
        state.l = reader.many_g1(parameters.l.len())?;
        Ok(Self {
            parameters,
            state,
            checksum,
        })
    }

    /// Checks every contribution, and that the points are what they made of the first.
    ///
    /// # Errors
    /// [`Error::BadContribution`] names the first that is wrong; [`Error::BadParameters`].
    pub fn verify(self) -> Result<Ceremony<'a>> {
        let (parameters, state) = (self.parameters, self.state);
        let mut delta = G1Affine::generator();
        for (place, share) in state.contributions.iter().enumerate() {
            share
                .verify(&delta, &state.transcript[place], 0)
                .map_err(|what| Error::BadContribution { place, what })?;
            delta = share.after;
        }
        let wrong = |what| Err(Error::BadParameters { what });
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        if !same_product(delta, g2, g1, state.delta_g2) {
            return wrong("δ differs between the groups");
        }
        let points = [(&state.h, &parameters.h), (&state.l, &parameters.l)];
        for (now, first) in points {
            let factors = coefficients(&self.checksum, now.len());
            let [now, first] = [now, first].map(|points| sum_g1(points, &factors));
            if !same_product(now, state.delta_g2, first, g2) {
                return wrong("the points are not the first ones divided by δ");
            }
        }
        Ok(Ceremony { parameters, state })
    }
}
