#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod cells;

use self::cells::cells_too;
use super::*;
use crate::outbox::Record;
use crate::settings::RollupSettings;
use crate::transaction::Fees;
use alloy::primitives::{Address, Bytes};
use light_node::core::Verdict;
use types::BlobId;

const NOW: u64 = 1_000_000;
const DAY: u64 = 24 * 60 * 60;

fn quiet() -> RowView {
    RowView {
        state: RowState::Quiet,
        opened_at: L1Time::new(0),
        deadline: L1Time::new(0),
        pooled: Wei::ZERO,
        own: Wei::ZERO,
        fetched: Wei::ZERO,
        due: Wei::ZERO,
        is_public: false,
    }
}

fn head(time: u64) -> Head {
    Head {
        number: 100,
        hash: B256::ZERO,
        time: L1Time::new(time),
        base_fee: Wei::gwei(10),
        blob_base_fee: Wei::gwei(1),
    }
}

struct Scene {
    view: RollupView,
    newest: Head,
    ledger: Ledger,
    findings: Findings,
    signers: BTreeMap<Place, Vec<SignerView>>,
    cells: Vec<CellView>,
    random: u64,
}

impl Scene {
    fn new(rows: Vec<RowView>) -> Self {
        let batch = BatchView {
            number: BatchNumber::new(3),
            blob: blob(),
            operator: Address::ZERO,
            submitted_at: L1Time::new(NOW - 60),
            challenge_until: L1Time::new(NOW + 3_600),
            is_void: false,
            is_final: false,
            settings: RollupSettings::default(),
            certificate: B256::ZERO,
            rows,
        };
        Self {
            view: RollupView {
                head: head(NOW),
                newest: BatchNumber::new(3),
                last_final: BatchNumber::new(2),
                is_frozen: false,
                batches: vec![batch],
                answer_earnings: Wei::ZERO,
                cell_earnings: Wei::ZERO,
                balance: Wei::ether(100),
            },
            newest: head(NOW),
            ledger: Ledger::default(),
            findings: Findings::default(),
            signers: BTreeMap::new(),
            cells: Vec::new(),
            random: 1,
        }
    }

    fn missing(mut self, row: u16, rounds: u32) -> Self {
        for _ in 0..rounds {
            self.findings.note(
                blob(),
                BlobRow::new(row),
                Verdict::Unavailable,
                self.newest.time,
            );
        }
        self
    }

    fn known(&self) -> Known<'_> {
        Known {
            view: &self.view,
            newest: &self.newest,
            ledger: &self.ledger,
            findings: &self.findings,
            signers: &self.signers,
            cells: &self.cells,
            random: self.random,
        }
    }

    fn decide(&self, limits: &Limits) -> Decision {
        decide(&self.known(), limits)
    }

    /// Takes what was decided as sent.
    fn send(&mut self, decision: &Decision) {
        for (name, action) in &decision.actions {
            let value = match action {
                Action::Challenge { amount, .. } | Action::ChallengeCell { amount, .. } => *amount,
                _ => Wei::ZERO,
            };
            let nonce = self.ledger.all_pending().count() as u64;
            self.ledger.apply(Record::Intent {
                name: name.clone(),
                nonce,
                value,
                fees: Fees::for_prices(Wei::gwei(1), Wei::gwei(1)),
                has_blobs: false,
                is_nothing: false,
                block: 100,
                at: self.newest.time,
                hash: B256::ZERO,
                raw: Bytes::new(),
            });
        }
    }

    fn row(&mut self, row: usize) -> &mut RowView {
        &mut self.view.batches[0].rows[row]
    }
}

fn blob() -> BlobId {
    BlobId::new([7; 32])
}

fn place(row: u16) -> Place {
    Place {
        batch: BatchNumber::new(3),
        row: BlobRow::new(row),
    }
}

fn amounts(decision: &Decision) -> Vec<(Place, Wei)> {
    let paid = decision
        .actions
        .iter()
        .filter_map(|(_, action)| match action {
            Action::Challenge { at, amount } => Some((*at, *amount)),
            _ => None,
        });
    paid.collect()
}

/// The bond at these prices is the least: 0.1 ETH; a quarter on top.
const BOND: Wei = Wei::milliether(125);

