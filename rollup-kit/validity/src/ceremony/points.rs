//! Points and scalars of a ceremony, by the project's engine on all threads.

use super::file::{G1_BYTES, G2_BYTES};
use crate::{Fr, Result};
use algebra::{Domain, Engine, G1, G1Affine, G1Domain, G2, G2Affine, G2Prepared};
use ark_serialize::CanonicalDeserialize;
use ledger::scalar_bytes;
use rayon::prelude::*;
use std::ops::Range;

/// Points that one thread works on at a time.
const SHARE: usize = 1 << 10;
/// Terms of a sum that one thread works on at a time.
const SUM_SHARE: usize = 1 << 14;
/// Columns of a matrix that one thread works on at a time.
const COLUMNS: usize = 1 << 9;

/// One column of a matrix.
pub(super) type Column = Vec<(algebra::Fr, usize)>;

pub(super) fn engine() -> Result<Engine> {
    Ok(Engine::of_process()?)
}

/// The scalar as the engine has it.
pub(super) fn own(scalar: &Fr) -> algebra::Fr {
    algebra::Fr::from_be_bytes_reduced(&scalar_bytes(*scalar))
}

pub(super) fn times_g1(point: &G1Affine, scalar: &Fr) -> G1Affine {
    (G1::from(*point) * own(scalar)).into()
}

pub(super) fn times_g2(point: &G2Affine, scalar: &Fr) -> G2Affine {
    (G2::from(*point) * own(scalar)).into()
}

/// e(a, b) = e(c, d).
pub(super) fn same_product(a: G1Affine, b: G2Affine, c: G1Affine, d: G2Affine) -> bool {
    let minus_c = (-G1::from(c)).into();
    let [b, d] = [b, d].map(|point| G2Prepared::new(&point));
    algebra::pairing_product_is_one(&[(a, &b), (minus_c, &d)])
}

/// Does something with ranges of so many, on all threads, and joins what comes of it.
fn shared<T: Send>(
    count: usize,
    share: usize,
    work: impl Fn(Range<usize>) -> Result<Vec<T>> + Sync,
) -> Result<Vec<T>> {
    let ranges = (0..count.div_ceil(share)).into_par_iter();
    let parts: Result<Vec<Vec<T>>> = ranges
        .map(|i| work(i * share..count.min((i + 1) * share)))
        .collect();
    // Appended, not collected: there are many, and twice as many would not fit.
    let mut joined = Vec::with_capacity(count);
    for part in parts? {
        joined.extend(part);
    }
    Ok(joined)
}

pub(super) fn read_g1(bytes: &[u8]) -> Result<Vec<G1Affine>> {
    let engine = engine()?;
    let (points, _) = bytes.as_chunks::<G1_BYTES>();
    shared(points.len(), SHARE, |range| {
        let points: std::result::Result<_, _> =
            engine.read_points(&points[range]).into_iter().collect();
        points.map_err(|_| super::file::no_point(G1_BYTES))
    })
}

pub(super) fn read_g2(bytes: &[u8]) -> Result<Vec<G2Affine>> {
    let engine = engine()?;
    let (points, _) = bytes.as_chunks::<G2_BYTES>();
    shared(points.len(), SHARE, |range| {
        let points = engine.read_points_g2(&points[range]);
        points.map_err(|_| super::file::no_point(G2_BYTES))
    })
}

/// Point i times first·ratioⁱ.
pub(super) fn times_powers_g1(
    points: &[G1Affine],
    first: &Fr,
    ratio: &Fr,
) -> Result<Vec<G1Affine>> {
    let engine = engine()?;
    shared(points.len(), SHARE, |range| {
        let mut factors = powers(first, ratio, range.clone());
        let products = engine.mul_points(&points[range], &factors)?;
        wipe(&mut factors);
        Ok(products)
    })
}

/// The same over G2.
pub(super) fn times_powers_g2(points: &[G2Affine], ratio: &Fr) -> Result<Vec<G2Affine>> {
    let engine = engine()?;
    shared(points.len(), SHARE, |range| {
        let mut factors = powers(&Fr::from(1u64), ratio, range.clone());
        let products = engine.mul_points_g2(&points[range], &factors)?;
        wipe(&mut factors);
        Ok(products)
    })
}

fn powers(first: &Fr, ratio: &Fr, range: Range<usize>) -> Vec<algebra::Fr> {
    let mut ratio = own(ratio);
    let mut factor = own(first) * ratio.pow(range.start as u64);
    let mut factors = Vec::with_capacity(range.len());
    for _ in range {
        factors.push(factor);
        factor *= ratio;
    }
    wipe(std::slice::from_mut(&mut ratio));
    wipe(std::slice::from_mut(&mut factor));
    factors
}

/// Writes zeros over secrets, and has the compiler believe that somebody reads them.
fn wipe(secrets: &mut [algebra::Fr]) {
    secrets.fill(algebra::Fr::ZERO);
    std::hint::black_box(secrets);
}

