#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::settings::RollupSettings;
use crate::state::{BatchView, RowView};
use crate::{BatchNumber, BlobRow, Wei};
use alloy::primitives::B256;
use types::BlobId;

const NOW: u64 = 1_000_000;
const DAY: u64 = 24 * 3600;

fn head(time: u64, base: Wei, blob: Wei) -> Head {
    Head {
        number: 100,
        hash: B256::ZERO,
        time: L1Time::new(time),
        base_fee: base,
        blob_base_fee: blob,
    }
}

fn row(state: RowState, deadline: u64) -> RowView {
    RowView {
        state,
        opened_at: L1Time::new(NOW),
        deadline: L1Time::new(deadline),
        pooled: Wei::milliether(100),
        own: Wei::ZERO,
        fetched: Wei::ZERO,
        due: Wei::ZERO,
        is_public: false,
    }
}

struct Scene {
    view: RollupView,
    cells: Vec<CellView>,
    duties: Vec<DutyView>,
    newest: Head,
    holdings: BTreeMap<Place, Holding>,
    ledger: Ledger,
    role: Role,
}

fn at() -> Place {
    Place {
        batch: BatchNumber::new(1),
        row: BlobRow::new(0),
    }
}

impl Scene {
    fn new(row: RowView, holding: Holding) -> Self {
        let newest = head(NOW, Wei::gwei(10), Wei::gwei(1));
        let operator = Address::repeat_byte(1);
        Self {
            view: RollupView {
                head: newest,
                newest: BatchNumber::new(1),
                last_final: BatchNumber::new(0),
                is_frozen: false,
                batches: vec![BatchView {
                    number: BatchNumber::new(1),
                    blob: BlobId::new([7; 32]),
                    operator,
                    submitted_at: L1Time::new(NOW),
                    challenge_until: L1Time::new(NOW + DAY),
                    is_void: false,
                    is_final: false,
                    settings: RollupSettings::default(),
                    certificate: B256::ZERO,
                    rows: vec![row],
                }],
                answer_earnings: Wei::ZERO,
                cell_earnings: Wei::ZERO,
                balance: Wei::ether(1),
            },
            cells: Vec::new(),
            duties: Vec::new(),
            newest,
            holdings: BTreeMap::from([(at(), holding)]),
            ledger: Ledger::default(),
            role: Role {
                operator: Some(operator),
                any_row: false,
            },
        }
    }

    fn decide(&self) -> Decision {
        decide(&Known {
            view: &self.view,
            cells: &self.cells,
            duties: &self.duties,
            newest: &self.newest,
            holdings: &self.holdings,
            ledger: &self.ledger,
            role: self.role,
        })
    }
}

#[test]
fn an_open_row_is_published_by_the_operator_alone() {
    let mut scene = Scene::new(row(RowState::Open, NOW + DAY), Holding::Row);
    let decision = scene.decide();
    assert!(
        matches!(decision.actions[..], [(_, Action::PublishRow { .. })]),
        "{decision:?}"
    );
    assert_eq!(decision.urgency, Urgency::Calm);
    assert!(decision.alarms.is_empty());
    scene.role.operator = Some(Address::repeat_byte(2));
    assert!(scene.decide().actions.is_empty());
    scene.role.any_row = true;
    assert_eq!(scene.decide().actions.len(), 1);
}

#[test]
fn alarms_come_when_it_is_late_and_when_nothing_is_held() {
    let mut scene = Scene::new(row(RowState::Open, NOW + DAY), Holding::Nothing);
    assert_eq!(scene.decide().alarms.len(), 1);
    scene.holdings.insert(at(), Holding::Row);
    scene.newest.time = L1Time::new(NOW + DAY / 2 + 1);
    assert_eq!(scene.decide().urgency, Urgency::Soon);
    assert!(scene.decide().alarms.is_empty());
    scene.newest.time = L1Time::new(NOW + DAY - 3_000);
    let late = scene.decide();
    assert_eq!(late.urgency, Urgency::Now);
    assert_eq!(late.alarms.len(), 1);
    assert_eq!(late.actions.len(), 1, "late is not too late");
    scene.newest.time = L1Time::new(NOW + DAY + 1);
    let over = scene.decide();
    assert!(over.actions.is_empty());
    assert_eq!(over.alarms.len(), 1);
}

#[test]
fn whoever_holds_cells_answers_a_row_by_as_many_as_recover_it() {
    let scene = Scene::new(row(RowState::Open, NOW + DAY), Holding::Cells);
    let decision = scene.decide();
    assert_eq!(decision.actions.len(), 64);
}

