//! What is typed, pasted or kept in files: hexadecimal nouns, namespaces, checkpoints, JSON.
#![no_main]

use algebra::Engine;
use chain::{Checkpoint, Genesis, PublicKeyBytes, Signature, TrustedSet, ValidatorAddress};
use fuzz::codec::{json, text};
use libfuzzer_sys::fuzz_target;
use types::{BlobId, BlobMode, ChainId, Commitment, HeaderHash, Namespace, Timestamp};

fuzz_target!(|input: &str| {
    text::<Namespace>(input);
    text::<BlobId>(input);
    text::<ChainId>(input);
    text::<HeaderHash>(input);
    text::<Commitment>(input);
    text::<ValidatorAddress>(input);
    text::<PublicKeyBytes>(input);
    text::<Signature>(input);
    text::<Checkpoint>(input);
    json::<Namespace>(input);
    json::<BlobId>(input);
    json::<BlobMode>(input);
    json::<Timestamp>(input);
    json::<TrustedSet>(input);
    json::<Genesis>(input);
    if let Ok(engine) = Engine::from_name(input) {
        assert_eq!(engine.name(), input);
    }
});
