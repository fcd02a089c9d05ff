//! Points of G2 in bulk. Every engine takes blst's arithmetic here.

use std::ops::Range;

use blst::{
    blst_p2, blst_p2_add_or_double_affine, blst_p2_affine, blst_p2_double, blst_p2s_mult_pippenger,
    blst_p2s_mult_pippenger_scratch_sizeof, blst_p2s_to_affine,
};

use crate::error::same_length;
use crate::g1::SCALAR_BITS;
use crate::{AlgebraError, Domain, Engine, Fr, G2, G2_BYTES, G2Affine, bit_reverse_permute, sums};

/// Bits of a digit of a column's scalars: a table has 2^(WIDTH − 1) multiples of a point.
const WIDTH: usize = 6;
const TABLE: usize = 1 << (WIDTH - 1);
const WINDOWS: usize = SCALAR_BITS.div_ceil(WIDTH);
/// Terms of the columns whose points' tables are held at once; a longer column is a sum by itself.
const TERMS: usize = 1 << 12;
/// With at most so many multiples, tables cost more than they save.
const FEW: usize = 2;

impl Engine {
    /// Reads compressed points of G2, each checked to be on the curve and in the subgroup.
    ///
    /// # Errors
    /// That of [`G2Affine::from_compressed`] for the first that is none.
    pub fn read_points_g2(self, bytes: &[[u8; G2_BYTES]]) -> Result<Vec<G2Affine>, AlgebraError> {
        bytes.iter().map(G2Affine::from_compressed).collect()
    }

    /// `scalars[i]` times `points[i]`.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many scalars as points.
    pub fn mul_points_g2(
        self,
        points: &[G2Affine],
        scalars: &[Fr],
    ) -> Result<Vec<G2Affine>, AlgebraError> {
        same_length(scalars.len(), points.len())?;
        let products = points.iter().zip(scalars);
        let products: Vec<G2> = products.map(|(p, s)| G2::from(*p) * *s).collect();
        Ok(self.affine_g2(&products))
    }

    /// The points in affine coordinates, with one inversion for all.
    #[must_use]
    pub fn affine_g2(self, points: &[G2]) -> Vec<G2Affine> {
        let points: Vec<blst_p2> = points.iter().map(|point| point.0).collect();
        to_affine(&points).into_iter().map(G2Affine).collect()
    }

    /// Σ scalarsᵢ·pointsᵢ over G2; infinity when there are no terms.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many scalars as points.
    pub fn msm_g2(self, points: &[G2Affine], scalars: &[Fr]) -> Result<G2Affine, AlgebraError> {
        same_length(scalars.len(), points.len())?;
        // blst's buckets take no infinity.
        let (points, scalars): (Vec<blst_p2_affine>, Vec<[u8; 32]>) = points
            .iter()
            .zip(scalars)
            .filter(|(point, _)| !point.is_infinity())
            .map(|(point, scalar)| (point.0, scalar.to_scalar().b))
            .unzip();
        if points.is_empty() {
            return Ok(G2::infinity().into());
        }
        let mut sum = blst_p2::default();
        // A null second pointer tells blst that the first one starts a contiguous array.
        let points_list = [points.as_ptr(), std::ptr::null()];
        let scalars_list = [scalars.as_ptr().cast::<u8>(), std::ptr::null()];
        // SAFETY: reads nothing but its argument.
        let bytes = unsafe { blst_p2s_mult_pippenger_scratch_sizeof(points.len()) };
        let mut scratch = vec![0u64; bytes.div_ceil(size_of::<u64>())];
        // SAFETY: there are as many scalars of 32 bytes as points, and the scratch space is as
        // large as blst asks for.
        unsafe {
            blst_p2s_mult_pippenger(
                &raw mut sum,
                points_list.as_ptr(),
                points.len(),
                scalars_list.as_ptr(),
                SCALAR_BITS,
                scratch.as_mut_ptr(),
            );
        }
        Ok(G2(sum).into())
    }

