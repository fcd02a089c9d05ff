//! Rebuilding one block, line by line: its memory is that of one line, besides what is kept.

use super::acquaintances::look_around;
use super::exchange;
use super::rebuilt::{RebuiltBlock, RepairFigures};
use crate::client::sampler::{SHORTEST_ASK, left, off_thread};
use crate::client::{Shared, now};
use crate::core::repair::{Assembly, CellSet, Claims, Line, Lines, RebuildPlan};
use crate::{Error, Result};
use chain::FinalHeader;
use commitments::{CommitmentGrid, VerifiedCell};
use net::PeerId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;
use types::limits::{COLUMNS, DATA_COLUMNS};
use types::{ColumnIndex, Coordinates, Header, UnverifiedCell};

/// The pause after somebody was busy, and after the first round in which nothing was rebuilt;
/// then it doubles up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Columns that a node rebuilds unasked: so many times N cells come to it. Many light nodes do
/// it, each from another column on.
const MENDED_COLUMNS: usize = 8;
/// Questions for one line before it is left for later.
const ROUNDS_PER_LINE: usize = 8;

/// A block that is being rebuilt.
pub(super) struct Workshop<'a> {
    shared: &'a Shared,
    header: FinalHeader,
    grid: CommitmentGrid,
    claims: Claims<PeerId>,
    /// Lines that were rebuilt, whether or not there was room to keep them.
    done: BTreeSet<Line>,
    /// Whether something was rebuilt that could not be kept.
    is_out_of_room: bool,
    /// Where the data goes, if somebody wants it.
    assembly: Option<Assembly>,
    figures: RepairFigures,
}

impl<'a> Workshop<'a> {
    /// Begins with what is held. The commitments come from anybody who has them.
    pub(super) async fn open(
        shared: &'a Shared,
        header: FinalHeader,
        assembly: Option<Assembly>,
        deadline: Instant,
    ) -> Result<Self> {
        let height = header.header().height;
        let held = shared.help.held().grid(height).cloned();
        let grid = match held {
            Some(grid) => grid,
            None => find_commitments(shared, header.header(), deadline).await?,
        };
        let mut workshop = Self {
            shared,
            claims: Claims::new(grid.dimensions()),
            header,
            grid,
            done: BTreeSet::new(),
            is_out_of_room: false,
            assembly,
            figures: RepairFigures::default(),
        };
        workshop.assemble_held();
        Ok(workshop)
    }

    pub(super) const fn figures(&self) -> RepairFigures {
        self.figures
    }

