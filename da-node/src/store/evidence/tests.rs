#![allow(clippy::unwrap_used)]

use super::{Filed, MAX_EVIDENCE_PER_VALIDATOR};
use crate::store::Store;
use chain::{
    Contradiction, Equivocation, SignedAt, SignedVote, SigningKey, UnverifiedEquivocation,
    Validator, ValidatorSet, VoteKind, Weight, vote_digest,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::{ChainId, HeaderHash, Height, Round};

const CHAIN: ChainId = ChainId::new([1; 32]);

fn keys() -> (Vec<SigningKey>, ValidatorSet) {
    let mut rng = StdRng::seed_from_u64(1);
    let keys: Vec<_> = (0..2).map(|_| SigningKey::generate(&mut rng)).collect();
    let members = keys
        .iter()
        .map(|key| Validator::new(key.public_key(), Weight::new(1)));
    let set = ValidatorSet::new(members.collect()).unwrap();
    (keys, set)
}

fn prevotes(key: &SigningKey, set: &ValidatorSet, height: u64) -> Equivocation {
    let at = SignedAt {
        set: set.hash(),
        height: Height::new(height),
        round: Round::new(0),
    };
    let kind = VoteKind::Prevote;
    let votes = [None, Some(HeaderHash::new([7; 32]))].map(|header| {
        let digest = vote_digest(&CHAIN, &at.set, at.height, at.round, kind, header.as_ref());
        SignedVote {
            header,
            signature: key.sign_digest(&digest),
        }
    });
    let unverified = UnverifiedEquivocation {
        validator: key.public_key().address(),
        at,
        contradiction: Contradiction::Votes { kind, votes },
    };
    unverified.verify(&CHAIN, set).unwrap()
}

#[test]
fn evidence_is_there_after_a_restart_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, set) = keys();
    let (first, second) = (prevotes(&keys[0], &set, 3), prevotes(&keys[1], &set, 2));
    let store = Store::open(folder.path(), &CHAIN).unwrap();
    assert_eq!(store.put_evidence(&first).unwrap(), Filed::New);
    assert_eq!(store.put_evidence(&first).unwrap(), Filed::Known);
    assert_eq!(store.put_evidence(&second).unwrap(), Filed::New);
    drop(store);

    let store = Store::open(folder.path(), &CHAIN).unwrap();
    assert_eq!(store.evidence(None, 10).unwrap().len(), 2);
    assert_eq!(store.evidence(None, 1).unwrap().len(), 1);
    let of_first = store.evidence(Some(first.validator()), 10).unwrap();
    assert_eq!(of_first, [first.to_unverified()]);
    let nobody = chain::ValidatorAddress::new([0xff; 20]);
    assert_eq!(store.evidence(Some(nobody), 10).unwrap(), []);
}

#[test]
fn a_validator_that_goes_on_fills_no_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, set) = keys();
    let store = Store::open(folder.path(), &CHAIN).unwrap();
    for height in 1..=MAX_EVIDENCE_PER_VALIDATOR as u64 {
        let filed = store.put_evidence(&prevotes(&keys[0], &set, height));
        assert_eq!(filed.unwrap(), Filed::New);
    }
    let more = prevotes(&keys[0], &set, 1_000);
    assert_eq!(store.put_evidence(&more).unwrap(), Filed::Enough);
    // Another one's is kept all the same.
    let other = prevotes(&keys[1], &set, 1_000);
    assert_eq!(store.put_evidence(&other).unwrap(), Filed::New);
    let kept = store.evidence(None, usize::MAX).unwrap().len();
    assert_eq!(kept, MAX_EVIDENCE_PER_VALIDATOR + 1);
}
