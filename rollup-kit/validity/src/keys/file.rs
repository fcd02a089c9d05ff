//! Keys in a file: a format, the circuit, the kind, the SHA-256 of these and of all that follows,
//! and then it.
//!
//! Points of G1 are compressed, since the engine that takes them over reads them so and checks them
//! anyway. Those of G2 have both coordinates: to draw their roots would take longer than to read
//! twice the bytes.

use super::{HASH_BYTES, Keys, SetupKind, VerifyingKey, file_error};
use crate::gadget::Ruled;
use crate::sums::{Bases, SumEngine};
use crate::{Error, Result, Shape};
use algebra::{G1_BYTES, G2_BYTES};
use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"assayk03";
/// The format, the circuit's number and the kind's.
const NAMED_BYTES: usize = 8 + 8 + 8;
const HEAD_BYTES: usize = NAMED_BYTES + HASH_BYTES;
/// No file of keys is longer: those of a batch of 128 take 1.6 GB.
const MAX_BYTES: u64 = 2 << 30;

/// Writes keys beside the file and then in its place, so that none is ever half there.
pub(super) fn write(
    path: &Path,
    shape: Shape,
    kind: SetupKind,
    key: &ProvingKey<Bls12_381>,
) -> Result<()> {
    let failed = |error| file_error(path, error);
    let body = encoded(key)
        .ok_or_else(|| failed(std::io::Error::other("the keys could not be encoded")))?;
    let mut head = MAGIC.to_vec();
    head.extend(shape.number().to_be_bytes());
    head.extend(kind.number().to_be_bytes());
    head.extend(checksum(&head, &body));
    let beside = path.with_extension("part");
    let mut file = File::create(&beside).map_err(failed)?;
    file.write_all(&head).map_err(failed)?;
    file.write_all(&body).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

/// Over the circuit and the kind too: damage must not turn keys for development into others.
fn checksum(named: &[u8], body: &[u8]) -> [u8; HASH_BYTES] {
    Sha256::new()
        .chain_update(named)
        .chain_update(body)
        .finalize()
        .into()
}

/// Points of G1 that stand by themselves: α, β and δ.
const SINGLE_G1: usize = 3;
/// The same of G2: β, γ and δ.
const SINGLE_G2: usize = 3;

fn encoded(key: &ProvingKey<Bls12_381>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    body.extend(g1_bytes(&[key.vk.alpha_g1, key.beta_g1, key.delta_g1])?);
    body.extend(g2_bytes(&[
        key.vk.beta_g2,
        key.vk.gamma_g2,
        key.vk.delta_g2,
    ])?);
    let lists = [
        &key.vk.gamma_abc_g1,
        &key.a_query,
        &key.b_g1_query,
        &key.h_query,
        &key.l_query,
    ];
    for points in lists {
        body.extend(u32::try_from(points.len()).ok()?.to_be_bytes());
        body.extend(g1_bytes(points)?);
    }
    body.extend(u32::try_from(key.b_g2_query.len()).ok()?.to_be_bytes());
    body.extend(g2_bytes(&key.b_g2_query)?);
    Some(body)
}

fn g1_bytes(points: &[G1Affine]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; points.len() * G1_BYTES];
    let written = bytes.par_chunks_mut(G1_BYTES).zip(points);
    written
        .map(|(bytes, point)| point.serialize_compressed(bytes).ok())
        .collect::<Option<()>>()?;
    Some(bytes)
}

fn g2_bytes(points: &[G2Affine]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; points.len() * 2 * G2_BYTES];
    let written = bytes.par_chunks_mut(2 * G2_BYTES).zip(points);
    written
        .map(|(bytes, point)| point.serialize_uncompressed(bytes).ok())
        .collect::<Option<()>>()?;
    Some(bytes)
}

pub(super) fn read(path: &Path, shape: Shape, engine: SumEngine) -> Result<Keys> {
    let opened = Opened::new(path)?;
    if opened.number != shape.number() {
        return Err(differs(
            "the circuit",
            opened.number,
            shape.number().to_string(),
        ));
    }
    decoded(opened.body()?, shape, opened.kind, engine)
}

pub(super) fn read_verifying(
    path: &Path,
    ruled: Option<Ruled>,
) -> Result<(Shape, SetupKind, VerifyingKey)> {
    let opened = Opened::new(path)?;
    let shape = Shape::of_number(opened.number, ruled)?;
    let (key, _) = verifying(&mut opened.body()?)?;
    Ok((shape, opened.kind, key))
}

/// A file of keys, its head read.
struct Opened {
    bytes: Vec<u8>,
    /// Of the circuit.
    number: u64,
    kind: SetupKind,
}

