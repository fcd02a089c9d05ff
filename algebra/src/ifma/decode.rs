//! Compressed points, eight at a time: the square root and the check of the subgroup.

use std::arch::x86_64::{__mmask8, _mm512_add_epi64, _mm512_sub_epi64};

use super::Fp8;
use super::convert::{is_zero, load_words, split_words, store_fp};
use super::jacobian::Affine;
use super::lanes::{broadcast, negative};
use super::modulus::{BaseField, Modulus, multiple, power_of_two, scale, split};
use super::multiply::double;
use crate::glv::{BETA, SEED};
use crate::scalar::BASE_PRIME;
use crate::{AlgebraError, G1_BYTES, G1Affine};

/// The flags in the first byte of ZCash's encoding.
const COMPRESSED: u8 = 0x80;
const INFINITY: u8 = 0x40;
const LARGER: u8 = 0x20;

/// Below so many points, blst reads them faster one at a time.
const FEW: usize = 3;

/// Four, the curve's b, in Montgomery's form.
const CURVE_B: [u64; 8] = power_of_two(&BaseField::P, 418);
/// β in Montgomery's form by 2^416, out of blst's by 2^384.
pub(super) const BETA_LIMBS: [u64; 8] = scale(&BaseField::P, &split(&BETA.l), 32);

/// An encoding that may be a point: its x, below p, and which y it means.
struct Candidate {
    position: usize,
    x: [u64; 6],
    larger: bool,
}

/// See [`Engine::read_points`](crate::Engine::read_points).
///
/// Only what is surely a point of the group is answered here. Everything else, and infinity, goes
/// to blst, which so judges every error.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn read_points(bytes: &[[u8; G1_BYTES]]) -> Vec<Result<G1Affine, AlgebraError>> {
    let candidates: Vec<Candidate> = bytes
        .iter()
        .enumerate()
        .filter_map(|(position, bytes)| candidate(position, bytes))
        .collect();
    let mut out: Vec<Option<G1Affine>> = vec![None; bytes.len()];
    for eight in candidates.chunks(8) {
        if eight.len() < FEW {
            continue;
        }
        let points = decode(eight);
        for (candidate, point) in eight.iter().zip(points) {
            out[candidate.position] = point;
        }
    }
    out.into_iter()
        .zip(bytes)
        .map(|(point, bytes)| point.map_or_else(|| G1Affine::from_compressed(bytes), Ok))
        .collect()
}

/// Reads flags and x; none for infinity and for what cannot be a point.
fn candidate(position: usize, bytes: &[u8; G1_BYTES]) -> Option<Candidate> {
    let flags = bytes[0];
    if flags & COMPRESSED == 0 || flags & INFINITY != 0 {
        return None;
    }
    let mut x = [0; 6];
    let (words, _) = bytes.as_chunks::<8>();
    for (limb, word) in x.iter_mut().rev().zip(words) {
        *limb = u64::from_be_bytes(*word);
    }
    x[5] &= u64::MAX >> 3;
    x.iter()
        .rev()
        .lt(BASE_PRIME.iter().rev())
        .then_some(Candidate {
            position,
            x,
            larger: flags & LARGER != 0,
        })
}

/// The points of up to eight candidates, where they are in the group.
#[target_feature(enable = "avx512f,avx512ifma")]
fn decode(candidates: &[Candidate]) -> [Option<G1Affine>; 8] {
    let mut words = [[0; 6]; 8];
    let mut larger: __mmask8 = 0;
    for (lane, (words, candidate)) in words.iter_mut().zip(candidates).enumerate() {
        *words = candidate.x;
        larger |= u8::from(candidate.larger) << lane;
    }
    let x = split_words(&load_words(words.each_ref())).mul(&Fp8::splat(&BaseField::R_SQUARED));
    let (y, on_curve) = solve(&x, larger);
    let point = Affine { x, y };
    let good = on_curve & in_subgroup(&point);
    let (xs, ys) = (store_fp(&x), store_fp(&y));
    std::array::from_fn(|lane| {
        (lane < candidates.len() && good >> lane & 1 == 1).then(|| {
            G1Affine(blst::blst_p1_affine {
                x: xs[lane],
                y: ys[lane],
            })
        })
    })
}

