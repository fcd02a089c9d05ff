//! The one place where this crate uses more than one thread.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

#[cfg(feature = "prove")]
use algebra::{G1Affine, Products};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::CommitmentError;

/// Hears of every piece of work that a pool does, on the thread that does it.
pub trait Meter: Send + Sync {
    /// A piece begins; what is returned comes back at its end.
    fn begin(&self) -> u64;

    /// The piece is done.
    fn end(&self, begun: u64);
}

/// A pool of threads. What is computed on it does not depend on its size.
#[derive(Clone)]
pub struct Threads {
    pool: Arc<ThreadPool>,
    meter: Option<Arc<dyn Meter>>,
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count())
    }
}

impl Threads {
    /// A pool of so many threads.
    ///
    /// # Errors
    /// [`CommitmentError::Threads`] when the system refuses them.
    pub fn new(threads: NonZeroUsize) -> Result<Self, CommitmentError> {
        Self::starting(threads, || ())
    }

    /// A pool of so many threads, each of which does this first: it may lower its priority.
    ///
    /// # Errors
    /// As [`Threads::new`].
    pub fn starting(
        threads: NonZeroUsize,
        first: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, CommitmentError> {
        let threads = threads.get();
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("kzg-{i}"))
            .start_handler(move |_| first())
            .build()
            .map_err(|error| CommitmentError::Threads {
                threads,
                reason: error.to_string(),
            })?;
        Ok(Self {
            pool: Arc::new(pool),
            meter: None,
        })
    }

    /// The same threads; the meter hears of what is done through this.
    #[must_use]
    pub fn metered(&self, meter: Arc<dyn Meter>) -> Self {
        Self {
            pool: Arc::clone(&self.pool),
            meter: Some(meter),
        }
    }

    /// A pool of one thread.
    ///
    /// # Errors
    /// As [`Threads::new`].
    pub fn one() -> Result<Self, CommitmentError> {
        Self::new(NonZeroUsize::MIN)
    }

    /// A pool with a thread for each processor that this process may use.
    ///
    /// # Errors
    /// As [`Threads::new`].
    pub fn available() -> Result<Self, CommitmentError> {
        Self::new(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// How many threads it has.
    #[must_use]
    pub fn count(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.pool.current_num_threads()).unwrap_or(NonZeroUsize::MIN)
    }

    fn measured<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(meter) = &self.meter else {
            return work();
        };
        let begun = meter.begin();
        let done = work();
        meter.end(begun);
        done
    }
}

/// Products that are made together: what keeps every engine at its pace.
#[cfg(feature = "prove")]
const PRODUCTS: usize = 16;

/// Who does the work: the thread that asks for it, or a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Workers<'a> {
    Caller,
    Pool(&'a Threads),
}

impl Workers<'_> {
    /// Maps pieces of at most `most` items, cut so that every thread gets one, in their order.
    ///
    /// Of several errors the first piece's is returned, whichever came first in time.
    pub(crate) fn map_pieces<U: Send>(
        self,
        items: usize,
        most: usize,
        f: impl Fn(Range<usize>) -> Result<U, CommitmentError> + Send + Sync,
    ) -> Result<Vec<U>, CommitmentError> {
        self.collect(items, most, f)
    }

    fn collect<U: Send, C: FromIterator<U> + FromParallelIterator<U> + Send>(
        self,
        items: usize,
        most: usize,
        f: impl Fn(Range<usize>) -> U + Send + Sync,
    ) -> C {
        let threads = match self {
            Self::Caller => 1,
            Self::Pool(threads) => threads.count().get(),
        };
        let size = items.div_ceil(threads).clamp(1, most.max(1));
        let pieces = items.div_ceil(size);
        let piece = |i: usize| f(i * size..items.min((i + 1) * size));
        match self {
            // Also a single piece: the pool's threads may have a priority of their own.
            Self::Pool(threads) if pieces > 0 => {
                let piece = |i| threads.measured(|| piece(i));
                let pieces = || (0..pieces).into_par_iter().map(piece);
                let results: Vec<_> = threads.pool.install(|| pieces().collect());
                results.into_iter().collect()
            }
            _ => (0..pieces).map(piece).collect(),
        }
    }

    /// All products of a transform, in order; see [`algebra::Share`].
    #[cfg(feature = "prove")]
    pub(crate) fn share(self, count: usize, products: &Products<'_>) -> Vec<G1Affine> {
        let at = |group: usize| (group * PRODUCTS).min(count);
        let groups = count.div_ceil(PRODUCTS);
        let pieces: Vec<Vec<G1Affine>> = self.collect(groups, usize::MAX, |groups| {
            products(at(groups.start)..at(groups.end))
        });
        pieces.concat()
    }

    /// Does both, at the same time where there are threads for it.
    pub(crate) fn join<A: Send, B: Send>(
        self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match self {
            Self::Caller => (a(), b()),
            Self::Pool(threads) => threads
                .pool
                .join(|| threads.measured(a), || threads.measured(b)),
        }
    }
}
