//! The bucket method over many sums at once.

use super::digits::signed_digits;
use super::segments::sum_segments;
use super::shape::Shape;
use super::{Adder, Term};
use crate::glv::Signed;

/// A sum of integers times points: integer i multiplies point `first + i`, whose copies follow at
/// distances of as many points as there are integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum<'a> {
    pub(crate) first: usize,
    pub(crate) integers: &'a [Signed],
}

/// For each sum, [`Shape::bits`] points: the sum is Σ 2^i · pointᵢ. All sums have equally many
/// integers.
pub(crate) fn bit_sums<A: Adder>(
    adder: &mut A,
    copies: &[A::Point],
    shape: Shape,
    sums: &[Sum<'_>],
) -> Vec<A::Point> {
    let filled = fill(shape, sums);
    let buckets = sum_segments(adder, copies, &filled.terms, &filled.ends);
    let occupied: Vec<bool> = std::iter::once(&0)
        .chain(&filled.ends)
        .zip(&filled.ends)
        .map(|(start, end)| start < end)
        .collect();
    drop(filled);
    reduce(adder, shape, &buckets, &occupied)
}

/// What is in the buckets: a segment of terms for each.
struct Filled {
    terms: Vec<Term>,
    ends: Vec<u32>,
}

/// Sorts the digits' points into buckets: sum after sum, set after set.
#[expect(
    clippy::cast_possible_truncation,
    reason = "callers hand over fewer than 2^31 points and terms"
)]
fn fill(shape: Shape, sums: &[Sum<'_>]) -> Filled {
    // A place more in each set for the digits that are zero: counting them saves a branch.
    let places = shape.buckets() + 1;
    let copy_len = sums.first().map_or(0, |sum| sum.integers.len());
    let mut counts = vec![0u32; shape.sets * places];
    let windows: Vec<(usize, u32)> = (0..shape.windows)
        .map(|w| {
            let (copy, set) = (w / shape.sets, w % shape.sets);
            (set * places, (copy * copy_len) as u32)
        })
        .collect();
    let capacity: usize = sums.iter().map(|s| s.integers.len() * shape.windows).sum();
    let mut terms = Vec::with_capacity(capacity);
    let mut ends = Vec::with_capacity(sums.len() * shape.sets * shape.buckets());
    let mut digits: Vec<u16> = Vec::new();
    for sum in sums {
        digits.clear();
        counts.fill(0);
        for integer in sum.integers {
            signed_digits(*integer, shape.width, shape.windows, |w, d, negative| {
                counts[windows[w].0 + d as usize] += 1;
                digits.push((d as u16) << 1 | u16::from(negative));
            });
        }
        let mut end = terms.len() as u32;
        for set in counts.chunks_exact_mut(places) {
            set[0] = 0;
            for count in &mut set[1..] {
                // From here on, where the bucket's next term goes.
                let start = end;
                end += *count;
                *count = start;
                ends.push(end);
            }
        }
        terms.resize(end as usize, Term::new(0, false));
        for (base, digits) in (sum.first as u32..).zip(digits.chunks_exact(shape.windows)) {
            for (digit, (set, copy)) in digits.iter().zip(&windows) {
                if digit >> 1 == 0 {
                    continue;
                }
                let next = &mut counts[set + usize::from(digit >> 1)];
                terms[*next as usize] = Term::new(base + copy, digit & 1 == 1);
                *next += 1;
            }
        }
    }
    Filled { terms, ends }
}

/// From buckets to sums by bits. Bucket k counts k times: with k = 2^h·a + b, rows (of equal a)
/// and columns (of equal b) are summed first, and then those whose a or b has a certain bit.
fn reduce<A: Adder>(
    adder: &mut A,
    shape: Shape,
    buckets: &[A::Point],
    occupied: &[bool],
) -> Vec<A::Point> {
    let (k_max, h) = (shape.buckets(), shape.low_bits());
    let (columns, rows) = ((1 << h) - 1, k_max >> h);
    let sets = buckets.len() / k_max;
    let mut lists = Lists::default();
    for set in 0..sets {
        let first = set * k_max;
        let bucket = |k: usize| (k <= k_max && occupied[first + k - 1]).then(|| first + k - 1);
        for b in 1..=columns {
            lists.push((b..=k_max).step_by(1 << h).filter_map(bucket));
        }
        for a in 1..=rows {
            lists.push((a << h..(a + 1) << h).filter_map(bucket));
        }
    }
    let lines = lists.sum(adder, buckets);
    let mut by_bits = Lists::default();
    for set in 0..sets {
        let first = set * (columns + rows);
        let line = |l: usize| lists.is_occupied(first + l).then_some(first + l);
        for bit in 0..h {
            let has = |b: &usize| b >> bit & 1 == 1;
            by_bits.push((1..=columns).filter(has).filter_map(|b| line(b - 1)));
        }
        for bit in 0..shape.width - h {
            let has = |a: &usize| a >> bit & 1 == 1;
            by_bits.push((1..=rows).filter(has).filter_map(|a| line(columns + a - 1)));
        }
    }
    by_bits.sum(adder, &lines)
}

/// Lists of points to be summed.
#[derive(Default)]
struct Lists {
    terms: Vec<Term>,
    ends: Vec<u32>,
}

impl Lists {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are fewer than 2^31 buckets"
    )]
    fn push(&mut self, indices: impl Iterator<Item = usize>) {
        self.terms
            .extend(indices.map(|index| Term::new(index as u32, false)));
        self.ends.push(self.terms.len() as u32);
    }

    fn is_occupied(&self, list: usize) -> bool {
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        start < self.ends[list]
    }

    fn sum<A: Adder>(&self, adder: &mut A, source: &[A::Point]) -> Vec<A::Point> {
        sum_segments(adder, source, &self.terms, &self.ends)
    }
}
