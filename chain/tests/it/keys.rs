//! Keys that work.

use crate::samples::keys;
use chain::{PublicKey, PublicKeyBytes, SigningKey, peer_binding_digest};
use types::ChainId;

#[test]
fn signatures_and_possession_verify() {
    for key in keys(3, 9) {
        let digest = peer_binding_digest(&ChainId::new([1; 32]), b"peer");
        let public = key.public_key();
        assert_eq!(public.verify(&digest, &key.sign_digest(&digest)), Ok(()));
        assert_eq!(key.prove_possession().verify(&public), Ok(()));
    }
}

#[test]
fn keys_survive_their_encodings() {
    let key = &keys(1, 2)[0];
    let again = SigningKey::from_bytes(&key.to_bytes()).unwrap();
    let public = key.public_key();
    assert_eq!(again.public_key(), public);
    assert_eq!(
        PublicKey::from_bytes(public.to_bytes().as_bytes()).unwrap(),
        public
    );
    assert_eq!(again.public_key().address(), public.address());
    let text = serde_json::to_string(&public).unwrap();
    let bytes: PublicKeyBytes = serde_json::from_str(&text).unwrap();
    assert_eq!(PublicKey::try_from(bytes).unwrap(), public);
}

#[test]
fn a_secret_is_not_shown() {
    let key = &keys(1, 2)[0];
    let secret = hex::encode(key.to_bytes().as_ref());
    assert!(!format!("{key:?}").contains(&secret));
}
