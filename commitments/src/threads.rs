//! The one place where this crate uses more than one thread.

use std::num::NonZeroUsize;
use std::ops::Range;

#[cfg(feature = "prove")]
use algebra::{G1Affine, Products};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::CommitmentError;

/// A pool of threads. What is computed on it does not depend on its size.
#[derive(Debug)]
pub struct Threads(ThreadPool);

impl Threads {
    /// A pool of so many threads.
    ///
    /// # Errors
    /// [`CommitmentError::Threads`] when the system refuses them.
    pub fn new(threads: NonZeroUsize) -> Result<Self, CommitmentError> {
        let threads = threads.get();
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("kzg-{i}"))
            .build()
            .map(Self)
            .map_err(|error| CommitmentError::Threads {
                threads,
                reason: error.to_string(),
            })
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
        NonZeroUsize::new(self.0.current_num_threads()).unwrap_or(NonZeroUsize::MIN)
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
            Self::Pool(pool) if pieces > 1 => {
                let pieces = || (0..pieces).into_par_iter().map(piece);
                let results: Vec<_> = pool.0.install(|| pieces().collect());
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
            Self::Pool(pool) => pool.0.join(a, b),
        }
    }
}
