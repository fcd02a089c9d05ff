//! Sums and differences of pairs of points, eight pairs at a time.

use blst::blst_p1_affine;

use super::Fp8;
use super::convert::{invert, is_zero, load_fp, store_fp};
use super::jacobian::Affine;
use super::modulus::{BaseField, Modulus, multiple};
use crate::{G1Affine, scalar};

/// Pairs that share an inversion.
const CHUNK: usize = 512;

/// Eight pairs between the two passes: the difference of their x, and the product of all such
/// differences before.
struct Step {
    left: Affine,
    right: Affine,
    difference: Fp8,
    before: Fp8,
}

/// (u, t) to (u + t, u − t), in place. Pairs of equal or opposite points, or with infinity, are
/// left to blst.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn butterflies(pairs: &mut [[G1Affine; 2]]) {
    for pairs in pairs.chunks_mut(CHUNK) {
        let mut steps = Vec::with_capacity(pairs.len().div_ceil(8));
        let mut exceptions = Vec::new();
        let mut product = Fp8::one();
        for (at, eight) in pairs.chunks(8).enumerate() {
            let point = |side: usize| {
                let lane = |i: usize| &eight[i.min(eight.len() - 1)][side].0;
                Affine {
                    x: load_fp(std::array::from_fn(|i| &lane(i).x)),
                    y: load_fp(std::array::from_fn(|i| &lane(i).y)),
                }
            };
            let (left, right) = (point(0), point(1));
            let difference = right.x.sub(&left.x, &multiple(&BaseField::P, 2));
            let same = is_zero(&difference);
            for (lane, [u, t]) in eight.iter().enumerate() {
                if same >> lane & 1 == 1 || u.is_infinity() || t.is_infinity() {
                    exceptions.push((8 * at + lane, [*u, *t]));
                }
            }
            let difference = Fp8::one().select(same, &difference);
            steps.push(Step {
                left,
                right,
                difference,
                before: product,
            });
            product = product.mul(&difference);
        }
        let mut suffix = invert(&product);
        for (eight, step) in pairs.chunks_mut(8).zip(&steps).rev() {
            let inverse = suffix.mul(&step.before);
            suffix = suffix.mul(&step.difference);
            let p = |k| multiple(&BaseField::P, k);
            let Step { left, right, .. } = step;
            let rise = right.y.sub(&left.y, &p(2));
            let fall = Fp8::splat(&p(4)).sub(&right.y.add(&left.y), &[0; 8]);
            let sum = third(&rise.mul(&inverse), left, right);
            let difference = third(&fall.mul(&inverse), left, right);
            for (lane, pair) in eight.iter_mut().enumerate() {
                *pair = [sum[lane], difference[lane]];
            }
        }
        for (at, mut pair) in exceptions {
            scalar::butterflies(std::slice::from_mut(&mut pair));
            pairs[at] = pair;
        }
    }
}

/// The third point on the line of this slope through the left one, mirrored.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn third(slope: &Fp8, left: &Affine, right: &Affine) -> [G1Affine; 8] {
    let above = multiple(&BaseField::P, 4);
    let x = slope.square().sub(&left.x.add(&right.x), &above);
    let y = slope
        .mul(&left.x.sub(&x, &multiple(&BaseField::P, 6)))
        .sub(&left.y, &multiple(&BaseField::P, 2));
    let (x, y) = (store_fp(&x), store_fp(&y));
    std::array::from_fn(|lane| {
        G1Affine(blst_p1_affine {
            x: x[lane],
            y: y[lane],
        })
    })
}
