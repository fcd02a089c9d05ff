//! What a validator may do after its log or its record of signed steps was lost.

use crate::consensus::codec::WireCodec;
use crate::consensus::context::{Address, AssayContext, BlockHeight, Signature, Vote};
use crate::consensus::recovery::{Role, log_path, role};
use crate::consensus::vote_guard::{GuardOwner, SignedStep, StepKind, VoteGuard};
use crate::consensus::{ConsensusError, halt};
use malachite::app::consensus::Input;
use malachite::app::engine::wal::encode_entry;
use malachite::app::types::core::{NilOrVal, SignedMessage, VoteType};
use malachite::app::wal::Log;
use std::path::Path;
use types::{ChainId, Height, Round};

const ME: Address = Address([2; 20]);

fn guard(folder: &Path) -> VoteGuard {
    let owner = GuardOwner {
        chain_id: ChainId::new([1; 32]),
        address: ME.0,
    };
    VoteGuard::open(&folder.join("signed"), owner).unwrap()
}

fn sign(guard: &mut VoteGuard, height: u64, kind: StepKind) {
    let (height, round) = (Height::new(height), Round::new(0));
    guard
        .authorize(SignedStep {
            height,
            round,
            kind,
            value: None,
            pol_round: None,
        })
        .unwrap();
}

/// A log at a height with one vote per voter, all of the first round.
fn write_log(folder: &Path, height: u64, votes: &[(VoteType, Address)]) {
    let mut log = Log::open(log_path(folder)).unwrap();
    log.reset(height).unwrap();
    for &(kind, voter) in votes {
        let height = BlockHeight(Height::new(height));
        let round = malachite::app::types::core::Round::new(0);
        let vote = Vote {
            kind,
            height,
            round,
            value: NilOrVal::Nil,
            voter,
        };
        let input = Input::<AssayContext>::Vote(SignedMessage::new(vote, Signature([0; 96])));
        let mut bytes = Vec::new();
        encode_entry(input, &WireCodec, &mut bytes).unwrap();
        log.append(&bytes).unwrap();
    }
    log.flush().unwrap();
}

fn role_at(folder: &Path, guard: &mut VoteGuard, start: u64) -> Role {
    role_seeing(folder, guard, start, start - 1)
}

fn role_seeing(folder: &Path, guard: &mut VoteGuard, start: u64, certified: u64) -> Role {
    let (start, certified) = (Height::new(start), Height::new(certified));
    role(folder, guard, ME, start, certified, start == Height::FIRST).unwrap()
}

#[test]
fn a_new_validator_signs() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        role_at(folder.path(), &mut guard(folder.path()), 1),
        Role::Validating
    );
}

#[test]
fn a_validator_past_its_last_step_signs() {
    let folder = tempfile::tempdir().unwrap();
    let mut guard = guard(folder.path());
    sign(&mut guard, 4, StepKind::Precommit);
    assert_eq!(role_at(folder.path(), &mut guard, 5), Role::Validating);
}

#[test]
fn a_lost_record_means_observing_even_after_another_restart() {
    let folder = tempfile::tempdir().unwrap();
    let observing = Role::ObservingUntil(Height::new(5));
    for _ in 0..2 {
        let mut guard = guard(folder.path());
        assert_eq!(role_at(folder.path(), &mut guard, 5), observing);
        let step = SignedStep {
            height: Height::new(5),
            round: Round::new(3),
            kind: StepKind::Precommit,
            value: None,
            pol_round: None,
        };
        let refused = guard.authorize(step);
        assert!(matches!(refused, Err(ConsensusError::Conflict { .. })));
    }
    let mut guard = guard(folder.path());
    assert_eq!(role_at(folder.path(), &mut guard, 6), Role::Validating);
}

#[test]
fn votes_in_the_log_without_a_record_mean_observing() {
    let folder = tempfile::tempdir().unwrap();
    write_log(folder.path(), 1, &[(VoteType::Prevote, ME)]);
    let observing = Role::ObservingUntil(Height::FIRST);
    assert_eq!(
        role_at(folder.path(), &mut guard(folder.path()), 1),
        observing
    );
}