    /// For each column the sum of its scalars times the points that they name: the products of a
    /// sparse matrix with points, as [`Engine::column_sums`] over G1.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] when a column names a point that is not there.
    pub fn column_sums_g2<C: AsRef<[(Fr, usize)]>>(
        self,
        points: &[G2Affine],
        columns: &[C],
    ) -> Result<Vec<G2Affine>, AlgebraError> {
        super::columns::within(points.len(), columns)?;
        let columns: Vec<&[(Fr, usize)]> = columns.iter().map(AsRef::as_ref).collect();
        let mut sums: Vec<G2> = Vec::with_capacity(columns.len());
        for together in sums::in_reach(&columns, TERMS) {
            match together {
                [column] if column.len() > TERMS => {
                    let (scalars, chosen): (Vec<Fr>, Vec<G2Affine>) =
                        column.iter().map(|(s, place)| (*s, points[*place])).unzip();
                    sums.push(self.msm_g2(&chosen, &scalars)?.into());
                }
                _ => sums.extend(sums_of(points, together)),
            }
        }
        Ok(self.affine_g2(&sums))
    }
}

/// A scalar of the least magnitude, as integer and sign.
fn signed(scalar: &Fr) -> ([u8; 32], bool) {
    let (plus, minus) = (scalar.to_be_bytes(), (-*scalar).to_be_bytes());
    let mut magnitude = plus.min(minus);
    let negative = magnitude != plus;
    magnitude.reverse();
    (magnitude, negative)
}

/// The digits from −2^(WIDTH − 1) to 2^(WIDTH − 1) of an integer below 2^254, the least first.
fn digits((integer, negative): ([u8; 32], bool)) -> [i8; WINDOWS] {
    let mut out = [0; WINDOWS];
    let mut carry = 0;
    for (window, out) in out.iter_mut().enumerate() {
        let bit = window * WIDTH;
        let [low, high] = [0, 1].map(|at| integer.get(bit / 8 + at).copied().unwrap_or(0));
        let bits = u16::from_le_bytes([low, high]) >> (bit % 8);
        let digit = bits % (1 << WIDTH) + carry;
        carry = u16::from(usize::from(digit) > TABLE);
        // At most 2^(WIDTH − 1) in magnitude, which a byte holds.
        let [low, _] = digit.wrapping_sub(carry << WIDTH).to_le_bytes();
        let digit = low.cast_signed();
        *out = if negative { -digit } else { digit };
    }
    out
}

/// Straus's method: the doublings of a column serve all its terms, and the table of a point serves
/// all columns.
fn sums_of(points: &[G2Affine], columns: &[&[(Fr, usize)]]) -> Vec<G2> {
    let units = [Fr::ONE, -Fr::ONE];
    let is_long = |column: &[(Fr, usize)]| {
        let multiples = column.iter().filter(|(scalar, _)| !units.contains(scalar));
        multiples.count() > FEW
    };
    let long: Vec<bool> = columns.iter().map(|column| is_long(column)).collect();
    let mut used: Vec<usize> = columns
        .iter()
        .zip(&long)
        .filter(|(_, long)| **long)
        .flat_map(|(column, _)| column.iter().map(|(_, place)| *place))
        .collect();
    used.sort_unstable();
    used.dedup();
    let tables = multiples(points, &used);
    columns
        .iter()
        .zip(long)
        .map(|(column, long)| {
            if long {
                straus(&tables, &used, column)
            } else {
                let terms = column.iter().map(|(scalar, place)| {
                    let point = G2::from(points[*place]);
                    match *scalar {
                        one if one == units[0] => point,
                        minus_one if minus_one == units[1] => -point,
                        scalar => point * scalar,
                    }
                });
                terms.fold(G2::infinity(), |sum, term| sum + term)
            }
        })
        .collect()
}

