//! Constants and matrices, as the paper's script makes them and as a fast permutation wants them.

use super::grain::Grain;
use crate::Fr;
use ark_ff::{Field, Zero};
use std::sync::OnceLock;

/// Rounds with an S-box on every element; half of them before the partial ones.
pub const FULL_ROUNDS: usize = 8;

/// Elements that are permuted at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// A domain and 2 inputs.
    Three,
    /// A domain and 4 inputs.
    Five,
    /// A domain and 5 inputs.
    Six,
    /// A domain and 9 inputs.
    Ten,
}

impl Width {
    /// The most elements.
    pub const MAX: usize = 10;
    /// All widths.
    pub const ALL: [Self; 4] = [Self::Three, Self::Five, Self::Six, Self::Ten];

    /// The narrowest with room for so many inputs.
    #[must_use]
    pub const fn holding(inputs: usize) -> Self {
        match inputs {
            0..=2 => Self::Three,
            3..=4 => Self::Five,
            5 => Self::Six,
            _ => Self::Ten,
        }
    }

    /// How many elements.
    #[must_use]
    pub const fn elements(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Five => 5,
            Self::Six => 6,
            Self::Ten => 10,
        }
    }

    /// Rounds with one S-box: what the paper's `calc_round_numbers.py` gives for 128 bits of
    /// security with its margin.
    #[must_use]
    pub const fn partial_rounds(self) -> usize {
        match self {
            Self::Three => 57,
            Self::Five | Self::Six | Self::Ten => 60,
        }
    }

    /// The constants, made once per process.
    #[must_use]
    pub fn parameters(self) -> &'static Parameters {
        static MADE: [OnceLock<Parameters>; 4] = [const { OnceLock::new() }; 4];
        let place = match self {
            Self::Three => 0,
            Self::Five => 1,
            Self::Six => 2,
            Self::Ten => 3,
        };
        MADE[place].get_or_init(|| Parameters::new(self))
    }
}

/// What a permutation adds and multiplies by.
#[derive(Debug)]
pub struct Parameters {
    /// Per round, what is added to each element before the S-boxes.
    pub constants: Vec<Vec<Fr>>,
    /// Rows of the matrix that ends every round: Cauchy's.
    pub matrix: Vec<Vec<Fr>>,
    /// Added before the partial rounds.
    pub partial_start: Vec<Fr>,
    /// The partial rounds over sparse matrices (the paper's appendix B).
    pub partial: Vec<PartialRound>,
    /// Rows of what is multiplied after the partial rounds, to all elements but the first.
    pub partial_end: Vec<Vec<Fr>>,
}

/// A partial round: S-box on the first element, a constant added to it, a sparse matrix.
#[derive(Debug)]
pub struct PartialRound {
    /// Added to the first element after its S-box.
    pub constant: Fr,
    /// The matrix.
    pub matrix: Sparse,
}

/// The matrix ((corner, row), (column, identity)).
#[derive(Debug)]
pub struct Sparse {
    /// Top left.
    pub corner: Fr,
    /// The rest of the first row.
    pub row: Vec<Fr>,
    /// The rest of the first column.
    pub column: Vec<Fr>,
}

type Matrix = Vec<Vec<Fr>>;

impl Parameters {
    fn new(width: Width) -> Self {
        let elements = width.elements();
        let partial_rounds = width.partial_rounds();
        let mut grain = Grain::new(elements, FULL_ROUNDS, partial_rounds);
        let constants: Matrix = (0..FULL_ROUNDS + partial_rounds)
            .map(|_| (0..elements).map(|_| grain.element()).collect())
            .collect();
        let matrix = cauchy(&mut grain, elements);

        let first = FULL_ROUNDS / 2;
        let among_partial = &constants[first..first + partial_rounds];
        let (partial_start, added) = forward_constants(among_partial, &matrix);
        let (matrices, partial_end) = sparse_factors(&matrix, partial_rounds);
        let partial = added
            .into_iter()
            .zip(matrices)
            .map(|(constant, matrix)| PartialRound { constant, matrix })
            .collect();
        Self {
            constants,
            matrix,
            partial_start,
            partial,
            partial_end,
        }
    }
}