#[test]
fn a_row_missed_often_enough_is_challenged_once() {
    let mut scene = Scene::new(vec![quiet(), quiet()]).missing(1, 2);
    let limits = Limits::default();
    assert!(
        scene.decide(&limits).actions.is_empty(),
        "two rounds of three"
    );
    scene = scene.missing(1, 1);
    let decision = scene.decide(&limits);
    assert_eq!(amounts(&decision), [(place(1), BOND)]);
    scene.send(&decision);
    let again = scene.decide(&limits);
    assert!(
        again.actions.is_empty() && again.obsolete.is_empty(),
        "{again:?}"
    );
}

#[test]
fn what_was_had_again_or_is_undecided_is_not_challenged() {
    let limits = Limits::default();
    let mut scene = Scene::new(vec![quiet()]).missing(0, 2);
    scene.findings.note(
        blob(),
        BlobRow::new(0),
        Verdict::Available,
        L1Time::new(NOW),
    );
    scene = scene.missing(0, 2);
    assert!(scene.decide(&limits).actions.is_empty());
    let mut scene = Scene::new(vec![quiet()]);
    for _ in 0..10 {
        scene.findings.note(
            blob(),
            BlobRow::new(0),
            Verdict::Undecided,
            L1Time::new(NOW),
        );
    }
    assert!(scene.decide(&limits).actions.is_empty());
}

#[test]
fn others_contributions_are_not_paid_again() {
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    scene.row(0).state = RowState::Pooling;
    scene.row(0).pooled = Wei::milliether(40);
    let decision = scene.decide(&Limits::default());
    assert_eq!(amounts(&decision), [(place(0), BOND - Wei::milliether(40))]);
    scene.row(0).pooled = BOND - Wei::new(LEAST_CONTRIBUTION.get() / 2);
    let decision = scene.decide(&Limits::default());
    assert_eq!(amounts(&decision), [(place(0), LEAST_CONTRIBUTION)]);
}

#[test]
fn the_owners_limits_hold_one_by_one() {
    let rows = || {
        Scene::new(vec![quiet(); 4])
            .missing(0, 3)
            .missing(1, 3)
            .missing(2, 3)
    };
    let unlimited = Limits {
        max_at_stake: Wei::ether(10),
        max_open: 10,
        max_per_day: Wei::ether(10),
        rounds_in_vain: 3,
        max_cells: 0,
    };
    assert_eq!(amounts(&rows().decide(&unlimited)).len(), 3);
    let at_stake = Limits {
        max_at_stake: BOND.times(2),
        ..unlimited
    };
    let decision = rows().decide(&at_stake);
    assert_eq!(amounts(&decision).len(), 2);
    assert_eq!(
        decision.left_out,
        [(
            place(2),
            LeftOut::AtStake {
                needed: BOND.times(3)
            }
        )]
    );
    let open = Limits {
        max_open: 1,
        ..unlimited
    };
    assert_eq!(amounts(&rows().decide(&open)).len(), 1);
    let per_day = Limits {
        max_per_day: BOND,
        ..unlimited
    };
    assert_eq!(amounts(&rows().decide(&per_day)).len(), 1);
    let mut poor = rows();
    poor.view.balance = BOND;
    assert_eq!(amounts(&poor.decide(&unlimited)).len(), 1);
    // What is on its way counts, and so does what lies in challenges.
    let mut scene = rows();
    let first = scene.decide(&open);
    scene.send(&first);
    assert!(amounts(&scene.decide(&open)).is_empty());
    let mut scene = rows();
    scene.row(3).state = RowState::Open;
    scene.row(3).own = BOND;
    scene.row(3).deadline = L1Time::new(NOW + 10);
    assert_eq!(amounts(&scene.decide(&at_stake)).len(), 1);
}

#[test]
fn too_late_void_public_and_open_rows_are_left_alone() {
    let limits = Limits::default();
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    scene.newest.time = L1Time::new(NOW + 3_601);
    let decision = scene.decide(&limits);
    assert!(decision.actions.is_empty());
    assert_eq!(decision.left_out, [(place(0), LeftOut::TooLate)]);
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    scene.view.batches[0].is_void = true;
    assert!(scene.decide(&limits).actions.is_empty());
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    scene.row(0).is_public = true;
    assert!(scene.decide(&limits).actions.is_empty());
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    scene.row(0).state = RowState::Open;
    scene.row(0).deadline = L1Time::new(NOW);
    assert!(scene.decide(&limits).actions.is_empty());
}