/// The column's sum; `tables` are those of the points at `used`, which ascend.
fn straus(tables: &[blst_p2_affine], used: &[usize], column: &[(Fr, usize)]) -> G2 {
    let terms: Vec<(usize, [i8; WINDOWS])> = column
        .iter()
        .map(|(scalar, place)| {
            let table = used.partition_point(|point| point < place);
            (table * TABLE, digits(signed(scalar)))
        })
        .collect();
    let mut sum = G2::infinity();
    let out = &raw mut sum.0;
    for window in (0..WINDOWS).rev() {
        for _ in 0..WIDTH {
            // SAFETY: blst allows the result to alias the operand; the pointer is live.
            unsafe { blst_p2_double(out, out) };
        }
        for (table, digits) in &terms {
            let digit = digits[window];
            if digit == 0 {
                continue;
            }
            let mut term = tables[table + usize::from(digit.unsigned_abs()) - 1];
            if digit < 0 {
                term = negated(term);
            }
            // SAFETY: blst allows the result to alias an operand; this addition is complete.
            unsafe { blst_p2_add_or_double_affine(out, out, &raw const term) };
        }
    }
    sum
}

fn negated(point: blst_p2_affine) -> blst_p2_affine {
    let mut out = point;
    for (out, part) in out.y.fp.iter_mut().zip(&point.y.fp) {
        // SAFETY: both pointers are to live elements.
        unsafe { blst::blst_fp_cneg(out, part, true) };
    }
    out
}

/// 1 to [`TABLE`] times each of the points.
fn multiples(points: &[G2Affine], used: &[usize]) -> Vec<blst_p2_affine> {
    let mut rows = Vec::with_capacity(used.len() * TABLE);
    for place in used {
        let point = points[*place].0;
        let mut multiple = blst_p2::default();
        for _ in 0..TABLE {
            let out = &raw mut multiple;
            // SAFETY: blst allows the result to alias an operand; this addition is complete.
            unsafe { blst_p2_add_or_double_affine(out, out, &raw const point) };
            rows.push(multiple);
        }
    }
    to_affine(&rows)
}

/// In affine coordinates, with one inversion for all.
fn to_affine(points: &[blst_p2]) -> Vec<blst_p2_affine> {
    let mut out = vec![blst_p2_affine::default(); points.len()];
    let list = [points.as_ptr(), std::ptr::null()];
    // SAFETY: `out` and `points` are equally long; blst maps infinity to infinity.
    unsafe { blst_p2s_to_affine(out.as_mut_ptr(), list.as_ptr(), points.len()) };
    out
}

/// Makes the products of a range of what there is to multiply.
pub type ProductsG2<'a> = dyn Fn(Range<usize>) -> Vec<G2> + Sync + 'a;

/// Shares the multiplications of a transform out to threads, as [`Share`](crate::Share) over G1.
pub type ShareG2<'a> = dyn Fn(usize, &ProductsG2<'_>) -> Vec<G2> + 'a;

impl Domain {
    /// Evaluations of points of G2 to coefficients, in place, both in natural order (Cooley,
    /// Tukey), the multiplications shared out.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many values as points of the domain.
    pub fn ifft_g2(&self, points: &mut [G2], share: &ShareG2<'_>) -> Result<(), AlgebraError> {
        let size = self.size();
        same_length(points.len(), size)?;
        bit_reverse_permute(points)?;
        let mut half = 1;
        while half < size {
            let stride = size / (2 * half);
            // One multiplies nothing, so k begins at 1.
            let places: Vec<usize> = (0..size / (2 * half))
                .flat_map(|block| (1..half).map(move |k| 2 * half * block + half + k))
                .collect();
            let chosen: &[G2] = points;
            let products = share(places.len(), &|range: Range<usize>| {
                let places = places[range].iter();
                places
                    .map(|at| chosen[*at] * self.point(size - at % half * stride))
                    .collect()
            });
            for (at, product) in places.iter().zip(products) {
                points[*at] = product;
            }
            for block in points.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (u, t) in low.iter_mut().zip(high) {
                    (*u, *t) = (*u + *t, *u - *t);
                }
            }
            half *= 2;
        }
        let scale = self.size_inverse();
        let chosen: &[G2] = points;
        let scaled = share(size, &|range: Range<usize>| {
            chosen[range].iter().map(|point| *point * scale).collect()
        });
        points.copy_from_slice(&scaled);
        Ok(())
    }
}
