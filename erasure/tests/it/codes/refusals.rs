//! Shards that are too few, too many, too long, or of no code.

use erasure::{ErasureCode, ErasureError};

use super::{Blob, code, families, index, rng};

fn each(test: impl Fn(&dyn ErasureCode, &Blob)) {
    for family in families() {
        let code = code(family, 4, 9, 2);
        let blob = Blob::random(&*code, &mut rng(4));
        test(&*code, &blob);
    }
}

/// The error of a recovery, which must be the caller's fault.
fn refused(code: &dyn ErasureCode, blob: &Blob, indices: &[usize]) -> ErasureError {
    let error = code.recover(&blob.pick(indices)).unwrap_err();
    assert!(!error.is_peer_fault(), "{error}");
    error
}

#[test]
fn bad_input_too_few_shards_are_refused() {
    each(|code, blob| {
        for chosen in [&[][..], &[0], &[0, 1, 2], &[8, 7, 6], &[0, 4, 8]] {
            let expected = ErasureError::TooFewShards {
                got: chosen.len(),
                expected: 4,
            };
            assert_eq!(refused(code, blob, chosen), expected);
        }
    });
}

#[test]
fn bad_input_a_shard_given_twice_is_refused() {
    each(|code, blob| {
        for (chosen, twice) in [
            (&[0, 1, 2, 0][..], 0),
            (&[8, 8, 1, 2], 8),
            (&[0, 1, 2, 3, 3], 3),
            (&[5, 6, 5], 5),
            (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 7], 7),
        ] {
            let expected = ErasureError::DuplicateShard { got: index(twice) };
            assert_eq!(refused(code, blob, chosen), expected);
        }
    });
}

#[test]
fn bad_input_a_shard_that_the_code_lacks_is_refused() {
    each(|code, blob| {
        for foreign in [9, 10, 255, 256, 65535] {
            let mut shards = blob.pick(&[0, 1, 2, 3]);
            shards.push((index(foreign), &blob.0[0]));
            let expected = ErasureError::ForeignShard {
                got: index(foreign),
                shards: 9,
            };
            assert_eq!(code.recover(&shards), Err(expected));
        }
    });
}

#[test]
fn bad_input_a_shard_of_another_length_is_refused() {
    each(|code, blob| {
        let expected = code.parameters().shard_bytes();
        for got in [0, 1, expected - 1, expected + 1, 2 * expected] {
            let odd = vec![0; got];
            // Also where it would not be needed.
            for (position, others) in [(1, &[0, 2, 3][..]), (6, &[0, 1, 2]), (8, &[0, 1, 2, 3])] {
                let mut shards = blob.pick(others);
                shards.push((index(position), &odd));
                let ragged = ErasureError::RaggedShard {
                    shard: index(position),
                    got,
                    expected,
                };
                assert_eq!(code.recover(&shards), Err(ragged));
            }
            let mut data: Vec<&[u8]> = blob.0[..4].iter().map(Vec::as_slice).collect();
            data[2] = &odd;
            let ragged = ErasureError::RaggedShard {
                shard: index(2),
                got,
                expected,
            };
            assert_eq!(code.encode(&data), Err(ragged));
        }
    });
}

#[test]
fn bad_input_another_number_of_data_shards_is_refused() {
    each(|code, blob| {
        for got in [0, 1, 3, 5, 9] {
            let data: Vec<&[u8]> = blob.0[..got].iter().map(Vec::as_slice).collect();
            let expected = ErasureError::DataShardCount { got, expected: 4 };
            assert_eq!(code.encode(&data), Err(expected));
        }
    });
}
