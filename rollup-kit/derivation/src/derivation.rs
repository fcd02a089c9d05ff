//! The state behind the history.

mod trees;

use crate::error::contradiction;
use crate::{Error, Fact, History, L1Block, Outcome, Result, RowPlace};
use ledger::{Fr, State, Tree};
use settlement::{B256, BatchNumber};
use std::collections::VecDeque;
use std::sync::Arc;
pub(crate) use trees::{Progress, Step, Trees};

/// How much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Blocks of L1 that can be gone back: 64 is two epochs, after which Ethereum is final unless
    /// it is in trouble.
    pub depth: u64,
    /// Only what L1 says, without the trees: their data is not asked for.
    pub roots_only: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            roots_only: false,
        }
    }
}

/// What became of a tree's part of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The batch.
    pub number: BatchNumber,
    /// The tree.
    pub tree: Tree,
    /// What became of it.
    pub outcome: Outcome,
}

/// A row that the state waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRequest {
    /// Of which batch.
    pub number: BatchNumber,
    /// Of which tree.
    pub tree: Tree,
    /// Where it was put: a blob of L1 or of the DA network.
    pub place: RowPlace,
    /// The block of L1 that has the batch.
    pub block: u64,
    /// The batch's transaction.
    pub transaction: B256,
    /// A later block of L1 in which the row stood, if it did.
    pub published_in: Option<u64>,
}

/// How far a tree is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state is the one after this batch.
    pub after: BatchNumber,
    /// Whether its root is the one after L1's newest batch.
    pub is_current: bool,
    /// The batch whose row is missing, if one is.
    pub waits_for: Option<BatchNumber>,
}

/// A block that can be gone back to.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) block: L1Block,
    pub(crate) history: Arc<History>,
}

/// A rollup as of a block of L1.
#[derive(Debug)]
pub struct Derivation {
    trees: Trees,
    history: Arc<History>,
    /// Never empty; the last one is the tip.
    marks: VecDeque<Mark>,
    limits: Limits,
}

impl Derivation {
    /// A rollup that begins with this state in some block after `base`.
    #[must_use]
    pub fn new(genesis: State, base: L1Block, limits: Limits) -> Self {
        let history = Arc::new(History::default());
        let mark = Mark {
            block: base,
            history: history.clone(),
        };
        Self {
            trees: Trees::new(genesis, limits.roots_only),
            history,
            marks: VecDeque::from([mark]),
            limits,
        }
    }

    pub(crate) fn restored(trees: Trees, marks: VecDeque<Mark>, limits: Limits) -> Option<Self> {
        let history = marks.back()?.history.clone();
        Some(Self {
            trees,
            history,
            marks,
            limits,
        })
    }

    pub(crate) const fn parts(&self) -> (&Trees, &VecDeque<Mark>) {
        (&self.trees, &self.marks)
    }

    /// How much is remembered.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// The last block that was read.
    #[must_use]
    pub fn tip(&self) -> L1Block {
        // There is always a mark.
        self.marks.back().map_or_else(
            || L1Block {
                number: 0,
                hash: B256::ZERO,
                parent: B256::ZERO,
                time: settlement::L1Time::new(0),
            },
            |mark| mark.block,
        )
    }

    /// Blocks that can be gone back to, the newest first.
    pub fn known(&self) -> impl Iterator<Item = L1Block> {
        self.marks.iter().rev().map(|mark| mark.block)
    }

    /// What L1 says.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Both trees, each as far as it is derived.
    #[must_use]
    pub const fn state(&self) -> &State {
        self.trees.state()
    }

    /// How far a tree is derived.
    #[must_use]
    pub fn standing(&self, tree: Tree) -> Standing {
        let after = self.trees.after(tree);
        let own = self.state().roots().of(tree);
        Standing {
            after: BatchNumber::new(after),
            is_current: self
                .history
                .roots()
                .is_some_and(|on_l1| on_l1.of(tree) == own),
            waits_for: (after < self.history.newest_number()).then(|| BatchNumber::new(after + 1)),
        }
    }

    /// Goes on by a block. When the block's facts do not hold, nothing has changed.
    ///
    /// # Errors
    /// [`Error::Contradiction`] for a block that is not later, or facts that contradict the
    /// contracts; [`Error::OtherGenesis`].
    pub fn apply(&mut self, block: L1Block, facts: Vec<Fact>) -> Result<Vec<Applied>> {
        let tip = self.tip();
        if block.number <= tip.number {
            return Err(contradiction(
                "a block's number",
                block.number,
                tip.number + 1,
            ));
        }
        if block.number == tip.number + 1 && block.parent != tip.hash {
            return Err(contradiction("a block's parent", block.parent, tip.hash));
        }
        if !facts.is_empty() {
            let mut next = History::clone(&self.history);
            for fact in facts {
                next.apply(&block, fact)?;
            }
            self.begins_alike(&next)?;
            self.history = Arc::new(next);
        }
        self.marks.push_back(Mark {
            block,
            history: self.history.clone(),
        });
        let applied = self.advance()?;
        self.forget();
        Ok(applied)
    }

