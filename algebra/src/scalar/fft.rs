//! Transforms of scalars.

use crate::Fr;
use crate::fft::Plan;

/// Values that stay in a processor's second cache from layer to layer.
const STRIP_VALUES: usize = 1 << 13;

/// Coefficients to evaluations in bit-reversed order, down each column of a matrix of the plan's
/// size in rows, row-major.
pub(crate) fn forward(plan: &Plan, matrix: &mut [Fr]) {
    in_strips(plan, matrix, |strip| forward_layers(plan, strip));
}

/// Evaluations in bit-reversed order to coefficients, down each column.
pub(crate) fn inverse(plan: &Plan, matrix: &mut [Fr]) {
    in_strips(plan, matrix, |strip| inverse_layers(plan, strip));
}

/// Turns each column's values at the points of `from` into those at the points of `to`.
pub(crate) fn move_columns(from: &Plan, to: &Plan, matrix: &mut [Fr]) {
    in_strips(from, matrix, |strip| {
        inverse_layers(from, strip);
        forward_layers(to, strip);
    });
}

fn forward_layers(plan: &Plan, strip: &mut [Fr]) {
    let mut blocks = 1;
    while blocks < plan.size() {
        let factors = plan.forward.of(blocks);
        let length = strip.len() / blocks;
        for (b, (block, factor)) in strip.chunks_exact_mut(length).zip(factors).enumerate() {
            let (low, high) = block.split_at_mut(length / 2);
            let trivial = b == 0 && plan.forward.begins_with_one();
            for (x, y) in low.iter_mut().zip(high) {
                let t = if trivial { *y } else { *y * *factor };
                *y = *x - t;
                *x += t;
            }
        }
        blocks *= 2;
    }
}

fn inverse_layers(plan: &Plan, strip: &mut [Fr]) {
    let mut blocks = plan.size() / 2;
    while blocks > 0 {
        let factors = plan.inverse.of(blocks);
        let length = strip.len() / blocks;
        for (b, (block, factor)) in strip.chunks_exact_mut(length).zip(factors).enumerate() {
            let (low, high) = block.split_at_mut(length / 2);
            let trivial = b == 0 && plan.inverse.begins_with_one();
            for (x, y) in low.iter_mut().zip(high) {
                let t = *x - *y;
                *x += *y;
                *y = if trivial { t } else { t * *factor };
            }
        }
        blocks /= 2;
    }
    for value in strip {
        *value *= plan.size_inverse;
    }
}

/// Transforms a wide matrix some columns at a time, so that they stay in the cache.
fn in_strips(plan: &Plan, matrix: &mut [Fr], transform: impl Fn(&mut [Fr])) {
    let rows = plan.size();
    let width = matrix.len() / rows;
    if width == 0 {
        return;
    }
    if matrix.len() <= STRIP_VALUES || width == 1 {
        return transform(matrix);
    }
    let most = (STRIP_VALUES / rows).max(1);
    let mut strip = Vec::with_capacity(rows * most);
    for start in (0..width).step_by(most) {
        let columns = start..width.min(start + most);
        strip.clear();
        for row in matrix.chunks_exact(width) {
            strip.extend_from_slice(&row[columns.clone()]);
        }
        transform(&mut strip);
        for (row, values) in matrix
            .chunks_exact_mut(width)
            .zip(strip.chunks_exact(columns.len()))
        {
            row[columns.clone()].copy_from_slice(values);
        }
    }
}
