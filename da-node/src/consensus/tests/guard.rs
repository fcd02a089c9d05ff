//! The record of signed steps: nothing is signed that contradicts it, and no crash undoes it.

use crate::consensus::ConsensusError;
use crate::consensus::vote_guard::{GuardOwner, STRIDE, SignedStep, StepKind, VoteGuard};
use std::path::{Path, PathBuf};
use types::{ChainId, HeaderHash, Height, Round};

const OWNER: GuardOwner = GuardOwner {
    chain_id: ChainId::new([1; 32]),
    address: [2; 20],
};
const A: HeaderHash = HeaderHash::new([0xaa; 32]);
const B: HeaderHash = HeaderHash::new([0xbb; 32]);

fn step(height: u64, round: u32, kind: StepKind, value: Option<HeaderHash>) -> SignedStep {
    let (height, round) = (Height::new(height), Round::new(round));
    SignedStep {
        height,
        round,
        kind,
        value,
        pol_round: None,
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed");
    (folder, path)
}

fn open(path: &Path) -> VoteGuard {
    VoteGuard::open(path, OWNER).unwrap()
}

fn overwrite(path: &Path, offset: usize, bytes: &[u8]) {
    let mut file = std::fs::read(path).unwrap();
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    std::fs::write(path, file).unwrap();
}

#[test]
fn steps_go_up_only() {
    let (_folder, path) = folder();
    let mut guard = open(&path);
    assert_eq!(guard.last(), None);
    let rising = [
        step(1, 0, StepKind::Proposal, Some(A)),
        step(1, 0, StepKind::Prevote, Some(A)),
        step(1, 0, StepKind::Precommit, None),
        step(1, 1, StepKind::Prevote, Some(B)),
        step(2, 0, StepKind::Prevote, None),
    ];
    for (i, &next) in rising.iter().enumerate() {
        guard.authorize(next).unwrap();
        guard.authorize(next).unwrap();
        assert_eq!(guard.last(), Some(next));
        for &before in &rising[..i] {
            let again = guard.authorize(before);
            if before.height == next.height {
                // What an engine signs again when it replays its log.
                assert!(again.is_ok(), "{before} after {next}: {again:?}");
            } else {
                assert!(
                    matches!(again, Err(ConsensusError::Conflict { .. })),
                    "{before} after {next}"
                );
            }
            let other = SignedStep {
                value: if before.value == Some(B) {
                    None
                } else {
                    Some(B)
                },
                ..before
            };
            let refused = guard.authorize(other);
            assert!(
                matches!(refused, Err(ConsensusError::Conflict { .. })),
                "{other} after {next}"
            );
        }
    }
}

#[test]
fn a_replay_may_sign_every_step_of_its_height_again_and_no_other() {
    let (_folder, path) = folder();
    let mut guard = open(&path);
    let mut signed = Vec::new();
    for round in 0..400 {
        for kind in [StepKind::Prevote, StepKind::Precommit] {
            let next = step(9, round, kind, Some(A));
            guard.authorize(next).unwrap();
            signed.push(next);
        }
    }
    drop(guard);
    let mut guard = open(&path);
    for &again in &signed {
        guard.authorize(again).unwrap();
    }
    assert_eq!(guard.signed_at_height(), 800);
    let skipped = step(9, 399, StepKind::Proposal, Some(A));
    assert!(matches!(
        guard.authorize(skipped),
        Err(ConsensusError::Conflict { .. })
    ));
}

#[test]
fn another_value_at_the_same_place_is_refused() {
    let (_folder, path) = folder();
    let mut guard = open(&path);
    let signed = step(3, 1, StepKind::Precommit, Some(A));
    guard.authorize(signed).unwrap();
    for value in [Some(B), None] {
        let other = step(3, 1, StepKind::Precommit, value);
        match guard.authorize(other) {
            Err(ConsensusError::Conflict { got, expected }) => {
                assert_eq!((got, expected), (other.to_string(), signed.to_string()));
            }
            refused => panic!("{refused:?}"),
        }
        assert_eq!(guard.take_refusal(), Some(other));
    }
    let reproposed = SignedStep {
        pol_round: Some(Round::new(0)),
        ..step(3, 2, StepKind::Proposal, Some(A))
    };
    guard.authorize(reproposed).unwrap();
    let fresh = SignedStep {
        pol_round: None,
        ..reproposed
    };
    assert!(matches!(
        guard.authorize(fresh),
        Err(ConsensusError::Conflict { .. })
    ));
}

#[test]
fn the_record_outlives_the_process() {
    let (_folder, path) = folder();
    let last = SignedStep {
        pol_round: Some(Round::new(1)),
        ..step(7, 2, StepKind::Proposal, Some(A))
    };
    let mut guard = open(&path);
    guard
        .authorize(step(7, 1, StepKind::Prevote, Some(B)))
        .unwrap();
    guard.authorize(last).unwrap();
    drop(guard);
    let mut guard = open(&path);
    assert_eq!((guard.last(), guard.signed_at_height()), (Some(last), 2));
    let earlier = step(7, 2, StepKind::Proposal, Some(B));
    assert!(matches!(
        guard.authorize(earlier),
        Err(ConsensusError::Conflict { .. })
    ));
    guard
        .authorize(step(8, 0, StepKind::Prevote, None))
        .unwrap();
    assert_eq!(guard.signed_at_height(), 1);
}

#[test]
fn a_torn_slot_leaves_the_step_before() {
    let before = step(4, 0, StepKind::Prevote, Some(A));
    let torn = step(4, 0, StepKind::Precommit, Some(A));
    // The first step goes to the second slot, the second to the first.
    for cut in [0, 1, 60, 121] {
        let (_folder, path) = folder();
        let mut guard = open(&path);
        guard.authorize(before).unwrap();
        guard.authorize(torn).unwrap();
        drop(guard);
        overwrite(&path, cut, &[0x5a; 1]);
        let mut guard = open(&path);
        assert_eq!(guard.last(), Some(before), "byte {cut}");
        guard.authorize(torn).unwrap();
        drop(guard);
        assert_eq!(open(&path).last(), Some(torn), "byte {cut}");
    }
}

#[test]
fn bad_input_a_record_without_a_whole_slot_is_refused() {
    let (_folder, path) = folder();
    let mut guard = open(&path);
    guard
        .authorize(step(4, 0, StepKind::Prevote, Some(A)))
        .unwrap();
    drop(guard);
    overwrite(&path, 10, &[0x5a]);
    overwrite(&path, usize::try_from(STRIDE).unwrap() + 10, &[0x5a]);
    let refused = VoteGuard::open(&path, OWNER);
    assert!(
        matches!(refused, Err(ConsensusError::GuardCorrupt { got: 0, .. })),
        "{refused:?}"
    );
    std::fs::write(&path, []).unwrap();
    let refused = VoteGuard::open(&path, OWNER);
    assert!(
        matches!(refused, Err(ConsensusError::GuardCorrupt { got: 0, .. })),
        "{refused:?}"
    );
}

#[test]
fn bad_input_a_record_of_another_chain_or_key_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path));
    let chain = GuardOwner {
        chain_id: ChainId::new([9; 32]),
        ..OWNER
    };
    let key = GuardOwner {
        address: [9; 20],
        ..OWNER
    };
    for other in [chain, key] {
        match VoteGuard::open(&path, other) {
            Err(ConsensusError::GuardForeign { got, expected, .. }) => {
                assert_eq!((got, expected), (OWNER.chain_id, other.chain_id));
            }
            refused => panic!("{refused:?}"),
        }
    }
}

