//! The state out of data alone.

use crate::{
    BatchSize, Error, FeePot, Fr, FromL1, Kind, Record, Result, Roots, State, Traffic, Tree,
    decode_row,
};

/// Applies a batch that L1 accepted: both rows' elements and what L1's queues gave, in order. No
/// signature is needed, since the proof said that they hold.
///
/// Everybody follows one rule: a batch whose rows are malformed, or whose records do not lead to
/// the roots on L1, is skipped whole. The state is as before then.
///
/// # Errors
/// What is malformed, or [`Error::WrongRoots`].
pub fn replay(
    state: &mut State,
    size: BatchSize,
    rows: [&[Fr]; 2],
    traffic: &Traffic,
    expected: Roots,
) -> Result<()> {
    let mut places = vec![Record::NOTHING; size.operations()];
    for (tree, row) in Tree::BOTH.into_iter().zip(rows) {
        for (place, record) in decode_row(tree, size, row)? {
            if places[place] != Record::NOTHING {
                return Err(Error::MalformedElement {
                    element: 2 * place,
                    what: "in both rows",
                });
            }
            places[place] = record;
        }
    }

    let mut next = state.clone();
    let mut queues = [traffic.on_l1.iter(), traffic.off_l1.iter()];
    let mut pot = FeePot::EMPTY;
    for record in &places {
        let queue = &mut queues[usize::from(record.tree.number())];
        let from_l1: Option<&FromL1> = if record.kind.is_from_l1() {
            let given = queue.next();
            Some(given.ok_or(Error::NotQueued { what: "the length" })?)
        } else {
            None
        };
        pot = pot.for_record(record)?;
        next.execute(record, from_l1, pot.waiting)?;
        pot.waiting = match record.kind {
            Kind::Collect => 0,
            _ => pot.waiting + u128::from(record.fee.get()),
        };
    }
    for (tree, left) in Tree::BOTH.into_iter().zip(&queues) {
        if left.len() != 0 {
            return Err(Error::QueueMismatch {
                tree,
                got: left.len(),
                expected: 0,
            });
        }
    }
    if pot.waiting != 0 || next.roots() != expected {
        return Err(Error::WrongRoots);
    }
    *state = next;
    Ok(())
}
