//! What L1 asks of a tree, in order: `rollup/Intake.sol`.

use crate::convert::{from_l1, nothing};
use crate::error::contradiction;
use crate::{Error, Result};
use ledger::{FromL1, Tree};
use settlement::contracts::abi;
use std::collections::BTreeMap;

/// Seconds in which an operation must be consumed: `Intake.DEADLINE`.
pub(crate) const DEADLINE: u64 = 7 * 24 * 60 * 60;

/// A tree's queue. Places that no fallback can bring back are forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub(crate) tree: Tree,
    /// None where an operation was cancelled.
    pub(crate) operations: BTreeMap<u64, Option<abi::Operation>>,
    pub(crate) tail: u64,
    /// No deadline counts before this, Unix seconds.
    pub(crate) floor: u64,
}

/// An operation as the next batch consumes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its place.
    pub place: u64,
    /// What it asks for; none for a cancelled one, whose place is consumed all the same.
    pub operation: Option<FromL1>,
    /// As a batch submits it.
    pub on_l1: abi::Operation,
    /// Until when it must be consumed, Unix seconds: anybody freezes the rollup after that. 0 for
    /// a cancelled one, which waits for nothing.
    pub deadline: u64,
}

impl Queue {
    pub(crate) const fn new(tree: Tree) -> Self {
        Self {
            tree,
            operations: BTreeMap::new(),
            tail: 0,
            floor: 0,
        }
    }

    /// The next operation's place.
    #[must_use]
    pub const fn tail(&self) -> u64 {
        self.tail
    }

    /// The operations from a place on, at most so many.
    ///
    /// # Errors
    /// [`Error::Contradiction`] for what the contracts do not queue.
    pub fn from(&self, head: u64, most: usize) -> Result<Vec<Queued>> {
        let from = self.operations.range(head..).take(most);
        from.map(|(place, operation)| self.queued(*place, operation.as_ref()))
            .collect()
    }

    fn queued(&self, place: u64, operation: Option<&abi::Operation>) -> Result<Queued> {
        let Some(operation) = operation else {
            return Ok(Queued {
                place,
                operation: None,
                on_l1: nothing(),
                deadline: 0,
            });
        };
        Ok(Queued {
            place,
            operation: from_l1(self.tree, operation)?,
            on_l1: operation.clone(),
            deadline: operation.deadline.max(self.floor),
        })
    }

    pub(crate) fn push(&mut self, place: u64, operation: abi::Operation) -> Result<()> {
        if place != self.tail {
            return Err(contradiction("a queue's next place", place, self.tail));
        }
        // What does not parse later is refused now.
        from_l1(self.tree, &operation)?;
        self.operations.insert(place, Some(operation));
        self.tail += 1;
        Ok(())
    }

    pub(crate) fn cancel(&mut self, place: u64) -> Result<()> {
        match self.operations.get_mut(&place) {
            Some(waiting @ Some(_)) => {
                *waiting = None;
                Ok(())
            }
            _ => Err(self.unknown(place)),
        }
    }

    /// What a batch consumes that leads from one head to another.
    pub(crate) fn consumed(&self, head: u64, next: u64) -> Result<Vec<abi::Operation>> {
        if next < head || next > self.tail {
            return Err(contradiction("a queue's head", next, (head, self.tail)));
        }
        let mut consumed = Vec::new();
        for place in head..next {
            match self.operations.get(&place) {
                Some(Some(operation)) => consumed.push(operation.clone()),
                Some(None) => {}
                None => return Err(self.unknown(place)),
            }
        }
        Ok(consumed)
    }

    pub(crate) fn forget_before(&mut self, head: u64) {
        self.operations = self.operations.split_off(&head);
    }

    fn unknown(&self, place: u64) -> Error {
        let known = self.operations.keys().next();
        contradiction("an operation's place", place, (known, self.tail))
    }
}
