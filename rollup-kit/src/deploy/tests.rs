#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use ledger::{Amount, Holdings, Refused, Rules};
use validity::gadget::{self, After, Gadget, Gates};
use validity::{BatchSize, CheckpointSize, ExitsSize};

/// Spends of what one has.
#[derive(Debug)]
struct Spend(&'static str);

impl Rules for Spend {
    fn name(&self) -> &'static str {
        self.0
    }

    fn apply(&self, call: &ledger::Call) -> Result<Holdings, Refused> {
        let [amount] = call.fields([64])?;
        let from = call.held.from.get().checked_sub(amount);
        let from = Amount::new(from.ok_or(Refused("too little"))?);
        Ok(Holdings {
            from,
            to: call.held.to,
        })
    }
}

impl Gadget for Spend {
    fn constrain(&self, gates: &Gates<'_>, call: &gadget::Call) -> gadget::Result<After> {
        let [amount] = gates.fields(&call.payload, [64])?;
        Ok(After {
            from: gates.subtract(&call.held_from, &amount)?,
            to: call.held_to.clone(),
        })
    }
}

#[test]
fn a_rollup_is_proved_by_its_own_circuits_alone() {
    let own = Ruled::new(&Spend("spend")).unwrap();
    let others = Ruled::new(&Spend("waste")).unwrap();
    let plain = Shape::Batch(BatchSize::EIGHT);
    let [ruled, foreign] = [own, others].map(|ruled| Shape::Ruled(BatchSize::EIGHT, ruled));
    let checkpoint = Shape::Checkpoint(CheckpointSize::new(2).unwrap());
    let exits = Shape::Exits(ExitsSize::new(1).unwrap());
    let all = [plain, ruled, foreign, checkpoint, exits];
    for (rules, statements, fits) in [
        (None, Statements::Batches, &[plain][..]),
        (Some(own), Statements::Batches, &[ruled]),
        (None, Statements::Checkpoints, &[checkpoint]),
        (Some(own), Statements::Checkpoints, &[]),
        (None, Statements::Exits, &[exits]),
        (Some(own), Statements::Exits, &[exits]),
    ] {
        for shape in all {
            let result = statements.require(shape, rules);
            if fits.contains(&shape) {
                result.unwrap();
            } else {
                let refused = matches!(result, Err(Error::OtherKeys { .. }));
                assert!(refused, "{shape} for {statements:?}: {result:?}");
            }
        }
    }
}
