//! The text form of the ceremony's output.

use algebra::{G1_BYTES, G2_BYTES, bit_reverse_permute};
use types::limits::{CELL_ELEMENTS, ROW_ELEMENTS};

use crate::CommitmentError;
use crate::verifier::check_hash;

/// The Ethereum KZG ceremony's output: 4096 points of G1 in Lagrange and monomial form, 65 of G2.
pub(crate) const CEREMONY: &[u8] = include_bytes!("../assets/trusted_setup.txt");

/// SHA-256 of [`CEREMONY`].
const CEREMONY_SHA256: &str = "d39b9f2d047cc9dca2de58f264b6a09448ccd34db967881a6713eacacf0f26b7";

/// The ceremony's points, compressed.
pub(crate) struct Ceremony {
    /// Commitments to Lagrange's polynomials, in the order of a row's elements.
    pub(crate) lagrange: Vec<[u8; G1_BYTES]>,
    /// [1]₁ … [τ⁴⁰⁹⁵]₁.
    pub(crate) monomial: Vec<[u8; G1_BYTES]>,
    /// [1]₂ … [τ⁶⁴]₂.
    pub(crate) g2: Vec<[u8; G2_BYTES]>,
}

impl Ceremony {
    /// Reads the text, which must be the pinned one byte for byte.
    ///
    /// # Errors
    /// [`CommitmentError::SetupHash`] for any other bytes.
    pub(crate) fn read(text: &[u8]) -> Result<Self, CommitmentError> {
        check_hash(text, CEREMONY_SHA256)?;
        let mut words = text
            .split(u8::is_ascii_whitespace)
            .filter(|w| !w.is_empty());
        // The counts; the hash has fixed them already.
        for expected in [ROW_ELEMENTS, CELL_ELEMENTS + 1] {
            let word = words.next().unwrap_or_default();
            if word != expected.to_string().as_bytes() {
                return Err(shape("digits of a count", word.len(), expected));
            }
        }
        let mut lagrange = points(&mut words, ROW_ELEMENTS)?;
        bit_reverse_permute(&mut lagrange)?;
        Ok(Self {
            lagrange,
            g2: points(&mut words, CELL_ELEMENTS + 1)?,
            monomial: points(&mut words, ROW_ELEMENTS)?,
        })
    }
}

fn points<'a, const N: usize>(
    words: &mut impl Iterator<Item = &'a [u8]>,
    count: usize,
) -> Result<Vec<[u8; N]>, CommitmentError> {
    let points: Vec<_> = words.take(count).map(point).collect::<Result<_, _>>()?;
    if points.len() == count {
        Ok(points)
    } else {
        Err(shape("points", points.len(), count))
    }
}

fn point<const N: usize>(word: &[u8]) -> Result<[u8; N], CommitmentError> {
    let refused = || shape("digits of a point", word.len(), 2 * N);
    let mut bytes = [0; N];
    let (pairs, rest) = word.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return Err(refused());
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |c: &u8| {
            char::from(*c)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        *byte = digit(high).ok_or_else(refused)? << 4 | digit(low).ok_or_else(refused)?;
    }
    Ok(bytes)
}

fn shape(what: &'static str, got: usize, expected: usize) -> CommitmentError {
    CommitmentError::SetupShape {
        what,
        got,
        expected,
    }
}
