//! The first phase: powers of τ, for every circuit up to a size.

use super::file::{G1_BYTES, G2_BYTES, HASH_BYTES, Reader, sealed, unsealed, write_g1, write_g2};
use super::points::{
    same_product, short_sum, short_sum_g2, times_g2, times_powers_g1, times_powers_g2,
};
use super::secret::secrets;
use super::share::Share;
use super::{MAX_CONTRIBUTIONS, TranscriptHash, coefficients};
use crate::{Error, Fr, Result};
use algebra::{G1Affine, G2Affine};
use ark_ff::Field;
use rand::CryptoRng;

const MAGIC: &[u8; 8] = b"assayc01";
const TAG: &[u8] = b"assay/ceremony-powers/v1";
/// τ, α and β.
const SECRETS: usize = 3;

/// How large a circuit the powers serve: 2ᵏ constraints and inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Power(u32);

impl Power {
    /// The most: a batch of 128.
    pub const MAX: u32 = 22;

    /// Names a power.
    ///
    /// # Errors
    /// [`Error::CeremonyFile`] unless it is 1 to 22.
    pub fn new(power: u32) -> Result<Self> {
        if (1..=Self::MAX).contains(&power) {
            return Ok(Self(power));
        }
        Err(Error::CeremonyFile {
            what: "the power",
            got: power.to_string(),
            expected: format!("1 to {}", Self::MAX),
        })
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Points of the domain.
    #[must_use]
    pub const fn domain(self) -> usize {
        1 << self.0
    }

    /// Powers of τ in G1, the 0th included: up to twice the domain's, less 2.
    const fn tau_count(self) -> usize {
        2 * self.domain() - 1
    }
}

/// Powers of τ, also times α and times β. What these begin with is 1; they are good for anything
/// only once somebody has contributed who forgot its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Powers {
    power: Power,
    contributions: Vec<[Share; SECRETS]>,
    transcript: Vec<TranscriptHash>,
    pub(super) tau: Vec<G1Affine>,
    pub(super) alpha: Vec<G1Affine>,
    pub(super) beta: Vec<G1Affine>,
    pub(super) tau_g2: Vec<G2Affine>,
    pub(super) beta_g2: G2Affine,
}

/// Powers as somebody sent them.
#[derive(Debug, Clone)]
pub struct UnverifiedPowers {
    powers: Powers,
    checksum: [u8; HASH_BYTES],
}

impl Powers {
    /// What the first contributor begins with.
    #[must_use]
    pub fn begin(power: Power) -> Self {
        let generator = G1Affine::generator();
        let domain = power.domain();
        let begun = TranscriptHash::begun(TAG, &[&power.get().to_be_bytes()]);
        Self {
            power,
            contributions: Vec::new(),
            transcript: vec![begun],
            tau: vec![generator; power.tau_count()],
            alpha: vec![generator; domain],
            beta: vec![generator; domain],
            tau_g2: vec![G2Affine::generator(); domain],
            beta_g2: G2Affine::generator(),
        }
    }

    /// How large a circuit they serve.
    #[must_use]
    pub const fn power(&self) -> Power {
        self.power
    }

    /// The transcript's hash at the beginning and after every contribution.
    #[must_use]
    pub fn transcript(&self) -> &[TranscriptHash] {
        &self.transcript
    }

    pub(super) fn last(&self) -> TranscriptHash {
        // There is always the first.
        self.transcript
            .last()
            .copied()
            .unwrap_or(TranscriptHash([0; 32]))
    }

    /// Multiplies by secrets of this machine and of the text, and forgets them.
    ///
    /// # Errors
    /// [`Error::Encoding`] for too long a text; [`Error::TooManyContributions`]; [`Error::Engine`].
    pub fn contribute(&mut self, rng: &mut impl CryptoRng, text: &str) -> Result<TranscriptHash> {
        if self.contributions.len() >= MAX_CONTRIBUTIONS {
            return Err(Error::TooManyContributions {
                max: MAX_CONTRIBUTIONS,
            });
        }
        let secrets = secrets::<SECRETS>(rng, text)?;
        let [tau, alpha, beta] = &*secrets;
        let at = self.last();
        let before = [self.tau[1], self.alpha[0], self.beta[0]];
        let shares = [
            Share::new(&before[0], tau, &at, 0),
            Share::new(&before[1], alpha, &at, 1),
            Share::new(&before[2], beta, &at, 2),
        ];
        self.tau = times_powers_g1(&self.tau, &Fr::ONE, tau)?;
        self.alpha = times_powers_g1(&self.alpha, alpha, tau)?;
        self.beta = times_powers_g1(&self.beta, beta, tau)?;
        self.tau_g2 = times_powers_g2(&self.tau_g2, tau)?;
        self.beta_g2 = times_g2(&self.beta_g2, beta);
        let after = at.after(&share_bytes(&shares));
        self.contributions.push(shares);
        self.transcript.push(after);
        Ok(after)
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = self.power.get().to_be_bytes().to_vec();
        let count = u32::try_from(self.contributions.len()).unwrap_or(u32::MAX);
        body.extend(count.to_be_bytes());
        for shares in &self.contributions {
            body.extend(share_bytes(shares));
        }
        for points in [&self.tau, &self.alpha, &self.beta] {
            write_g1(&mut body, points);
        }
        write_g2(&mut body, &self.tau_g2);
        body.extend(self.beta_g2.to_compressed());
        sealed(MAGIC, &body)
    }
}

