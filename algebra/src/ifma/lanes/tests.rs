//! Lanes against blst, one element at a time.

use blst::{
    blst_fp, blst_fp_add, blst_fp_from_uint64, blst_fp_mul, blst_fp_sub, blst_uint64_from_fp,
};

use super::super::modulus::{BaseField, Modulus, join, multiple, split};
use super::super::{Fp8, Fr8};
use crate::{Engine, Fr};

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

#[test]
fn scalar_field_agrees_with_blst() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe { check_scalar() }
}

/// blst keeps x·2^256. A factor in the form of 2^260 therefore leaves blst's form as it was.
#[target_feature(enable = "avx512f,avx512ifma")]
fn check_scalar() {
    let seven = Fr::from_u64(7);
    let (mut x, mut y) = (-Fr::ONE, seven);
    for _ in 0..100 {
        let a = Fr8::splat(&split(&x.0.l));
        // y·2^256 · 2^264 / 2^260 = y·2^260.
        let to_lanes = Fr8::splat(&super::super::modulus::power_of_two(
            &<super::super::ScalarField as Modulus<5>>::P,
            264,
        ));
        let b = Fr8::splat(&split(&y.0.l)).mul(&to_lanes);
        let product = a.mul(&b);
        let limbs: [u64; 5] = std::array::from_fn(|j| {
            // SAFETY: a vector is as large as eight words.
            unsafe { std::mem::transmute::<std::arch::x86_64::__m512i, [u64; 8]>(product.0[j])[3] }
        });
        let mut words: [u64; 4] = join(&limbs);
        // Below 3r/2: subtract r once when it is not below.
        let r = [
            0xffff_ffff_0000_0001_u64,
            0x53bd_a402_fffe_5bfe,
            0x3339_d808_09a1_d805,
            0x73ed_a753_299d_7d48,
        ];
        if words.iter().rev().ge(r.iter().rev()) {
            let mut borrow = false;
            for (word, r) in words.iter_mut().zip(r) {
                let (d, b1) = word.overflowing_sub(r);
                let (d, b2) = d.overflowing_sub(u64::from(borrow));
                (*word, borrow) = (d, b1 || b2);
            }
        }
        assert_eq!(words, (x * y).0.l);
        let square = a.square().mul(&Fr8::one());
        let by_itself = a.mul(&a).mul(&Fr8::one());
        // SAFETY: a vector is as large as eight words.
        let limbs = [square, by_itself].map(|v| unsafe {
            std::mem::transmute::<[std::arch::x86_64::__m512i; 5], [[u64; 8]; 5]>(v.0)
        });
        assert_eq!(limbs[0], limbs[1]);
        (x, y) = (x * seven + y, y * y - x);
    }
}
