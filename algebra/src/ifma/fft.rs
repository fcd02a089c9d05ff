//! Transforms of scalars, eight lanes at a time.
//!
//! Down the columns of a matrix, lanes are neighbouring columns; over small blocks, lanes are
//! blocks. Over a large block, lanes are neighbouring values up to the last three layers, before
//! which 64 values are transposed. Values stay in limbs from the first layer to the last.

use std::arch::x86_64::_mm512_setzero_si512;

use crate::Fr;
use crate::ifma::Fr8;
use crate::ifma::scalars::product::{canonical, product, products};
use crate::ifma::scalars::words;
use tables::GROUP;

mod group;
mod passes;
mod tables;

pub(crate) use tables::FftTables;

/// Blocks up to this size are done side by side when there are eight of them.
const SIDE_BY_SIDE: usize = 256;

/// How many strips of eight columns are read together.
const STRIPS: usize = 4;

/// Which way a transform goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Coefficients to evaluations in bit-reversed order.
    Forward,
    /// Evaluations in bit-reversed order to coefficients.
    Inverse,
}

/// Where eight lanes of values lie: value `row` of lane i is at `start + row · down + i · right`.
#[derive(Clone, Copy)]
struct Places {
    start: usize,
    down: usize,
    right: usize,
    /// How many lanes there are; the others are zero, and not stored.
    lanes: usize,
}

impl Places {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(&self, values: &[Fr], row: usize) -> Fr8 {
        let mut lanes = [&Fr::ZERO; 8];
        let first = self.start + row * self.down;
        for (i, lane) in lanes.iter_mut().enumerate().take(self.lanes) {
            *lane = &values[first + i * self.right];
        }
        words::load(lanes)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_all(&self, values: &[Fr], x: &mut [Fr8]) {
        for (row, x) in x.iter_mut().enumerate() {
            *x = self.load(values, row);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store_all(&self, values: &mut [Fr], x: &[Fr8]) {
        for (row, x) in x.iter().enumerate() {
            self.store(values, row, x);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(&self, values: &mut [Fr], row: usize, value: &Fr8) {
        let mut lanes = [Fr::ZERO; 8];
        words::store(value, lanes.each_mut());
        let first = self.start + row * self.down;
        for (i, lane) in lanes.iter().enumerate().take(self.lanes) {
            values[first + i * self.right] = *lane;
        }
    }
}

/// Transforms each block of the tables' size, of which there are whole ones.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn blocks(tables: &FftTables, direction: Direction, values: &mut [Fr]) {
    let size = tables.size;
    let count = values.len() / size;
    if size < GROUP || (count >= 8 && size <= SIDE_BY_SIDE) {
        let mut x = scratch(size);
        for first in (0..count).step_by(8) {
            let places = Places {
                start: first * size,
                down: 1,
                right: size,
                lanes: (count - first).min(8),
            };
            places.load_all(values, &mut x);
            lanes(tables, direction, &mut x);
            places.store_all(values, &x);
        }
    } else {
        let mut x = scratch(size / 8);
        for block in values.chunks_exact_mut(size) {
            match direction {
                Direction::Forward => forward_block(tables, block, &mut x),
                Direction::Inverse => inverse_block(tables, block, &mut x),
            }
        }
    }
}

/// Transforms each column of a row-major matrix of the tables' size in rows.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn columns(tables: &FftTables, direction: Direction, matrix: &mut [Fr]) {
    in_strips(tables.size, matrix, |x| lanes(tables, direction, x));
}

/// Turns each column's values at the points of `from` into those at the points of `to`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) fn move_columns(from: &FftTables, to: &FftTables, matrix: &mut [Fr]) {
    in_strips(from.size, matrix, |x| {
        lanes(from, Direction::Inverse, x);
        lanes(to, Direction::Forward, x);
    });
}

/// Works on the columns of a matrix eight by eight. A few such strips are read and written
/// together, because a row of a wide matrix is far from the next one.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn in_strips(rows: usize, matrix: &mut [Fr], work: impl Fn(&mut [Fr8])) {
    let width = matrix.len() / rows;
    let mut x = scratch(rows * width.div_ceil(8).min(STRIPS));
    for first in (0..width).step_by(8 * STRIPS) {
        let strips = (width - first).div_ceil(8).min(STRIPS);
        for row in 0..rows {
            for strip in 0..strips {
                x[strip * rows + row] = column_places(width, first + 8 * strip).load(matrix, row);
            }
        }
        x.chunks_exact_mut(rows).take(strips).for_each(&work);
        for row in 0..rows {
            for strip in 0..strips {
                let value = &x[strip * rows + row];
                column_places(width, first + 8 * strip).store(matrix, row, value);
            }
        }
    }
}

/// Up to eight columns of a matrix.
fn column_places(width: usize, start: usize) -> Places {
    Places {
        start,
        down: width,
        right: 1,
        lanes: (width - start).min(8),
    }
}

#[target_feature(enable = "avx512f")]
fn scratch(vectors: usize) -> Vec<Fr8> {
    vec![Fr8::new([_mm512_setzero_si512(); 5]); vectors]
}

/// Eight transforms, one in each lane, from canonical values to canonical values.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn lanes(tables: &FftTables, direction: Direction, x: &mut [Fr8]) {
    match direction {
        Direction::Forward => {
            passes::forward(&tables.forward.layers, x, 1, 0, 1);
            for x in x {
                *x = canonical(x);
            }
        }
        Direction::Inverse => lanes_back(tables, x),
    }
}

