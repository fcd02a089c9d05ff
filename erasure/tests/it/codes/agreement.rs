//! Shards that are of no one encoding: what is noticed, and what cannot be.

use erasure::{ErasureCode, ErasureError};

use super::{Blob, code, families, rng};

/// A code, a blob of it and another one that differs in every shard.
fn each(test: impl Fn(&dyn ErasureCode, &Blob, &Blob)) {
    for family in families() {
        for (k, n) in [(1, 4), (3, 8), (4, 9), (8, 16)] {
            let code = code(family, k, n, 3);
            let mut rng = rng(n as u64);
            let blob = Blob::random(&*code, &mut rng);
            let other = Blob::random(&*code, &mut rng);
            test(&*code, &blob, &other);
        }
    }
}

fn recover_mixed(
    code: &dyn ErasureCode,
    blob: &Blob,
    other: &Blob,
    given: &[usize],
    foreign: &[usize],
) -> Result<Vec<Vec<u8>>, ErasureError> {
    let mut shards = blob.pick(given);
    for (at, shard) in &mut shards {
        if foreign.contains(&at.as_usize()) {
            *shard = &other.0[at.as_usize()];
        }
    }
    code.recover(&shards)
}

fn inconsistent(code: &dyn ErasureCode, got: usize) -> ErasureError {
    let data_shards = code.parameters().data_shards();
    ErasureError::InconsistentShards { got, data_shards }
}

#[test]
fn one_wrong_shard_among_k_gives_wrong_data() {
    each(|code, blob, other| {
        let (k, n) = (code.parameters().data_shards(), code.parameters().shards());
        let given: Vec<usize> = (n - k..n).collect();
        for wrong in &given {
            let data = recover_mixed(code, blob, other, &given, &[*wrong]).unwrap();
            assert_ne!(data, blob.data(code), "{}", code.name());
            // It is data whose encoding has just these shards.
            let encoded = Blob::encode(code, data);
            for i in &given {
                let expected = if i == wrong {
                    &other.0[*i]
                } else {
                    &blob.0[*i]
                };
                assert_eq!(encoded.0[*i], *expected);
            }
        }
    });
}

#[test]
fn bad_input_any_wrong_shard_among_more_than_k_is_noticed() {
    each(|code, blob, other| {
        let (k, n) = (code.parameters().data_shards(), code.parameters().shards());
        for given in [
            (0..k + 1).collect::<Vec<_>>(),
            (n - k - 1..n).collect(),
            (0..n).collect(),
        ] {
            for wrong in &given {
                let error = recover_mixed(code, blob, other, &given, &[*wrong]).unwrap_err();
                assert_eq!(error, inconsistent(code, given.len()), "{}", code.name());
                assert!(error.is_peer_fault());
            }
        }
    });
}

#[test]
fn bad_input_as_many_wrong_shards_as_there_are_to_spare_are_noticed() {
    each(|code, blob, other| {
        let (k, n) = (code.parameters().data_shards(), code.parameters().shards());
        let all: Vec<usize> = (0..n).collect();
        for spare in 1..=n - k {
            let given = &all[n - k - spare..];
            for wrong in [&given[..spare], &given[given.len() - spare..]] {
                let result = recover_mixed(code, blob, other, given, wrong);
                assert_eq!(
                    result,
                    Err(inconsistent(code, given.len())),
                    "{}",
                    code.name()
                );
            }
        }
    });
}

#[test]
fn bad_input_one_flipped_bit_is_noticed() {
    each(|code, blob, _| {
        let n = code.parameters().shards();
        let all: Vec<usize> = (0..n).collect();
        for shard in [0, n / 2, n - 1] {
            let length = blob.0[shard].len();
            for byte in [0, length / 2, length - 1] {
                let mut flipped = blob.0[shard].clone();
                flipped[byte] ^= 1;
                let mut shards = blob.pick(&all);
                shards[shard].1 = &flipped;
                let error = code.recover(&shards).unwrap_err();
                assert!(error.is_peer_fault(), "{}: {error}", code.name());
            }
        }
    });
}