    /// Works until there is nothing left to do, or no time.
    pub(super) async fn run(&mut self, deadline: Instant) -> Result<()> {
        let mut pause = PAUSE;
        while left(deadline) >= SHORTEST_ASK && !self.is_enough() {
            look_around(self.shared).await;
            let header = *self.header.header();
            let claimants =
                exchange::holdings(self.shared, &header, &mut self.claims, deadline).await;
            self.figures.peers = self.figures.peers.max(claimants);
            let mut progress = false;
            for line in self.lines() {
                if left(deadline) < SHORTEST_ASK || self.is_enough() {
                    break;
                }
                progress |= self.rebuild(line, deadline).await?;
            }
            if progress {
                pause = PAUSE;
            } else {
                if self.assembly.is_none() {
                    // Nobody waits for it: others may come and ask for what is held.
                    return Ok(());
                }
                tokio::time::sleep(pause.min(left(deadline))).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        Ok(())
    }

    /// The block, if all its rows are there.
    pub(super) async fn finish(self, took: Duration) -> Result<RebuiltBlock> {
        let reachable = self.claims.with(&self.held()).len();
        let figures = RepairFigures {
            took,
            ..self.figures
        };
        let height = self.header.header().height;
        let assembly = self.assembly.filter(Assembly::is_complete);
        let Some(assembly) = assembly else {
            return Err(Error::NotRebuilt {
                height,
                got: reachable,
                expected: "half of the cells of each of 64 columns, or of rows and columns \
                           enough to reach that",
                peers: figures.peers,
            });
        };
        let verifier = self.shared.sampler.verifier;
        let rows = off_thread(move || assembly.rows(verifier)).await?;
        let commitments = self.grid.commitments().to_vec();
        Ok(RebuiltBlock::new(self.header, commitments, rows, figures))
    }

    /// Whether whoever wants the data has it, or, if nobody does, this node did its share:
    /// with rows all that there is room for.
    fn is_enough(&self) -> bool {
        match &self.assembly {
            Some(assembly) => assembly.is_complete(),
            None => {
                let is_share = self.mode() == Lines::Columns && self.done.len() >= MENDED_COLUMNS;
                is_share || self.is_out_of_room || self.held().is_full()
            }
        }
    }

    fn mode(&self) -> Lines {
        match self.shared.config.repair {
            Lines::Both if cfg!(feature = "repair-rows") => Lines::Both,
            _ => Lines::Columns,
        }
    }

    /// The cells of the block that are kept.
    fn held(&self) -> CellSet {
        let held = self.shared.help.held();
        let set = held.set(self.header.header().height).cloned();
        set.unwrap_or_else(|| CellSet::none(self.grid.dimensions()))
    }

    /// The lines that may be rebuilt if claims are true, in the order in which to try.
    fn lines(&self) -> Vec<Line> {
        let held = self.held();
        let all = self.claims.with(&held);
        // What others claim to have whole is in no plan, and yet not here.
        let n = usize::from(self.grid.dimensions().rows());
        let is_elsewhere = |column: &ColumnIndex| {
            all.in_column(*column) == 2 * n && held.in_column(*column) < 2 * n
        };
        let elsewhere = ColumnIndex::all().filter(is_elsewhere);
        let mut lines: Vec<Line> = elsewhere.map(Line::Column).collect();
        lines.extend(RebuildPlan::new(&all, self.mode()).lines());
        if self.assembly.is_none() {
            // Each node begins elsewhere, so that together they rebuild different columns.
            let is_column = |line: &&Line| matches!(line, Line::Column(_));
            let columns = lines.iter().take_while(is_column).count();
            lines[..columns].sort_by_key(|line| self.distance(*line));
        }
        lines.retain(|line| !self.done.contains(line));
        lines
    }

    /// How far a column is from where this node begins: its name and the height decide.
    fn distance(&self, line: Line) -> usize {
        let name = self.shared.peers.net().local_peer().to_bytes();
        let height = self.header.header().height.get();
        let seed = name.iter().fold(height, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
        });
        let begin = usize::try_from(seed % COLUMNS as u64).unwrap_or(0);
        match line {
            Line::Column(column) => (column.as_usize() + COLUMNS - begin) % COLUMNS,
            Line::Row(_) => COLUMNS,
        }
    }

    /// Gathers what a line needs and rebuilds it; whether it could.
    async fn rebuild(&mut self, line: Line, deadline: Instant) -> Result<bool> {
        let needed = match line {
            Line::Column(_) => usize::from(self.grid.dimensions().rows()),
            Line::Row(_) => DATA_COLUMNS,
        };
        let Some(known) = self.gather(line, needed, deadline).await? else {
            return Ok(false);
        };
        let before = known.len();
        let cells = match line {
            Line::Column(_) => self.rebuild_column(known).await?,
            Line::Row(_) => self.rebuild_row(known).await?,
        };
        if cells.len() > before {
            match line {
                Line::Column(_) => self.figures.columns_rebuilt += 1,
                Line::Row(_) => self.figures.rows_rebuilt += 1,
            }
        }
        if let Some(assembly) = &mut self.assembly {
            for cell in &cells {
                assembly.add(cell);
            }
        }
        let all = cells.len();
        let mut held = self.shared.help.held();
        let kept = held.keep(&self.header, &self.grid, cells, now())?;
        drop(held);
        self.is_out_of_room |= kept < all;
        self.done.insert(line);
        Ok(true)
    }

    /// Verified cells of a line, `needed` or more: those held, and those that peers give.
    async fn gather(
        &mut self,
        line: Line,
        needed: usize,
        deadline: Instant,
    ) -> Result<Option<Vec<VerifiedCell>>> {
        let height = self.header.header().height;
        let mut known = self.held_of(line);
        for _ in 0..ROUNDS_PER_LINE {
            if known.len() >= needed {
                return Ok(Some(known.into_values().collect()));
            }
            let mut set = CellSet::none(self.grid.dimensions());
            for at in known.keys() {
                set.insert(*at)?;
            }
            let shares = self.claims.ask(line, needed, &set);
            let promised: usize = shares.iter().map(|share| share.cells.len()).sum();
            if known.len() + promised < needed || left(deadline) < SHORTEST_ASK {
                return Ok(None);
            }
            let came = exchange::cells(
                self.shared,
                height,
                &self.grid,
                shares,
                &mut self.claims,
                deadline,
            )
            .await?;
            self.figures.cells_exchanged += came.cells.len();
            known.extend(
                came.cells
                    .into_iter()
                    .map(|cell| (cell.coordinates(), cell)),
            );
            if came.busy {
                tokio::time::sleep(PAUSE.min(left(deadline))).await;
            }
        }
        Ok(None)
    }

    fn held_of(&self, line: Line) -> BTreeMap<Coordinates, VerifiedCell> {
        let (held, height) = (self.shared.help.held(), self.header.header().height);
        let Some(set) = held.set(height) else {
            return BTreeMap::new();
        };
        let is_of_line = |at: &Coordinates| match line {
            Line::Column(column) => at.column == column,
            Line::Row(row) => at.row == row,
        };
        set.iter()
            .filter(is_of_line)
            .filter_map(|at| Some((at, held.cell(height, at)?.clone())))
            .collect()
    }

    /// The data cells that are held already.
    fn assemble_held(&mut self) {
        let (held, height) = (self.shared.help.held(), self.header.header().height);
        if let (Some(assembly), Some(set)) = (&mut self.assembly, held.set(height)) {
            for at in set.iter() {
                if let Some(cell) = held.cell(height, at) {
                    assembly.add(cell);
                }
            }
        }
    }

    /// All cells of a column.
    async fn rebuild_column(&self, known: Vec<VerifiedCell>) -> Result<Vec<VerifiedCell>> {
        let (grid, verifier) = (self.grid.clone(), self.shared.sampler.verifier);
        off_thread(move || {
            let rebuilt = grid.rebuild_column(&known)?;
            // Nobody shall be served what a fault of this machine made.
            let told = rebuilt.iter().map(told).collect();
            verifier.verify_cells(&grid, told)?;
            Ok(known.into_iter().chain(rebuilt).collect())
        })
        .await
    }

    /// All cells of a row.
    #[cfg(feature = "repair-rows")]
    async fn rebuild_row(&self, known: Vec<VerifiedCell>) -> Result<Vec<VerifiedCell>> {
        let grid = self.grid.clone();
        off_thread(move || {
            let Some(row) = known.first().map(VerifiedCell::row) else {
                return Ok(Vec::new());
            };
            let setup = commitments::Setup::ceremony()?;
            let extended = setup.recover_row_with_proofs(&known)?;
            ColumnIndex::all()
                .map(|column| Ok(extended.verified(row, column, &grid)?))
                .collect()
        })
        .await
    }

    /// Rows are not planned without the feature.
    #[cfg(not(feature = "repair-rows"))]
    async fn rebuild_row(&self, known: Vec<VerifiedCell>) -> Result<Vec<VerifiedCell>> {
        Ok(known)
    }
}

/// The commitments from anybody who has them, as long as there is time.
async fn find_commitments(
    shared: &Shared,
    header: &Header,
    deadline: Instant,
) -> Result<CommitmentGrid> {
    loop {
        if let Some(grid) = exchange::commitments(shared, header, deadline).await? {
            return Ok(grid);
        }
        if left(deadline) < SHORTEST_ASK {
            return Err(Error::NotRebuilt {
                height: header.height,
                got: 0,
                expected: "the block's commitments",
                peers: shared.peers.net().connected_peers().len(),
            });
        }
        look_around(shared).await;
        tokio::time::sleep((PAUSE * 4).min(left(deadline))).await;
    }
}

/// A verified cell as a stranger would hand it over.
fn told(cell: &VerifiedCell) -> UnverifiedCell {
    UnverifiedCell {
        at: cell.coordinates(),
        cell: cell.cell().clone(),
        proof: *cell.proof(),
    }
}