impl Opened {
    fn new(path: &Path) -> Result<Self> {
        let failed = |error| file_error(path, error);
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length > MAX_BYTES {
            return Err(differs(
                "the length",
                length,
                format!("at most {MAX_BYTES}"),
            ));
        }
        let mut bytes = Vec::new();
        let mut file = file.take(MAX_BYTES);
        file.read_to_end(&mut bytes).map_err(failed)?;
        let head = bytes
            .get(..HEAD_BYTES)
            .ok_or_else(|| differs("the length", length, format!("at least {HEAD_BYTES}")))?;
        let number = |at: usize| {
            let bytes = head[at..at + 8].iter();
            bytes.fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        if head[..8] != MAGIC[..] {
            let letters = |bytes: &[u8]| bytes.escape_ascii().to_string();
            let expected = format!("{}; `setup` writes such files", letters(MAGIC));
            return Err(differs("the format", letters(&head[..8]), expected));
        }
        let kinds = [
            SetupKind::Development,
            SetupKind::SingleParty,
            SetupKind::Ceremony,
        ];
        let kind = kinds.into_iter().find(|kind| kind.number() == number(16));
        let kind = kind.ok_or_else(|| differs("the kind", number(16), "1 to 3".to_owned()))?;
        Ok(Self {
            number: number(8),
            kind,
            bytes,
        })
    }

    /// What is behind the head. Nothing is decoded of a file that is not whole.
    fn body(&self) -> Result<&[u8]> {
        let (head, body) = self.bytes.split_at(HEAD_BYTES);
        let (named, expected) = head.split_at(NAMED_BYTES);
        let got = checksum(named, body);
        if got[..] == *expected {
            return Ok(body);
        }
        Err(differs(
            "the checksum",
            hex::encode(got),
            hex::encode(expected),
        ))
    }
}

fn differs(what: &'static str, got: impl ToString, expected: String) -> Error {
    Error::Keys {
        what,
        got: got.to_string(),
        expected,
    }
}

/// What verifies; and β and δ of G1.
fn verifying(rest: &mut &[u8]) -> Result<(VerifyingKey, [G1Affine; 2])> {
    let [alpha_g1, beta, delta] = some_g1::<SINGLE_G1>(rest)?;
    let [beta_g2, gamma_g2, delta_g2] = some_g2::<SINGLE_G2>(rest)?;
    let public = list(rest, G1_BYTES)?;
    let key = VerifyingKey {
        alpha_g1,
        beta_g2,
        gamma_g2,
        delta_g2,
        gamma_abc_g1: public.chunks(G1_BYTES).map(g1).collect::<Result<_>>()?,
    };
    Ok((key, [beta, delta]))
}

fn decoded(body: &[u8], shape: Shape, kind: SetupKind, engine: SumEngine) -> Result<Keys> {
    let mut rest = body;
    let (verifying, [beta, delta]) = verifying(&mut rest)?;
    let mut bases = || Bases::read(engine, list(&mut rest, G1_BYTES)?);
    let [a, b, h, l] = [bases()?, bases()?, bases()?, bases()?];
    let b_g2 = list(&mut rest, 2 * G2_BYTES)?;
    let b_g2: Result<Vec<G2Affine>> = b_g2.par_chunks(2 * G2_BYTES).map(g2).collect();
    if !rest.is_empty() {
        return Err(differs(
            "the length",
            body.len(),
            (body.len() - rest.len()).to_string(),
        ));
    }
    Ok(Keys {
        shape,
        kind,
        verifying,
        beta,
        delta,
        a,
        b,
        b_g2: b_g2?,
        h,
        l,
    })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, behind) = rest
        .split_at_checked(count)
        .ok_or_else(|| differs("what is left", rest.len(), format!("at least {count}")))?;
    *rest = behind;
    Ok(taken)
}

/// The bytes of a list: its length, then so many entries.
fn list<'a>(rest: &mut &'a [u8], size: usize) -> Result<&'a [u8]> {
    let count = take(rest, 4)?.iter();
    let count = count.fold(0usize, |count, byte| count << 8 | usize::from(*byte));
    take(rest, count.saturating_mul(size))
}

fn some_g1<const N: usize>(rest: &mut &[u8]) -> Result<[G1Affine; N]> {
    let mut points = [G1Affine::identity(); N];
    for point in &mut points {
        *point = g1(take(rest, G1_BYTES)?)?;
    }
    Ok(points)
}

fn some_g2<const N: usize>(rest: &mut &[u8]) -> Result<[G2Affine; N]> {
    let mut points = [G2Affine::identity(); N];
    for point in &mut points {
        *point = g2(take(rest, 2 * G2_BYTES)?)?;
    }
    Ok(points)
}

fn no_point() -> Error {
    differs("a point", "none of its curve", "one".to_owned())
}

fn g1(bytes: &[u8]) -> Result<G1Affine> {
    G1Affine::deserialize_compressed_unchecked(bytes).map_err(|_| no_point())
}

fn g2(bytes: &[u8]) -> Result<G2Affine> {
    G2Affine::deserialize_uncompressed_unchecked(bytes).map_err(|_| no_point())
}
