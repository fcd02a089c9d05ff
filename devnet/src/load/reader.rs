//! Somebody who reads while others post: cells of every final block, half of them parity.

use super::posts::Schedule;
use proto::client::Client;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use types::limits::COLUMNS;
use types::{ColumnIndex, Coordinates, GridRow, Header, RowIndex};

/// Cells of each kind that are asked of a block: as many as a light node takes in all.
const CELLS: usize = 12;

/// What was served in the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Served {
    /// Cells of data rows.
    pub(super) data: u64,
    /// Cells of parity rows, which a node makes when it is asked.
    pub(super) parity: u64,
    /// Questions that were not answered.
    pub(super) failed: u64,
}

#[derive(Debug, Default)]
struct Counts {
    data: AtomicU64,
    parity: AtomicU64,
    failed: AtomicU64,
}

/// A reader at work.
pub(super) struct Reader {
    task: JoinHandle<()>,
    counts: Arc<Counts>,
}

pub(super) fn start(client: &Client, seed: u64, schedule: Schedule) -> Reader {
    let counts = Arc::<Counts>::default();
    let (client, counted) = (client.clone(), Arc::clone(&counts));
    let rng = StdRng::seed_from_u64(seed);
    Reader {
        task: tokio::spawn(async move { read(&client, rng, schedule, &counted).await }),
        counts,
    }
}

impl Reader {
    pub(super) async fn stop(self) -> Served {
        self.task.abort();
        let _ = self.task.await;
        Served {
            data: self.counts.data.load(Ordering::Relaxed),
            parity: self.counts.parity.load(Ordering::Relaxed),
            failed: self.counts.failed.load(Ordering::Relaxed),
        }
    }
}

async fn read(client: &Client, mut rng: StdRng, schedule: Schedule, counts: &Counts) {
    let Ok(mut headers) = client.headers(None).await else {
        return;
    };
    while let Ok(Some(answer)) = headers.next().await {
        let Ok(header) = Header::decode(&answer.header) else {
            continue;
        };
        let at = coordinates(header.dimensions.rows(), &mut rng);
        if at.is_empty() {
            continue;
        }
        let served = client.cells(header.height, &at).await;
        if !schedule.measures(Instant::now()) {
            continue;
        }
        match served {
            Ok(_) => {
                let half = (at.len() / 2) as u64;
                counts.data.fetch_add(half, Ordering::Relaxed);
                counts.parity.fetch_add(half, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::debug!(%error, "cells not served");
                counts.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Of each kind as many, anywhere in a grid of so many rows; none in one without rows.
fn coordinates(rows: u16, rng: &mut StdRng) -> Vec<Coordinates> {
    if rows == 0 {
        return Vec::new();
    }
    let mut draw = |kind: fn(RowIndex) -> GridRow| {
        let row = RowIndex::new(rng.random_range(0..rows).into()).ok()?;
        let column = ColumnIndex::new(rng.random_range(0..COLUMNS) as u64).ok()?;
        Some(Coordinates {
            row: kind(row),
            column,
        })
    };
    (0..CELLS)
        .flat_map(|_| [draw(GridRow::Data), draw(GridRow::Parity)])
        .flatten()
        .collect()
}
