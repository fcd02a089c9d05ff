//! Helping others: what was sampled is kept and served, and what is missing is got from light
//! nodes when full nodes do not give it.

mod acquaintances;
mod exchange;
mod rebuilt;
mod serve;
mod workshop;

pub(crate) use acquaintances::stay_acquainted;
pub use rebuilt::{RebuiltBlock, RepairFigures};

use crate::client::sampler::Holding;
use crate::client::{BlockVerdict, Shared, on_demand};
use crate::core::Verdict;
use crate::core::repair::{Assembly, Held, HeldLimits};
use crate::{Error, Result};
use acquaintances::Book;
use chain::FinalHeader;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use types::{Height, Timestamp};
use workshop::Workshop;

/// How long a block whose samples failed is worked on, unasked.
const MENDING: Duration = Duration::from_secs(60);
/// How long its commitments may take then.
const COMMITMENTS: Duration = Duration::from_secs(5);
/// Most bytes of a genesis that is kept for others.
const MAX_GENESIS: usize = 64 << 10;

/// What a node has for others, and whom it knows.
pub(crate) struct Help {
    held: Mutex<Held>,
    genesis: Mutex<Option<Vec<u8>>>,
    book: Mutex<Book>,
    /// Blocks that are mended at once: one.
    mending: Semaphore,
    /// Rings when a peer has left.
    departure: Notify,
}

impl Help {
    pub(crate) fn new(limits: HeldLimits) -> Self {
        Self {
            held: Mutex::new(Held::new(limits)),
            genesis: Mutex::default(),
            book: Mutex::default(),
            mending: Semaphore::new(1),
            departure: Notify::new(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn genesis(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.genesis.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A peer has left: perhaps the last full node.
    pub(crate) fn departed(&self) {
        self.departure.notify_one();
    }

    /// Keeps the genesis by which this node came to trust the chain.
    pub(crate) fn keep_genesis(&self, bytes: &[u8]) {
        if bytes.len() <= MAX_GENESIS {
            *self.genesis() = Some(bytes.to_vec());
        }
    }

    /// Keeps what was verified while a block was sampled.
    pub(crate) fn keep(&self, header: &FinalHeader, sampled: Option<Holding>, now: Timestamp) {
        let Some(Holding { grid, cells }) = sampled else {
            return;
        };
        if let Err(error) = self.held().keep(header, &grid, cells, now) {
            tracing::warn!(%error, "samples were not kept");
        }
    }

    /// How many light nodes it could connect with.
    pub(crate) fn acquaintances(&self) -> usize {
        self.book().len()
    }

    /// How many cells are kept, and the bytes that they are counted for.
    pub(crate) fn figures(&self) -> (usize, usize) {
        let held = self.held();
        (held.cells_kept(), held.bytes())
    }
}

/// Whether a block's samples failed: some were asked for until the time was over, or nobody was
/// there to ask.
pub(crate) fn is_wanting(verdict: &BlockVerdict) -> bool {
    verdict.verdict != Verdict::Available && verdict.figures.verified < verdict.figures.samples
}

/// Rebuilds what can be rebuilt of a block whose samples failed, and serves it. One block at a
/// time: while one is worked on, others are left to others.
pub(crate) async fn mend(shared: &Shared, header: FinalHeader) {
    let Ok(_permit) = shared.help.mending.try_acquire() else {
        return;
    };
    let (deadline, soon) = (Instant::now() + MENDING, Instant::now() + COMMITMENTS);
    let height = header.header().height;
    let mended = async {
        let mut workshop = Workshop::open(shared, header, None, soon).await?;
        workshop.run(deadline).await?;
        Ok::<_, Error>(workshop.figures())
    };
    match mended.await {
        Ok(figures) => tracing::info!(%height, ?figures, "mended"),
        Err(error) => tracing::debug!(%height, %error, "not mended"),
    }
}

/// The header, from light nodes that have yet to be found if need be.
async fn find_header(shared: &Shared, height: Height, deadline: Instant) -> Result<FinalHeader> {
    loop {
        match on_demand::find_header(shared, height).await {
            Err(Error::NoHeader { .. }) if Instant::now() < deadline => {
                acquaintances::look_around(shared).await;
            }
            found => return found,
        }
    }
}

/// Rebuilds a whole block.
pub(crate) async fn rebuild(
    shared: &Shared,
    height: Height,
    deadline: Instant,
) -> Result<RebuiltBlock> {
    let started = Instant::now();
    if let Some(reason) = shared.stop_reason() {
        return Err(Error::Stopped { reason });
    }
    let kept = shared.help.held().header(height).cloned();
    let header = match kept {
        Some(header) => header,
        None => find_header(shared, height, deadline).await?,
    };
    // What is rebuilt on demand need not be mended as well.
    let _permit = shared.help.mending.try_acquire();
    let dimensions = header.header().dimensions;
    if dimensions.is_empty() {
        let figures = RepairFigures::default();
        return Ok(RebuiltBlock::new(header, Vec::new(), Vec::new(), figures));
    }
    let assembly = Some(Assembly::new(dimensions));
    let mut workshop = Workshop::open(shared, header, assembly, deadline).await?;
    workshop.run(deadline).await?;
    workshop.finish(started.elapsed()).await
}