/// Every point times one factor.
pub(super) fn times_each(points: &[G1Affine], factor: &Fr) -> Result<Vec<G1Affine>> {
    let engine = engine()?;
    let mut factor = own(factor);
    let products = shared(points.len(), SHARE, |range| {
        Ok(engine.scale_points(&points[range], &factor))
    });
    wipe(std::slice::from_mut(&mut factor));
    products
}

/// Σ coefficientᵢ·pointᵢ.
pub(super) fn short_sum(points: &[G1Affine], coefficients: &[u128]) -> Result<G1Affine> {
    let engine = engine()?;
    let parts = shared(points.len(), SUM_SHARE, |range| {
        let coefficients = &coefficients[range.clone()];
        Ok(vec![engine.msm_short(&points[range], coefficients)?])
    })?;
    Ok(total(parts))
}

/// Σ scalarᵢ·pointᵢ.
pub(super) fn sum(points: &[G1Affine], scalars: &[algebra::Fr]) -> Result<G1Affine> {
    let engine = engine()?;
    let parts = shared(points.len(), SUM_SHARE, |range| {
        Ok(vec![engine.msm(&points[range.clone()], &scalars[range])?])
    })?;
    Ok(total(parts))
}

pub(super) fn total(parts: impl IntoIterator<Item = G1Affine>) -> G1Affine {
    let parts = parts.into_iter().map(G1::from);
    parts.fold(G1::infinity(), |sum, part| sum + part).into()
}

/// Σ coefficientᵢ·pointᵢ over G2.
pub(super) fn short_sum_g2(points: &[G2Affine], coefficients: &[u128]) -> Result<G2Affine> {
    let engine = engine()?;
    let parts = shared(points.len(), SUM_SHARE, |range| {
        let coefficients = coefficients[range.clone()].iter();
        let scalars: Vec<_> = coefficients.map(|c| algebra::Fr::from_u128(*c)).collect();
        Ok(vec![engine.msm_g2(&points[range], &scalars)?])
    })?;
    let parts = parts.into_iter().map(G2::from);
    Ok(parts.fold(G2::infinity(), |sum, part| sum + part).into())
}

/// Per column, the sum of its multiples.
pub(super) fn column_sums(points: &[G1Affine], columns: &[Column]) -> Result<Vec<G1Affine>> {
    let engine = engine()?;
    shared(columns.len(), COLUMNS, |range| {
        Ok(engine.column_sums(points, &columns[range])?)
    })
}

/// The same over G2.
pub(super) fn column_sums_g2(points: &[G2Affine], columns: &[Column]) -> Result<Vec<G2Affine>> {
    let engine = engine()?;
    shared(columns.len(), COLUMNS, |range| {
        Ok(engine.column_sums_g2(points, &columns[range])?)
    })
}

/// From powers of τ to Lagrange's polynomials at τ: the inverse transform.
pub(super) fn lagrange_g1(domain: &G1Domain, powers: &[G1Affine]) -> Result<Vec<G1Affine>> {
    let mut points = powers.to_vec();
    algebra::bit_reverse_permute(&mut points)?;
    domain.ifft_shared(engine()?, &mut points, &|count, products| {
        let shares = (0..count.div_ceil(SHARE)).into_par_iter();
        let parts: Vec<Vec<G1Affine>> = shares
            .map(|i| products(i * SHARE..count.min((i + 1) * SHARE)))
            .collect();
        parts.concat()
    })?;
    Ok(points)
}

/// The same over G2.
pub(super) fn lagrange_g2(domain: &Domain, powers: &[G2Affine]) -> Result<Vec<G2Affine>> {
    let mut points: Vec<G2> = powers.iter().map(|point| G2::from(*point)).collect();
    domain.ifft_g2(&mut points, &|count, products| {
        let shares = (0..count.div_ceil(SHARE)).into_par_iter();
        let parts: Vec<Vec<G2>> = shares
            .map(|i| products(i * SHARE..count.min((i + 1) * SHARE)))
            .collect();
        parts.concat()
    })?;
    Ok(engine()?.affine_g2(&points))
}

/// The point as arkworks has it.
pub(super) fn ark_g1(point: &G1Affine) -> Result<ark_bls12_381::G1Affine> {
    let bytes = point.to_uncompressed();
    let point = ark_bls12_381::G1Affine::deserialize_uncompressed_unchecked(&bytes[..]);
    point.map_err(|_| super::file::no_point(G1_BYTES))
}

/// The point as arkworks has it.
pub(super) fn ark_g2(point: &G2Affine) -> Result<ark_bls12_381::G2Affine> {
    let bytes = point.to_uncompressed();
    let point = ark_bls12_381::G2Affine::deserialize_uncompressed_unchecked(&bytes[..]);
    point.map_err(|_| super::file::no_point(G2_BYTES))
}

/// All points as arkworks has them.
pub(super) fn ark_all_g1(points: &[G1Affine]) -> Result<Vec<ark_bls12_381::G1Affine>> {
    points.par_iter().map(ark_g1).collect()
}
