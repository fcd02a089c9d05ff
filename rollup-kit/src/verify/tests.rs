#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{UnverifiedPayload, certificate, describe, proof};
use crate::Error;
use chain::{
    AvailabilityCertificate, ChainParams, FinalityCertificate, Genesis, GenesisValidator,
    ReceiptCollector, ReceiptTerms, SigningKey, UnverifiedBlobProof, UnverifiedHeader,
    ValidatorSet, VoteKind, Weight, vote_digest,
};
use commitments::{Setup, Threads};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::{
    BlobId, BlobMeta, BlobMode, ChainId, GridDimensions, Header, HeaderHash, Height, IndexEntry,
    IndexTree, Namespace, Round, RowIndex, Timestamp, commitments_root,
};

/// A chain of four, its keys, and a blob that it has ordered at height 1.
struct World {
    chain: ChainId,
    set: ValidatorSet,
    keys: Vec<SigningKey>,
    threads: Threads,
    payload: UnverifiedPayload,
    meta: BlobMeta,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let keys: Vec<_> = (0..4).map(|_| SigningKey::generate(&mut rng)).collect();
        let genesis = Genesis {
            name: "test".to_owned(),
            time: Timestamp::new(1),
            validators: keys
                .iter()
                .map(|k| GenesisValidator::new(k, Weight::new(1)))
                .collect(),
            params: ChainParams::devnet(),
        };
        let genesis = genesis.check().unwrap();
        let threads = Threads::one().unwrap();
        let payload = UnverifiedPayload {
            namespace: "rollup".parse().unwrap(),
            mode: BlobMode::Packed,
            bytes: b"a batch of transactions".repeat(20),
        };
        let meta = describe(
            setup(),
            &threads,
            payload.namespace,
            payload.mode,
            &payload.bytes,
        )
        .unwrap();
        let (chain, set) = (genesis.chain_id(), genesis.validators().clone());
        Self {
            chain,
            set,
            keys,
            threads,
            payload,
            meta,
        }
    }

    fn certify(&self, blob: BlobId) -> AvailabilityCertificate {
        let terms = ReceiptTerms {
            chain_id: self.chain,
            set: self.set.hash(),
            blob,
            accepted_at: Timestamp::new(1_000),
            expires_at: Timestamp::new(2_000_000),
        };
        let mut collector = ReceiptCollector::new(terms, self.set.clone());
        for key in &self.keys[..3] {
            let receipt = terms
                .sign(key)
                .verify(&self.chain, &self.set, &terms)
                .unwrap();
            collector.add(receipt).unwrap();
        }
        collector.finish().unwrap()
    }

    fn prove(&self, meta: &BlobMeta) -> UnverifiedBlobProof {
        let entry = IndexEntry::new(meta, RowIndex::FIRST).unwrap();
        let index = IndexTree::new(vec![entry]).unwrap();
        let header = Header {
            chain_id: self.chain,
            height: Height::FIRST,
            time: Timestamp::new(1_500),
            parent: HeaderHash::new(self.chain.to_bytes()),
            dimensions: GridDimensions::new(u64::from(meta.rows())).unwrap(),
            commitments_root: commitments_root(meta.commitments()).unwrap(),
            index_root: index.root(),
            validators: self.set.hash(),
            next_validators: self.set.hash(),
        };
        let hash = header.hash();
        let round = Round::new(0);
        let digest = vote_digest(
            &self.chain,
            &self.set.hash(),
            Height::FIRST,
            round,
            VoteKind::Precommit,
            Some(&hash),
        );
        let votes = self
            .keys
            .iter()
            .map(|key| (key.public_key().address(), key.sign_digest(&digest)));
        let finality = FinalityCertificate::aggregate(
            &self.chain,
            &self.set,
            Height::FIRST,
            round,
            &hash,
            votes,
        )
        .unwrap();
        UnverifiedBlobProof {
            header: UnverifiedHeader {
                header,
                finality: finality.to_unverified(),
            },
            placement: index.prove_placement(meta.id()).unwrap(),
            meta: meta.clone(),
            availability: self.certify(meta.id()).to_unverified(),
        }
    }
}

