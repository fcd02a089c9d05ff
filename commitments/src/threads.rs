//! The one place where this crate uses more than one thread.

use std::num::NonZeroUsize;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::CommitmentError;

/// A pool of threads for work on many rows.
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

    /// Maps every item, in parallel, keeping the order; one error ends it.
    pub(crate) fn map<T: Sync, U: Send>(
        &self,
        items: &[T],
        f: impl Fn(&T) -> Result<U, CommitmentError> + Send + Sync,
    ) -> Result<Vec<U>, CommitmentError> {
        self.0.install(|| items.par_iter().map(f).collect())
    }
}
