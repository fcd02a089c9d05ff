//! The code over the scalar field against Lagrange's formula.

use algebra::{Engine, FR_BYTES, Fr, bit_reverse};
use erasure::{CodeFamily, ErasureError, FieldCode};

use super::{Blob, index, parameters, patterns, rng};
use crate::scalars;

/// Where a shard stands, by the definition.
fn point(k: usize, n: usize, shard: usize) -> Fr {
    let padded = k.next_power_of_two();
    let whole = (padded + n - k).next_power_of_two();
    let position = if shard < k { shard } else { padded + shard - k };
    let exponent = bit_reverse(position, whole.trailing_zeros());
    Fr::root_of_unity(whole).unwrap().pow(exponent as u64)
}

/// The value at x of the polynomial of least degree through these points and values.
fn interpolate(known: &[(Fr, Fr)], x: Fr) -> Fr {
    let term = |(i, (xi, yi)): (usize, &(Fr, Fr))| {
        let others = known.iter().enumerate().filter(|(j, _)| *j != i);
        others.fold(*yi, |term, (_, (xj, _))| {
            term * (x - *xj) * (*xi - *xj).inverse().unwrap()
        })
    };
    known.iter().enumerate().map(term).sum()
}

fn bytes(elements: &[Fr]) -> Vec<u8> {
    elements.iter().flat_map(Fr::to_be_bytes).collect()
}

fn element(shard: &[u8], e: usize) -> Fr {
    Fr::from_be_bytes(shard.as_chunks::<FR_BYTES>().0.get(e).unwrap()).unwrap()
}

#[test]
fn parity_is_that_of_lagrange() {
    for (k, n) in [
        (1, 2),
        (1, 5),
        (2, 4),
        (3, 6),
        (3, 9),
        (5, 6),
        (7, 14),
        (8, 16),
        (8, 40),
    ] {
        let width = 3;
        let mut rng = rng(n as u64);
        let data: Vec<Vec<Fr>> = (0..k).map(|_| scalars(width, &mut rng)).collect();
        // The data, and zeros up to a power of two.
        let whole = point_of_padding(k, n);
        let expected: Vec<Vec<u8>> = (k..n)
            .map(|shard| {
                let value = |e| {
                    let given = (0..k).map(|i| (point(k, n, i), data[i][e]));
                    let known: Vec<_> = given.chain(whole.iter().map(|x| (*x, Fr::ZERO))).collect();
                    interpolate(&known, point(k, n, shard))
                };
                bytes(&(0..width).map(value).collect::<Vec<_>>())
            })
            .collect();
        for engine in Engine::all() {
            let family = CodeFamily::Field(engine);
            let code = family.code(parameters(k, n, width * FR_BYTES)).unwrap();
            let blob = Blob::encode(&*code, data.iter().map(|row| bytes(row)).collect());
            assert_eq!(blob.0[k..], expected, "{k} of {n} on {engine}");
        }
    }
}

/// The points of the positions k..P, at which every polynomial is zero.
fn point_of_padding(k: usize, n: usize) -> Vec<Fr> {
    let padded = k.next_power_of_two();
    // A code of P data shards with as many parity shards has the same points.
    (k..padded)
        .map(|i| point(padded, n - k + padded, i))
        .collect()
}

#[test]
fn data_is_that_of_lagrange() {
    let (k, n) = (5, 13);
    for engine in Engine::all() {
        let code = CodeFamily::Field(engine)
            .code(parameters(k, n, 2 * FR_BYTES))
            .unwrap();
        // Any k shards are of some data: these were never encoded.
        let mut rng = rng(13);
        let shards: Vec<Vec<u8>> = (0..n).map(|_| bytes(&scalars(2, &mut rng))).collect();
        let shards = Blob(shards);
        for chosen in patterns(&*code) {
            let data = code.recover(&shards.pick(&chosen)).unwrap();
            for (i, shard) in data.iter().enumerate() {
                for e in 0..2 {
                    let given = chosen
                        .iter()
                        .map(|s| (point(k, n, *s), element(&shards.0[*s], e)));
                    let zeros = point_of_padding(k, n).into_iter().map(|x| (x, Fr::ZERO));
                    let known: Vec<_> = given.chain(zeros).collect();
                    let expected = interpolate(&known, point(k, n, i));
                    assert_eq!(
                        element(shard, e),
                        expected,
                        "{chosen:?}, shard {i} on {engine}"
                    );
                }
            }
        }
    }
}

#[test]
fn bad_input_elements_beyond_the_order_are_named() {
    let (k, n, width) = (3, 7, 11);
    let mut top = (-Fr::ONE).to_be_bytes();
    top[31] += 1;
    for engine in Engine::all() {
        let code = FieldCode::new(parameters(k, n, width * FR_BYTES), engine).unwrap();
        let blob = Blob::random(&code, &mut rng(7));
        for beyond in [top, [0xff; 32]] {
            for (shard, e) in [(0, 0), (2, 10), (3, 7), (6, 8)] {
                let mut bad = blob.0[shard].clone();
                bad[e * FR_BYTES..][..FR_BYTES].copy_from_slice(&beyond);
                let expected = ErasureError::ShardElement {
                    shard: index(shard),
                    element: e,
                };
                assert!(expected.is_peer_fault());
                for given in [
                    &[0, 1, 2][..],
                    &[4, 5, 6],
                    &[3, 0, 6],
                    &[0, 1, 2, 3, 4, 5, 6],
                ] {
                    let mut shards = blob.pick(given);
                    let Some(at) = given.iter().position(|i| *i == shard) else {
                        continue;
                    };
                    shards[at].1 = &bad;
                    assert_eq!(
                        erasure::ErasureCode::recover(&code, &shards),
                        Err(expected.clone())
                    );
                }
                if shard < k {
                    let mut data: Vec<&[u8]> = blob.0[..k].iter().map(Vec::as_slice).collect();
                    data[shard] = &bad;
                    assert_eq!(erasure::ErasureCode::encode(&code, &data), Err(expected));
                }
            }
        }
    }
}

#[test]
fn bad_input_elements_beyond_the_order_are_named_without_parity() {
    let bad = [0xff; 32];
    for engine in Engine::all() {
        let code = CodeFamily::Field(engine)
            .code(parameters(2, 2, FR_BYTES))
            .unwrap();
        let expected = ErasureError::ShardElement {
            shard: index(1),
            element: 0,
        };
        assert_eq!(code.encode(&[&[0; 32], &bad]), Err(expected.clone()));
        assert_eq!(
            code.recover(&[(index(1), &bad), (index(0), &[0; 32])]),
            Err(expected)
        );
    }
}
