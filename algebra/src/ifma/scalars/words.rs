//! The way between elements in words of 64 bits and lanes.

use std::arch::x86_64::{
    __m256i, __m512i, _mm256_loadu_si256, _mm256_storeu_si256, _mm512_and_si512,
    _mm512_castsi256_si512, _mm512_castsi512_si256, _mm512_extracti64x4_epi64, _mm512_inserti64x4,
    _mm512_or_si512, _mm512_permutex2var_epi64, _mm512_set_epi64, _mm512_set4_epi32,
    _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_shuffle_i64x2, _mm512_slli_epi64,
    _mm512_srli_epi64,
};

use crate::Fr;
use crate::ifma::Fr8;
use crate::ifma::lanes::broadcast;
use crate::ifma::modulus::LIMB_MASK;

/// From blst's elements: carried and below r, in blst's form.
#[inline]
#[target_feature(enable = "avx512f")]
pub(in crate::ifma) fn load(values: [&Fr; 8]) -> Fr8 {
    split(columns(gather(values.map(|value| &value.0.l))))
}

/// To blst's elements. The value must be carried and below r.
#[inline]
#[target_feature(enable = "avx512f")]
pub(in crate::ifma) fn store(value: &Fr8, out: [&mut Fr; 8]) {
    scatter(rows(join(value)), out.map(|value| &mut value.0.l));
}

/// From big-endian bytes: carried, below 2^256.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn load_bytes(bytes: [&[u8; 32]; 8]) -> Fr8 {
    let [a, b, c, d] = gather(bytes);
    // The bytes within the words, then the words.
    let words = columns([swap_bytes(a), swap_bytes(b), swap_bytes(c), swap_bytes(d)]);
    let [w3, w2, w1, w0] = words;
    split([w0, w1, w2, w3])
}

/// To big-endian bytes. The value must be carried and below 2^256.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn store_bytes(value: &Fr8, out: [&mut [u8; 32]; 8]) {
    let [w0, w1, w2, w3] = join(value);
    let [a, b, c, d] = rows([w3, w2, w1, w0]);
    scatter(
        [swap_bytes(a), swap_bytes(b), swap_bytes(c), swap_bytes(d)],
        out,
    );
}

/// Reverses the bytes of each word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn swap_bytes(words: __m512i) -> __m512i {
    let order = _mm512_set4_epi32(0x0809_0a0b, 0x0c0d_0e0f, 0x0001_0203, 0x0405_0607);
    _mm512_shuffle_epi8(words, order)
}

/// Two of eight values of 32 bytes in each vector.
#[inline]
#[target_feature(enable = "avx512f")]
fn gather<T: Plain>(values: [&T; 8]) -> [__m512i; 4] {
    const {
        assert!(
            size_of::<T>() == size_of::<__m256i>(),
            "a value is 32 bytes"
        )
    };
    let mut halves = [_mm512_setzero_si512(); 8];
    for (half, value) in halves.iter_mut().zip(values) {
        let pointer = std::ptr::from_ref(value).cast();
        // SAFETY: the value is 32 readable bytes without padding, and needs no alignment here.
        *half = _mm512_castsi256_si512(unsafe { _mm256_loadu_si256(pointer) });
    }
    let [a, b, c, d, e, f, g, h] = halves;
    [
        _mm512_inserti64x4::<1>(a, _mm512_castsi512_si256(b)),
        _mm512_inserti64x4::<1>(c, _mm512_castsi512_si256(d)),
        _mm512_inserti64x4::<1>(e, _mm512_castsi512_si256(f)),
        _mm512_inserti64x4::<1>(g, _mm512_castsi512_si256(h)),
    ]
}

/// The other way: eight arrays of integers, 32 bytes each.
#[inline]
#[target_feature(enable = "avx512f")]
fn scatter<T: Plain>(pairs: [__m512i; 4], out: [&mut T; 8]) {
    const {
        assert!(
            size_of::<T>() == size_of::<__m256i>(),
            "a value is 32 bytes"
        )
    };
    let [a, b, c, d] = pairs;
    let halves = [
        _mm512_castsi512_si256(a),
        _mm512_extracti64x4_epi64::<1>(a),
        _mm512_castsi512_si256(b),
        _mm512_extracti64x4_epi64::<1>(b),
        _mm512_castsi512_si256(c),
        _mm512_extracti64x4_epi64::<1>(c),
        _mm512_castsi512_si256(d),
        _mm512_extracti64x4_epi64::<1>(d),
    ];
    for (half, out) in halves.into_iter().zip(out) {
        // SAFETY: `out` is 32 writable bytes, of a type for which any bytes are a value.
        unsafe { _mm256_storeu_si256(std::ptr::from_mut(out).cast(), half) };
    }
}