fn share_bytes(shares: &[Share; SECRETS]) -> Vec<u8> {
    shares.iter().flat_map(Share::bytes).collect()
}

impl UnverifiedPowers {
    /// Reads a file's bytes. Every point is one of its group.
    ///
    /// # Errors
    /// [`Error::CeremonyFile`], [`Error::Encoding`] for bytes that are damaged or none of a
    /// ceremony.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let (body, checksum) = unsealed(MAGIC, bytes)?;
        let mut reader = Reader::new(body);
        let power = reader.number("the power", Power::MAX as usize)?;
        let power = Power::new(u32::try_from(power).unwrap_or(u32::MAX))?;
        let count = reader.number("contributions", MAX_CONTRIBUTIONS)?;
        let (domain, taus) = (power.domain(), power.tau_count());
        reader.expect(
            count * SECRETS * Share::BYTES
                + (taus + 2 * domain) * G1_BYTES
                + (domain + 1) * G2_BYTES,
        )?;
        let mut powers = Powers::begin(power);
        for _ in 0..count {
            let shares = [
                Share::read(&mut reader)?,
                Share::read(&mut reader)?,
                Share::read(&mut reader)?,
            ];
            let after = powers.last().after(&share_bytes(&shares));
            powers.contributions.push(shares);
            powers.transcript.push(after);
        }
        powers.tau = reader.many_g1(taus)?;
        powers.alpha = reader.many_g1(domain)?;
        powers.beta = reader.many_g1(domain)?;
        powers.tau_g2 = reader.many_g2(domain)?;
        powers.beta_g2 = reader.g2()?;
        Ok(Self { powers, checksum })
    }

    /// Checks every contribution, and that the points are powers of what they made.
    ///
    /// # Errors
    /// [`Error::BadContribution`] names the first that is wrong; [`Error::BadParameters`].
    pub fn verify(self) -> Result<Powers> {
        let powers = self.powers;
        let mut now = [G1Affine::generator(); SECRETS];
        for (place, shares) in powers.contributions.iter().enumerate() {
            let at = &powers.transcript[place];
            for ((share, before), which) in shares.iter().zip(&mut now).zip(0..) {
                share
                    .verify(before, at, which)
                    .map_err(|what| Error::BadContribution { place, what })?;
                *before = share.after;
            }
        }
        let wrong = |what| Err(Error::BadParameters { what });
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let first = [
            powers.tau[0],
            powers.tau[1],
            powers.alpha[0],
            powers.beta[0],
        ];
        if first != [g1, now[0], now[1], now[2]] || powers.tau_g2[0] != g2 {
            return wrong("the first powers are not what was contributed");
        }
        let factors = coefficients(&self.checksum, powers.tau.len() - 1);
        let tau_g2 = powers.tau_g2[1];
        for points in [&powers.tau, &powers.alpha, &powers.beta] {
            let count = points.len() - 1;
            let upper = short_sum(&points[1..], &factors[..count])?;
            let lower = short_sum(&points[..count], &factors[..count])?;
            if !same_product(upper, g2, lower, tau_g2) {
                return wrong("the points of G1 are not powers");
            }
        }
        let count = powers.tau_g2.len() - 1;
        let upper = short_sum_g2(&powers.tau_g2[1..], &factors[..count])?;
        let lower = short_sum_g2(&powers.tau_g2[..count], &factors[..count])?;
        if !same_product(g1, upper, now[0], lower) {
            return wrong("the points of G2 are not powers");
        }
        if !same_product(now[2], g2, g1, powers.beta_g2) {
            return wrong("β differs between the groups");
        }
        Ok(powers)
    }
}
