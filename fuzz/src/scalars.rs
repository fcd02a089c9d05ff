//! Scalars at the edges.

use algebra::Fr;
use arbitrary::Arbitrary;

/// A scalar, most often one at an edge: of the field, of a window of bits, of a domain.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Scalar {
    Zero,
    One,
    /// r − 1.
    MinusOne,
    Small(u8),
    MinusSmall(u8),
    /// 2^k, for k modulo 255.
    Power(u8),
    /// 2^k − 1, for k modulo 255.
    Ones(u8),
    MinusPower(u8),
    /// The powers of the root of unity of order 8192.
    Root(u16),
    /// One over a small number.
    Inverse(u8),
    Short(u128),
    /// Any 256 bits, reduced.
    Any([u8; 32]),
}

impl Scalar {
    pub fn get(self) -> Fr {
        match self {
            Self::Zero => Fr::ZERO,
            Self::One => Fr::ONE,
            Self::MinusOne => -Fr::ONE,
            Self::Small(n) => Fr::from_u64(n.into()),
            Self::MinusSmall(n) => -Fr::from_u64(n.into()),
            Self::Power(k) => power(k),
            Self::Ones(k) => power(k) - Fr::ONE,
            Self::MinusPower(k) => -power(k),
            Self::Root(k) => Fr::root_of_unity(8192).unwrap().pow(k.into()),
            Self::Inverse(n) => Fr::from_u64(u64::from(n) + 1).inverse().unwrap(),
            Self::Short(n) => Fr::from_u128(n),
            Self::Any(bytes) => Fr::from_be_bytes_reduced(&bytes),
        }
    }
}

fn power(k: u8) -> Fr {
    Fr::from_u64(2).pow(u64::from(k % 255))
}

/// Equal scalars in a row: few bytes make long vectors.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Run {
    pub scalar: Scalar,
    pub more: u8,
}

/// At most `most` scalars.
pub fn runs(runs: &[Run], most: usize) -> Vec<Fr> {
    runs.iter()
        .flat_map(|run| std::iter::repeat_n(run.scalar.get(), usize::from(run.more) + 1))
        .take(most)
        .collect()
}

/// A vector of `size` scalars: one value all over, but for a few places.
#[derive(Arbitrary, Clone, Debug)]
pub struct Sparse {
    pub fill: Scalar,
    pub places: Vec<(u16, u8, Scalar)>,
}

impl Sparse {
    pub fn get(&self, size: usize) -> Vec<Fr> {
        let mut values = vec![self.fill.get(); size];
        for (at, more, scalar) in self.places.iter().take(64) {
            let scalar = scalar.get();
            for k in 0..=usize::from(*more) {
                values[(usize::from(*at) + k) % size] = scalar;
            }
        }
        values
    }
}
