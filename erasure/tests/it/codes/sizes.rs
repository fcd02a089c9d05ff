//! Lengths of shards.

use erasure::{CodeParameters, ErasureError, MAX_CODED_BYTES, MAX_SHARDS};

use super::{Blob, families, parameters, patterns, rng};

#[test]
fn lengths_that_a_code_has_round_trip() {
    for family in families() {
        let multiple = family.limits().shard_multiple();
        for symbols in [1, 2, 3, 7, 8, 9, 31, 32, 33, 63, 64, 65, 100, 257, 1001] {
            let code = family.code(parameters(3, 7, symbols * multiple)).unwrap();
            let blob = Blob::random(&*code, &mut rng(symbols as u64));
            for chosen in patterns(&*code) {
                let recovered = code.recover(&blob.pick(&chosen)).unwrap();
                assert_eq!(
                    recovered,
                    blob.data(&*code),
                    "{family}: {symbols}, {chosen:?}"
                );
            }
        }
    }
}

#[test]
fn bad_input_lengths_that_a_code_lacks_are_refused() {
    for family in families() {
        let multiple = family.limits().shard_multiple();
        let limit = MAX_CODED_BYTES / 4 / multiple * multiple;
        assert_eq!(family.limits().shard_bytes(4), limit);
        for got in (1..=2 * multiple).chain([63, 65, 1001]) {
            let made = family.code(parameters(2, 4, got));
            if got % multiple == 0 {
                assert!(made.is_ok(), "{family}: {got}");
            } else {
                let error = made.unwrap_err();
                let expected = ErasureError::ShardBytes {
                    got,
                    multiple,
                    limit,
                };
                assert_eq!(error, expected, "{family}");
                assert!(!error.is_peer_fault());
            }
        }
    }
}

#[test]
fn bad_input_lengths_that_no_code_has_are_refused() {
    for (n, got, limit) in [
        (4, 0, MAX_CODED_BYTES / 4),
        (4, MAX_CODED_BYTES / 4 + 1, MAX_CODED_BYTES / 4),
        (3, MAX_CODED_BYTES / 3 + 1, MAX_CODED_BYTES / 3),
        (MAX_SHARDS, 16385, 16384),
        (1, usize::MAX, MAX_CODED_BYTES),
    ] {
        let expected = ErasureError::ShardBytes {
            got,
            multiple: 1,
            limit,
        };
        assert_eq!(CodeParameters::new(1, n, got), Err(expected));
        assert!(CodeParameters::new(1, n, limit).is_ok());
    }
}

/// The field's code works block by block; whole blocks and a rest must come out as one.
#[test]
fn shards_longer_than_a_block_round_trip() {
    for family in families() {
        let multiple = family.limits().shard_multiple();
        let code = family.code(parameters(50, 120, 531 * multiple)).unwrap();
        let blob = Blob::random(&*code, &mut rng(50));
        let chosen: Vec<usize> = (60..110).collect();
        assert!(
            code.recover(&blob.pick(&chosen)).unwrap() == blob.data(&*code),
            "{family}"
        );

        // Symbol by symbol, a long shard is many short ones where the symbols lie side by side.
        if family.name() != "reed-solomon-simd" {
            let short = family.code(parameters(50, 120, multiple)).unwrap();
            for symbol in [0, 127, 128, 255, 256, 530] {
                let at = symbol * multiple..(symbol + 1) * multiple;
                let data = blob
                    .data(&*code)
                    .iter()
                    .map(|s| s[at.clone()].to_vec())
                    .collect();
                let cut: Vec<_> = blob.0.iter().map(|s| s[at.clone()].to_vec()).collect();
                assert_eq!(Blob::encode(&*short, data).0, cut, "{family}: {symbol}");
            }
        }
    }
}
