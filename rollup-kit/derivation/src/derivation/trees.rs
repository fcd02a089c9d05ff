//! Each tree on its way through the history, with what takes its steps back.

use super::{Applied, RowRequest};
use crate::convert::{from_l1, roots, scalar};
use crate::error::contradiction;
use crate::history::{BatchEntry, Parts};
use crate::{BatchKind, Error, History, Outcome, Result, RowPlace, replay_tree};
use ledger::{Fr, FromL1, State, Tree, Undo};
use settlement::BatchNumber;
use std::collections::BTreeMap;

/// A step of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// After which batch the tree was before.
    pub(crate) from: u64,
    pub(crate) undo: Undo,
}

/// Where a tree is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) after: u64,
    /// By the number that the step led to.
    pub(crate) steps: BTreeMap<u64, Step>,
}

/// Both trees.
#[derive(Debug)]
pub(crate) struct Trees {
    state: State,
    progress: [Progress; 2],
    /// Rows that were asked for and came.
    rows: BTreeMap<(u64, Tree), Vec<Fr>>,
    /// Whether no batch is applied.
    idle: bool,
}

impl Trees {
    pub(crate) fn new(state: State, idle: bool) -> Self {
        Self::restored(state, [Progress::default(), Progress::default()], idle)
    }

    /// Takes the trees that are not as far yet out of a state after a batch. False if both are.
    pub(super) fn adopt(&mut self, state: &State, after: u64) -> bool {
        let is_behind = |tree: Tree| self.after(tree) < after;
        if !Tree::BOTH.into_iter().any(is_behind) {
            return false;
        }
        let [on_l1, off_l1] = Tree::BOTH.map(|tree| {
            let of = if is_behind(tree) { state } else { &self.state };
            of.tree(tree).clone()
        });
        let rules = self.state.rules();
        self.state = State::with_trees(self.state.rollup(), on_l1, off_l1).with_rules(rules);
        for progress in &mut self.progress {
            if progress.after < after {
                *progress = Progress {
                    after,
                    steps: BTreeMap::new(),
                };
            }
        }
        let progress = &self.progress;
        self.rows
            .retain(|(number, tree), _| *number > progress[place(*tree)].after);
        true
    }

    pub(crate) const fn restored(state: State, progress: [Progress; 2], idle: bool) -> Self {
        Self {
            state,
            progress,
            rows: BTreeMap::new(),
            idle,
        }
    }

    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    pub(crate) const fn progress(&self) -> &[Progress; 2] {
        &self.progress
    }

    pub(crate) fn after(&self, tree: Tree) -> u64 {
        self.progress[place(tree)].after
    }

    /// Goes on as far as rows are known.
    pub(super) fn advance(
        &mut self,
        history: &History,
        tree: Tree,
        applied: &mut Vec<Applied>,
    ) -> Result<()> {
        while self.after(tree) < history.newest_number() {
            let after = self.after(tree);
            let fallback = history.fallback_after(after);
            let step = match fallback {
                Some((number, to)) if tree == Tree::OffL1 && to <= after => {
                    Some((number, self.fall_back(to)?, Outcome::FellBack))
                }
                _ => {
                    let Some(entry) = history.entry(after + 1) else {
                        return Err(contradiction("a batch", "forgotten", after + 1));
                    };
                    self.one(entry, tree)?
                        .map(|(undo, outcome)| (after + 1, undo, outcome))
                }
            };
            let Some((number, undo, outcome)) = step else {
                return Ok(());
            };
            let progress = &mut self.progress[place(tree)];
            progress.steps.insert(number, Step { from: after, undo });
            progress.after = number;
            applied.push(Applied {
                number: BatchNumber::new(number),
                tree,
                outcome,
            });
        }
        Ok(())
    }

