//! Cells, once rows cannot be challenged any more.

use super::*;

pub(super) fn cells_too() -> Limits {
    Limits {
        max_cells: 2,
        ..Limits::default()
    }
}

/// A row that cannot be had, after its time, with so many signers.
fn lost(signers: u16) -> Scene {
    let mut scene = Scene::new(vec![quiet()]).missing(0, 3);
    scene.newest.time = L1Time::new(NOW + 3_601);
    let signer = |index| SignerView {
        index: ValidatorIndex::new(index),
        is_slashed: false,
        is_spared: false,
        slashable: Wei::ether(100),
        owed: ColumnSet::from_bits(0b1011 << 40),
    };
    scene
        .signers
        .insert(place(0), (0..signers).map(signer).collect());
    scene
}

fn asked(decision: &Decision) -> BTreeMap<u16, ColumnIndex> {
    let cells = decision.actions.iter();
    let cells = cells.filter_map(|(_, action)| match action {
        Action::ChallengeCell {
            at,
            signer,
            column,
            amount,
        } => {
            assert_eq!((*at, *amount), (place(0), BOND));
            Some((signer.get(), *column))
        }
        _ => None,
    });
    cells.collect()
}

/// Within its time a row is challenged as a row; afterwards some of its signers for a cell each.
#[test]
fn cells_are_asked_for_when_rows_no_longer_are() {
    let mut scene = lost(5);
    let first = scene.decide(&cells_too());
    assert_eq!(asked(&first).len(), 2);
    assert!(first.left_out.is_empty(), "{first:?}");
    for column in asked(&first).values() {
        assert!(ColumnSet::from_bits(0b1011 << 40).contains(*column));
    }
    // Each once, and no others instead of them.
    scene.send(&first);
    for random in 0..20 {
        scene.random = random;
        let again = scene.decide(&cells_too());
        assert!(again.actions.is_empty(), "{again:?}");
        assert!(again.obsolete.is_empty(), "{again:?}");
    }
    let mut early = lost(5);
    early.newest.time = L1Time::new(NOW + 3_600);
    let decision = early.decide(&cells_too());
    assert!(asked(&decision).is_empty());
    assert_eq!(amounts(&decision), [(place(0), BOND)]);
}

/// Over many draws every signer and every column of its duty is asked for.
#[test]
fn nobody_knows_beforehand_who_is_asked_for_what() {
    let mut scene = lost(5);
    let (mut signers, mut columns) = (ColumnSet::empty(), ColumnSet::empty());
    for random in 0..200 {
        scene.random = random;
        for (signer, column) in asked(&scene.decide(&cells_too())) {
            signers = signers.with(ColumnIndex::new(u64::from(signer)).unwrap());
            columns = columns.with(column);
        }
    }
    assert_eq!(signers.len(), 5);
    assert_eq!(columns, ColumnSet::from_bits(0b1011 << 40));
}

#[test]
fn no_cell_is_asked_for_in_vain() {
    let none = |scene: &Scene| {
        let decision = scene.decide(&cells_too());
        assert!(asked(&decision).is_empty(), "{decision:?}");
        decision.left_out
    };
    let late = vec![(place(0), LeftOut::TooLate)];
    // The owner does not want it.
    let decision = lost(3).decide(&Limits::default());
    assert!(asked(&decision).is_empty());
    assert_eq!(decision.left_out, late);
    // It was had again; it is on L1; a fallback has reverted it; its challenge has ended.
    let mut scene = lost(3);
    let now = scene.newest.time;
    scene
        .findings
        .note(blob(), BlobRow::new(0), Verdict::Available, now);
    assert!(none(&scene).is_empty());
    let mut scene = lost(3);
    scene.row(0).is_public = true;
    assert!(none(&scene).is_empty());
    let mut scene = lost(3);
    scene.view.batches[0].is_void = true;
    assert!(none(&scene).is_empty());
    let mut scene = lost(3);
    scene.row(0).state = RowState::Answered;
    assert!(none(&scene).is_empty());
    // An answer would be due when nobody has to keep it any more.
    let mut scene = lost(3);
    let submitted = NOW - 60;
    scene.newest.time = L1Time::new(submitted + 12 * DAY);
    assert_eq!(asked(&scene.decide(&cells_too())).len(), 2);
    scene.newest.time = L1Time::new(submitted + 12 * DAY + 1);
    assert_eq!(none(&scene), late);
    // Nobody has anything to lose, or nobody knows who signed.
    let mut scene = lost(3);
    for signer in scene.signers.get_mut(&place(0)).unwrap() {
        signer.slashable = Wei::ZERO;
    }
    assert_eq!(none(&scene), late);
    scene.signers.clear();
    assert_eq!(none(&scene), late);
}

#[test]
fn cells_are_paid_out_of_the_same_purse() {
    let scene = lost(3);
    let one = Limits {
        max_open: 1,
        ..cells_too()
    };
    let decision = scene.decide(&one);
    assert_eq!(asked(&decision).len(), 1);
    assert_eq!(decision.left_out, [(place(0), LeftOut::Open)]);
    // What lies in challenges of cells counts.
    let mut scene = lost(3);
    scene.cells = vec![cell(scene.newest.time.get() + 10)];
    let decision = scene.decide(&one);
    assert!(asked(&decision).is_empty());
    let at_stake = Limits {
        max_at_stake: BOND.times(2),
        ..cells_too()
    };
    let decision = scene.decide(&at_stake);
    assert_eq!(asked(&decision).len(), 1);
    let needed = BOND.times(3);
    assert_eq!(decision.left_out, [(place(0), LeftOut::AtStake { needed })]);
}

fn cell(deadline: u64) -> CellView {
    CellView {
        id: B256::repeat_byte(5),
        at: place(0),
        column: ColumnIndex::new(40).unwrap(),
        validator: B256::repeat_byte(6),
        bond: BOND,
        deadline: L1Time::new(deadline),
    }
}

#[test]
fn cells_expire_and_earn() {
    let mut scene = Scene::new(vec![quiet()]);
    scene.cells = vec![cell(NOW)];
    assert!(scene.decide(&cells_too()).actions.is_empty());
    scene.newest.time = L1Time::new(NOW + 1);
    let decision = scene.decide(&cells_too());
    assert!(
        matches!(decision.actions[..], [(_, Action::ExpireCell { .. })]),
        "{decision:?}"
    );
    // What they earned is fetched once, also by an owner that wants no more of them.
    let mut scene = Scene::new(vec![quiet()]);
    scene.view.cell_earnings = Wei::ether(10);
    let decision = scene.decide(&Limits::default());
    assert!(
        matches!(decision.actions[..], [(_, Action::FetchCells)]),
        "{decision:?}"
    );
    scene.send(&decision);
    scene.newest.number += 1;
    let again = scene.decide(&Limits::default());
    assert!(again.actions.is_empty() && again.obsolete.is_empty());
    // Not what is worth less than its transaction.
    scene = Scene::new(vec![quiet()]);
    scene.view.cell_earnings = Wei::new(1);
    assert!(scene.decide(&Limits::default()).actions.is_empty());
}
