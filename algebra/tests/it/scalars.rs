//! Field elements in bulk against one at a time, on every engine.

use algebra::{AlgebraError, Engine, Fr};

use super::{largest, rng, scalars};

const LENGTHS: [usize; 10] = [0, 1, 7, 8, 9, 15, 16, 25, 64, 4096];

/// r, big-endian.
const ORDER: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

/// Random scalars, with 0, 1 and the largest ones, as integers or in Montgomery's forms, at places
/// that differ from lane to lane.
fn mixed(count: usize, seed: u64) -> Vec<Fr> {
    let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE, largest(256), largest(260)];
    let mut values = scalars(count, &mut rng(seed));
    for (i, value) in values.iter_mut().enumerate() {
        if i % 3 == 0 {
            *value = edge[(i / 3 + seed as usize) % edge.len()];
        }
    }
    values
}

fn encoded(values: &[Fr]) -> Vec<u8> {
    values.iter().flat_map(Fr::to_be_bytes).collect()
}

#[test]
fn bytes_are_read_and_written_as_one_at_a_time() {
    for count in LENGTHS {
        let largest = [-Fr::ONE, largest(256)].map(|value| vec![value; count]);
        for values in [mixed(count, 1), mixed(count, 2)]
            .into_iter()
            .chain(largest)
        {
            let bytes = encoded(&values);
            for engine in Engine::all() {
                assert_eq!(engine.read_scalars(&bytes), Ok(values.clone()), "{engine}");
                assert!(engine.write_scalars(&values) == bytes, "{count}, {engine}");
            }
        }
    }
}

#[test]
fn bad_input_integers_not_below_the_order_are_refused_wherever_they_stand() {
    let mut above = ORDER;
    above[31] += 1;
    let mut top = ORDER;
    top[0] += 1;
    let mut carried = ORDER;
    carried[15] += 1;
    for count in [1, 8, 19] {
        for place in 0..count {
            for wrong in [ORDER, above, top, carried, [0xff; 32]] {
                let mut bytes = encoded(&mixed(count, 3));
                bytes[32 * place..][..32].copy_from_slice(&wrong);
                for engine in Engine::all() {
                    assert_eq!(
                        engine.read_scalars(&bytes),
                        Err(AlgebraError::NonCanonicalScalar),
                        "{place} of {count}, {engine}"
                    );
                }
            }
        }
    }
}

#[test]
fn bad_input_bytes_that_are_no_whole_scalars_are_refused() {
    for engine in Engine::all() {
        for got in [1, 31, 33, 8 * 32 + 1] {
            assert_eq!(
                engine.read_scalars(&vec![0; got]),
                Err(AlgebraError::Length {
                    got,
                    expected: got.next_multiple_of(32)
                })
            );
        }
    }
}

#[test]
fn products_and_sums_equal_those_one_at_a_time() {
    for count in LENGTHS {
        let (a, b) = (mixed(count, 4), mixed(count, 5));
        let product: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| *a * *b).collect();
        for engine in Engine::all() {
            let mut values = a.clone();
            engine.mul_each(&mut values, &b).unwrap();
            assert_eq!(values, product, "{count}, {engine}");
        }
        for factor in mixed(5, 6).into_iter().chain([-Fr::ONE, largest(260)]) {
            let sum: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| *a + *b * factor).collect();
            for engine in Engine::all() {
                let mut values = a.clone();
                engine.add_scaled(&mut values, &b, factor).unwrap();
                assert_eq!(values, sum, "{count}, {engine}");
            }
        }
    }
}

#[test]
fn rows_are_scaled_by_their_factors() {
    for (rows, width) in [(0, 0), (1, 1), (3, 7), (5, 8), (4, 9), (128, 64)] {
        let (matrix, factors) = (mixed(rows * width, 7), mixed(rows, 8));
        let expected: Vec<Fr> = (0..rows * width)
            .map(|i| matrix[i] * factors[i / width])
            .collect();
        for engine in Engine::all() {
            let mut got = matrix.clone();
            engine.scale_rows(&mut got, &factors).unwrap();
            assert_eq!(got, expected, "{rows}×{width}, {engine}");
        }
    }
    // Rows of no elements.
    for engine in Engine::all() {
        assert_eq!(engine.scale_rows(&mut [], &[Fr::ONE; 3]), Ok(()));
    }
}

#[test]
fn linear_combinations_equal_those_one_at_a_time() {
    for rows in [0, 1, 2, 127, 128, 129, 300, 700] {
        for width in [0, 1, 7, 8, 9, 16, 17, 31, 64] {
            let mut matrix = mixed(rows * width, (rows + width) as u64);
            if rows == 700 {
                // As large as sums before reduction become.
                matrix.fill(largest(256));
            }
            let factors = if rows == 700 {
                vec![largest(260); rows]
            } else {
                mixed(rows, 9)
            };
            let slices: Vec<&[Fr]> = (0..rows).map(|k| &matrix[k * width..][..width]).collect();
            let mut expected = vec![Fr::ZERO; if rows == 0 { 0 } else { width }];
            for (row, factor) in slices.iter().zip(&factors) {
                for (sum, value) in expected.iter_mut().zip(*row) {
                    *sum += *value * *factor;
                }
            }
            for engine in Engine::all() {
                let got = engine.linear_combination(&slices, &factors).unwrap();
                assert_eq!(got, expected, "{rows}×{width}, {engine}");
            }
        }
    }
}

#[test]
fn unequal_lengths_are_refused() {
    let (two, three) = (mixed(2, 1), mixed(3, 1));
    let refused = Err(AlgebraError::Length {
        got: 2,
        expected: 3,
    });
    for engine in Engine::all() {
        let mut values = three.clone();
        assert_eq!(engine.mul_each(&mut values, &two), refused);
        assert_eq!(engine.add_scaled(&mut values, &two, Fr::ONE), refused);
        assert_eq!(
            engine.linear_combination(&[&three, &two], &[Fr::ONE; 2]),
            Err(AlgebraError::Length {
                got: 2,
                expected: 3
            })
        );
        assert!(engine.linear_combination(&[&three], &[Fr::ONE; 2]).is_err());
        assert_eq!(
            engine.scale_rows(&mut values, &two),
            Err(AlgebraError::Length {
                got: 3,
                expected: 4
            })
        );
        assert!(engine.scale_rows(&mut values, &[]).is_err());
        assert_eq!(values, three);
    }
}
