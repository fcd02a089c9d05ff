//! The contracts' defaults against what the model finds.

use settlement::game::{Assumptions, DefaultTerms, duty_cells, row_detection, sweep, thresholds};
use settlement::settings::RollupSettings;

#[test]
fn the_defaults_are_what_the_model_finds() {
    let found = DefaultTerms::of(&Assumptions::default()).settings();
    assert_eq!(found, RollupSettings::default());
}

#[test]
fn noticed_withholding_never_pays_and_unnoticed_does() {
    let settings = RollupSettings::default();
    let thresholds = thresholds(&settings);
    for scenario in sweep() {
        let payoffs = scenario.play(&settings);
        let slashed = scenario.operator_slash + scenario.stake / 3.0;
        let is_covered = scenario.value <= thresholds.value_per_bond * slashed;
        if is_covered && payoffs.noticed >= thresholds.least_detection {
            // The cap keeps what is saved by challenging oneself at a tenth or less.
            assert!(payoffs.withholding <= 1e-9, "{scenario:?} {payoffs:?}");
        }
        if payoffs.noticed == 0.0 {
            assert!(payoffs.withholding > 0.0, "{scenario:?}");
        }
        assert!(payoffs.self_slash < 0.0, "{scenario:?}");
        assert!(payoffs.griefer < 0.0, "griefing costs: {scenario:?}");
    }
}

#[test]
fn a_round_of_samples_notices_a_row_that_cannot_be_recovered() {
    assert!((row_detection(1) - 65.0 / 128.0).abs() < 1e-12);
    assert!(1.0 - row_detection(16) < 1.0 / 65_536.0);
    assert!((row_detection(64) - 1.0).abs() < f64::EPSILON);
}

/// Fewer signers owe more each, and a single one owes all that recovers a row.
#[test]
fn what_signers_owe_recovers_a_row() {
    assert_eq!(duty_cells(1), 64);
    let duties: Vec<u8> = [1, 3, 11, 67, 667].map(duty_cells).into();
    assert!(duties.is_sorted_by(|a, b| a >= b), "{duties:?}");
    assert!(duties[1] >= 22, "three signers: {duties:?}");
}
