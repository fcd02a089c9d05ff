//! Butterflies over vectors of eight lanes, and passes of them over a block.
//!
//! Values are carried, but not reduced at every step: bounds below are in multiples of r. A
//! product takes one factor below 17 beside a constant below 1, and is below 3/2.

use std::arch::x86_64::{_mm512_add_epi64, _mm512_sub_epi64};

use crate::fft::Layers;
use crate::ifma::Fr8;
use crate::ifma::lanes::broadcast;
use crate::ifma::scalars::product::{Loose, above, add, products, reduce};

/// The largest bound of a value that a product takes.
const FACTOR_BOUND: u64 = 17;
/// The bound of reduced values.
const REDUCED: u64 = 2;
/// What the inverse's passes keep all values below.
pub(super) const INVERSE_BOUND: u64 = 3;

/// Runs the body for each four values that stand at one place of the block's four quarters.
macro_rules! each_quarter {
    ($block:expr, |$x0:ident, $x1:ident, $x2:ident, $x3:ident| $body:block) => {
        let (low, high) = $block.split_at_mut($block.len() / 2);
        let (q0, q1) = low.split_at_mut(low.len() / 2);
        let (q2, q3) = high.split_at_mut(high.len() / 2);
        for ((($x0, $x1), $x2), $x3) in q0.iter_mut().zip(q1).zip(q2).zip(q3) {
            $body
        }
    };
}

/// a − b + `K`·r, where b is below K.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn sub<const K: u64>(a: &Loose, b: &Loose) -> Loose {
    let above = const { above(K) };
    let mut difference = *a;
    for j in 0..5 {
        let raised = _mm512_add_epi64(a[j], broadcast(above[j]));
        difference[j] = _mm512_sub_epi64(raised, b[j]);
    }
    difference
}

/// Two butterflies (x, y) → (x + z·y, x − z·y), for y below 17. Raises the bound by 2.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn forward2(x: [&Loose; 2], y: [&Fr8; 2], z: [&Fr8; 2]) -> [[Loose; 2]; 2] {
    let [s, t] = products(y, z);
    [
        [add(x[0], &s), sub::<2>(x[0], &s)],
        [add(x[1], &t), sub::<2>(x[1], &t)],
    ]
}

/// All layers of a block of a power of two of vectors, which is block `b` of the layer of `blocks`;
/// values are below `bound` and come out below the bound returned.
///
/// The block is done to its end before the next one begins, so that its parts stay in the nearest
/// cache.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn forward(
    layers: &Layers<[u64; 5]>,
    x: &mut [Fr8],
    blocks: usize,
    b: usize,
    bound: u64,
) -> u64 {
    match x {
        [] | [_] => bound,
        [low, high] => {
            let z = Fr8::splat(&layers.of(blocks)[b]);
            let (base, raised) = if bound > FACTOR_BOUND - 4 {
                (reduce(low), REDUCED + 2)
            } else {
                (*low, bound + 2)
            };
            let [t] = products([high], [&z]);
            *low = Fr8::carry(add(&base.0, &t));
            *high = Fr8::carry(sub::<2>(&base.0, &t));
            raised
        }
        _ => {
            let quarter = x.len() / 4;
            let raised = if blocks == 1 && bound == 1 && layers.begins_with_one() {
                forward_first_pass(layers, x);
                bound + 4
            } else if bound > FACTOR_BOUND - 4 {
                forward_pass::<true>(layers, x, blocks, b);
                REDUCED + 4
            } else {
                forward_pass::<false>(layers, x, blocks, b);
                bound + 4
            };
            let mut last = raised;
            for (i, part) in x.chunks_exact_mut(quarter).enumerate() {
                last = last.max(forward(layers, part, 4 * blocks, 4 * b + i, raised));
            }
            last
        }
    }
}

/// Two layers at once, so that values are loaded and stored half as often. `REDUCE` lowers the
/// values that the products do not.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn forward_pass<const REDUCE: bool>(
    layers: &Layers<[u64; 5]>,
    x: &mut [Fr8],
    blocks: usize,
    b: usize,
) {
    let children = layers.of(2 * blocks);
    let z = Fr8::splat(&layers.of(blocks)[b]);
    let z0 = Fr8::splat(&children[2 * b]);
    let z1 = Fr8::splat(&children[2 * b + 1]);
    each_quarter!(x, |x0, x1, x2, x3| {
        let (base0, base1) = if REDUCE {
            (reduce(x0), reduce(x1))
        } else {
            (*x0, *x1)
        };
        let [[y0, y2], [y1, y3]] = forward2([&base0.0, &base1.0], [x2, x3], [&z, &z]);
        let (y1, y3) = (Fr8::carry(y1), Fr8::carry(y3));
        let [[w0, w1], [w2, w3]] = forward2([&y0, &y2], [&y1, &y3], [&z0, &z1]);
        *x0 = Fr8::carry(w0);
        *x1 = Fr8::carry(w1);
        *x2 = Fr8::carry(w2);
        *x3 = Fr8::carry(w3);
    });
}

