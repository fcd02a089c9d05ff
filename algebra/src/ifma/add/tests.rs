//! Additions of points in every form that they may have, and around the length of a batch.

use super::{CHUNK, IfmaAdder, STEP};
use crate::ifma::modulus::{BaseField, LIMB_BITS, LIMB_MASK, Modulus};
use crate::ifma::point::IfmaPoint;
use crate::sums::{Adder, Pair, Term};
use crate::{Engine, Fr, G1, G1Affine};

/// Multiples of the generator whose abscissa, in Montgomery's form by 2^416, is below 2^368: it
/// and its sum with p are both abscissas of the same point. One multiple in 6,600 is so.
const SMALL: [u64; 2] = [1657, 11_902];

fn adder() -> Option<IfmaAdder> {
    // SAFETY: the engine of this kind exists.
    Engine::ifma().is_ok().then(|| unsafe { IfmaAdder::new() })
}

/// A coordinate and p.
fn plus_p(coordinate: std::arch::x86_64::__m512i) -> std::arch::x86_64::__m512i {
    // SAFETY: eight words are as large as a vector, here and below.
    let mut limbs: [u64; 8] = unsafe { std::mem::transmute(coordinate) };
    let mut carry = 0;
    for (limb, p) in limbs.iter_mut().zip(BaseField::P) {
        let sum = *limb + p + carry;
        *limb = sum & LIMB_MASK;
        carry = sum >> LIMB_BITS;
    }
    // SAFETY: as above.
    unsafe { std::mem::transmute(limbs) }
}

/// The first multiple in all its forms, the second one in two, and infinity; and the same points in
/// the common form.
fn forms(adder: &mut IfmaAdder) -> (Vec<IfmaPoint>, Vec<G1Affine>) {
    let [first, second] = SMALL.map(|k| G1Affine::from(G1::generator() * Fr::from_u64(k)));
    let stored = adder.load(&[first, second]);
    for point in &stored {
        // SAFETY: a vector is as large as eight words.
        let x: [u64; 8] = unsafe { std::mem::transmute(point.x) };
        assert!(x[7] < 1 << (368 - 7 * LIMB_BITS), "below 2^368");
    }
    let [p, q] = [stored[0], stored[1]];
    let forms = vec![
        p,
        IfmaPoint {
            x: plus_p(p.x),
            ..p
        },
        IfmaPoint {
            y: plus_p(p.y),
            ..p
        },
        IfmaPoint {
            x: plus_p(p.x),
            y: plus_p(p.y),
        },
        q,
        IfmaPoint {
            x: plus_p(q.x),
            ..q
        },
        IfmaPoint::INFINITY,
    ];
    let infinity = G1Affine::from(G1::infinity());
    let points = vec![first, first, first, first, second, second, infinity];
    (forms, points)
}

fn value(points: &[G1Affine], term: Term) -> G1 {
    let point = G1::from(points[term.index()]);
    if term.is_negative() { -point } else { point }
}

/// Adds the pairs of `source`, which are forms of `points`.
fn check(adder: &mut IfmaAdder, source: &[IfmaPoint], points: &[G1Affine], pairs: &[Pair]) {
    let mut out = vec![IfmaPoint::INFINITY; pairs.len()];
    adder.add(source, pairs, &mut out);
    for (i, ([left, right], sum)) in pairs.iter().zip(adder.store(&out)).enumerate() {
        let expected = value(points, *left) + value(points, *right);
        assert_eq!(G1::from(sum), expected, "pair {i}: {left:?}, {right:?}");
    }
}

/// Distinct finite points, appended to both lists; and terms of them that are no exceptions.
fn ordinary(
    adder: &mut IfmaAdder,
    source: &mut Vec<IfmaPoint>,
    points: &mut Vec<G1Affine>,
    count: usize,
) -> Vec<Pair> {
    let first = points.len();
    let mut point = G1::generator();
    for _ in 0..count + 1 {
        points.push(point.into());
        point += G1::generator();
    }
    source.extend(adder.load(&points[first..]));
    (first..first + count)
        .map(|i| {
            let index = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
            [
                Term::new(index(i), i % 3 == 0),
                Term::new(index(i + 1), i % 2 == 0),
            ]
        })
        .collect()
}

#[test]
fn both_forms_of_an_abscissa_are_one_point_in_every_lane() {
    let Some(mut adder) = adder() else { return };
    let (mut source, mut points) = forms(&mut adder);
    let count = source.len();
    let others = ordinary(&mut adder, &mut source, &mut points, STEP);
    for left in (0..2).flat_map(|sign| (0..7).map(move |i| Term::new(i, sign == 1))) {
        for right in (0..2).flat_map(|sign| (0..7).map(move |i| Term::new(i, sign == 1))) {
            for lane in 0..STEP {
                let mut pairs = others.clone();
                pairs[lane] = [left, right];
                check(&mut adder, &source, &points, &pairs);
            }
            // All lanes at once.
            check(&mut adder, &source, &points, &[[left, right]; STEP]);
        }
    }
    assert_eq!(count, 7);
}

#[test]
fn both_forms_of_an_abscissa_are_stored_doubled_and_multiplied_alike() {
    let Some(mut adder) = adder() else { return };
    let (source, points) = forms(&mut adder);
    assert_eq!(adder.store(&source), points);
    let images = adder.endomorphism(&source);
    let twins = adder.load(&points);
    let expected = adder.endomorphism(&twins);
    assert_eq!(adder.store(&images), adder.store(&expected));
    let mut doubled = source;
    adder.double(&mut doubled);
    for (point, double) in points.iter().zip(adder.store(&doubled)) {
        assert_eq!(G1::from(double), G1::from(*point) + G1::from(*point));
    }
}

#[test]
fn lengths_around_a_batch() {
    let Some(mut adder) = adder() else { return };
    let (mut source, mut points) = forms(&mut adder);
    let mut all = ordinary(&mut adder, &mut source, &mut points, 2 * CHUNK + 1);
    // Exceptions at both ends of the batches.
    let twins = [Term::new(0, false), Term::new(1, false)];
    for at in [0, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 14, 2 * CHUNK] {
        all[at] = twins;
    }
    let lengths = [CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + STEP - 1];
    for length in lengths.into_iter().chain([2 * CHUNK, 2 * CHUNK + 1]) {
        check(&mut adder, &source, &points, &all[..length]);
        let mut doubled = source[..length].to_vec();
        adder.double(&mut doubled);
        for (point, double) in points.iter().zip(adder.store(&doubled)) {
            assert_eq!(G1::from(double), G1::from(*point) + G1::from(*point));
        }
    }
}
