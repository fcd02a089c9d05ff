//! Sampling rows of one blob, whether or not a block has it: what the watcher of a rollup wants to
//! know, whose L1 contract names blobs and no heights.

use crate::client::sampler::{
    LONGEST_PAUSE, SHORTEST_ASK, Sampler, left, off_thread, own_randomness,
};
use crate::core::Verdict;
use crate::{Error, Result};
use chain::ColumnSet;
use commitments::CommitmentGrid;
use futures::future::join_all;
use net::{Offence, PeerId, Request, Response, RowCells};
use rand::seq::SliceRandom as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use types::{BlobId, BlobMeta, ColumnIndex, Coordinates, GridRow, RowIndex, UnverifiedCell};

/// What was found of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowVerdict {
    /// The row, counted within its blob.
    pub row: RowIndex,
    /// Whether all of its samples were had. A row that cannot be recovered lacks 65 of its 128
    /// cells at least, so that it passes with a chance below 2^-n for n samples.
    pub verdict: Verdict,
    /// Samples planned.
    pub samples: usize,
    /// Samples had and verified.
    pub verified: usize,
}

/// A row under way.
struct Sampled {
    row: RowIndex,
    wanted: ColumnSet,
    planned: usize,
    asked: BTreeSet<PeerId>,
    /// Whether some peer had its chance to give what is wanted, and did not.
    refused: bool,
}