/// The first two layers of a domain, of whose factors only the last is not one; values are below
/// 1 and come out below 5.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn forward_first_pass(layers: &Layers<[u64; 5]>, x: &mut [Fr8]) {
    let z = Fr8::splat(&layers.of(2)[1]);
    each_quarter!(x, |x0, x1, x2, x3| {
        let (y0, y2) = (add(&x0.0, &x2.0), sub::<2>(&x0.0, &x2.0));
        let (y1, y3) = (add(&x1.0, &x3.0), sub::<2>(&x1.0, &x3.0));
        let [t] = products([&Fr8::carry(y3)], [&z]);
        *x0 = Fr8::carry(add(&y0, &y1));
        *x1 = Fr8::carry(sub::<2>(&y0, &y1));
        *x2 = Fr8::carry(add(&y2, &t));
        *x3 = Fr8::carry(sub::<2>(&y2, &t));
    });
}

/// All layers of a block backwards, see [`forward`]; values are below [`INVERSE_BOUND`] and stay
/// so, but for the first block of a domain, where they come out below 12.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn inverse(layers: &Layers<[u64; 5]>, x: &mut [Fr8], blocks: usize, b: usize) {
    match x {
        [] | [_] => {}
        [low, high] => {
            let z = Fr8::splat(&layers.of(blocks)[b]);
            let sum = add(&low.0, &high.0);
            let difference = Fr8::carry(sub::<INVERSE_BOUND>(&low.0, &high.0));
            let [t] = products([&difference], [&z]);
            *low = reduce(&Fr8::carry(sum));
            *high = Fr8::carry(t);
        }
        _ => {
            let quarter = x.len() / 4;
            for (i, part) in x.chunks_exact_mut(quarter).enumerate() {
                inverse(layers, part, 4 * blocks, 4 * b + i);
            }
            if blocks == 1 && layers.begins_with_one() {
                inverse_last_pass(layers, x);
            } else {
                inverse_pass(layers, x, blocks, b);
            }
        }
    }
}

/// Two layers at once.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverse_pass(layers: &Layers<[u64; 5]>, x: &mut [Fr8], blocks: usize, b: usize) {
    let children = layers.of(2 * blocks);
    let z = Fr8::splat(&layers.of(blocks)[b]);
    let z0 = Fr8::splat(&children[2 * b]);
    let z1 = Fr8::splat(&children[2 * b + 1]);
    each_quarter!(x, |x0, x1, x2, x3| {
        // Below 6, and the products below 2.
        let (y0, y2) = (add(&x0.0, &x1.0), add(&x2.0, &x3.0));
        let d0 = Fr8::carry(sub::<INVERSE_BOUND>(&x0.0, &x1.0));
        let d1 = Fr8::carry(sub::<INVERSE_BOUND>(&x2.0, &x3.0));
        let [y1, y3] = products([&d0, &d1], [&z0, &z1]);
        let e0 = Fr8::carry(sub::<6>(&y0, &y2));
        let e1 = Fr8::carry(sub::<2>(&y1, &y3));
        let [w2, w3] = products([&e0, &e1], [&z, &z]);
        *x0 = reduce(&Fr8::carry(add(&y0, &y2)));
        *x1 = Fr8::carry(add(&y1, &y3));
        *x2 = Fr8::carry(w2);
        *x3 = Fr8::carry(w3);
    });
}

/// The last two layers of a domain, of whose factors only one is not one; values come out below
/// 12.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverse_last_pass(layers: &Layers<[u64; 5]>, x: &mut [Fr8]) {
    let z = Fr8::splat(&layers.of(2)[1]);
    each_quarter!(x, |x0, x1, x2, x3| {
        let (y0, y2) = (add(&x0.0, &x1.0), add(&x2.0, &x3.0));
        let y1 = sub::<INVERSE_BOUND>(&x0.0, &x1.0);
        let d1 = Fr8::carry(sub::<INVERSE_BOUND>(&x2.0, &x3.0));
        let [y3] = products([&d1], [&z]);
        *x0 = Fr8::carry(add(&y0, &y2));
        *x1 = Fr8::carry(add(&y1, &y3));
        *x2 = Fr8::carry(sub::<6>(&y0, &y2));
        *x3 = Fr8::carry(sub::<2>(&y1, &y3));
    });
}
