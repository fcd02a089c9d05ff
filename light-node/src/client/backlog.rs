//! Which blocks are still to be sampled, and which headers are missing in between.

use std::collections::{BTreeMap, BTreeSet};
use types::Height;

/// What waits to be sampled, by height.
#[derive(Debug)]
pub(crate) struct Backlog<T> {
    /// The newest height that was taken.
    newest: Option<Height>,
    /// Heights below it whose headers were never seen.
    gaps: BTreeSet<Height>,
    waiting: BTreeMap<Height, T>,
}

impl<T> Backlog<T> {
    /// How many blocks behind the newest are still caught up with.
    pub(crate) const LENGTH: usize = 64;

    pub(crate) const fn new() -> Self {
        Self {
            newest: None,
            gaps: BTreeSet::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Whether any block was taken.
    pub(crate) const fn has_begun(&self) -> bool {
        self.newest.is_some()
    }

    /// Whether a block of this height would be news, as far as the height tells.
    pub(crate) fn wants(&self, height: Height) -> bool {
        self.newest.is_none_or(|newest| height > newest) || self.gaps.contains(&height)
    }

    /// Takes a block if it is news: newer than all before, or one that was missing. The first
    /// must not be older than `tip`, the newest that is trusted, and begins the following: what
    /// lies before it was never promised; later gaps are filled.
    pub(crate) fn take(&mut self, height: Height, tip: Height, block: T) -> bool {
        match self.newest {
            None if height < tip => return false,
            None => self.newest = Some(height),
            Some(newest) if height > newest => {
                let first = height.get().saturating_sub(Self::LENGTH as u64);
                self.gaps
                    .extend((first.max(newest.get() + 1)..height.get()).map(Height::new));
                self.newest = Some(height);
            }
            Some(_) if self.gaps.remove(&height) => {}
            Some(_) => return false,
        }
        self.waiting.insert(height, block);
        while self.waiting.len() > Self::LENGTH {
            self.waiting.pop_first();
        }
        let newest = self.newest.map_or(0, Height::get);
        let first = Height::new(newest.saturating_sub(Self::LENGTH as u64));
        self.gaps = self.gaps.split_off(&first);
        true
    }

    /// The newest block that waits.
    pub(crate) fn next(&mut self) -> Option<T> {
        self.waiting.pop_last().map(|(_, block)| block)
    }

    /// The lowest missing height, and how many heights there are from it to the highest.
    pub(crate) fn missing(&self) -> Option<(Height, usize)> {
        let (first, last) = (*self.gaps.first()?, *self.gaps.last()?);
        let span = usize::try_from(last.get() - first.get()).unwrap_or(usize::MAX);
        Some((first, span.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests;
