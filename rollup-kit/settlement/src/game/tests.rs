#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::odds::{duty_cells, row_detection};
use super::*;

#[test]
fn losses_are_what_the_contracts_take() {
    let payoffs = Scenario::default().play(&RollupSettings::default());
    let slashed = 32.0 + 400.0 / 3.0;
    // A tenth would be 16.5: the cap is 10.
    assert!((payoffs.withholding_loss - (slashed - 10.0)).abs() < 1e-9);
    assert!((payoffs.self_slash + 28.8).abs() < 1e-9);
    assert!(payoffs.withholding < 0.0);
}

/// An answer is paid a tenth on top, until prices rise beyond what the bond covers.
#[test]
fn griefing_hurts_the_griefer_until_prices_outrun_the_bond() {
    let settings = RollupSettings::default();
    let calm = Scenario::default().play(&settings);
    assert!(calm.griefing_factor < 0.5, "{calm:?}");
    let storm = Scenario {
        base_fee: 200.0,
        blob_base_fee: 300.0,
        rise: 16.0,
        ..Scenario::default()
    };
    let storm = storm.play(&settings);
    assert!(storm.griefing_factor > 1.0, "{storm:?}");
    assert!(storm.griefed < 0.0);
}

#[test]
fn detection_is_a_hypergeometric_tail() {
    assert!((row_detection(2) - (1.0 - 63.0 * 62.0 / (128.0 * 127.0))).abs() < 1e-12);
}

#[test]
fn duties_are_enough_by_the_naive_way_too() {
    // One signer: its own cells alone. Two that owe all but never fewer than 64 between them.
    assert_eq!(duty_cells(1), 64);
    assert!(duty_cells(2) > 32);
    assert!(duty_cells(3) > 22);
}
