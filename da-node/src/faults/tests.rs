#![allow(clippy::unwrap_used)]

use super::{FaultSwitch, Faults, Withholding};
use types::{ColumnIndex, Commitment};

fn row(fill: u8) -> Commitment {
    Commitment::new([fill; 48])
}

fn column(index: u64) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

#[test]
fn named_cells_are_refused_and_no_others() {
    let withholding = Withholding::cells([(row(1), column(7)), (row(2), column(8))]);
    for (fill, index, refused) in [
        (1, 7, true),
        (2, 8, true),
        (1, 8, false),
        (2, 7, false),
        (3, 7, false),
    ] {
        assert_eq!(withholding.refuses(&row(fill), column(index)), refused);
    }
}

#[test]
fn a_fraction_is_refused_about_that_often_and_always_the_same() {
    let all = || (0..64).flat_map(|fill| ColumnIndex::all().map(move |at| (row(fill), at)));
    let refused = |seed| {
        let withholding = Withholding::new(0.25, seed);
        all().filter(move |(row, at)| withholding.refuses(row, *at))
    };
    // 2,048 expected, with a deviation of 39.
    assert!((1_850..2_250).contains(&refused(1).count()));
    assert!(refused(1).eq(refused(1)));
    assert!(!refused(1).eq(refused(2)));
    for none in [0.0, -1.0, f64::NAN] {
        let withholding = Withholding::new(none, 1);
        assert!(all().all(|(row, at)| !withholding.refuses(&row, at)));
    }
}

#[test]
fn a_switch_acts_at_once_and_answers_begun_keep_what_they_had() {
    let switch = FaultSwitch::default();
    let before = switch.get();
    switch.set(Faults {
        withholding: Some(Withholding::cells([(row(1), column(0))])),
    });
    assert!(switch.get().refuse(&row(1), column(0)));
    assert!(!before.refuse(&row(1), column(0)));
    switch.set(Faults::default());
    assert!(!switch.get().refuse(&row(1), column(0)));
}