#[test]
fn a_whole_log_means_signing_even_if_the_last_step_is_not_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut guard = guard(folder.path());
    sign(&mut guard, 4, StepKind::Prevote);
    write_log(folder.path(), 4, &[]);
    assert_eq!(role_at(folder.path(), &mut guard, 4), Role::Validating);
    write_log(
        folder.path(),
        4,
        &[
            (VoteType::Prevote, ME),
            (VoteType::Precommit, Address([3; 20])),
        ],
    );
    assert_eq!(role_at(folder.path(), &mut guard, 4), Role::Validating);
    sign(&mut guard, 4, StepKind::Precommit);
    assert_eq!(role_at(folder.path(), &mut guard, 4), Role::Validating);
}

#[test]
fn a_lost_log_means_observing_until_its_height_has_passed() {
    let folder = tempfile::tempdir().unwrap();
    let mut guard = guard(folder.path());
    sign(&mut guard, 4, StepKind::Prevote);
    sign(&mut guard, 4, StepKind::Precommit);
    let observing = Role::ObservingUntil(Height::new(4));
    assert_eq!(role_at(folder.path(), &mut guard, 4), observing, "missing");
    write_log(folder.path(), 4, &[]);
    assert_eq!(role_at(folder.path(), &mut guard, 4), observing, "empty");
    write_log(
        folder.path(),
        3,
        &[(VoteType::Prevote, ME), (VoteType::Precommit, ME)],
    );
    assert_eq!(
        role_at(folder.path(), &mut guard, 4),
        observing,
        "of another height"
    );
    write_log(folder.path(), 4, &[(VoteType::Prevote, Address([3; 20]))]);
    assert_eq!(
        role_at(folder.path(), &mut guard, 4),
        observing,
        "without its own votes"
    );
}

#[test]
fn a_store_from_an_older_snapshot_means_observing() {
    let folder = tempfile::tempdir().unwrap();
    let mut guard = guard(folder.path());
    sign(&mut guard, 9, StepKind::Prevote);
    write_log(folder.path(), 9, &[(VoteType::Prevote, ME)]);
    let observing = Role::ObservingUntil(Height::new(9));
    assert_eq!(role_at(folder.path(), &mut guard, 6), observing);
}

#[test]
fn a_whole_folder_from_an_older_snapshot_means_observing() {
    let folder = tempfile::tempdir().unwrap();
    let mut record = guard(folder.path());
    sign(&mut record, 4, StepKind::Prevote);
    write_log(folder.path(), 4, &[(VoteType::Prevote, ME)]);
    // One height ahead is what a crash at the wrong moment leaves.
    for certified in [3, 4] {
        let role = role_seeing(folder.path(), &mut record, 4, certified);
        assert_eq!(role, Role::Validating, "{certified}");
    }
    let observing = Role::ObservingUntil(Height::new(8));
    assert_eq!(role_seeing(folder.path(), &mut record, 4, 7), observing);
    drop(record);
    // Nor does it sign when it is started again and sees nobody.
    let mut record = guard(folder.path());
    assert_eq!(role_at(folder.path(), &mut record, 5), observing);
    assert_eq!(role_at(folder.path(), &mut record, 9), Role::Validating);
}

#[test]
fn a_damaged_log_halts_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let mut guard = guard(folder.path());
    sign(&mut guard, 4, StepKind::Prevote);
    write_log(folder.path(), 4, &[(VoteType::Prevote, ME)]);
    let mut bytes = std::fs::read(log_path(folder.path())).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(log_path(folder.path()), bytes).unwrap();

    let refused = role(
        folder.path(),
        &mut guard,
        ME,
        Height::new(4),
        Height::new(3),
        false,
    );
    assert!(
        matches!(refused, Err(ConsensusError::Halted { .. })),
        "{refused:?}"
    );
    match halt::refuse_if_halted(folder.path()) {
        Err(ConsensusError::Halted { marker, reason }) => {
            assert_eq!(marker, halt::marker(folder.path()));
            assert!(reason.starts_with("damaged entry"), "{reason}");
        }
        refused => panic!("{refused:?}"),
    }
}
