#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Costs, Sealed};
use crate::operator::{Error, Passphrase};
use rand::SeedableRng;
use rand::rngs::StdRng;
use zeroize::Zeroizing;

/// As little as Argon2 permits, so that the tests are quick.
const CHEAP: Costs = Costs {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};
const SECRET: [u8; 32] = [7; 32];

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
}

fn sealed() -> Sealed {
    let mut rng = StdRng::seed_from_u64(1);
    Sealed::seal(&SECRET, &passphrase("open sesame"), b"me", CHEAP, &mut rng).unwrap()
}

#[test]
fn what_was_sealed_opens_with_its_passphrase_and_owner_alone() {
    let sealed = sealed();
    let open = |text, owner: &[u8]| sealed.open(&passphrase(text), owner).unwrap();
    assert_eq!(*open("open sesame", b"me").unwrap(), SECRET);
    assert!(open("open sesamf", b"me").is_none());
    assert!(open("open sesame", b"you").is_none());
}

#[test]
fn every_changed_byte_is_noticed() {
    let good = sealed();
    let open = |sealed: &Sealed| sealed.open(&passphrase("open sesame"), b"me").unwrap();
    for place in 0..good.xchacha20poly1305.len() {
        let mut bad = good.clone();
        bad.xchacha20poly1305[place] ^= 1;
        assert!(open(&bad).is_none(), "byte {place}");
    }
    let mut bad = good.clone();
    bad.salt[3] ^= 1;
    assert!(open(&bad).is_none());
    let mut bad = good.clone();
    bad.nonce[23] ^= 1;
    assert!(open(&bad).is_none());
    let mut bad = good;
    bad.argon2id.passes = 2;
    assert!(open(&bad).is_none());
}

#[test]
fn two_seals_of_one_secret_have_nothing_in_common() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut seal =
        || Sealed::seal(&SECRET, &passphrase("open sesame"), b"me", CHEAP, &mut rng).unwrap();
    let (a, b) = (seal(), seal());
    assert_ne!(a.salt, b.salt);
    assert_ne!(a.nonce, b.nonce);
    assert_ne!(a.xchacha20poly1305[..], b.xchacha20poly1305[..]);
}

#[test]
fn bad_input_costs_are_refused_before_any_memory_is_taken() {
    let wrong = [
        (
            Costs {
                memory_kib: u32::MAX,
                ..CHEAP
            },
            "memory",
        ),
        (
            Costs {
                memory_kib: 7,
                ..CHEAP
            },
            "memory",
        ),
        (
            Costs {
                memory_kib: 8,
                lanes: 2,
                ..CHEAP
            },
            "memory",
        ),
        (Costs { passes: 0, ..CHEAP }, "passes"),
        (
            Costs {
                passes: u32::MAX,
                ..CHEAP
            },
            "passes",
        ),
        (Costs { lanes: 0, ..CHEAP }, "lanes"),
        (
            Costs {
                lanes: u32::MAX,
                ..CHEAP
            },
            "lanes",
        ),
    ];
    for (costs, word) in wrong {
        let sealed = Sealed {
            argon2id: costs,
            ..sealed()
        };
        let refused = sealed.open(&passphrase("open sesame"), b"me").unwrap_err();
        assert!(
            matches!(refused, Error::OutOfRange { what, .. } if what.contains(word)),
            "{costs:?}: {refused}"
        );
    }
}

#[test]
fn the_recommended_costs_are_within_the_bounds() {
    let params = Costs::RECOMMENDED.check().unwrap();
    assert_eq!(
        (params.m_cost(), params.t_cost(), params.p_cost()),
        (65_536, 3, 4)
    );
}

#[test]
fn the_form_in_the_file_stays() {
    let text = serde_json::to_string(&sealed()).unwrap();
    let read: Sealed = serde_json::from_str(&text).unwrap();
    assert_eq!(read, sealed());
    let names: Vec<String> = serde_json::from_str::<serde_json::Map<_, _>>(&text)
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(names, ["argon2id", "nonce", "salt", "xchacha20poly1305"]);
    for bad in [
        text.replace("\"salt\":\"", "\"salt\":\"zz"),
        text.replace("\"passes\"", "\"passages\""),
    ] {
        assert!(serde_json::from_str::<Sealed>(&bad).is_err(), "{bad}");
    }
}
