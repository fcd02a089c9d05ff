//! Keys and signatures that cannot be.

use crate::samples::{keys, signature_at_infinity, signature_outside_subgroup};
use chain::{Error, PossessionProof, PublicKey, Signature, SigningKey, peer_binding_digest};
use types::ChainId;

const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

/// x = 0, 1, 2, … with the flag of a compressed point.
fn point(x: u8) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[0] = 0x80;
    bytes[47] = x;
    bytes
}

fn problem(bytes: [u8; 48]) -> &'static str {
    match PublicKey::from_bytes(&bytes).unwrap_err() {
        Error::PublicKey { got, problem } => {
            assert_eq!(got.as_bytes(), &bytes);
            problem
        }
        other => panic!("{other}"),
    }
}

#[test]
fn keys_off_the_curve_outside_the_subgroup_and_at_infinity() {
    // x = 0 gives y = ±2: a point of order 3. x = 1 gives y² = 5, which has no root.
    assert_eq!(problem(point(0)), "is outside the subgroup");
    assert_eq!(problem(point(1)), "is not on the curve");
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    assert_eq!(problem(infinity), "is the point at infinity");
    assert_eq!(problem([0; 48]), "is not a compressed point");
    assert_eq!(problem([0xff; 48]), "is not a compressed point");
}

#[test]
fn secret_keys_that_are_zero_or_too_large() {
    let order: [u8; 32] = hex::decode(ORDER).unwrap().try_into().unwrap();
    for bytes in [[0; 32], order, [0xff; 32]] {
        assert_eq!(
            SigningKey::from_bytes(&bytes).unwrap_err(),
            Error::SecretKey
        );
    }
    let mut last = order;
    last[31] = 0;
    assert!(SigningKey::from_bytes(&last).is_ok());
}

#[test]
fn signatures_that_are_no_points_of_the_subgroup() {
    let key = keys(1, 1)[0].public_key();
    let digest = peer_binding_digest(&ChainId::new([1; 32]), b"peer");
    for (signature, problem) in [
        (signature_outside_subgroup(), "is outside the subgroup"),
        (signature_at_infinity(), "is the point at infinity"),
        (Signature::new([0; 96]), "is not a compressed point"),
    ] {
        let refused = |what| Error::SignaturePoint { what, problem };
        assert_eq!(
            key.verify(&digest, &signature).unwrap_err(),
            refused("signature")
        );
        assert_eq!(signature.to_eip2537().unwrap_err(), refused("signature"));
        let proof = PossessionProof::new(signature.to_bytes());
        assert_eq!(
            proof.to_eip2537().unwrap_err(),
            refused("proof of possession")
        );
    }
}

#[test]
fn a_signature_by_another_key_or_over_another_digest() {
    let keys = keys(2, 1);
    let (alice, bob) = (&keys[0], &keys[1]);
    let digest = peer_binding_digest(&ChainId::new([1; 32]), b"peer");
    let forged = |signature| {
        assert_eq!(
            alice.public_key().verify(&digest, &signature).unwrap_err(),
            Error::Signature {
                what: "signature",
                signer: alice.public_key().address()
            }
        );
    };
    forged(bob.sign_digest(&digest));
    forged(alice.sign_digest(&peer_binding_digest(&ChainId::new([2; 32]), b"peer")));
    forged(alice.sign_digest(&peer_binding_digest(&ChainId::new([1; 32]), b"peers")));
}

#[test]
fn a_possession_proof_of_another_key_or_another_domain() {
    let keys = keys(2, 1);
    let key = keys[0].public_key();
    let wrong = Error::Possession {
        key: key.to_bytes(),
    };
    assert_eq!(keys[1].prove_possession().verify(&key).unwrap_err(), wrong);
    let signature = keys[0].sign_digest(&peer_binding_digest(&ChainId::new([1; 32]), b"peer"));
    let proof = PossessionProof::new(signature.to_bytes());
    assert_eq!(proof.verify(&key).unwrap_err(), wrong);
    let proof = PossessionProof::new(signature_at_infinity().to_bytes());
    assert!(matches!(
        proof.verify(&key).unwrap_err(),
        Error::SignaturePoint { .. }
    ));
}
