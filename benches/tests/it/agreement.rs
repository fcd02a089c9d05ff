//! Contestants that do not compute the same are found out.

use std::time::Duration;

use algebra::Engine;
use benches::BenchError;
use benches::kzg::{
    Batch, CellsAndProofs, Contestant, Inputs, Operation, Verdict, check, contestants,
};
use types::{Cell, Commitment};

/// In what a contestant is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Commitment,
    Cells,
    FewerRows,
    Proofs,
    Recovery,
    RefusesAll,
    AcceptsAll,
}

/// Answers from the inputs, but for one fault.
struct Invented {
    fault: Fault,
    inputs: Inputs,
}

impl Invented {
    fn rows(&self) -> Vec<CellsAndProofs> {
        let rows = self.inputs.rows().iter();
        rows.map(|row| (row.cells.clone(), row.proofs.clone()))
            .collect()
    }
}

impl Contestant for Invented {
    fn name(&self) -> &'static str {
        "invented"
    }

    fn is_ours(&self) -> bool {
        false
    }

    fn table_bytes(&self) -> usize {
        0
    }

    fn time(&self, _: Operation) -> Result<Duration, BenchError> {
        Ok(Duration::ZERO)
    }

    fn commitments(&self) -> Result<Vec<Commitment>, BenchError> {
        let mut all: Vec<_> = self.inputs.rows().iter().map(|r| r.commitment).collect();
        if self.fault == Fault::Commitment {
            all[0] = Commitment::new([0; Commitment::BYTES]);
        }
        Ok(all)
    }

    fn cells(&self) -> Result<Vec<Vec<Cell>>, BenchError> {
        let mut all: Vec<_> = self.rows().into_iter().map(|(cells, _)| cells).collect();
        if self.fault == Fault::Cells {
            all[0][127] = Cell::zero();
        }
        Ok(all)
    }

    fn proved(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        let mut all = self.rows();
        match self.fault {
            Fault::FewerRows => all.clear(),
            Fault::Proofs => all[0].1.swap(3, 4),
            _ => {}
        }
        Ok(all)
    }

    fn recovered(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        let mut all = self.rows();
        if self.fault == Fault::Recovery {
            all[0].0[0] = Cell::zero();
        }
        Ok(all)
    }

    fn verdict(&self, batch: &Batch) -> Result<Verdict, BenchError> {
        let own = self.inputs.batch()?.cells == batch.cells;
        Ok(match self.fault {
            Fault::RefusesAll => Verdict::Refused,
            Fault::AcceptsAll => Verdict::Holds,
            _ if own => Verdict::Holds,
            _ => Verdict::Refused,
        })
    }
}

/// One test, since making the inputs takes longest.
#[test]
fn only_those_who_compute_the_same_are_measured() {
    let inputs = Inputs::new(1, 1).unwrap();
    for contestant in contestants(&Engine::all(), &inputs, 2).unwrap() {
        check(contestant.as_ref(), &inputs).unwrap();
        // The others take longest, and have just been done.
        for operation in [Operation::Commit, Operation::Cells, Operation::Verify] {
            assert!(contestant.time(operation).unwrap() > Duration::ZERO);
        }
    }

    let outcome = |fault| {
        let inputs = inputs.clone();
        let invented = Invented { fault, inputs };
        check(&invented, &invented.inputs)
    };
    outcome(Fault::None).unwrap();
    for (fault, about) in [
        (Fault::Commitment, "commitments"),
        (Fault::Cells, "cells"),
        (Fault::FewerRows, "cells and proofs"),
        (Fault::Proofs, "cells and proofs"),
        (Fault::Recovery, "recovered rows"),
        (Fault::RefusesAll, "a batch that holds"),
        (Fault::AcceptsAll, "a batch with two cells exchanged"),
    ] {
        match outcome(fault) {
            Err(BenchError::Disagreement { engine, what }) => {
                assert_eq!((engine, what), ("invented", about));
            }
            other => panic!("{fault:?}: {other:?}"),
        }
    }
}
