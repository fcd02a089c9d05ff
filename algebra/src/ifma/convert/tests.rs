//! Conversions against blst, one element at a time.

use blst::{blst_fp, blst_fp_add, blst_fp_from_uint64, blst_fp_inverse, blst_fp_mul, blst_fp_sub};

use super::super::Fp8;
use super::super::modulus::{BaseField, Modulus, join, multiple};
use super::{canonical, invert, is_zero, load_fp, load_words, store_fp, store_words};
use crate::Engine;

fn fp(limbs: &[u64; 6]) -> blst_fp {
    let mut out = blst_fp::default();
    // SAFETY: six limbs are read and `out` is ours.
    unsafe { blst_fp_from_uint64(&raw mut out, limbs.as_ptr()) };
    out
}

/// Zero, one, p − 1, (p − 1)/2 and random elements.
fn samples() -> Vec<blst_fp> {
    let mut minus_one: [u64; 6] = join(&BaseField::P);
    minus_one[0] -= 1;
    let half = std::array::from_fn(|i| {
        (minus_one[i] >> 1) | minus_one.get(i + 1).map_or(0, |above| above << 63)
    });
    let mut out: Vec<blst_fp> = [[0; 6], [1, 0, 0, 0, 0, 0], minus_one, half]
        .iter()
        .map(fp)
        .collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while out.len() < 32 {
        out.push(fp(&std::array::from_fn(|i| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let word = state ^ (state >> 29);
            if i == 5 { word >> 4 } else { word }
        })));
    }
    out
}

/// Eight samples from `start` on.
fn eight(samples: &[blst_fp], start: usize) -> [&blst_fp; 8] {
    std::array::from_fn(|lane| &samples[(start + lane) % samples.len()])
}

#[test]
fn conversions_agree_with_blst() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe {
        check_words();
        check_round_trip();
        check_redundant();
        check_inverses();
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_words() {
    let four: [[u64; 4]; 8] = std::array::from_fn(|i| std::array::from_fn(|j| (8 * i + j) as u64));
    let six: [[u64; 6]; 8] = std::array::from_fn(|i| std::array::from_fn(|j| (8 * i + j) as u64));
    assert_eq!(store_words(&load_words(four.each_ref())), four);
    let vectors = load_words(six.each_ref());
    assert_eq!(store_words(&vectors), six);
    let lane_of_word: [[u64; 1]; 8] = store_words(&[vectors[3]]);
    assert_eq!(lane_of_word, six.map(|words| [words[3]]));
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_round_trip() {
    let samples = samples();
    for start in 0..samples.len() {
        let expected = eight(&samples, start);
        let loaded = load_fp(expected);
        assert_eq!(store_fp(&loaded), expected.map(|value| *value));
        let others = eight(&samples, start + 5);
        let product = store_fp(&loaded.mul(&load_fp(others)));
        for lane in 0..8 {
            let mut naive = blst_fp::default();
            // SAFETY: all pointers are to live elements.
            unsafe { blst_fp_mul(&raw mut naive, expected[lane], others[lane]) };
            assert_eq!(product[lane], naive);
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_redundant() {
    let samples = samples();
    for start in 0..samples.len() {
        let (a, b) = (eight(&samples, start), eight(&samples, start + 1));
        let zero = samples[0];
        for k in [2, 4, 100, 1 << 16] {
            let above = multiple(&BaseField::P, k);
            let sum = load_fp(a).add(&Fp8::splat(&above));
            let difference = sum.sub(&load_fp(b), &multiple(&BaseField::P, 2));
            let (sums, differences) = (store_fp(&sum), store_fp(&difference));
            let reduced = canonical(&difference);
            for lane in 0..8 {
                let mut naive = blst_fp::default();
                // SAFETY: all pointers are to live elements.
                unsafe { blst_fp_sub(&raw mut naive, a[lane], b[lane]) };
                assert_eq!((sums[lane], differences[lane]), (*a[lane], naive));
                assert_eq!(is_zero(&sum) >> lane & 1 == 1, *a[lane] == zero);
                assert_eq!(is_zero(&difference) >> lane & 1 == 1, naive == zero);
            }
            assert_eq!(store_fp(&reduced), differences);
            // The canonical form is one integer, below p.
            let again = canonical(&reduced.add(&Fp8::splat(&above)));
            assert_eq!(store_words(&again.0), store_words(&reduced.0));
            for limbs in store_words(&reduced.0) {
                assert!(limbs.iter().rev().lt(BaseField::P.iter().rev()));
            }
        }
        // a − a is a multiple of p and not the integer zero.
        let nothing = load_fp(a).sub(&load_fp(a), &multiple(&BaseField::P, 3));
        assert_eq!(is_zero(&nothing), u8::MAX);
        assert_eq!(store_fp(&nothing), [zero; 8]);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_inverses() {
    let samples = samples();
    for start in 0..samples.len() {
        let values = eight(&samples, start);
        let inverses = store_fp(&invert(&load_fp(values)));
        for lane in 0..8 {
            let mut naive = blst_fp::default();
            // SAFETY: all pointers are to live elements.
            unsafe { blst_fp_inverse(&raw mut naive, values[lane]) };
            assert_eq!(inverses[lane], naive);
        }
    }
    let (zero, one) = (samples[0], samples[1]);
    let mut two = one;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_add(&raw mut two, &raw const one, &raw const one) };
    for zeros in 0..=u8::MAX {
        let values: [blst_fp; 8] =
            std::array::from_fn(|lane| if zeros >> lane & 1 == 1 { zero } else { two });
        let back = store_fp(&invert(&invert(&load_fp(values.each_ref()))));
        assert_eq!(back, values);
    }
}
