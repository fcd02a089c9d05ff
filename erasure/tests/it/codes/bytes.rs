//! The code over GF(2^8) against Lagrange's formula: made systematic, Vandermonde's matrix
//! evaluates the polynomial through the points (i, data shard i).

use algebra::Engine;
use erasure::{CodeFamily, ErasureCode};

use super::{Blob, parameters, patterns, rng};

/// The product modulo x^8 + x^4 + x^3 + x^2 + 1.
fn mul(a: u8, b: u8) -> u8 {
    let mut product = 0;
    for bit in (0..8).rev() {
        let carry = product >> 7;
        product = (product << 1) ^ (carry * 0x1d) ^ ((b >> bit & 1) * a);
    }
    product
}

fn inverse(a: u8) -> u8 {
    (1..=255).find(|b| mul(a, *b) == 1).unwrap()
}

/// The value at x of the polynomial of least degree through these points and values.
fn interpolate(known: &[(u8, u8)], x: u8) -> u8 {
    let term = |(xi, yi): &(u8, u8)| {
        let others = known.iter().filter(|(xj, _)| xj != xi);
        others.fold(*yi, |term, (xj, _)| {
            mul(term, mul(x ^ xj, inverse(xi ^ xj)))
        })
    };
    known.iter().map(term).fold(0, |sum, term| sum ^ term)
}

fn code(data: usize, shards: usize) -> Option<Box<dyn ErasureCode>> {
    // A machine that is too old for the library has no such code to test.
    let family = CodeFamily::all(Engine::scalar())
        .into_iter()
        .find(|family| *family == CodeFamily::Byte)?;
    Some(family.code(parameters(data, shards, 5)).unwrap())
}

#[test]
fn parity_and_data_are_those_of_lagrange() {
    for (k, n) in [(1, 2), (2, 4), (3, 9), (8, 16), (20, 256)] {
        let Some(code) = code(k, n) else { return };
        let blob = Blob::random(&*code, &mut rng(k as u64));
        for chosen in patterns(&*code) {
            for e in 0..5 {
                let known: Vec<(u8, u8)> =
                    chosen.iter().map(|i| (*i as u8, blob.0[*i][e])).collect();
                for (i, shard) in blob.0.iter().enumerate().step_by(n.div_ceil(16)) {
                    assert_eq!(interpolate(&known, i as u8), shard[e], "{k} of {n}, {i}");
                }
            }
        }
    }
}
