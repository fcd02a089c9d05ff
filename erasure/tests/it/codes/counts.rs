//! k and n at the limits of each code, and beyond.

use erasure::{CodeFamily, CodeParameters, ErasureError, MAX_SHARDS};

use super::{Blob, code, families, parameters, rng};

/// The largest codes of each kind: as much data, and as much parity, as there can be.
fn largest(family: CodeFamily) -> &'static [(usize, usize)] {
    match family {
        CodeFamily::Field(_) => &[(65536, 65536), (32768, 65536), (33, 65505), (1, 65536)],
        CodeFamily::Byte => &[(256, 256), (255, 256), (128, 256), (1, 256)],
        CodeFamily::WideByte => &[(512, 512), (256, 512), (1, 512)],
        CodeFamily::Additive => &[(65535, 65536), (32768, 65536), (61440, 65536), (1, 65536)],
        other => panic!("no limits of {other}"),
    }
}

#[test]
fn the_largest_codes_recover() {
    for family in families() {
        for (k, n) in largest(family).iter().copied() {
            assert_eq!(family.limits().shards(k), n, "{family}: {k} of {n}");
            let code = code(family, k, n, 1);
            let blob = Blob::random(&*code, &mut rng(k as u64));
            let chosen: Vec<usize> = (n - k..n).collect();
            let recovered = code.recover(&blob.pick(&chosen)).unwrap();
            assert!(recovered == blob.data(&*code), "{family}: {k} of {n}");
        }
    }
}

#[test]
fn bad_input_counts_beyond_the_limits_are_refused() {
    for family in families() {
        let limits = family.limits();
        let bytes = limits.shard_multiple();
        for (k, n) in largest(family)
            .iter()
            .copied()
            .filter(|(_, n)| *n < MAX_SHARDS)
        {
            let error = family.code(parameters(k, n + 1, bytes)).unwrap_err();
            let expected = ErasureError::Shards {
                got: n + 1,
                least: k,
                limit: n,
            };
            assert_eq!(error, expected, "{family}");
            assert!(!error.is_peer_fault());
        }
        let most = limits.data_shards();
        if most < MAX_SHARDS {
            let error = family
                .code(parameters(most + 1, most + 1, bytes))
                .unwrap_err();
            let expected = ErasureError::DataShards {
                got: most + 1,
                limit: most,
            };
            assert_eq!(error, expected, "{family}");
        }
        // Just past a power of two, the field's code and the additive one lose room for parity.
        let code = family.code(parameters(
            limits.data_shards(),
            limits.data_shards(),
            bytes,
        ));
        assert_eq!(code.unwrap().parameters().parity_shards(), 0);
    }
}

#[test]
fn bad_input_counts_that_no_code_has_are_refused() {
    for (k, n, expected) in [
        (
            0,
            0,
            ErasureError::DataShards {
                got: 0,
                limit: MAX_SHARDS,
            },
        ),
        (
            0,
            5,
            ErasureError::DataShards {
                got: 0,
                limit: MAX_SHARDS,
            },
        ),
        (
            65537,
            65537,
            ErasureError::DataShards {
                got: 65537,
                limit: MAX_SHARDS,
            },
        ),
        (
            usize::MAX,
            usize::MAX,
            ErasureError::DataShards {
                got: usize::MAX,
                limit: MAX_SHARDS,
            },
        ),
        (
            3,
            2,
            ErasureError::Shards {
                got: 2,
                least: 3,
                limit: MAX_SHARDS,
            },
        ),
        (
            3,
            0,
            ErasureError::Shards {
                got: 0,
                least: 3,
                limit: MAX_SHARDS,
            },
        ),
        (
            3,
            usize::MAX,
            ErasureError::Shards {
                got: usize::MAX,
                least: 3,
                limit: MAX_SHARDS,
            },
        ),
    ] {
        assert_eq!(CodeParameters::new(k, n, 32), Err(expected));
    }
}

#[test]
fn limits_hold_for_every_count() {
    for family in families() {
        let limits = family.limits();
        for k in (1..=limits.data_shards())
            .step_by(97)
            .chain([limits.data_shards()])
        {
            let n = limits.shards(k);
            assert!((k..=MAX_SHARDS).contains(&n), "{family}: {k} of {n}");
        }
    }
}