#[test]
fn dear_blobs_make_cells_cheaper_and_time_longer() {
    let mut scene = Scene::new(row(RowState::Open, NOW + DAY), Holding::Row);
    // 131,072 blob gas at two thousand times the price of gas.
    scene.newest = head(NOW + DAY - 1_800, Wei::gwei(1), Wei::gwei(2_000));
    let decision = scene.decide();
    let cells = decision.actions.iter().filter(|(_, action)| {
        matches!(
            action,
            Action::PublishCell {
                way: Way::Openings,
                ..
            }
        )
    });
    assert_eq!(cells.count(), 64);
    let extended = |(_, action): &(PaymentName, Action)| matches!(action, Action::Extend { .. });
    assert!(decision.actions.iter().any(extended));
}

#[test]
fn cells_are_answered_the_cheapest_way() {
    let cell = |column| CellView {
        id: B256::repeat_byte(column),
        at: at(),
        column: ColumnIndex::new(u64::from(column)).unwrap(),
        validator: B256::repeat_byte(9),
        bond: Wei::milliether(100),
        deadline: L1Time::new(NOW + DAY),
    };
    let mut scene = Scene::new(row(RowState::Quiet, 0), Holding::Row);
    scene.cells = vec![cell(3)];
    let ways = |scene: &Scene| -> Vec<Way> {
        let actions = scene.decide().actions;
        let way = |(_, action): &(PaymentName, Action)| match action {
            Action::AnswerCell { way, .. } => Some(*way),
            Action::PublishRow { .. } => Some(Way::Blob),
            _ => None,
        };
        actions.iter().filter_map(way).collect()
    };
    scene.newest.blob_base_fee = Wei::gwei(50);
    assert_eq!(ways(&scene), [Way::Openings]);
    // With blobs for nearly nothing, one blob answers any number.
    scene.cells = (0..20).map(cell).collect();
    scene.newest.blob_base_fee = Wei::new(1);
    assert_eq!(ways(&scene), [Way::Blob]);
    scene.view.batches[0].rows[0].is_public = true;
    assert_eq!(ways(&scene), [Way::PublicRow; 20]);
    scene.view.batches[0].rows[0].is_public = false;
    scene.holdings.insert(at(), Holding::Cells);
    assert_eq!(ways(&scene), [Way::Multiproof; 20]);
}

#[test]
fn what_is_owed_is_published_and_nothing_twice() {
    let mut scene = Scene::new(row(RowState::Expired, NOW - 1), Holding::Cells);
    scene.duties = vec![DutyView {
        at: at(),
        owed: ColumnSet::from_bits(0b110),
        published: ColumnSet::from_bits(0b010),
        until: L1Time::new(NOW + DAY),
    }];
    let decision = scene.decide();
    let [
        (
            _,
            Action::PublishCell {
                column,
                is_own: true,
                ..
            },
        ),
    ] = &decision.actions[..]
    else {
        panic!("{decision:?}")
    };
    assert_eq!(column.get(), 2);
    scene.duties[0].published = ColumnSet::from_bits(0b110);
    assert!(scene.decide().actions.is_empty());
    scene.duties[0].published = ColumnSet::empty();
    scene.holdings.insert(at(), Holding::Row);
    scene.newest.blob_base_fee = Wei::new(1);
    let decision = scene.decide();
    assert!(
        matches!(decision.actions[..], [(_, Action::PublishOwn { .. })]),
        "{decision:?}"
    );
}

#[test]
fn a_batch_is_over_when_nobody_can_ask_for_its_rows() {
    let over = |state, deadline, now| {
        let scene = Scene::new(row(state, deadline), Holding::Row);
        is_over(&scene.view.batches[0], L1Time::new(now))
    };
    let until = Scene::new(row(RowState::Quiet, 0), Holding::Row)
        .view
        .batches[0]
        .challenge_until;
    for state in [RowState::Quiet, RowState::Pooling] {
        assert!(!over(state, 0, until.get()));
        assert!(over(state, 0, until.get() + 1));
    }
    assert!(!over(RowState::Open, NOW, NOW + 100 * DAY));
    assert!(over(RowState::Answered, NOW, NOW));
    assert!(!over(RowState::Expired, NOW, NOW + DAY + 1));
    assert!(over(RowState::Expired, NOW, NOW + DAY + 2));
}
