//! Every engine's adder, and what stands on it, against blst one operation at a time.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap
)]

use super::digits::signed_digits;
use super::segments::sum_segments;
use super::{Adder, Pair, Term};
use crate::glv::{SEED_SQUARED, Signed};
use crate::scalar::ScalarAdder;
use crate::{Fr, G1, G1Affine};

/// Runs a test with every adder of this machine.
macro_rules! with_every_adder {
    ($test:expr) => {
        $test(&mut ScalarAdder::default());
        #[cfg(target_arch = "x86_64")]
        if crate::Engine::ifma().is_ok() {
            // SAFETY: the engine of this kind exists.
            $test(&mut unsafe { crate::ifma::IfmaAdder::new() });
        }
    };
}

/// Infinity, and then multiples of the generator by 1, 2, 3, …
fn small_multiples(count: usize) -> Vec<G1Affine> {
    let mut sum = G1::infinity();
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        out.push(sum.into());
        sum += G1::generator();
    }
    out
}

fn signed(points: &[G1Affine], term: Term) -> G1 {
    let point = G1::from(points[term.index()]);
    if term.is_negative() { -point } else { point }
}

fn check_pairs<A: Adder>(adder: &mut A, points: &[G1Affine], pairs: &[Pair]) {
    let source = adder.load(points);
    let mut out = vec![A::INFINITY; pairs.len()];
    adder.add(&source, pairs, &mut out);
    let sums = adder.store(&out);
    for (i, ([left, right], sum)) in pairs.iter().zip(sums).enumerate() {
        let expected = signed(points, *left) + signed(points, *right);
        assert_eq!(G1::from(sum), expected, "pair {i} of {}", pairs.len());
    }
}

/// Numbers that are the same in every run.
fn numbers(seed: u64) -> impl Iterator<Item = u32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    })
}

fn terms(count: u32, seed: u64) -> impl Iterator<Item = Term> {
    numbers(seed).map(move |n| Term::new(n / 2 % count, n % 2 == 1))
}

#[test]
fn pairs_of_all_kinds_add_up() {
    fn check<A: Adder>(adder: &mut A) {
        // Points so few that equal, opposite and infinite ones meet all the time.
        for (points, seed) in [(3, 1), (5, 2), (40, 3), (400, 4)] {
            let source = small_multiples(points);
            for count in [0, 1, 7, 8, 9, 15, 16, 17, 1000, 1024, 1025, 1041] {
                let mut terms = terms(points as u32, seed);
                let pairs: Vec<Pair> =
                    std::iter::repeat_with(|| [terms.next().unwrap(), terms.next().unwrap()])
                        .take(count)
                        .collect();
                check_pairs(adder, &source, &pairs);
            }
        }
    }
    with_every_adder!(check);
}

#[test]
fn one_hostile_pair_is_right_in_every_position() {
    fn check<A: Adder>(adder: &mut A) {
        let source = small_multiples(60);
        let at = |index, negative| Term::new(index, negative);
        let hostile = [
            [at(7, false), at(7, false)],
            [at(7, true), at(7, true)],
            [at(7, false), at(7, true)],
            [at(7, true), at(7, false)],
            [at(7, false), at(0, false)],
            [at(7, true), at(0, true)],
            [at(0, false), at(7, false)],
            [at(0, true), at(7, true)],
            [at(0, false), at(0, false)],
            [at(0, false), at(0, true)],
        ];
        for pair in hostile {
            for position in 0..19 {
                let mut pairs: Vec<Pair> = (0..19)
                    .map(|i| [at(10 + i, i % 3 == 0), at(30 + i, i % 2 == 0)])
                    .collect();
                pairs[position] = pair;
                check_pairs(adder, &source, &pairs);
            }
        }
    }
    with_every_adder!(check);
}

#[test]
fn sums_can_be_added_further() {
    fn check<A: Adder>(adder: &mut A) {
        // Fibonacci's numbers: each sum is a term of the next two, and their signs alternate.
        let mut points = adder.load(&small_multiples(2));
        points.push(points[1]);
        let mut expected = [G1::generator(), G1::generator()];
        for step in 0..200 {
            let mut out = [A::INFINITY];
            let signs = [step % 3 == 0, step % 5 == 0];
            adder.add(
                &points,
                &[[Term::new(1, signs[0]), Term::new(2, signs[1])]],
                &mut out,
            );
            let [a, b] = expected;
            let next = if signs[0] { -a } else { a } + if signs[1] { -b } else { b };
            expected = [b, next];
            points = vec![points[0], points[2], out[0]];
            if step % 7 == 0 {
                adder.copy(&[out[0]], &[Term::new(0, true)], &mut points[2..]);
                expected[1] = -expected[1];
            }
            assert_eq!(G1::from(adder.store(&points)[2]), expected[1], "{step}");
        }
    }
    with_every_adder!(check);
}

