//! Reports of invented figures.

use std::time::Duration;

use benches::Samples;
use benches::report::{LeftOut, Measurement, Report};

pub(crate) fn samples(milliseconds: &[u64]) -> Samples {
    milliseconds
        .iter()
        .map(|ms| Duration::from_millis(*ms))
        .collect()
}

/// A measurement of one MiB per unit.
pub(crate) fn measurement(
    op: &'static str,
    engine: &'static str,
    ours: bool,
    milliseconds: &[u64],
) -> Measurement {
    Measurement {
        op,
        engine,
        ours,
        samples: samples(milliseconds),
        unit: "row".to_owned(),
        bytes: 1 << 20,
        units_per_call: 8,
        table_bytes: Some(96 << 20),
    }
}

/// Two operations, of which only the first has rivals; c-kzg is the fastest of them at best.
pub(crate) fn report() -> Report {
    Report::new(
        "A <processor> & \"more\"".to_owned(),
        2,
        false,
        &[
            measurement("prove", "scalar", true, &[90, 80, 100]),
            measurement("prove", "ifma", true, &[16, 20]),
            measurement("prove", "c-kzg", false, &[500, 160, 170]),
            measurement("prove", "rust_eth_kzg", false, &[165, 165, 165]),
            measurement("encode", "ifma", true, &[4]),
        ],
        vec![LeftOut {
            engine: "reed-solomon-erasure",
            reason: "got 512 shards, expected 1 to 256".to_owned(),
        }],
    )
}