/// Data without padding, of which any bytes are a value.
///
/// # Safety
/// The type is such data.
unsafe trait Plain {}
// SAFETY: arrays of integers are, here and below.
unsafe impl Plain for [u64; 4] {}
// SAFETY: as above.
unsafe impl Plain for [u8; 32] {}

/// Four words of each of eight values, two values in each vector, to a vector for each word.
#[inline]
#[target_feature(enable = "avx512f")]
fn columns(pairs: [__m512i; 4]) -> [__m512i; 4] {
    let [a, b, c, d] = pairs;
    let low = _mm512_set_epi64(13, 9, 5, 1, 12, 8, 4, 0);
    let high = _mm512_set_epi64(15, 11, 7, 3, 14, 10, 6, 2);
    let (ab01, ab23) = (
        _mm512_permutex2var_epi64(a, low, b),
        _mm512_permutex2var_epi64(a, high, b),
    );
    let (cd01, cd23) = (
        _mm512_permutex2var_epi64(c, low, d),
        _mm512_permutex2var_epi64(c, high, d),
    );
    [
        _mm512_shuffle_i64x2::<0x44>(ab01, cd01),
        _mm512_shuffle_i64x2::<0xee>(ab01, cd01),
        _mm512_shuffle_i64x2::<0x44>(ab23, cd23),
        _mm512_shuffle_i64x2::<0xee>(ab23, cd23),
    ]
}

/// The inverse of [`columns`].
#[inline]
#[target_feature(enable = "avx512f")]
fn rows(words: [__m512i; 4]) -> [__m512i; 4] {
    let [w0, w1, w2, w3] = words;
    let low = _mm512_set_epi64(13, 9, 5, 1, 12, 8, 4, 0);
    let high = _mm512_set_epi64(15, 11, 7, 3, 14, 10, 6, 2);
    let (ab01, cd01) = (
        _mm512_shuffle_i64x2::<0x44>(w0, w1),
        _mm512_shuffle_i64x2::<0xee>(w0, w1),
    );
    let (ab23, cd23) = (
        _mm512_shuffle_i64x2::<0x44>(w2, w3),
        _mm512_shuffle_i64x2::<0xee>(w2, w3),
    );
    [
        _mm512_permutex2var_epi64(ab01, low, ab23),
        _mm512_permutex2var_epi64(ab01, high, ab23),
        _mm512_permutex2var_epi64(cd01, low, cd23),
        _mm512_permutex2var_epi64(cd01, high, cd23),
    ]
}

/// Words of 64 bits to limbs of 52.
#[inline]
#[target_feature(enable = "avx512f")]
fn split(words: [__m512i; 4]) -> Fr8 {
    let mask = broadcast(LIMB_MASK);
    let [w0, w1, w2, w3] = words;
    let l1 = _mm512_or_si512(_mm512_srli_epi64::<52>(w0), _mm512_slli_epi64::<12>(w1));
    let l2 = _mm512_or_si512(_mm512_srli_epi64::<40>(w1), _mm512_slli_epi64::<24>(w2));
    let l3 = _mm512_or_si512(_mm512_srli_epi64::<28>(w2), _mm512_slli_epi64::<36>(w3));
    Fr8::new([
        _mm512_and_si512(w0, mask),
        _mm512_and_si512(l1, mask),
        _mm512_and_si512(l2, mask),
        _mm512_and_si512(l3, mask),
        _mm512_srli_epi64::<16>(w3),
    ])
}

/// Limbs of 52 bits to words of 64.
#[inline]
#[target_feature(enable = "avx512f")]
fn join(value: &Fr8) -> [__m512i; 4] {
    let [l0, l1, l2, l3, l4] = value.0;
    [
        _mm512_or_si512(l0, _mm512_slli_epi64::<52>(l1)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(l1), _mm512_slli_epi64::<40>(l2)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(l2), _mm512_slli_epi64::<28>(l3)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(l3), _mm512_slli_epi64::<16>(l4)),
    ]
}
