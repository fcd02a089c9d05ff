//! Filters that clients poll: what came since they last asked.

use std::collections::HashMap;

use alloy::primitives::B256;
use alloy::rpc::types::{Filter, Log};

use crate::block::Block;
use crate::chain::matching;
use crate::error::{Error, Result};
use crate::limits;

/// What came of the blocks for a filter.
#[derive(Clone, Debug)]
pub(crate) enum Changes {
    Hashes(Vec<B256>),
    Logs(Vec<Log>),
}

#[derive(Debug)]
struct Open {
    /// `None`: every block's hash.
    filter: Option<Filter>,
    changes: Changes,
    /// When it was last asked, in calls.
    asked: u64,
    /// More came than is kept.
    overflowed: bool,
}

/// The filters that are open.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    open: HashMap<u64, Open>,
    calls: u64,
}

impl Filters {
    /// Opens a filter for logs, or one for blocks; its name.
    pub(crate) fn open(&mut self, filter: Option<Filter>) -> u64 {
        self.calls += 1;
        if self.open.len() >= limits::FILTERS {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.asked);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.open.remove(&oldest);
            }
        }
        let changes = match filter {
            Some(_) => Changes::Logs(Vec::new()),
            None => Changes::Hashes(Vec::new()),
        };
        let asked = self.calls;
        self.open.insert(
            asked,
            Open {
                filter,
                changes,
                asked,
                overflowed: false,
            },
        );
        asked
    }

    pub(crate) fn close(&mut self, id: u64) -> bool {
        self.open.remove(&id).is_some()
    }

    /// The filter of a name, for all its logs.
    pub(crate) fn filter(&self, id: u64) -> Option<&Filter> {
        self.open.get(&id)?.filter.as_ref()
    }

    /// What came since the last call.
    pub(crate) fn changes(&mut self, id: u64) -> Result<Changes> {
        self.calls += 1;
        let Some(open) = self.open.get_mut(&id) else {
            return Err(Error::NotFound {
                what: "filter",
                id: id.to_string(),
            });
        };
        open.asked = self.calls;
        let empty = match open.changes {
            Changes::Hashes(_) => Changes::Hashes(Vec::new()),
            Changes::Logs(_) => Changes::Logs(Vec::new()),
        };
        if std::mem::take(&mut open.overflowed) {
            open.changes = empty;
            return Err(Error::TooMany {
                what: "changes since the filter was asked",
                got: limits::LOGS as u64 + 1,
                most: limits::LOGS as u64,
            });
        }
        Ok(std::mem::replace(&mut open.changes, empty))
    }

    /// Tells every filter of a block that came, or that was undone.
    pub(crate) fn tell(&mut self, block: &Block, removed: bool) {
        for open in self.open.values_mut() {
            let count = match (&mut open.changes, &open.filter) {
                (Changes::Logs(logs), Some(filter)) => {
                    logs.extend(in_range(block, filter).map(|log| Log { removed, ..log }));
                    logs.len()
                }
                (Changes::Hashes(hashes), _) => {
                    if !removed {
                        hashes.push(block.hash());
                    }
                    hashes.len()
                }
                _ => 0,
            };
            if count > limits::LOGS {
                open.overflowed = true;
                match &mut open.changes {
                    Changes::Hashes(hashes) => hashes.clear(),
                    Changes::Logs(logs) => logs.clear(),
                }
            }
        }
    }
}

/// The block's logs that match, if the block lies in the filter's range.
fn in_range<'a>(block: &'a Block, filter: &'a Filter) -> impl Iterator<Item = Log> + 'a {
    let (from, to) = filter.extract_block_range();
    let inside = from.is_none_or(|from| from <= block.number())
        && to.is_none_or(|to| block.number() <= to)
        && filter.matches_bloom(block.header().logs_bloom);
    inside
        .then(|| matching(block, filter))
        .into_iter()
        .flatten()
}
