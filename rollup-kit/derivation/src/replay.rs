//! One tree out of its own row and its own queue.

use ledger::{BatchSize, Error, Fr, FromL1, Kind, Result, State, TokenId, Tree, Undo, decode_row};

/// What became of a tree's part of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The tree has the root that L1 says.
    Applied,
    /// The row is malformed or leads elsewhere: the tree is as before.
    Skipped(String),
    /// Nothing of the tree changes: a checkpoint, or a fallback of the other tree.
    Unchanged,
    /// The tree went back.
    FellBack,
}

/// Applies one tree's part of a batch that L1 accepted: its row's elements and what its queue
/// gave, in order. No signature is needed, since the proof said that they hold.
///
/// Where [`ledger::replay`] takes a batch whole, this takes a tree by itself: it reads nothing of
/// the other one, whose data may be withheld. For a batch that was proved both come to the same,
/// since the rows share no place and fees of one tree are collected before those of the other.
/// Everybody follows one rule here as well: a row that is malformed, or does not lead to the root
/// on L1, is skipped, and the tree is as before.
///
/// # Errors
/// What is malformed, or [`Error::WrongRoots`]. The state is as before then.
pub fn replay_tree(
    state: &mut State,
    tree: Tree,
    row: &[Fr],
    queue: &[FromL1],
    expected: Fr,
) -> Result<Undo> {
    let mut undo = Undo::default();
    let done = run(state, tree, row, queue, &mut undo);
    let done = done.and_then(|()| match state.roots().of(tree) == expected {
        true => Ok(()),
        false => Err(Error::WrongRoots),
    });
    match done {
        Ok(()) => Ok(undo),
        Err(error) => {
            state.undo(&undo);
            Err(error)
        }
    }
}

fn run(state: &mut State, tree: Tree, row: &[Fr], queue: &[FromL1], undo: &mut Undo) -> Result<()> {
    // L1 does not say how many operations a batch had room for; unused places are zero.
    let size = BatchSize::new(BatchSize::MAX)?;
    let mut queue = queue.iter();
    let mut fees = Fees::default();
    for (_, record) in decode_row(tree, size, row)? {
        let from_l1 = match record.kind.is_from_l1() {
            true => Some(
                queue
                    .next()
                    .ok_or(Error::NotQueued { what: "the length" })?,
            ),
            false => None,
        };
        let fee = record.fee.get();
        if fee != 0 || record.kind == Kind::Collect {
            fees.take_lane(tree, record.token)?;
        }
        state.execute_undoably(&record, from_l1, fees.waiting, undo)?;
        fees.waiting = match record.kind {
            Kind::Collect => 0,
            _ => fees.waiting + u128::from(fee),
        };
    }
    if queue.len() != 0 {
        return Err(Error::QueueMismatch {
            tree,
            got: queue.len(),
            expected: 0,
        });
    }
    fees.end()
}

/// Fees of a tree that wait to be collected, all of one token.
#[derive(Default)]
struct Fees {
    token: TokenId,
    waiting: u128,
}

impl Fees {
    fn take_lane(&mut self, tree: Tree, token: TokenId) -> Result<()> {
        if self.token != token && self.waiting != 0 {
            return Err(Error::FeesWait {
                tree,
                token: self.token,
                waiting: self.waiting,
            });
        }
        self.token = token;
        Ok(())
    }

    const fn end(&self) -> Result<()> {
        if self.waiting == 0 {
            Ok(())
        } else {
            Err(Error::WrongRoots)
        }
    }
}