impl Sampler {
    /// Samples rows of a blob, as many cells of each, drawn now and at random. `meta` is the
    /// blob's description if the caller has it; otherwise peers are asked for it.
    pub(crate) async fn sample_rows(
        &self,
        id: BlobId,
        meta: Option<BlobMeta>,
        rows: &[RowIndex],
        cells: usize,
        within: Duration,
    ) -> Result<Vec<RowVerdict>> {
        let deadline = Instant::now() + within;
        let mut sampled = draw(rows, cells)?;
        let mut heard = false;
        let meta = match meta.filter(|meta| meta.id() == id) {
            Some(meta) => Some(meta),
            None => self.find_meta(id, deadline, &mut heard).await?,
        };
        let Some(meta) = meta else {
            // Nobody says what the rows are: they can no more be had than if they were kept back.
            for row in &mut sampled {
                row.refused = heard;
            }
            return Ok(judge(sampled));
        };
        sampled.retain(|row| row.row.as_usize() < meta.commitments().len());
        let grid = Arc::new(CommitmentGrid::new(meta.commitments().to_vec())?);
        let mut pause = crate::client::sampler::FIRST_PAUSE;
        while left(deadline) >= SHORTEST_ASK && sampled.iter().any(|row| !row.wanted.is_empty()) {
            self.rows_round(id, &grid, &mut sampled, deadline).await?;
            tokio::time::sleep(pause.min(left(deadline))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(judge(sampled))
    }

    /// Asks one peer for each row that lacks cells: one that was not asked for it before, as long
    /// as there is one.
    async fn rows_round(
        &self,
        id: BlobId,
        grid: &Arc<CommitmentGrid>,
        sampled: &mut [Sampled],
        deadline: Instant,
    ) -> Result<()> {
        let mut rng = own_randomness()?;
        let mut asks = Vec::new();
        for (place, row) in sampled.iter_mut().enumerate() {
            if row.wanted.is_empty() {
                continue;
            }
            let mut peers = self.peers.ready(std::time::Instant::now());
            peers.shuffle(&mut rng);
            let fresh = peers.iter().find(|peer| !row.asked.contains(peer));
            let Some(&peer) = fresh.or_else(|| peers.first()) else {
                continue;
            };
            row.asked.insert(peer);
            let request = Request::BlobCells {
                id,
                first: row.row,
                count: 1,
                columns: row.wanted,
            };
            asks.push((place, peer, request));
        }
        let timeout = self.request_timeout.min(left(deadline));
        let put = asks.into_iter().map(|(place, peer, request)| async move {
            let came = self.peers.net().request(peer, request, timeout).await;
            (place, peer, came)
        });
        let mut claims = Vec::new();
        let mut givers = BTreeMap::new();
        for (place, peer, came) in join_all(put).await {
            match came {
                Ok(Response::BlobCells(rows)) => {
                    sampled[place].refused = true;
                    for cell in cells_of(&rows, &sampled[place]) {
                        givers.insert(cell.at, (place, peer));
                        claims.push(cell);
                    }
                }
                Ok(Response::Busy { retry_after_ms }) => {
                    let now = std::time::Instant::now();
                    self.peers.rest(peer, retry_after_ms, now);
                }
                Ok(_) => sampled[place].refused = true,
                Err(net::Error::Timeout { .. }) => {
                    self.peers.rest_silent(peer);
                    sampled[place].refused = true;
                }
                Err(_) => {}
            }
        }
        self.take_claims(grid, sampled, claims, &givers).await
    }

    async fn take_claims(
        &self,
        grid: &Arc<CommitmentGrid>,
        sampled: &mut [Sampled],
        claims: Vec<UnverifiedCell>,
        givers: &BTreeMap<Coordinates, (usize, PeerId)>,
    ) -> Result<()> {
        if claims.is_empty() {
            return Ok(());
        }
        let (verifier, grid) = (self.verifier, Arc::clone(grid));
        let judged = off_thread(move || Ok(verifier.verify_or_blame(&grid, claims)?)).await?;
        for cell in judged.verified {
            let at = cell.coordinates();
            if let Some(&(place, _)) = givers.get(&at) {
                let had = ColumnSet::empty().with(at.column);
                sampled[place].wanted = sampled[place].wanted.difference(had);
            }
        }
        for culprit in judged.culprits {
            if let Some(&(_, peer)) = givers.get(&culprit.cell.at) {
                tracing::warn!(%peer, at = %culprit.cell.at, fault = %culprit.fault, "false cell");
                self.peers.net().report(peer, Offence::BadProof);
                self.peers.net().ban(peer, &culprit.fault.to_string());
            }
        }
        Ok(())
    }

    /// A blob's description from the first peer that has it.
    async fn find_meta(
        &self,
        id: BlobId,
        deadline: Instant,
        heard: &mut bool,
    ) -> Result<Option<BlobMeta>> {
        let mut rng = own_randomness()?;
        while left(deadline) >= SHORTEST_ASK {
            for peer in self.peers.shuffled(std::time::Instant::now(), &mut rng) {
                let timeout = self.request_timeout.min(left(deadline));
                let request = Request::BlobMeta { id };
                match self.peers.net().request(peer, request, timeout).await {
                    Ok(Response::BlobMeta(meta)) if meta.id() == id => return Ok(Some(meta)),
                    Ok(Response::Busy { .. }) => {}
                    Ok(_) | Err(net::Error::Timeout { .. }) => *heard = true,
                    Err(_) => {}
                }
            }
            tokio::time::sleep(LONGEST_PAUSE.min(left(deadline))).await;
        }
        Ok(None)
    }
}

fn draw(rows: &[RowIndex], cells: usize) -> Result<Vec<Sampled>> {
    let mut rng = own_randomness()?;
    let all = ColumnIndex::all().len();
    rows.iter()
        .map(|&row| {
            let drawn = rand::seq::index::sample(&mut rng, all, cells.min(all));
            let mut wanted = ColumnSet::empty();
            for column in drawn {
                wanted = wanted.with(ColumnIndex::new(column as u64).map_err(Error::from)?);
            }
            Ok(Sampled {
                row,
                wanted,
                planned: wanted.len(),
                asked: BTreeSet::new(),
                refused: false,
            })
        })
        .collect()
}

/// The cells of an answer that were asked for, each once.
fn cells_of(rows: &[RowCells], asked: &Sampled) -> Vec<UnverifiedCell> {
    let of_row = rows.iter().filter(|row| row.row == asked.row);
    let cells = of_row.flat_map(|row| &row.cells);
    let mut seen = ColumnSet::empty();
    let mut claims = Vec::new();
    for cell in cells {
        if asked.wanted.contains(cell.column) && !seen.contains(cell.column) {
            seen = seen.with(cell.column);
            claims.push(UnverifiedCell {
                at: Coordinates {
                    row: GridRow::Data(asked.row),
                    column: cell.column,
                },
                cell: cell.cell.clone(),
                proof: cell.proof,
            });
        }
    }
    claims
}

fn judge(sampled: Vec<Sampled>) -> Vec<RowVerdict> {
    sampled
        .into_iter()
        .map(|row| RowVerdict {
            row: row.row,
            verdict: match (row.wanted.is_empty(), row.refused) {
                (true, _) => Verdict::Available,
                (false, true) => Verdict::Unavailable,
                (false, false) => Verdict::Undecided,
            },
            samples: row.planned,
            verified: row.planned - row.wanted.len(),
        })
        .collect()
}
