//! Eight rows of eight words to eight columns.

use std::arch::x86_64::{
    __m512i, _mm512_shuffle_i64x2, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

/// The transpose of 8×8 words: word i of vector j becomes word j of vector i.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn transpose8(rows: [__m512i; 8]) -> [__m512i; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let even = quarters([
        _mm512_unpacklo_epi64(r0, r1),
        _mm512_unpacklo_epi64(r2, r3),
        _mm512_unpacklo_epi64(r4, r5),
        _mm512_unpacklo_epi64(r6, r7),
    ]);
    let odd = quarters([
        _mm512_unpackhi_epi64(r0, r1),
        _mm512_unpackhi_epi64(r2, r3),
        _mm512_unpackhi_epi64(r4, r5),
        _mm512_unpackhi_epi64(r6, r7),
    ]);
    [
        even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3],
    ]
}

/// The transpose of 4×4 pairs of words.
#[inline]
#[target_feature(enable = "avx512f")]
fn quarters(rows: [__m512i; 4]) -> [__m512i; 4] {
    let [r0, r1, r2, r3] = rows;
    let low02 = _mm512_shuffle_i64x2::<0x88>(r0, r1);
    let low13 = _mm512_shuffle_i64x2::<0xdd>(r0, r1);
    let high02 = _mm512_shuffle_i64x2::<0x88>(r2, r3);
    let high13 = _mm512_shuffle_i64x2::<0xdd>(r2, r3);
    [
        _mm512_shuffle_i64x2::<0x88>(low02, high02),
        _mm512_shuffle_i64x2::<0x88>(low13, high13),
        _mm512_shuffle_i64x2::<0xdd>(low02, high02),
        _mm512_shuffle_i64x2::<0xdd>(low13, high13),
    ]
}