    /// Applies a batch to a tree; none while its row is missing.
    fn one(&mut self, entry: &BatchEntry, tree: Tree) -> Result<Option<(Undo, Outcome)>> {
        let unchanged = Some((Undo::default(), Outcome::Unchanged));
        let parts = match (entry.kind, &entry.parts) {
            (BatchKind::Batch, Some(parts)) => parts,
            (BatchKind::Batch, None) => {
                return Err(contradiction("a batch", "forgotten", entry.number));
            }
            _ => return Ok(unchanged),
        };
        if self.idle {
            return Ok(unchanged);
        }
        let number = entry.number.get();
        let row: Vec<Fr> = match &parts.rows[place(tree)] {
            RowPlace::Absent => Vec::new(),
            RowPlace::Unreadable => {
                let reason = "the transaction does not say what was submitted".to_owned();
                return Ok(Some((Undo::default(), Outcome::Skipped(reason))));
            }
            RowPlace::Calldata(words) => {
                let scalars = words.iter().map(|word| scalar(*word)).collect();
                match scalars {
                    Ok(scalars) => scalars,
                    Err(error) => {
                        let skipped = Outcome::Skipped(error.to_string());
                        return Ok(Some((Undo::default(), skipped)));
                    }
                }
            }
            RowPlace::L1Blob(_) | RowPlace::Network { .. } => {
                match self.rows.remove(&(number, tree)) {
                    Some(row) => row,
                    None => return Ok(None),
                }
            }
        };
        let queue = queue_of(parts, tree)?;
        let expected = roots(&entry.on_l1.roots)?.of(tree);
        let done = replay_tree(&mut self.state, tree, &row, &queue, expected);
        Ok(Some(match done {
            Ok(undo) => (undo, Outcome::Applied),
            Err(error) => (Undo::default(), Outcome::Skipped(error.to_string())),
        }))
    }

    /// Takes the tree off L1 back to where a batch left it; what takes it forward again.
    fn fall_back(&mut self, to: u64) -> Result<Undo> {
        let progress = &self.progress[place(Tree::OffL1)];
        let mut forward = Undo::default();
        let mut after = progress.after;
        while after > to {
            let Some(step) = progress.steps.get(&after) else {
                return Err(contradiction("a fallback's place", to, after));
            };
            forward.then(self.state.undo(&step.undo));
            after = step.from;
        }
        Ok(forward)
    }

    /// Takes back steps that led beyond a history.
    pub(super) fn undo_beyond(&mut self, history: &History) -> Result<()> {
        let newest = history.newest_number();
        self.rows.clear();
        for progress in &mut self.progress {
            while progress.after > newest {
                let Some(step) = progress.steps.remove(&progress.after) else {
                    return Err(contradiction("a step to take back", newest, progress.after));
                };
                self.state.undo(&step.undo);
                progress.after = step.from;
            }
        }
        Ok(())
    }

    pub(super) fn wanted(&self, history: &History, tree: Tree, most: usize) -> Vec<RowRequest> {
        let from = BatchNumber::new(self.after(tree).saturating_add(1));
        let entries = history.batches(from).filter(|entry| {
            // What was reverted off L1 is of no account any more.
            tree == Tree::OnL1 || !history.is_void(entry)
        });
        let requests = entries.filter_map(|entry| self.request(entry, tree));
        requests.take(most).collect()
    }

    fn request(&self, entry: &BatchEntry, tree: Tree) -> Option<RowRequest> {
        let row = entry.row(tree)?;
        row.commitment()?;
        if self.rows.contains_key(&(entry.number.get(), tree)) {
            return None;
        }
        let published_in = match row {
            RowPlace::Network { row, .. } => entry.challenges.get(row).and_then(|c| c.published_in),
            _ => None,
        };
        Some(RowRequest {
            number: entry.number,
            tree,
            place: row.clone(),
            block: entry.block.number,
            transaction: entry.transaction,
            published_in,
        })
    }

    pub(super) fn supply(
        &mut self,
        history: &History,
        number: BatchNumber,
        tree: Tree,
        row: Vec<Fr>,
    ) -> Result<()> {
        let asked = history
            .batch(number)
            .filter(|entry| number.get() > self.after(tree) && self.request(entry, tree).is_some());
        if asked.is_none() {
            return Err(Error::NotAsked { number, tree });
        }
        self.rows.insert((number.get(), tree), row);
        Ok(())
    }

    /// Forgets the steps up to a batch; the first of them, if there were any.
    pub(super) fn forget_before(&mut self, number: u64) -> Option<u64> {
        let mut first = None;
        for progress in &mut self.progress {
            let kept = progress.steps.split_off(&number.saturating_add(1));
            let forgotten = std::mem::replace(&mut progress.steps, kept);
            let own = forgotten.first_key_value().map(|(number, _)| *number);
            first = match (first, own) {
                (Some(first), Some(own)) => Some(u64::min(first, own)),
                (first, own) => first.or(own),
            };
        }
        first
    }
}

const fn place(tree: Tree) -> usize {
    match tree {
        Tree::OnL1 => 0,
        Tree::OffL1 => 1,
    }
}

fn queue_of(parts: &Parts, tree: Tree) -> Result<Vec<FromL1>> {
    let operations = parts.consumed[place(tree)].iter();
    operations
        .filter_map(|operation| from_l1(tree, operation).transpose())
        .collect()
}
