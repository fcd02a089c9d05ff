use algebra::Engine;
use erasure::CodeFamily;
use proptest::prelude::*;
use rand::seq::SliceRandom;

use super::{Blob, code, families, patterns, random_data, rng};

#[test]
fn every_choice_of_enough_shards_gives_the_data_back() {
    for family in families() {
        for (k, n) in [
            (1, 1),
            (1, 2),
            (1, 4),
            (2, 3),
            (2, 5),
            (3, 3),
            (3, 6),
            (3, 7),
            (4, 7),
        ] {
            let code = code(family, k, n, 3);
            let blob = Blob::random(&*code, &mut rng(n as u64));
            for mask in 0_u32..1 << n {
                let chosen: Vec<usize> = (0..n).filter(|i| mask >> i & 1 == 1).collect();
                if chosen.len() >= k {
                    let recovered = code.recover(&blob.pick(&chosen)).unwrap();
                    assert_eq!(
                        recovered,
                        blob.data(&*code),
                        "{family}: {k} of {n}, {chosen:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_worst_losses_give_the_data_back() {
    for family in families() {
        for (k, n) in [
            (5, 13),
            (16, 32),
            (31, 62),
            (33, 66),
            (64, 128),
            (100, 120),
            (100, 256),
        ] {
            let code = code(family, k, n, 2);
            let blob = Blob::random(&*code, &mut rng(k as u64));
            for chosen in patterns(&*code) {
                let recovered = code.recover(&blob.pick(&chosen)).unwrap();
                assert_eq!(
                    recovered,
                    blob.data(&*code),
                    "{family}: {k} of {n}, {chosen:?}"
                );
            }
        }
    }
}

#[test]
fn random_losses_give_the_data_back_in_any_order_and_with_shards_to_spare() {
    for family in families() {
        let (k, n) = (37, 90);
        let code = code(family, k, n, 5);
        let mut rng = rng(37);
        let blob = Blob::random(&*code, &mut rng);
        let mut order: Vec<usize> = (0..n).collect();
        for given in [k, k, k + 1, k + 7, n - 1, n] {
            order.shuffle(&mut rng);
            let recovered = code.recover(&blob.pick(&order[..given])).unwrap();
            assert_eq!(
                recovered,
                blob.data(&*code),
                "{family}: {given} of {order:?}"
            );
        }
    }
}

#[test]
fn data_that_breaks_careless_arithmetic_comes_back() {
    for family in families() {
        let code = code(family, 6, 12, 3);
        let length = code.parameters().shard_bytes();
        let mut largest = vec![0xff; length];
        if code.name() == "field" {
            let top = (-algebra::Fr::ONE).to_be_bytes();
            largest = top.repeat(length / 32);
        }
        let zero = vec![0; length];
        let mut one = zero.clone();
        one[length - 1] = 1;
        for data in [
            vec![zero.clone(); 6],
            vec![largest.clone(); 6],
            vec![
                zero.clone(),
                zero.clone(),
                zero.clone(),
                zero.clone(),
                zero.clone(),
                one.clone(),
            ],
            vec![
                one.clone(),
                largest.clone(),
                zero.clone(),
                largest,
                one,
                zero,
            ],
        ] {
            let blob = Blob::encode(&*code, data);
            for chosen in patterns(&*code) {
                let recovered = code.recover(&blob.pick(&chosen)).unwrap();
                assert_eq!(recovered, blob.data(&*code), "{family}: {chosen:?}");
            }
        }
    }
}

#[test]
fn encoding_depends_on_the_data_alone() {
    for family in families() {
        let first = code(family, 10, 25, 7);
        let data = random_data(&*first, &mut rng(10));
        let blob = Blob::encode(&*first, data.clone());
        assert_eq!(blob.data(&*first), data);
        // Neither what a code did before nor that it is another one shows.
        first
            .recover(&blob.pick(&(15..25).collect::<Vec<_>>()))
            .unwrap();
        assert_eq!(Blob::encode(&*first, data.clone()).0, blob.0, "{family}");
        let second = code(family, 10, 25, 7);
        assert_eq!(Blob::encode(&*second, data).0, blob.0, "{family}");
    }
}

/// Parity bytes once written are read by everyone afterwards: these never change.
#[test]
fn parity_is_frozen() {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    for family in families() {
        let code = family.code(super::parameters(3, 5, 32)).unwrap();
        // Canonical: the first byte of a shard is 3.
        let byte = |i: u8, b: u8| b.wrapping_mul(b).wrapping_mul(17 + i * i).wrapping_add(3);
        let data = (0..3)
            .map(|i| (0..32).map(|b| byte(i, b)).collect())
            .collect();
        let blob = Blob::encode(&*code, data);
        let expected = match family {
            CodeFamily::Field(_) => [
                "3e45978c04228655744a415b86ca96ffef8f2bf53e1aa5e63eb49da60e879965",
                "4f29577480557d451ff90b5d666ed9f952bdf0e067a06fc47b9e3cf7e925093f",
            ],
            // The points of few shards, and so the weights, are in the subfield.
            CodeFamily::Byte | CodeFamily::WideByte => [
                "03195bf963791b3983799b796339db5903d9db3963799b7983391bf963f95b99",
                "0334479c136c13640d30e902e74849ee0314bd95e72b1d190db9e79613b5b3ce",
            ],
            CodeFamily::Additive => [
                "53643d766cf2632c92722f1ae1abfc6f0f8b9859e0362db0310589d47a91a6e7",
                "507d668f0f8b7815110bb463829227360c524360834fb6c9b23c922d1968fd7e",
            ],
            other => panic!("no frozen parity of {other}"),
        };
        assert_eq!([hex(&blob.0[3]), hex(&blob.0[4])], expected, "{family}");
    }
}

#[test]
fn one_code_serves_many_threads() {
    for family in families() {
        let code = code(family, 8, 16, 2);
        let blob = Blob::random(&*code, &mut rng(8));
        std::thread::scope(|scope| {
            for chosen in patterns(&*code) {
                let (code, blob) = (&code, &blob);
                scope.spawn(move || {
                    assert_eq!(
                        code.recover(&blob.pick(&chosen)).unwrap(),
                        blob.data(&**code)
                    );
                });
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn round_trips(k in 1_usize..40, parity in 0_usize..60, symbols in 1_usize..70, seed: u64) {
        for family in families() {
            let (n, mut rng) = (k + parity, rng(seed));
            let code = code(family, k, n, symbols);
            let blob = Blob::random(&*code, &mut rng);
            let mut order: Vec<usize> = (0..n).collect();
            order.shuffle(&mut rng);
            prop_assert_eq!(code.recover(&blob.pick(&order[..k])).unwrap(), blob.data(&*code));
            prop_assert_eq!(code.recover(&blob.pick(&order)).unwrap(), blob.data(&*code));
        }
    }
}

#[test]
fn codes_are_found_by_name() {
    let names = [
        "field",
        "reed-solomon-erasure",
        "reed-solomon-erasure-16",
        "reed-solomon-simd",
    ];
    let engine = Engine::scalar();
    for name in names {
        let family = CodeFamily::from_name(name, engine).unwrap();
        assert_eq!((family.name(), family.to_string().as_str()), (name, name));
    }
    for family in CodeFamily::all(engine) {
        assert!(names.contains(&family.name()));
        assert_eq!(CodeFamily::from_name(family.name(), engine), Ok(family));
        let code = code(family, 2, 3, 1);
        assert_eq!(code.name(), family.name());
        assert_eq!(
            code.parameters(),
            super::parameters(2, 3, family.limits().shard_multiple())
        );
    }
    assert!(CodeFamily::all(engine).len() >= 3);
    for unknown in ["", "Field", "reed-solomon", "reed-solomon-erasure-8"] {
        let error = CodeFamily::from_name(unknown, engine).unwrap_err();
        assert!(!error.is_peer_fault());
        assert_eq!(
            error.to_string(),
            format!(
                "no code {unknown:?}: expected field, reed-solomon-erasure, \
                 reed-solomon-erasure-16 or reed-solomon-simd"
            )
        );
    }
}
