//! The figures that bonds go by against the measurement.

use crate::world::{l1, setup};
use settlement::costs::{
    ANSWER_BY_BLOB, CELL_BY_OPENINGS, CHALLENGE_OF_CELL, CHALLENGE_OF_ROW, ESCAPE_BY_PATH, measure,
};
use settlement::settings::RollupSettings;

/// Points and times have zero bytes by chance, which are cheaper.
const TOLERANCE_PERCENT: u64 = 2;

#[tokio::test]
async fn the_models_figures_are_the_measured_ones() {
    let (_l1, client, signers) = l1().await;
    let costs = measure(&client, &signers, setup()).await.unwrap();
    for (operation, figure) in [
        ("challenge of a row", CHALLENGE_OF_ROW),
        ("answer by blob", ANSWER_BY_BLOB),
        ("challenge of a cell", CHALLENGE_OF_CELL),
        ("cell answered by two openings", CELL_BY_OPENINGS),
        ("escape of one by a path", ESCAPE_BY_PATH),
    ] {
        let mut named = costs.iter().filter(|cost| cost.operation == operation);
        let (cost, others) = (named.next().unwrap(), named.count());
        assert_eq!((cost.times, others), (1, 0), "{operation}");
        let (got, expected) = (cost.gas.get(), figure.get());
        assert!(
            got.abs_diff(expected) * 100 <= expected * TOLERANCE_PERCENT,
            "{operation}: measured {got}, figure {expected}"
        );
        if operation == "answer by blob" {
            assert_eq!(cost.blob_gas, RollupSettings::BLOB_GAS);
        }
    }
}
