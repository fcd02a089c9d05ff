#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::{
    BlockContext, ChainParams, FinalityCertificate, Parent, ReceiptCollector, ReceiptTerms,
    SigningKey, Tenure, Validator, VoteKind, Weight, propose, vote_digest,
};
use types::{
    BlobMode, Commitment, CommitmentsRoot, GridDimensions, Header, HeaderHash, IndexRoot,
    Namespace, PayloadLength, Round, Timestamp,
};

const NOW: Timestamp = Timestamp::new(1_700_000_000_000);
const CHAIN: ChainId = ChainId::new([7; 32]);

fn key(seed: u8) -> SigningKey {
    let mut bytes = [0; 32];
    bytes[31] = seed;
    SigningKey::from_bytes(&bytes).unwrap()
}

fn set(seeds: &[u8]) -> ValidatorSet {
    let members = seeds
        .iter()
        .map(|seed| Validator::new(key(*seed).public_key(), Weight::new(10)));
    ValidatorSet::new(members.collect()).unwrap()
}

/// In an epoch that this set began and no other came before.
fn tenure(set: &ValidatorSet) -> Tenure {
    let last = Header {
        chain_id: CHAIN,
        height: Height::new(4),
        time: NOW,
        parent: HeaderHash::new([0; 32]),
        dimensions: GridDimensions::default(),
        commitments_root: CommitmentsRoot::new([0; 32]),
        index_root: IndexRoot::new([0; 32]),
        validators: set.hash(),
        next_validators: set.hash(),
    };
    Tenure::since(&last, set, set).unwrap()
}

fn meta(fill: u8) -> BlobMeta {
    let length = PayloadLength::new(BlobMode::Packed, 100).unwrap();
    let namespace: Namespace = "proofs".parse().unwrap();
    BlobMeta::new(namespace, length, vec![Commitment::new([fill; 48])]).unwrap()
}

fn certify(meta: &BlobMeta, seeds: &[u8], set: &ValidatorSet) -> AvailabilityCertificate {
    let terms = ReceiptTerms {
        chain_id: CHAIN,
        set: set.hash(),
        blob: meta.id(),
        accepted_at: NOW,
        expires_at: NOW.plus_millis(ChainParams::devnet().retention_ms),
    };
    let mut collector = ReceiptCollector::new(terms, set.clone());
    for seed in seeds {
        let receipt = terms.sign(&key(*seed)).verify(&CHAIN, set, &terms).unwrap();
        collector.add(receipt).unwrap();
    }
    collector.finish().unwrap()
}

/// Proofs of two blobs of one block of a chain of these validators.
fn proofs(seeds: &[u8]) -> [UnverifiedBlobProof; 2] {
    let set = set(seeds);
    let metas = [meta(1), meta(2)];
    let context = BlockContext {
        chain_id: CHAIN,
        tenure: &tenure(&set),
        parent: Parent {
            hash: HeaderHash::new([1; 32]),
            height: Height::new(4),
            time: NOW,
        },
        params: &ChainParams::devnet(),
        now: None,
        is_ordered: &|_| false,
    };
    let candidates = metas
        .iter()
        .map(|meta| (certify(meta, seeds, &set), meta.clone()));
    let block = propose(&context, candidates.collect(), None, NOW.plus_millis(1)).unwrap();
    let hash = block.id();
    let height = block.header().height;
    let digest = vote_digest(
        &CHAIN,
        &set.hash(),
        height,
        Round::new(0),
        VoteKind::Precommit,
        Some(&hash),
    );
    let votes = seeds.iter().map(|seed| {
        let key = key(*seed);
        (key.public_key().address(), key.sign_digest(&digest))
    });
    let finality =
        FinalityCertificate::aggregate(&CHAIN, &set, height, Round::new(0), &hash, votes).unwrap();
    let header = UnverifiedHeader {
        header: *block.header(),
        finality: finality.to_unverified(),
    };
    metas.map(|meta| UnverifiedBlobProof {
        header: header.clone(),
        placement: block.index().prove_placement(meta.id()).unwrap(),
        availability: certify(&meta, seeds, &set).to_unverified(),
        meta,
    })
}

