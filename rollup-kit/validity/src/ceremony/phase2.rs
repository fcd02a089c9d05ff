//! The second phase: one circuit's δ.

use super::file::{G1_BYTES, G2_BYTES, HASH_BYTES, Reader, differs, sealed, unsealed, write_g1};
use super::points::{ark_all_g1, ark_g1, ark_g2, same_product, short_sum, times_each, times_g2};
use super::secret::secrets;
use super::share::Share;
use super::{Beginning, Circuit, MAX_CONTRIBUTIONS, Parameters, TranscriptHash, coefficients};
use crate::{Error, Keys, Result, Shape, SumEngine, VerifyingKey};
use algebra::{G1Affine, G2Affine};
use ark_bls12_381::Bls12_381;
use ark_ff::Field;
use ark_groth16::ProvingKey;
use rand::CryptoRng;
use rayon::prelude::*;
use std::path::Path;

const MAGIC: &[u8; 8] = b"assayc02";

/// A circuit's contributions, all of them right.
#[derive(Debug, Clone)]
pub struct Ceremony<'a> {
    beginning: &'a Beginning,
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
    beginning: &'a Beginning,
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
    pub fn begin(beginning: &'a Beginning) -> Self {
        Self {
            beginning,
            state: State {
                contributions: Vec::new(),
                transcript: vec![beginning.begun],
                delta_g2: G2Affine::generator(),
                h: beginning.h.clone(),
                l: beginning.l.clone(),
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
    /// [`Error::Encoding`] for too long a text; [`Error::TooManyContributions`]; [`Error::Engine`].
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
        state.delta_g2 = times_g2(&state.delta_g2, secret);
        state.h = times_each(&state.h, &inverse)?;
        state.l = times_each(&state.l, &inverse)?;
        Ok(state.push(share))
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = self.beginning.name.to_vec();
        body.extend(self.beginning.circuit);
        body.extend(self.beginning.powers.as_bytes());
        let count = u32::try_from(self.state.contributions.len()).unwrap_or(u32::MAX);
        body.extend(count.to_be_bytes());
        for share in &self.state.contributions {
            body.extend(share.bytes());
        }
        body.extend(self.state.delta_g2.to_compressed());
        for points in [&self.state.h, &self.state.l] {
            write_g1(&mut body, points);
        }
        sealed(MAGIC, &body)
    }

    /// The key that verifies; the parameters are those that the contributions began with.
    ///
    /// # Errors
    /// [`Error::NoContributions`] while everybody knows δ; [`Error::CeremonyFile`] for parameters
    /// of another beginning.
    pub fn verifying(&self, parameters: &Parameters) -> Result<VerifyingKey> {
        if self.state.contributions.is_empty() {
            return Err(Error::NoContributions);
        }
        let [got, expected] = [&parameters.beginning.begun, &self.beginning.begun];
        if got != expected {
            let what = "the parameters' hash";
            return Err(differs(what, got.as_bytes(), expected.as_bytes()));
        }
        Ok(VerifyingKey {
            alpha_g1: ark_g1(&parameters.alpha)?,
            beta_g2: ark_g2(&parameters.beta_g2)?,
            gamma_g2: ark_g2(&G2Affine::generator())?,
            delta_g2: ark_g2(&self.state.delta_g2)?,
            gamma_abc_g1: ark_all_g1(&parameters.public)?,
        })
    }

    /// The keys of this circuit, also in a file as [`Keys::read`] takes it.
    ///
    /// # Errors
    /// As [`Self::verifying`]; [`Error::CeremonyFile`] when the ceremony is another circuit's;
    /// [`Error::File`].
    pub fn finish(
        &self,
        parameters: &Parameters,
        shape: Shape,
        file: &Path,
        engine: SumEngine,
    ) -> Result<Keys> {
        let (circuit, beginning) = (Circuit::of(shape)?, &parameters.beginning);
        if parameters.name != circuit.name() {
            return Err(Error::CeremonyFile {
                what: "the circuit",
                got: parameters.name.clone(),
                expected: circuit.name().to_owned(),
            });
        }
        // Of one name may be several circuits: a name has 32 bits of its rules.
        if beginning.circuit != *circuit.hash() {
            let what = "the circuit's hash";
            return Err(differs(what, &beginning.circuit, circuit.hash()));
        }
        Keys::of_ceremony(file, shape, self.proving(parameters)?, engine)
    }

    pub(super) fn proving(&self, parameters: &Parameters) -> Result<ProvingKey<Bls12_381>> {
        let b_g2: Result<Vec<_>> = parameters.b_g2.par_iter().map(ark_g2).collect();
        Ok(ProvingKey {
            vk: self.verifying(parameters)?,
            beta_g1: ark_g1(&parameters.beta)?,
            delta_g1: ark_g1(&self.state.delta())?,
            a_query: ark_all_g1(&parameters.a)?,
            b_g1_query: ark_all_g1(&parameters.b)?,
            b_g2_query: b_g2?,
            h_query: ark_all_g1(&self.state.h)?,
            l_query: ark_all_g1(&self.state.l)?,
        })
    }
}

impl<'a> UnverifiedCeremony<'a> {
    /// Reads a file's bytes, of what began so. Every point is one of its group.
    ///
    /// # Errors
    /// [`Error::CeremonyFile`] when it is damaged, of another circuit or of other powers;
    /// [`Error::Encoding`].
    pub fn decode(bytes: &[u8], beginning: &'a Beginning) -> Result<Self> {
        let (body, checksum) = unsealed(MAGIC, bytes)?;
        let mut reader = Reader::new(body);
        let expected: [(&'static str, &[u8]); 3] = [
            ("the circuit", &beginning.name),
            ("the circuit's hash", &beginning.circuit),
            ("the powers' transcript", beginning.powers.as_bytes()),
        ];
        for (what, expected) in expected {
            let got = reader.take(expected.len())?;
            if got != expected {
                return Err(differs(what, got, expected));
            }
        }
        let count = reader.number("contributions", MAX_CONTRIBUTIONS)?;
        let points = beginning.h.len() + beginning.l.len();
        reader.expect(count * Share::BYTES + G2_BYTES + points * G1_BYTES)?;
        let mut state = Ceremony::begin(beginning).state;
        for _ in 0..count {
            state.push(Share::read(&mut reader)?);
        }
        state.delta_g2 = reader.g2()?;
        state.h = reader.many_g1(beginning.h.len())?;
        state.l = reader.many_g1(beginning.l.len())?;
        Ok(Self {
            beginning,
            state,
            checksum,
        })
    }

    /// Checks every contribution, and that the points are what they made of the first.
    ///
    /// # Errors
    /// [`Error::BadContribution`] names the first that is wrong; [`Error::BadParameters`].
    pub fn verify(self) -> Result<Ceremony<'a>> {
        let (beginning, state) = (self.beginning, self.state);
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
        let points = [(&state.h, &beginning.h), (&state.l, &beginning.l)];
        for (now, first) in points {
            let factors = coefficients(&self.checksum, now.len());
            let (now, first) = (short_sum(now, &factors)?, short_sum(first, &factors)?);
            if !same_product(now, state.delta_g2, first, g2) {
                return wrong("the points are not the first ones divided by δ");
            }
        }
        Ok(Ceremony { beginning, state })
    }
}