fn setup() -> &'static Setup {
    Setup::ceremony().unwrap()
}

#[test]
fn bytes_that_are_the_blob_are_believed() {
    let world = World::new(1);
    let id = world.meta.id();
    let payload = world
        .payload
        .clone()
        .verify(setup(), &world.threads, id)
        .unwrap();
    assert_eq!(payload.meta(), &world.meta);
    assert_eq!(payload.into_bytes(), world.payload.bytes);
}

#[test]
fn bad_input_payload_with_any_change_is_another_blob() {
    let world = World::new(1);
    let mut tampered = world.payload.clone();
    tampered.bytes[100] ^= 1;
    let mut longer = world.payload.clone();
    longer.bytes.push(0);
    let mut shorter = world.payload.clone();
    shorter.bytes.pop();
    let mut elsewhere = world.payload.clone();
    elsewhere.namespace = Namespace::new([9; 29]).unwrap();
    for changed in [tampered, longer, shorter, elsewhere] {
        let refused = changed
            .verify(setup(), &world.threads, world.meta.id())
            .expect_err("another blob");
        assert!(
            matches!(
                refused,
                Error::OtherBlob {
                    what: "payload",
                    ..
                }
            ),
            "{refused}"
        );
        assert!(refused.is_peer_fault());
    }
    let mut raw = world.payload.clone();
    raw.mode = BlobMode::Raw;
    assert!(
        raw.verify(setup(), &world.threads, world.meta.id())
            .is_err()
    );
}

#[test]
fn a_certificate_of_the_set_is_believed() {
    let world = World::new(1);
    let id = world.meta.id();
    let encoded = world.certify(id).encode();
    let verified = certificate(&encoded, id, &world.chain, &world.set).unwrap();
    assert_eq!(verified.signed_weight(), Weight::new(3));
}

#[test]
fn bad_input_certificates_are_refused() {
    let (world, other) = (World::new(1), World::new(2));
    let id = world.meta.id();
    let of_another_set = other.certify(id).encode();
    let refused = certificate(&of_another_set, id, &world.chain, &world.set).unwrap_err();
    assert!(matches!(refused, Error::Chain(_)), "{refused}");
    assert!(refused.is_peer_fault());

    let of_another_blob = world.certify(BlobId::new([3; 32])).encode();
    let refused = certificate(&of_another_blob, id, &world.chain, &world.set).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::OtherBlob {
                what: "certificate",
                ..
            }
        ),
        "{refused}"
    );

    let whole = world.certify(id).encode();
    for place in 0..whole.len() {
        let mut tampered = whole.clone();
        tampered[place] ^= 1;
        assert!(
            certificate(&tampered, id, &world.chain, &world.set).is_err(),
            "byte {place}"
        );
    }
    assert!(certificate(&whole[..whole.len() - 1], id, &world.chain, &world.set).is_err());
}

#[test]
fn a_proof_of_the_chain_is_believed() {
    let world = World::new(1);
    let id = world.meta.id();
    let verified = proof(world.prove(&world.meta), id, &world.chain, &world.set).unwrap();
    assert_eq!((verified.id(), verified.height()), (id, Height::FIRST));
}

#[test]
fn bad_input_proofs_are_refused() {
    let (world, other) = (World::new(1), World::new(2));
    let id = world.meta.id();
    let refused = proof(other.prove(&world.meta), id, &world.chain, &world.set).unwrap_err();
    assert!(matches!(refused, Error::Chain(_)), "{refused}");

    let another = describe(
        setup(),
        &world.threads,
        "rollup".parse().unwrap(),
        BlobMode::Packed,
        b"another batch",
    )
    .unwrap();
    let refused = proof(world.prove(&another), id, &world.chain, &world.set).unwrap_err();
    assert!(
        matches!(refused, Error::OtherBlob { what: "proof", .. }),
        "{refused}"
    );

    let mut spliced = world.prove(&world.meta);
    spliced.meta = another;
    assert!(proof(spliced, id, &world.chain, &world.set).is_err());
}
