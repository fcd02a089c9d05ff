//! Who says that it holds which cells, and what is asked of whom. Claims are only claims: a cell
//! counts once it came and was verified. `P` names a peer.

use crate::core::MAX_ASK;
use crate::core::repair::{CellSet, Line};
use std::collections::BTreeMap;
use types::{Coordinates, GridDimensions, GridRow};

/// Most peers whose claims are looked at: 8 KiB each at most.
pub const MAX_CLAIMANTS: usize = 32;
/// Answers that lack what was claimed before nothing more is asked of a peer for this block.
const PATIENCE: usize = 3;

/// What is asked of one peer: 1 to [`MAX_ASK`] cells of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share<P> {
    /// Whom to ask.
    pub peer: P,
    /// For which cells.
    pub cells: Vec<Coordinates>,
}

#[derive(Debug, Clone)]
struct Claim {
    cells: CellSet,
    /// Whether the peer said so itself, and can break its word.
    is_promised: bool,
    disappointments: usize,
    /// How often it was busy since it last gave something.
    busy: usize,
}

impl Claim {
    const fn new(cells: CellSet, is_promised: bool) -> Self {
        Self {
            cells,
            is_promised,
            disappointments: 0,
            busy: 0,
        }
    }
}

/// What peers claim to hold of one block.
#[derive(Debug, Clone)]
pub struct Claims<P> {
    dimensions: GridDimensions,
    claims: BTreeMap<P, Claim>,
}

impl<P: Copy + Ord> Claims<P> {
    /// Nobody claims anything yet.
    #[must_use]
    pub const fn new(dimensions: GridDimensions) -> Self {
        Self {
            dimensions,
            claims: BTreeMap::new(),
        }
    }

    /// Takes what a peer says now, in place of what it said before. More than
    /// [`MAX_CLAIMANTS`] are not listened to, and neither is who did not keep its word.
    ///
    /// # Errors
    /// [`types::Error::OutOfRange`] for a row that the block does not have: the peer's fault.
    pub fn take(
        &mut self,
        peer: P,
        rows: impl IntoIterator<Item = (GridRow, u128)>,
    ) -> types::Result<()> {
        let mut cells = CellSet::none(self.dimensions);
        for (row, columns) in rows {
            cells.insert_row(row, columns)?;
        }
        let is_full = self.claims.len() >= MAX_CLAIMANTS;
        match self.claims.get_mut(&peer) {
            Some(claim) if claim.disappointments < PATIENCE => claim.cells = cells,
            None if !is_full => {
                self.claims.insert(peer, Claim::new(cells, true));
            }
            _ => {}
        }
        Ok(())
    }

    /// Presumes that a peer, a full node, holds everything that it has not failed to give.
    pub fn presume(&mut self, peer: P) {
        if self.claims.len() < MAX_CLAIMANTS {
            let all = CellSet::all(self.dimensions);
            self.claims
                .entry(peer)
                .or_insert_with(|| Claim::new(all, false));
        }
    }

    /// What would be there if all claims were true.
    #[must_use]
    pub fn with(&self, held: &CellSet) -> CellSet {
        let mut all = held.clone();
        for claim in self.claims.values() {
            all.extend(&claim.cells);
        }
        all
    }

    /// What to ask for so that a line has `needed` of its cells, with those `held`: nothing
    /// when it has them. The work is spread: each cell is asked of the claimant that was busy
    /// least often and has been given least of this line. Fewer than are missing when no more are claimed.
    #[must_use]
    pub fn ask(&self, line: Line, needed: usize, held: &CellSet) -> Vec<Share<P>> {
        let has = match line {
            Line::Column(column) => held.in_column(column),
            Line::Row(row) => held.in_row(row),
        };
        let mut missing = needed.saturating_sub(has);
        let mut loads: BTreeMap<P, Vec<Coordinates>> = BTreeMap::new();
        for at in self.cells_of(line) {
            if missing == 0 {
                break;
            }
            if held.contains(at) {
                continue;
            }
            let claimants = self.claims.iter().filter(|(_, c)| c.cells.contains(at));
            let load = |peer: &P| loads.get(peer).map_or(0, Vec::len);
            let best = claimants.min_by_key(|(peer, claim)| (claim.busy, load(peer)));
            if let Some(peer) = best.map(|(peer, _)| *peer) {
                loads.entry(peer).or_default().push(at);
                missing -= 1;
            }
        }
        let mut shares = Vec::new();
        for (peer, cells) in loads {
            for cells in cells.chunks(MAX_ASK) {
                let cells = cells.to_vec();
                shares.push(Share { peer, cells });
            }
        }
        shares
    }

    /// Notes that a peer did not give these cells: it is not believed to hold them any more.
    pub fn disappointed(&mut self, peer: P, cells: &[Coordinates]) {
        if let Some(claim) = self.claims.get_mut(&peer) {
            claim.disappointments += usize::from(claim.is_promised);
            if claim.disappointments >= PATIENCE {
                claim.cells = CellSet::none(self.dimensions);
            }
            for at in cells {
                // What was asked for lies in the grid.
                let _ = claim.cells.remove(*at);
            }
        }
    }

    /// Notes that a peer was too busy to answer: others are asked first.
    pub fn busy(&mut self, peer: P) {
        if let Some(claim) = self.claims.get_mut(&peer) {
            claim.busy += 1;
        }
    }

    /// Notes that a peer gave something.
    pub fn gave(&mut self, peer: P) {
        if let Some(claim) = self.claims.get_mut(&peer) {
            claim.busy = 0;
        }
    }

    /// Believes a peer nothing any more: it lied.
    pub fn disbelieve(&mut self, peer: P) {
        if let Some(claim) = self.claims.get_mut(&peer) {
            claim.disappointments = PATIENCE;
            claim.cells = CellSet::none(self.dimensions);
        }
    }

    /// The cells of a line, data before parity.
    fn cells_of(&self, line: Line) -> impl Iterator<Item = Coordinates> + use<P> {
        let all = CellSet::all(self.dimensions);
        let cells: Vec<Coordinates> = match line {
            Line::Column(column) => all
                .by_row()
                .map(|(row, _)| Coordinates { row, column })
                .collect(),
            Line::Row(row) => types::ColumnIndex::all()
                .map(|column| Coordinates { row, column })
                .collect(),
        };
        cells.into_iter()
    }
}
