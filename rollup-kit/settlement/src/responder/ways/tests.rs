#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use std::collections::BTreeMap;

/// Gas goes by the contracts' own measurements.
#[test]
fn gas_is_what_the_snapshots_say() {
    let snapshots = include_str!("../../../../contracts/snapshots/challenge.json");
    let snapshots: BTreeMap<String, String> = serde_json::from_str(snapshots).unwrap();
    for (name, gas) in [
        ("answer by blob", PUBLISH),
        ("cell answered by two point evaluations", CELL_BY_OPENINGS),
        ("cell answered by multiproof", CELL_BY_MULTIPROOF),
        (
            "cell published by two point evaluations",
            OWN_CELL_BY_OPENINGS,
        ),
        ("cell published by multiproof", OWN_CELL_BY_MULTIPROOF),
        ("exculpation by blob", OWN_BLOB),
    ] {
        assert_eq!(snapshots[name], gas.to_string(), "{name}");
    }
}

#[test]
fn the_cheapest_way_is_none_that_is_not_held() {
    let prices = Prices {
        base: Wei::gwei(10),
        blob: Wei::gwei(1),
    };
    for need in [
        Need::Row,
        Need::Cells {
            count: 3,
            is_public: false,
        },
        Need::Duty { count: 2 },
    ] {
        assert_eq!(cheapest(need, Holding::Nothing, 1, prices), None);
        let (way, with_cells) = cheapest(need, Holding::Cells, 1, prices).unwrap();
        assert_eq!(way, Way::Multiproof);
        let (_, with_row) = cheapest(need, Holding::Row, 1, prices).unwrap();
        assert!(with_row <= with_cells);
    }
    let public = Need::Cells {
        count: 1,
        is_public: true,
    };
    let (way, _) = cheapest(public, Holding::Nothing, 1, prices).unwrap();
    assert_eq!(way, Way::PublicRow);
}
