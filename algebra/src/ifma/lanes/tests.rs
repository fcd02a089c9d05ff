//! Lanes against blst, one element at a time.

use blst::{
    blst_fp, blst_fp_add, blst_fp_from_uint64, blst_fp_mul, blst_fp_sub, blst_uint64_from_fp,
};

use super::super::Fp8;
use super::super::modulus::{BaseField, Modulus, join, multiple, split};
use crate::Engine;

/// Edge values and a few others, as integers below p in 64-bit limbs.
fn base_samples() -> Vec<[u64; 6]> {
    let mut out = vec![[0; 6], [1, 0, 0, 0, 0, 0]];
    let mut minus_one: [u64; 6] = join(&BaseField::P);
    minus_one[0] -= 1;
    out.push(minus_one);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..13 {
        out.push(std::array::from_fn(|i| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            if i == 5 {
                state >> 8
            } else {
                state ^ (state >> 29)
            }
        }));
    }
    out.truncate(16);
    for limbs in &mut out {
        limbs[5] %= 0x1a01_11ea_397f_e69a;
    }
    out
}

fn fp(limbs: &[u64; 6]) -> blst_fp {
    let mut out = blst_fp::default();
    // SAFETY: six limbs are read and `out` is ours.
    unsafe { blst_fp_from_uint64(&raw mut out, limbs.as_ptr()) };
    out
}

fn integer(value: &blst_fp) -> [u64; 6] {
    let mut out = [0; 6];
    // SAFETY: six limbs are written.
    unsafe { blst_uint64_from_fp(out.as_mut_ptr(), value) };
    out
}

/// Loads eight integers into Montgomery's form.
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(values: &[[u64; 6]]) -> Fp8 {
    let limbs: [[u64; 8]; 8] = std::array::from_fn(|lane| split(&values[lane]));
    let vectors = std::array::from_fn(|j| {
        let column: [u64; 8] = std::array::from_fn(|lane| limbs[lane][j]);
        // SAFETY: eight words are as large as a vector.
        unsafe { std::mem::transmute::<[u64; 8], std::arch::x86_64::__m512i>(column) }
    });
    Fp8::new(vectors).mul(&Fp8::splat(&BaseField::R_SQUARED))
}

/// The integers below p, out of Montgomery's form.
#[target_feature(enable = "avx512f,avx512ifma")]
fn store(value: &Fp8) -> [[u64; 6]; 8] {
    let mut one = [0; 8];
    one[0] = 1;
    let plain = value.mul(&Fp8::splat(&one));
    // SAFETY: a vector is as large as eight words.
    let vectors: [[u64; 8]; 8] = std::array::from_fn(|j| unsafe {
        std::mem::transmute::<std::arch::x86_64::__m512i, [u64; 8]>(plain.0[j])
    });
    std::array::from_fn(|lane| {
        let limbs: [u64; 8] = std::array::from_fn(|j| vectors[j][lane]);
        // blst reduces once more: the product by one is at most p.
        integer(&fp(&join(&limbs)))
    })
}

#[test]
fn base_field_agrees_with_blst() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe { check_base() }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_base() {
    let samples = base_samples();
    for shift in 0..16 {
        let mut others = samples.clone();
        others.rotate_left(shift);
        for half in 0..2 {
            let range = 8 * half..8 * half + 8;
            let (a, b) = (load(&samples[range.clone()]), load(&others[range.clone()]));
            let above = multiple(&BaseField::P, 2);
            let [product, by_itself] = Fp8::mul2([&a, &a], [&b, &a]);
            let [square, _] = Fp8::square2([&a, &b]);
            // The largest factors that the bounds admit.
            let many = Fp8::splat(&multiple(&BaseField::P, (1 << 17) - 2));
            let large = [a.add(&many), b.add(&many)];
            let results = [
                product,
                a.mul(&b),
                a.add(&b),
                a.sub(&b, &above),
                by_itself,
                a.square(),
                square,
                large[0].mul(&large[1]),
                large[0].square(),
            ];
            let results = results.map(|r| store(&r));
            for lane in 0..8 {
                let (x, y) = (
                    fp(&samples[range.start + lane]),
                    fp(&others[range.start + lane]),
                );
                let (mut m, mut s, mut d, mut q) = (
                    blst_fp::default(),
                    blst_fp::default(),
                    blst_fp::default(),
                    blst_fp::default(),
                );
                // SAFETY: all operands are live.
                unsafe {
                    blst_fp_mul(&raw mut m, &raw const x, &raw const y);
                    blst_fp_add(&raw mut s, &raw const x, &raw const y);
                    blst_fp_sub(&raw mut d, &raw const x, &raw const y);
                    blst_fp_mul(&raw mut q, &raw const x, &raw const x);
                }
                let expected = [m, m, s, d, q, q, q, m, q].map(|v| integer(&v));
                for (which, (got, expected)) in results.iter().zip(expected).enumerate() {
                    assert_eq!(got[lane], expected, "operation {which}, lane {lane}");
                }
            }
        }
    }
}
