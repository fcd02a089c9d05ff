//! Scalars in bulk.
//!
//! blst keeps x·2^256. Where one factor of a product is a constant y, it is taken in the form
//! y·2^260 instead, since x·2^256 · y·2^260 / 2^260 is blst's form again: values pass through as
//! they are.

use std::arch::x86_64::{_mm512_setzero_si512, _mm512_slli_epi64};
use std::array::from_fn;

use crate::ifma::Fr8;
use crate::ifma::modulus::{Modulus, ScalarField, power_of_two, split};
use crate::{FR_BYTES, Fr};
use product::{WIDE_TERMS, accumulate, add, canonical, products, reduce, reduce_wide};

pub(super) mod product;
pub(super) mod words;

/// 2^516 mod r: takes integers to blst's form.
const FROM_INTEGER: [u64; 5] = power_of_two(&<ScalarField as Modulus<5>>::P, 516);

/// 2^4: takes blst's form to integers, and to the form of constants.
const TO_INTEGER: [u64; 5] = [16, 0, 0, 0, 0];

/// The limbs of y·2^260 mod r.
pub(super) fn constant(y: Fr) -> [u64; 5] {
    split(&(y * Fr::from_u64(16)).0.l)
}

/// Reads canonical big-endian encodings into as many values; false when any is not below r, and
/// the values are then of no meaning.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512ifma")]
pub(crate) fn read(bytes: &[[u8; FR_BYTES]], out: &mut [Fr]) -> bool {
    let mut all = u8::MAX;
    let (chunks, rest) = bytes.as_chunks::<8>();
    let (outs, rest_out) = out.as_chunks_mut::<8>();
    let (pairs, odd) = chunks.as_chunks::<2>();
    let (out_pairs, out_odd) = outs.as_chunks_mut::<2>();
    for (pair, out) in pairs.iter().zip(out_pairs) {
        all &= read_lanes(pair, out);
    }
    for (chunk, out) in odd.iter().zip(out_odd) {
        all &= read_lanes(&[*chunk], std::array::from_mut(out));
    }
    let mut last = [[0; FR_BYTES]; 8];
    let mut values = [[Fr::ZERO; 8]];
    last[..rest.len()].copy_from_slice(rest);
    all &= read_lanes(&[last], &mut values);
    rest_out.copy_from_slice(&values[0][..rest.len()]);
    all == u8::MAX
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512ifma")]
fn read_lanes<const K: usize>(bytes: &[[[u8; FR_BYTES]; 8]; K], out: &mut [[Fr; 8]; K]) -> u8 {
    let factor = Fr8::splat(&FROM_INTEGER);
    let mut all = u8::MAX;
    let mut x = [factor; K];
    for k in 0..K {
        x[k] = words::load_bytes(bytes[k].each_ref());
        let (_, below) = x[k].less_prime();
        all &= below;
    }
    store_products(x.each_ref(), [&factor; K], out);
    all
}

/// Writes the canonical encodings of as many values.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512ifma")]
pub(crate) fn write(values: &[Fr], out: &mut [[u8; FR_BYTES]]) {
    let (chunks, rest) = values.as_chunks::<8>();
    let (outs, rest_out) = out.as_chunks_mut::<8>();
    let (pairs, odd) = chunks.as_chunks::<2>();
    let (out_pairs, out_odd) = outs.as_chunks_mut::<2>();
    for (pair, out) in pairs.iter().zip(out_pairs) {
        write_lanes(pair, out);
    }
    for (chunk, out) in odd.iter().zip(out_odd) {
        write_lanes(&[*chunk], std::array::from_mut(out));
    }
    let mut last = [Fr::ZERO; 8];
    let mut bytes = [[[0; FR_BYTES]; 8]];
    last[..rest.len()].copy_from_slice(rest);
    write_lanes(&[last], &mut bytes);
    rest_out.copy_from_slice(&bytes[0][..rest.len()]);
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512ifma")]
fn write_lanes<const K: usize>(values: &[[Fr; 8]; K], out: &mut [[[u8; FR_BYTES]; 8]; K]) {
    let factor = Fr8::splat(&TO_INTEGER);
    let mut x = [factor; K];
    for k in 0..K {
        x[k] = words::load(values[k].each_ref());
    }
    let t = products(x.each_ref(), [&factor; K]);
    for k in 0..K {
        words::store_bytes(&Fr8::carry(t[k]).subtract_once(), out[k].each_mut());
    }
}

/// The products as canonical elements; their factors are as in [`products`].
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn store_products<const K: usize>(a: [&Fr8; K], b: [&Fr8; K], out: &mut [[Fr; 8]; K]) {
    let t = products(a, b);
    for k in 0..K {
        words::store(&Fr8::carry(t[k]).subtract_once(), out[k].each_mut());
    }
}

/// Multiplies each value by the factor beside it.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn mul_each(values: &mut [Fr], factors: &[Fr]) {
    let (chunks, rest) = values.as_chunks_mut::<8>();
    let (by, rest_by) = factors.as_chunks::<8>();
    let (pairs, odd) = chunks.as_chunks_mut::<2>();
    let (by_pairs, by_odd) = by.as_chunks::<2>();
    for (pair, by) in pairs.iter_mut().zip(by_pairs) {
        mul_lanes(pair, by);
    }
    for (chunk, by) in odd.iter_mut().zip(by_odd) {
        mul_lanes(std::array::from_mut(chunk), &[*by]);
    }
    for (value, by) in rest.iter_mut().zip(rest_by) {
        *value *= *by;
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn mul_lanes<const K: usize>(values: &mut [[Fr; 8]; K], by: &[[Fr; 8]; K]) {
    let zero = Fr8::new([_mm512_setzero_si512(); 5]);
    let (mut x, mut y) = ([zero; K], [zero; K]);
    for k in 0..K {
        x[k] = words::load(values[k].each_ref());
        y[k] = to_constant(&words::load(by[k].each_ref()));
    }
    store_products(x.each_ref(), y.each_ref(), values);
}

/// Sixteen times an element in blst's form, which is the form of constants: below 16r, as a factor
/// may be beside a canonical one.
#[inline]
#[target_feature(enable = "avx512f")]
fn to_constant(value: &Fr8) -> Fr8 {
    let mut limbs = value.0;
    for limb in &mut limbs {
        *limb = _mm512_slli_epi64::<4>(*limb);
    }
    Fr8::carry(limbs)
}

/// Multiplies all values by the factor.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn scale(values: &mut [Fr], factor: Fr) {
    let by = Fr8::splat(&constant(factor));
    let (chunks, rest) = values.as_chunks_mut::<8>();
    let (pairs, odd) = chunks.as_chunks_mut::<2>();
    for pair in pairs {
        let x = [
            words::load(pair[0].each_ref()),
            words::load(pair[1].each_ref()),
        ];
        store_products(x.each_ref(), [&by; 2], pair);
    }
    for chunk in odd {
        let x = words::load(chunk.each_ref());
        store_products([&x], [&by], std::array::from_mut(chunk));
    }
    for value in rest {
        *value *= factor;
    }
}

/// Adds the factor times each value to the sum beside it.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn add_scaled(sums: &mut [Fr], values: &[Fr], factor: Fr) {
    let by = Fr8::splat(&constant(factor));
    let (chunks, rest) = sums.as_chunks_mut::<8>();
    let (values, rest_values) = values.as_chunks::<8>();
    for (chunk, values) in chunks.iter_mut().zip(values) {
        let [t] = products([&words::load(values.each_ref())], [&by]);
        let sum = add(&t, &words::load(chunk.each_ref()).0);
        words::store(&canonical(&Fr8::carry(sum)), chunk.each_mut());
    }
    for (sum, value) in rest.iter_mut().zip(rest_values) {
        *sum += *value * factor;
    }
}

/// The sum of each row times its factor. All rows must be as long as `out`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn linear_combination(rows: &[&[Fr]], factors: &[Fr], out: &mut [Fr]) {
    let factors: Vec<[u64; 5]> = factors.iter().map(|factor| constant(*factor)).collect();
    let width = out.len();
    let mut start = 0;
    while start + 16 <= width {
        let (chunks, _) = out[start..start + 16].as_chunks_mut::<8>();
        if let [low, high] = chunks {
            let sums = combine::<2>(rows, &factors, start);
            words::store(&sums[0], low.each_mut());
            words::store(&sums[1], high.each_mut());
        }
        start += 16;
    }
    while start < width {
        // What is left of the last eight comes from copies.
        let count = (width - start).min(8);
        let mut sum = [Fr::ZERO; 8];
        let copies: Vec<[Fr; 8]> = rows
            .iter()
            .map(|row| from_fn(|i| row.get(start + i).copied().unwrap_or_default()))
            .collect();
        let copies: Vec<&[Fr]> = copies.iter().map(<[Fr; 8]>::as_slice).collect();
        let [total] = combine::<1>(&copies, &factors, 0);
        words::store(&total, sum.each_mut());
        out[start..start + count].copy_from_slice(&sum[..count]);
        start += count;
    }
}

/// The sums of `K` times eight elements of each row, from `start` on: products are added before
/// they are reduced.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn combine<const K: usize>(rows: &[&[Fr]], factors: &[[u64; 5]], start: usize) -> [Fr8; K] {
    let zero = _mm512_setzero_si512();
    let mut sums = [Fr8::new([zero; 5]); K];
    for (rows, factors) in rows.chunks(WIDE_TERMS).zip(factors.chunks(WIDE_TERMS)) {
        let mut wide = [[zero; 10]; K];
        for (row, factor) in rows.iter().zip(factors) {
            let factor = Fr8::splat(factor);
            let (chunks, _) = row[start..].as_chunks::<8>();
            for (wide, values) in wide.iter_mut().zip(chunks) {
                accumulate(wide, &words::load(values.each_ref()), &factor);
            }
        }
        for (sum, wide) in sums.iter_mut().zip(wide) {
            *sum = reduce(&Fr8::carry(add(&reduce_wide(wide), &sum.0)));
        }
    }
    for sum in &mut sums {
        *sum = sum.subtract_once();
    }
    sums
}

#[cfg(test)]
mod tests;