/// The y above x, the larger one in the lanes of the mask, and the lanes that have one.
#[target_feature(enable = "avx512f,avx512ifma")]
fn solve(x: &Fp8, larger: __mmask8) -> (Fp8, __mmask8) {
    let right = x.square().mul(x).add(&Fp8::splat(&CURVE_B));
    // p ≡ 3 mod 4: a square's root is its power to (p + 1)/4.
    let y = power_of_root(&right);
    let on_curve = is_zero(&y.square().sub(&right, &multiple(&BaseField::P, 4)));
    let negated = Fp8::splat(&multiple(&BaseField::P, 2)).sub(&y, &[0; 8]);
    (negated.select(is_larger(&y) ^ larger, &y), on_curve)
}

/// The lanes whose integer is above (p − 1)/2.
#[target_feature(enable = "avx512f,avx512ifma")]
fn is_larger(y: &Fp8) -> __mmask8 {
    let mut one = [0; 8];
    one[0] = 1;
    // 2·y − p.
    let mut limbs = y.mul(&Fp8::splat(&one)).subtract_once().0;
    for (limb, p) in limbs.iter_mut().zip(&BaseField::P) {
        *limb = _mm512_sub_epi64(_mm512_add_epi64(*limb, *limb), broadcast(*p));
    }
    !negative(Fp8::carry(limbs).0[7])
}

/// (p + 1)/4.
const ROOT_EXPONENT: [u64; 6] = {
    let mut out = [0; 6];
    let mut i = 0;
    while i < 6 {
        let above = if i < 5 { BASE_PRIME[i + 1] } else { 0 };
        out[i] = BASE_PRIME[i] >> 2 | above << 62;
        i += 1;
    }
    // p ≡ 3 mod 4: the division of p leaves out the carry of p + 1, and nothing overflows.
    out[0] += 1;
    out
};

/// The power to (p + 1)/4 by sliding windows of five bits.
#[target_feature(enable = "avx512f,avx512ifma")]
fn power_of_root(base: &Fp8) -> Fp8 {
    const WINDOW: usize = 5;
    let bit = |i: usize| ROOT_EXPONENT[i / 64] >> (i % 64) & 1;
    let square = base.square();
    let mut odd = [*base; 1 << (WINDOW - 1)];
    for i in 1..odd.len() {
        odd[i] = odd[i - 1].mul(&square);
    }
    let mut out: Option<Fp8> = None;
    let mut above = 379;
    while above > 0 {
        if bit(above - 1) == 0 {
            out = out.map(|value| value.square());
            above -= 1;
            continue;
        }
        let mut below = above.saturating_sub(WINDOW);
        while bit(below) == 0 {
            below += 1;
        }
        let window = (below..above).rev().fold(0, |value, i| 2 * value + bit(i));
        let factor = &odd[(window >> 1) as usize];
        out = Some(match out {
            None => *factor,
            Some(mut value) => {
                for _ in below..above {
                    value = value.square();
                }
                value.mul(factor)
            }
        });
        above = below;
    }
    out.unwrap_or(*base)
}

/// The lanes in the subgroup of order r: those where the endomorphism (x, y) ↦ (β·x, y) is the
/// multiplication by −z², z the curve's parameter (Bowe, eprint 2019/814; Scott, eprint
/// 2021/1130). The points are on the curve. Lanes where a formula met an exception count as
/// outside, see [`super::jacobian`].
#[target_feature(enable = "avx512f,avx512ifma")]
fn in_subgroup(point: &Affine) -> __mmask8 {
    let mut once = point.jacobian();
    for i in (0..SEED.ilog2()).rev() {
        once = double(&once);
        if SEED >> i & 1 == 1 {
            once = once.add_affine(point, 0);
        }
    }
    let mut twice = once;
    for i in (0..SEED.ilog2()).rev() {
        twice = double(&twice);
        if SEED >> i & 1 == 1 {
            twice = twice.add(&once);
        }
    }
    // z²·P = −φ(P): X = β·x·Z² and Y = −y·Z³.
    let zz = twice.z.square();
    let x = point.x.mul(&Fp8::splat(&BETA_LIMBS)).mul(&zz);
    let y = point.y.mul(&twice.z).mul(&zz);
    let above = multiple(&BaseField::P, 16);
    let same_x = is_zero(&x.sub(&twice.x, &above));
    let same_y = is_zero(&y.add(&twice.y));
    same_x & same_y & !is_zero(&twice.z)
}