/// A challenge on its way whose row was published meanwhile is given up; a contribution that
/// opened nothing is taken back.
#[test]
fn the_world_changes_under_a_payment() {
    let limits = Limits::default();
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    let decision = scene.decide(&limits);
    scene.send(&decision);
    scene.row(0).is_public = true;
    let later = scene.decide(&limits);
    assert_eq!(later.obsolete, [decision.actions[0].0.clone()]);
    let mut scene = Scene::new(vec![quiet()]);
    scene.row(0).state = RowState::Pooling;
    scene.row(0).own = Wei::milliether(5);
    scene.row(0).is_public = true;
    let decision = scene.decide(&limits);
    assert!(
        matches!(decision.actions[..], [(_, Action::LeavePool { .. })]),
        "{decision:?}"
    );
}

#[test]
fn expiry_slash_and_fetch_come_in_their_time() {
    let limits = Limits::default();
    let mut scene = Scene::new(vec![quiet()]);
    scene.row(0).state = RowState::Open;
    scene.row(0).deadline = L1Time::new(NOW);
    assert!(
        scene.decide(&limits).actions.is_empty(),
        "the last second is the answer's"
    );
    scene.newest.time = L1Time::new(NOW + 1);
    let decision = scene.decide(&limits);
    assert!(
        matches!(decision.actions[..], [(_, Action::Expire { .. })]),
        "{decision:?}"
    );

    scene.row(0).state = RowState::Expired;
    scene.row(0).due = Wei::new(5);
    let signer = |index, is_slashed, is_spared, slashable| SignerView {
        index: ValidatorIndex::new(index),
        is_slashed,
        is_spared,
        slashable,
        owed: ColumnSet::full(),
    };
    let signers = vec![
        signer(0, false, false, Wei::ether(1)),
        signer(1, true, false, Wei::ether(1)),
        signer(2, false, true, Wei::ether(1)),
        signer(3, false, false, Wei::ZERO),
    ];
    scene.signers.insert(place(0), signers);
    let decision = scene.decide(&limits);
    assert!(
        matches!(decision.actions[..], [(_, Action::Fetch { .. })]),
        "{decision:?}"
    );
    scene.newest.time = L1Time::new(NOW + 24 * 3600 + 1);
    let decision = scene.decide(&limits);
    let slashes: Vec<_> = decision
        .actions
        .iter()
        .filter_map(|(_, action)| match action {
            Action::Slash { signer, .. } => Some(signer.get()),
            _ => None,
        })
        .collect();
    assert_eq!(slashes, [0]);
}

#[test]
fn rows_are_sampled_again_after_the_pause() {
    let sampling = SamplingConfig {
        pause: 60,
        pause_afterwards: 600,
        ..SamplingConfig::default()
    };
    let rows_only = Limits::default();
    let due = |scene: &Scene, limits: &Limits| -> Vec<BlobRow> {
        let batches = to_sample(&scene.known(), &sampling, limits);
        batches.into_iter().flat_map(|(_, rows)| rows).collect()
    };
    let mut scene = Scene::new(vec![quiet(), quiet()]);
    assert_eq!(due(&scene, &rows_only).len(), 2);
    scene = scene.missing(0, 1);
    assert_eq!(due(&scene, &rows_only), [BlobRow::new(1)]);
    scene.newest.time = L1Time::new(NOW + 60);
    assert_eq!(due(&scene, &rows_only).len(), 2);
    // Afterwards only if cells may be asked for, and less often.
    scene.newest.time = L1Time::new(NOW + 3_601);
    assert!(due(&scene, &rows_only).is_empty());
    assert_eq!(due(&scene, &cells_too()).len(), 2);
    scene = scene.missing(0, 1).missing(1, 1);
    scene.newest.time = L1Time::new(NOW + 3_601 + 599);
    assert!(due(&scene, &cells_too()).is_empty());
    scene.newest.time = L1Time::new(NOW + 3_601 + 600);
    assert_eq!(due(&scene, &cells_too()).len(), 2);
    scene.newest.time = L1Time::new(NOW + 13 * DAY);
    assert!(
        due(&scene, &cells_too()).is_empty(),
        "not kept for long enough"
    );
}