#[test]
fn doubles_negatives_and_images() {
    fn check<A: Adder>(adder: &mut A) {
        for count in [0, 1, 7, 8, 9, 16, 17, 100] {
            let points = small_multiples(count);
            let mut loaded = adder.load(&points);
            assert_eq!(adder.store(&loaded), points);
            let negative: Vec<Term> = (0..count as u32).map(|i| Term::new(i, true)).collect();
            let mut negated = vec![A::INFINITY; count];
            adder.copy(&loaded, &negative, &mut negated);
            let images = adder.endomorphism(&loaded);
            for _ in 0..5 {
                adder.double(&mut loaded);
            }
            let [doubled, negated, images] = [&loaded, &negated, &images].map(|p| adder.store(p));
            for (i, point) in points.iter().enumerate() {
                let point = G1::from(*point);
                assert_eq!(G1::from(doubled[i]), point * Fr::from_u64(32));
                assert_eq!(G1::from(negated[i]), -point);
                assert_eq!(G1::from(images[i]), -(point * Fr::from_u128(SEED_SQUARED)));
            }
        }
    }
    with_every_adder!(check);
}

#[test]
fn segments_are_summed() {
    fn check<A: Adder>(adder: &mut A) {
        let points = small_multiples(50);
        let source = adder.load(&points);
        let shapes: [&[usize]; 7] = [
            &[],
            &[0],
            &[0, 0, 1, 0, 2, 3, 0],
            &[1; 20],
            &[100, 0, 1, 37, 5],
            // Longer than a block, and cut at its ends.
            &[8000, 8192, 3, 0, 20_000, 8191, 1],
            &[8192, 0, 8192, 5],
        ];
        for (seed, lengths) in (0..).zip(shapes) {
            let total = lengths.iter().sum();
            let terms: Vec<Term> = terms(50, seed).take(total).collect();
            let mut end = 0;
            let ends: Vec<u32> = lengths
                .iter()
                .map(|l| {
                    end += *l as u32;
                    end
                })
                .collect();
            let sums = sum_segments(adder, &source, &terms, &ends);
            let sums = adder.store(&sums);
            assert_eq!(sums.len(), lengths.len());
            let mut rest = terms.as_slice();
            for (length, sum) in lengths.iter().zip(sums) {
                let (segment, behind) = rest.split_at(*length);
                rest = behind;
                let expected: i64 = segment
                    .iter()
                    .map(|t| {
                        let index = t.index() as i64;
                        if t.is_negative() { -index } else { index }
                    })
                    .sum();
                let multiple = Fr::from_u64(expected.unsigned_abs());
                let expected = if expected < 0 { -multiple } else { multiple };
                assert_eq!(G1::from(sum), G1::generator() * expected, "{lengths:?}");
            }
        }
    }
    with_every_adder!(check);
}

fn value(short: Signed) -> Fr {
    let magnitude = Fr::from_u128(short.magnitude);
    if short.negative {
        -magnitude
    } else {
        magnitude
    }
}

#[test]
fn digits_make_up_the_integer() {
    let integers = [0, 1, 2, 127, 128, 129, u128::MAX, 1 << 127, (1 << 127) - 1];
    for width in 2..=15 {
        for magnitude in integers
            .into_iter()
            .chain([u128::MAX / 3, u128::MAX / 5 * 3])
        {
            for negative in [false, true] {
                let bits = if magnitude < 1 << 127 { 127 } else { 128 };
                let count = (bits + 1usize).div_ceil(width as usize);
                let short = Signed {
                    magnitude,
                    negative,
                };
                let mut sum = Fr::ZERO;
                let mut power = Fr::ONE;
                let mut seen = 0;
                signed_digits(short, width, count, |window, digit, negative| {
                    assert_eq!(window, seen);
                    seen += 1;
                    assert!(digit <= 1 << (width - 1));
                    let digit = Fr::from_u64(digit.into()) * power;
                    sum += if negative { -digit } else { digit };
                    power *= Fr::from_u64(1 << width);
                });
                assert_eq!(seen, count);
                assert_eq!(sum, value(short));
            }
        }
    }
}
