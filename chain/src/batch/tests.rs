//! The batch against its naive twin: one pairing check per claim.

#![allow(clippy::unwrap_used)]

use super::{Claim, verify_claims};
use crate::bls::{self, SignaturePoint};
use crate::{Error, SigningKey, peer_binding_digest};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::ChainId;

fn claims(count: usize) -> (Vec<SigningKey>, Vec<Claim>) {
    let mut rng = StdRng::seed_from_u64(4);
    let keys: Vec<SigningKey> = (0..count).map(|_| SigningKey::generate(&mut rng)).collect();
    let claims = keys
        .iter()
        .enumerate()
        .map(|(i, key)| {
            let digest = peer_binding_digest(&ChainId::new([1; 32]), &i.to_be_bytes());
            let signature = key.sign_digest(&digest);
            Claim {
                key: key.public_key().point().into(),
                signers: i + 1,
                digest,
                signature: SignaturePoint::decode("test", signature.as_bytes()).unwrap(),
            }
        })
        .collect();
    (keys, claims)
}

fn naive(keys: &[SigningKey], claims: &[Claim]) -> Option<usize> {
    keys.iter().zip(claims).position(|(key, claim)| {
        let key = key.public_key();
        bls::verify_one("test", key.address(), &key, &claim.digest, claim.signature).is_err()
    })
}

#[test]
fn good_claims_hold() {
    for count in [0, 1, 2, 9] {
        let (keys, claims) = claims(count);
        assert_eq!(naive(&keys, &claims), None);
        assert_eq!(verify_claims("test", &claims), Ok(()));
    }
}

#[test]
fn the_first_false_claim_is_named() {
    for wrong in 0..5 {
        let (keys, mut claims) = claims(5);
        claims[wrong].digest = peer_binding_digest(&ChainId::new([2; 32]), b"");
        assert_eq!(naive(&keys, &claims), Some(wrong));
        assert_eq!(
            verify_claims("test", &claims),
            Err(Error::Aggregate {
                what: "test",
                signers: wrong + 1
            })
        );
    }
}

#[test]
fn false_claims_do_not_cancel_out() {
    let (keys, mut claims) = claims(5);
    let signature = claims[1].signature;
    claims[1].signature = claims[3].signature;
    claims[3].signature = signature;
    assert_eq!(naive(&keys, &claims), Some(1));
    assert!(verify_claims("test", &claims).is_err());
}
