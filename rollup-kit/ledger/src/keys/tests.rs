#![allow(clippy::unwrap_used)]

use super::*;
use ark_ff::{AdditiveGroup, Field};
use rand::SeedableRng;
use rand::rngs::StdRng;

const CHEAP: Costs = Costs {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; KEY_BYTES])
}

fn message() -> [Fr; MESSAGE_SCALARS] {
    [1u64, 2, 3, 4, 5, 6].map(Fr::from)
}

#[test]
fn a_signature_holds_for_its_key_and_message_alone() {
    let signature = key(1).sign(&message());
    assert_eq!(key(1).presented().verify(&message(), &signature), Ok(()));
    let refused = |presented: Presented, message: [Fr; 6], signature: Signature| {
        let result = presented.verify(&message, &signature);
        assert!(matches!(result, Err(Error::WrongSignature { .. })));
    };
    refused(key(2).presented(), message(), signature);
    for i in 0..MESSAGE_SCALARS {
        let mut other = message();
        other[i] += Fr::ONE;
        refused(key(1).presented(), other, signature);
    }
    let mut salted = key(1).presented();
    salted.salt += Fr::ONE;
    refused(salted, message(), signature);
    let mut response = signature;
    response.response += JubjubScalar::ONE;
    refused(key(1).presented(), message(), response);
    let mut nonce = signature;
    nonce.nonce = key(2).sign(&message()).nonce;
    refused(key(1).presented(), message(), nonce);
}

#[test]
fn signing_is_deterministic_and_never_repeats_a_nonce() {
    let signature = key(1).sign(&message());
    assert_eq!(key(1).sign(&message()), signature);
    let mut other = message();
    other[5] += Fr::ONE;
    assert_ne!(key(1).sign(&other).nonce, signature.nonce);
    assert_ne!(key(2).sign(&message()).nonce, signature.nonce);
}

#[test]
fn encodings_are_canonical() {
    let signature = key(1).sign(&message());
    assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
    let public = key(1).presented().public;
    assert_eq!(PublicKey::from_bytes(&public.to_bytes()), Ok(public));
    // The order of Jubjub's group added to s: the same scalar in other bytes.
    let mut bytes = signature.to_bytes();
    let mut integer = signature.response.into_bigint();
    integer.add_with_carry(&JubjubScalar::MODULUS);
    bytes[KEY_BYTES..].copy_from_slice(&integer.to_bytes_le());
    assert!(Signature::from_bytes(&bytes).is_err());
    assert!(Signature::from_bytes(&[0xff; SIGNATURE_BYTES]).is_err());
}

#[test]
fn points_of_small_order_are_no_keys() {
    let two_torsion = EdwardsAffine::new_unchecked(Fr::ZERO, -Fr::ONE);
    assert!(two_torsion.is_on_curve());
    let neutral = EdwardsAffine::new_unchecked(Fr::ZERO, Fr::ONE);
    let mixed = (key(1).presented().public.0 + two_torsion).into_affine();
    for point in [two_torsion, neutral, mixed] {
        let refused = PublicKey::from_bytes(&compressed(&point));
        assert!(
            matches!(refused, Err(Error::BadPublicKey { .. })),
            "{point}"
        );
    }
    assert!(PublicKey::from_bytes(&[0xff; KEY_BYTES]).is_err());
}

#[test]
fn a_sealed_key_opens_by_its_passphrase_alone() {
    let mut rng = StdRng::seed_from_u64(1);
    let sealed = SealedKey::seal(&key(1), b"correct", CHEAP, &mut rng).unwrap();
    let opened = sealed.open(b"correct").unwrap();
    assert_eq!(opened.account_key(), key(1).account_key());
    assert_eq!(sealed.open(b"wrong").err(), Some(Error::Sealed));
    let text = serde_json::to_string(&sealed).unwrap();
    assert!(!text.contains(&hex::encode([1; KEY_BYTES])));
    assert_eq!(serde_json::from_str::<SealedKey>(&text).unwrap(), sealed);

    let mut other = sealed.clone();
    other.account = key(2).account_key().to_string();
    assert_eq!(other.open(b"correct").err(), Some(Error::Sealed));
    let mut greedy = sealed.clone();
    greedy.argon2id.memory_kib = u32::MAX;
    assert!(matches!(
        greedy.open(b"correct"),
        Err(Error::OutOfRange { .. })
    ));
    let mut cut = sealed;
    cut.xchacha20poly1305.pop();
    assert!(matches!(cut.open(b"correct"), Err(Error::Encoding { .. })));
}