#[test]
fn bad_input_a_record_in_use_is_refused() {
    let (_folder, path) = folder();
    let first = open(&path);
    let second = VoteGuard::open(&path, OWNER);
    assert!(
        matches!(second, Err(ConsensusError::GuardInUse { .. })),
        "{second:?}"
    );
    drop(first);
    open(&path);
}

#[test]
fn a_signature_of_ours_that_was_made_elsewhere_ends_signing() {
    let (_folder, path) = folder();
    let ours = [
        step(4, 0, StepKind::Proposal, Some(A)),
        step(4, 1, StepKind::Prevote, Some(A)),
    ];
    let elsewhere = [
        step(4, 1, StepKind::Prevote, Some(B)),
        step(4, 1, StepKind::Precommit, Some(A)),
        step(5, 0, StepKind::Prevote, None),
    ];
    for foreign in elsewhere {
        let mut guard = open(&path);
        for step in ours {
            guard.authorize(step).unwrap();
            guard.witness(step).unwrap();
        }
        // What was signed before the record begins is not known any more.
        guard
            .witness(step(3, 0, StepKind::Precommit, None))
            .unwrap();
        let seen = guard.witness(foreign);
        assert!(
            matches!(seen, Err(ConsensusError::SignedElsewhere { .. })),
            "{foreign}"
        );
        assert_eq!(guard.foreign(), Some(foreign));
        for next in [ours[1], step(9, 0, StepKind::Prevote, None)] {
            let refused = guard.authorize(next);
            assert!(matches!(
                refused,
                Err(ConsensusError::SignedElsewhere { .. })
            ));
        }
        drop(guard);
        // The height stays forbidden, whoever starts it again.
        let mut guard = open(&path);
        let at = SignedStep {
            round: Round::new(7),
            ..foreign
        };
        let refused = guard.authorize(at);
        assert!(matches!(refused, Err(ConsensusError::Conflict { .. })));
        // Our own earlier signatures of that height are no news.
        guard.witness(ours[1]).unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_first_signature_that_was_made_elsewhere_is_noticed() {
    let (_folder, path) = folder();
    let mut guard = open(&path);
    let seen = guard.witness(step(1, 0, StepKind::Prevote, Some(A)));
    assert!(matches!(seen, Err(ConsensusError::SignedElsewhere { .. })));
}
