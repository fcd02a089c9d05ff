//! Products of a sparse matrix with points, by Straus's method: the doublings of a column serve
//! all its terms, and the table of a point serves all columns.

use super::digits::signed_digits;
use super::segments::sum_segments;
use super::{Adder, Pair, Term, msm};
use crate::glv::{Halves, NEAREST_BITS};
use crate::{Fr, G1Affine};

/// Bits of a digit; a table has 2^(WIDTH − 1) multiples of a point, and of its image by φ.
const WIDTH: u32 = 6;
const TABLE: usize = 1 << (WIDTH - 1);
/// One bit more than the halves have: the last digit must not carry.
const WINDOWS: usize = (NEAREST_BITS + 1).div_ceil(WIDTH as usize);
/// Terms of the columns whose points' tables are held at once.
const TERMS: usize = 1 << 12;

/// For each column the sum of its scalars times the points that they name, all of which are there.
pub(crate) fn column_sums<A: Adder>(
    adder: &mut A,
    points: &[G1Affine],
    columns: &[&[(Fr, usize)]],
) -> Vec<G1Affine> {
    let mut sums = Vec::with_capacity(columns.len());
    for together in in_reach(columns, TERMS) {
        match together {
            [column] if column.len() > TERMS => {
                let (scalars, chosen): (Vec<Fr>, Vec<G1Affine>) =
                    column.iter().map(|(s, at)| (*s, points[*at])).unzip();
                sums.push(msm(adder, &chosen, &scalars));
            }
            _ => sums.extend(few_sums(adder, points, together)),
        }
    }
    sums
}

/// Divides columns into neighbours that have at most `terms` together; a column that has more
/// stands alone.
pub(crate) fn in_reach<'a, 'b>(
    columns: &'a [&'b [(Fr, usize)]],
    terms: usize,
) -> impl Iterator<Item = &'a [&'b [(Fr, usize)]]> {
    let mut rest = columns;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fitting = rest.iter().take_while(|column| {
            // Columns without terms count as well: their results take room.
            sum += column.len().max(1);
            sum <= terms
        });
        let count = fitting.count().max(1).min(rest.len());
        let (together, behind) = rest.split_at(count);
        rest = behind;
        (count > 0).then_some(together)
    })
}

fn few_sums<A: Adder>(
    adder: &mut A,
    points: &[G1Affine],
    columns: &[&[(Fr, usize)]],
) -> Vec<G1Affine> {
    // Units alone need neither tables nor doublings.
    let is_unit = |scalar: &Fr| *scalar == Fr::ONE || *scalar == -Fr::ONE;
    let units = columns.iter().copied().flatten().all(|(s, _)| is_unit(s));
    let (rows, windows) = if units { (1, 1) } else { (TABLE, WINDOWS) };

    let mut used: Vec<usize> = columns
        .iter()
        .copied()
        .flatten()
        .map(|(_, at)| *at)
        .collect();
    used.sort_unstable();
    used.dedup();
    let chosen: Vec<G1Affine> = used.iter().map(|at| points[*at]).collect();
    let table = table(adder, &chosen, rows);

    // Per column, per window, a segment.
    let mut terms = Vec::new();
    let mut ends = Vec::with_capacity(columns.len() * windows);
    let mut by_window: Vec<Vec<Term>> = vec![Vec::new(); windows];
    for column in columns {
        for (scalar, at) in *column {
            let point = used.partition_point(|used| used < at);
            let halves = Halves::nearest(scalar);
            for (image, half) in [halves.first, halves.second].into_iter().enumerate() {
                signed_digits(half, WIDTH, windows, |window, digit, negative| {
                    if digit > 0 {
                        let row = image * rows + digit as usize - 1;
                        by_window[window].push(term(row * used.len() + point, negative));
                    }
                });
            }
        }
        for window in &mut by_window {
            terms.append(window);
            ends.push(end(terms.len()));
        }
    }
    let segments = sum_segments(adder, &table, &terms, &ends);
    fold(adder, &segments, windows)
}

/// 1 to `rows` times each point, row after row, and then the same of the images by φ.
fn table<A: Adder>(adder: &mut A, points: &[G1Affine], rows: usize) -> Vec<A::Point> {
    let count = points.len();
    let mut table = adder.load(points);
    table.resize(rows * count, A::INFINITY);
    for row in 1..rows {
        let pairs: Vec<Pair> = (0..count)
            .map(|i| [term(i, false), term((row - 1) * count + i, false)])
            .collect();
        let (done, free) = table.split_at_mut(row * count);
        adder.add(done, &pairs, &mut free[..count]);
    }
    let images = adder.endomorphism(&table);
    table.extend(images);
    table
}

/// Per column, Σ 2^(WIDTH·w) · segment w.
fn fold<A: Adder>(adder: &mut A, segments: &[A::Point], windows: usize) -> Vec<G1Affine> {
    if windows == 1 {
        return adder.store(segments);
    }
    let count = segments.len() / windows;
    // The sums so far, and behind them what is added.
    let mut values = vec![A::INFINITY; 2 * count];
    let mut added = vec![A::INFINITY; count];
    let pairs: Vec<Pair> = (0..count)
        .map(|i| [term(i, false), term(count + i, false)])
        .collect();
    for window in (0..windows).rev() {
        let (so_far, next) = values.split_at_mut(count);
        for _ in 0..WIDTH {
            adder.double(so_far);
        }
        for (next, column) in next.iter_mut().zip(segments.chunks_exact(windows)) {
            *next = column[window];
        }
        adder.add(&values, &pairs, &mut added);
        values[..count].copy_from_slice(&added);
    }
    adder.store(&added)
}

#[expect(clippy::cast_possible_truncation, reason = "tables are of few points")]
fn term(index: usize, negative: bool) -> Term {
    Term::new(index as u32, negative)
}

#[expect(clippy::cast_possible_truncation, reason = "columns have few terms")]
fn end(terms: usize) -> u32 {
    terms as u32
}