/// The inverse's layers over whole vectors; values are below 3r and come out canonical.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn lanes_back(tables: &FftTables, x: &mut [Fr8]) {
    passes::inverse(&tables.inverse.layers, x, 1, 0);
    let scale = Fr8::splat(&tables.size_inverse);
    let (pairs, odd) = x.as_chunks_mut::<2>();
    for [x, y] in pairs {
        let [s, t] = products([x, y], [&scale, &scale]);
        *x = Fr8::carry(s).subtract_once();
        *y = Fr8::carry(t).subtract_once();
    }
    for x in odd {
        *x = product(x, &scale).subtract_once();
    }
}

/// The values of a group, once their lanes are blocks of eight.
fn group_places(group: usize) -> Places {
    Places {
        start: group * GROUP,
        down: 1,
        right: 8,
        lanes: 8,
    }
}

/// One block of at least 64 values.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn forward_block(tables: &FftTables, values: &mut [Fr], x: &mut [Fr8]) {
    let (chunks, _) = values.as_chunks::<8>();
    for (x, chunk) in x.iter_mut().zip(chunks) {
        *x = words::load(chunk.each_ref());
    }
    let bound = passes::forward(&tables.forward.layers, x, 1, 0, 1);
    let (groups, _) = x.as_chunks_mut::<8>();
    for (g, (x, factors)) in groups.iter_mut().zip(&tables.forward.groups).enumerate() {
        group::transpose(x);
        group::forward(x, factors, bound);
        for (row, x) in x.iter().enumerate() {
            group_places(g).store(values, row, &canonical(x));
        }
    }
}

/// One block of at least 64 values.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn inverse_block(tables: &FftTables, values: &mut [Fr], x: &mut [Fr8]) {
    let (groups, _) = x.as_chunks_mut::<8>();
    for (g, (x, factors)) in groups.iter_mut().zip(&tables.inverse.groups).enumerate() {
        for (row, x) in x.iter_mut().enumerate() {
            *x = group_places(g).load(values, row);
        }
        group::inverse(x, factors);
        group::transpose(x);
    }
    lanes_back(tables, x);
    let (chunks, _) = values.as_chunks_mut::<8>();
    for (x, chunk) in x.iter().zip(chunks) {
        words::store(x, chunk.each_mut());
    }
}