fn cauchy(grain: &mut Grain, elements: usize) -> Matrix {
    loop {
        let drawn: Vec<Fr> = (0..2 * elements).map(|_| grain.element_reduced()).collect();
        let (xs, ys) = drawn.split_at(elements);
        let rows: Option<Matrix> = xs
            .iter()
            .map(|x| ys.iter().map(|y| (*x + y).inverse()).collect())
            .collect();
        let distinct = (1..drawn.len()).all(|i| !drawn[..i].contains(&drawn[i]));
        if let (Some(rows), true) = (rows, distinct) {
            return rows;
        }
    }
}

/// Moves constants of elements without an S-box to the partial rounds' start. What is added to
/// the first element of round i + 1 is added behind the S-box of round i instead.
fn forward_constants(constants: &[Vec<Fr>], matrix: &Matrix) -> (Vec<Fr>, Vec<Fr>) {
    let inverse = inverted(matrix);
    let mut added = vec![Fr::zero(); constants.len()];
    let mut carried = vec![Fr::zero(); matrix.len()];
    for (constants, added) in constants.iter().zip(&mut added).rev() {
        let moved = product(&inverse, &carried);
        *added = moved[0];
        carried.clone_from(constants);
        for (carried, moved) in carried.iter_mut().zip(moved).skip(1) {
            *carried += moved;
        }
    }
    (carried, added)
}

/// Factors each round's matrix into a sparse one and one that leaves the first element alone,
/// which therefore may as well be multiplied after the next S-box.
fn sparse_factors(matrix: &Matrix, rounds: usize) -> (Vec<Sparse>, Matrix) {
    let elements = matrix.len();
    let mut sparse = Vec::with_capacity(rounds);
    let mut end: Matrix = (1..elements)
        .map(|i| (1..elements).map(|j| Fr::from(u64::from(i == j))).collect())
        .collect();
    for _ in 0..rounds {
        // The matrix times what waits from the round before.
        let row = (1..elements)
            .map(|j| {
                (1..elements)
                    .map(|k| matrix[0][k] * end[k - 1][j - 1])
                    .sum()
            })
            .collect();
        let column: Vec<Fr> = (1..elements).map(|i| matrix[i][0]).collect();
        let minor: Matrix = (1..elements)
            .map(|i| {
                (1..elements)
                    .map(|j| {
                        (1..elements)
                            .map(|k| matrix[i][k] * end[k - 1][j - 1])
                            .sum()
                    })
                    .collect()
            })
            .collect();
        sparse.push(Sparse {
            corner: matrix[0][0],
            row,
            column: product(&inverted(&minor), &column),
        });
        end = minor;
    }
    (sparse, end)
}

fn product(matrix: &Matrix, vector: &[Fr]) -> Vec<Fr> {
    matrix
        .iter()
        .map(|row| row.iter().zip(vector).map(|(a, b)| *a * b).sum())
        .collect()
}

/// Gauß and Jordan. All minors of a Cauchy matrix are invertible, and so are their products.
fn inverted(matrix: &Matrix) -> Matrix {
    let n = matrix.len();
    let mut rows: Matrix = matrix
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let identity = (0..n).map(|j| Fr::from(u64::from(i == j)));
            row.iter().copied().chain(identity).collect()
        })
        .collect();
    for i in 0..n {
        let pivot = (i..n).find(|r| !rows[*r][i].is_zero()).unwrap_or(i);
        rows.swap(i, pivot);
        let factor = rows[i][i].inverse().unwrap_or_default();
        for element in &mut rows[i] {
            *element *= factor;
        }
        let pivot_row = rows[i].clone();
        for (r, row) in rows.iter_mut().enumerate() {
            let factor = row[i];
            if r != i {
                for (element, pivot) in row.iter_mut().zip(&pivot_row) {
                    *element -= factor * pivot;
                }
            }
        }
    }
    rows.into_iter().map(|row| row[n..].to_vec()).collect()
}
