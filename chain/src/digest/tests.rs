//! The signature scheme against a known answer: a digest of chosen bytes exists only here.

#![allow(clippy::unwrap_used)]

use super::Digest;
use crate::SigningKey;

/// consensus-spec-tests, general/phase0/bls/sign/small/sign_case_11b8c7cad5238946: a secret
/// key, its public key, and its signature over 32 zero bytes.
const SECRET: &str = "47b8192d77bf871b62e87859d653922725724a5c031afeabc60bcef5ff665138";
const PUBLIC: &str = "b301803f8b5ac4a1133581fc676dfedc60d891dd5fa99028805e5ea5b08d3491\
                      af75d0707adab3b70c6a6a580217bf81";
const SIGNATURE: &str = "b23c46be3a001c63ca711f87a005c200cc550b9429d5f4eb38d74322144f1b63\
                         926da3388979e5321012fb1a0526bcd100b5ef5fe72628ce4cd5e904aeaa3279\
                         527843fae5ca9ca675f4f51ed8f83bbf7155da9ecc9663100a885d5dc6df96d9";

#[test]
fn the_signature_scheme_is_ethereums() {
    let secret: [u8; 32] = hex::decode(SECRET).unwrap().try_into().unwrap();
    let key = SigningKey::from_bytes(&secret).unwrap();
    let digest = Digest([0; 32]);
    let signature = key.sign_digest(&digest);
    assert_eq!(key.public_key().to_string(), PUBLIC);
    assert_eq!(signature.to_string(), SIGNATURE);
    assert_eq!(key.public_key().verify(&digest, &signature), Ok(()));
}