#[test]
fn a_proof_holds_and_says_what_it_proves() {
    let seeds = [1, 2, 3, 4];
    for proof in proofs(&seeds) {
        let decoded = UnverifiedBlobProof::decode(&proof.encode()).unwrap();
        assert_eq!(decoded, proof);
        let id = proof.meta.id();
        let verified = decoded.verify(&CHAIN, &set(&seeds)).unwrap();
        assert_eq!(verified.id(), id);
        assert_eq!(verified.height(), Height::new(5));
        assert_eq!(verified.availability().blob(), id);
        assert_eq!(verified.meta().id(), id);
    }
}

#[test]
fn the_set_before_may_have_certified_the_blob() {
    let (seeds, before) = ([1, 2, 3, 4], [5, 6, 7]);
    let (set, certifier) = (set(&seeds), set(&before));
    let [mut proof, _] = proofs(&seeds);
    proof.availability = certify(&proof.meta, &before, &certifier).to_unverified();
    let verified = proof.clone().verify_by(&CHAIN, &set, &certifier).unwrap();
    assert_eq!(verified.availability().terms().set, certifier.hash());
    for wrong in [&set, &certifier] {
        assert!(matches!(
            proof.clone().verify(&CHAIN, wrong),
            Err(Error::WrongSet { .. })
        ));
    }
}

#[test]
fn bad_input_every_flipped_byte_breaks_a_proof() {
    let set = set(&[1]);
    let [proof, _] = proofs(&[1]);
    let good = proof.encode();
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        let verified = UnverifiedBlobProof::decode(&bytes).and_then(|p| p.verify(&CHAIN, &set));
        assert!(verified.is_err(), "byte {place} of {}", good.len());
    }
}

#[test]
fn bad_input_cut_and_extended_proofs() {
    let good = proofs(&[1])[0].encode();
    for length in 0..good.len() {
        assert!(
            UnverifiedBlobProof::decode(&good[..length]).is_err(),
            "{length} bytes"
        );
    }
    let longer = [&good[..], &[0]].concat();
    assert!(UnverifiedBlobProof::decode(&longer).is_err());
    let huge = vec![0; UnverifiedBlobProof::MAX_BYTES + 1];
    assert!(matches!(
        UnverifiedBlobProof::decode(&huge),
        Err(Error::TooLarge { .. })
    ));
}

#[test]
fn bad_input_parts_of_another_blob() {
    let set = set(&[1]);
    let [one, other] = proofs(&[1]);
    let mut wrong = one.clone();
    wrong.availability = other.availability.clone();
    assert_eq!(
        wrong.verify(&CHAIN, &set),
        Err(Error::WrongProof {
            what: "certificate",
            got: other.meta.id(),
            expected: one.meta.id(),
        })
    );
    let mut wrong = one.clone();
    wrong.placement = other.placement.clone();
    assert_eq!(
        wrong.verify(&CHAIN, &set),
        Err(Error::WrongProof {
            what: "index entry",
            got: other.meta.id(),
            expected: one.meta.id(),
        })
    );
    let mut wrong = one;
    wrong.meta = other.meta;
    assert!(matches!(
        wrong.verify(&CHAIN, &set),
        Err(Error::WrongProof { .. })
    ));
}

#[test]
fn bad_input_another_set_or_chain() {
    let [proof, _] = proofs(&[1, 2, 3, 4]);
    let wrong_set = proof.clone().verify(&CHAIN, &set(&[1, 2, 3, 5]));
    assert!(matches!(wrong_set, Err(Error::WrongSet { .. })));
    let wrong_chain = proof.verify(&ChainId::new([8; 32]), &set(&[1, 2, 3, 4]));
    assert!(matches!(wrong_chain, Err(Error::WrongChain { .. })));
}
