//! The comparison that a plan asks for.

use algebra::Engine;
use types::limits::{COLUMNS, ROW_BYTES};

use crate::codes::CodeInputs;
use crate::kzg::Inputs;
use crate::report::{LeftOut, Measurement, Report};
use crate::{BenchError, Plan, Shards, codes, describe, kzg, ours, round_robin};

/// Checks all contestants, then measures every operation; `say` is told how far it is.
///
/// # Errors
/// [`BenchError::Disagreement`] when a contestant computes something else than the others,
/// [`BenchError::NoCode`] when no erasure code takes the plan's shards; otherwise what a
/// contestant says.
pub fn compare(plan: &Plan, mut say: impl FnMut(&str)) -> Result<Report, BenchError> {
    // An engine that is not to be had should not come out after minutes.
    let engines = ours::engines()?;
    let mut measurements = Vec::new();
    let mut left_out = Vec::new();
    // The codes first: that none takes the shards should not, either.
    if plan.subject.has_erasure() {
        compare_codes(plan, &engines, &mut measurements, &mut left_out, &mut say)?;
    }
    if plan.subject.has_kzg() {
        compare_kzg(plan, &engines, &mut measurements, &mut say)?;
    }
    Ok(Report::new(
        describe(),
        plan.threads,
        plan.quick,
        &measurements,
        left_out,
    ))
}

fn compare_kzg(
    plan: &Plan,
    engines: &[Engine],
    measurements: &mut Vec<Measurement>,
    say: &mut impl FnMut(&str),
) -> Result<(), BenchError> {
    say("making rows and tables");
    let inputs = Inputs::new(plan.rows, plan.verify_rows)?;
    let contestants = kzg::contestants(engines, &inputs, plan.threads)?;
    for contestant in &contestants {
        say(&format!("checking {}", contestant.name()));
        kzg::check(contestant.as_ref(), &inputs)?;
    }
    for operation in kzg::Operation::ALL {
        say(&format!("measuring {}", operation.name()));
        let samples = kzg::measure(&contestants, operation, &inputs, operation.budget(plan))?;
        let (unit, rows, units_per_call) = match operation {
            kzg::Operation::Verify => {
                let (rows, cells) = (plan.verify_rows, plan.verify_rows * COLUMNS);
                (format!("batch of {cells} cells in {rows} rows"), rows, 1)
            }
            _ => ("row".to_owned(), 1, plan.rows),
        };
        for (contestant, samples) in contestants.iter().zip(samples) {
            measurements.push(Measurement {
                op: operation.name(),
                engine: contestant.name(),
                ours: contestant.is_ours(),
                samples,
                unit: unit.clone(),
                bytes: rows * ROW_BYTES,
                units_per_call,
                table_bytes: Some(contestant.table_bytes()),
            });
        }
    }
    Ok(())
}

fn compare_codes(
    plan: &Plan,
    engines: &[Engine],
    measurements: &mut Vec<Measurement>,
    left_out: &mut Vec<LeftOut>,
    say: &mut impl FnMut(&str),
) -> Result<(), BenchError> {
    say("making and checking codes");
    let Shards { k, n, bytes } = plan.shards;
    let mut entries = Vec::new();
    for entry in ours::codes::entries(engines, plan.shards) {
        match &entry.code {
            Ok(_) => entries.push(entry),
            Err(reason) => left_out.push(LeftOut {
                engine: entry.name,
                reason: reason.to_string(),
            }),
        }
    }
    if entries.is_empty() {
        let reasons: Vec<String> = left_out
            .iter()
            .map(|out| format!("{}: {}", out.engine, out.reason))
            .collect();
        return Err(BenchError::NoCode {
            k,
            n,
            shard_bytes: bytes,
            reasons: reasons.join("; "),
        });
    }

    let inputs = CodeInputs::new(plan.shards);
    let contestants = entries
        .into_iter()
        .map(|entry| codes::Contestant::new(entry, &inputs, plan.threads))
        .collect::<Result<Vec<_>, _>>()?;
    for operation in codes::Operation::ALL {
        say(&format!("measuring {}", operation.name()));
        let samples = round_robin(&contestants, operation.budget(plan), |contestant| {
            contestant.time(operation)
        })?;
        for (contestant, samples) in contestants.iter().zip(samples) {
            measurements.push(Measurement {
                op: operation.name(),
                engine: contestant.name,
                ours: contestant.ours,
                samples,
                unit: format!("{k} of {n} shards of {bytes} bytes"),
                bytes: inputs.bytes(),
                units_per_call: 1,
                table_bytes: None,
            });
        }
    }
    Ok(())
}