    fn begins_alike(&self, next: &History) -> Result<()> {
        if self.history.has_begun() {
            return Ok(());
        }
        let Some(expected) = next.entry(0) else {
            return Ok(());
        };
        let expected = crate::convert::roots(&expected.on_l1.roots)?;
        let got = self.state().roots();
        for tree in Tree::BOTH {
            if got.of(tree) != expected.of(tree) {
                return Err(Error::OtherGenesis {
                    tree,
                    got: crate::convert::word(got.of(tree)).to_string(),
                    expected: crate::convert::word(expected.of(tree)).to_string(),
                });
            }
        }
        Ok(())
    }

    /// Goes back to the newest block that is known and not later than this one; the number of
    /// that. The trees follow as far as they must.
    ///
    /// # Errors
    /// [`Error::TooDeep`]. Nothing has changed then.
    pub fn rewind(&mut self, number: u64) -> Result<u64> {
        let kept = self.marks.iter().filter(|mark| mark.block.number <= number);
        let kept = kept.count();
        if kept == 0 {
            let oldest = self.marks.front().map_or(0, |mark| mark.block.number);
            return Err(Error::TooDeep { kept: oldest });
        }
        self.marks.truncate(kept);
        if let Some(mark) = self.marks.back() {
            self.history = mark.history.clone();
        }
        self.trees.undo_beyond(&self.history)?;
        // A fallback that L1 took back: the tree goes forward again as far as its rows are known.
        self.advance()?;
        Ok(self.tip().number)
    }

    /// The rows that the trees wait for, each tree's next one first, at most so many of a tree.
    #[must_use]
    pub fn wanted(&self, most: usize) -> Vec<RowRequest> {
        let trees = Tree::BOTH.into_iter();
        trees
            .flat_map(|tree| self.trees.wanted(&self.history, tree, most))
            .collect()
    }

    /// Gives a row that was asked for, and goes on as far as that leads. The caller has held it
    /// against its commitment.
    ///
    /// # Errors
    /// [`Error::NotAsked`].
    pub fn supply(
        &mut self,
        number: BatchNumber,
        tree: Tree,
        row: Vec<Fr>,
    ) -> Result<Vec<Applied>> {
        self.trees.supply(&self.history, number, tree, row)?;
        let applied = self.advance()?;
        self.forget();
        Ok(applied)
    }

    /// Takes a state whose roots are those after a batch, from whomever: a checkpoint's, so that
    /// nothing before it need be derived. A tree that is as far already stays as it is; what was
    /// before in the other cannot be gone back to, so the batch had better be final.
    ///
    /// # Errors
    /// [`Error::OtherState`] for a state with other roots, or of a batch that does not stand.
    pub fn adopt(&mut self, number: BatchNumber, state: State) -> Result<Vec<Applied>> {
        let entry = self.history.batch(number);
        let standing = entry.filter(|entry| !self.history.is_void(entry));
        let expected = standing.and_then(|e| crate::convert::roots(&e.on_l1.roots).ok());
        let got = state.roots();
        for tree in Tree::BOTH {
            if expected.is_none_or(|expected| expected.of(tree) != got.of(tree)) {
                return Err(Error::OtherState { number, tree });
            }
        }
        if !self.trees.adopt(&state, number.get()) {
            return Ok(Vec::new());
        }
        // Older marks would have the trees go back to what they never were, or a fallback take
        // them there.
        let is_final = self.history.last_final() >= number;
        let is_older = |mark: &Mark| {
            mark.history.newest() < number || is_final && mark.history.last_final() < number
        };
        while self.marks.len() > 1 && self.marks.front().is_some_and(is_older) {
            self.marks.pop_front();
        }
        let applied = self.advance()?;
        self.forget();
        self.forget_parts(0);
        Ok(applied)
    }

    fn advance(&mut self) -> Result<Vec<Applied>> {
        let mut applied = Vec::new();
        for tree in Tree::BOTH {
            self.trees.advance(&self.history, tree, &mut applied)?;
        }
        Ok(applied)
    }

    /// Forgets what is behind all that can be gone back to.
    fn forget(&mut self) {
        let oldest = self.tip().number.saturating_sub(self.limits.depth);
        while self
            .marks
            .get(1)
            .is_some_and(|mark| mark.block.number <= oldest)
        {
            self.marks.pop_front();
        }
        if let Some(first) = self.trees.forget_before(self.firm()) {
            self.forget_parts(first);
        }
    }

    /// The last batch that both trees have for good.
    fn firm(&self) -> u64 {
        let derived = Tree::BOTH.map(|tree| self.trees.after(tree));
        let last = self.marks.front().map_or(0, |mark| mark.history.last_final);
        last.min(derived[0]).min(derived[1])
    }

    /// Forgets what batches from this one on do to trees that have them for good.
    fn forget_parts(&mut self, first: u64) {
        let firm = self.firm();
        let history = Arc::make_mut(&mut self.history);
        history.forget_before(firm);
        history.drop_parts(first, firm);
        if let Some(mark) = self.marks.back_mut() {
            mark.history = self.history.clone();
        }
    }
}

#[cfg(test)]
mod tests;
