//! Several callers at once, for libraries whose functions each take one row or one batch.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::BenchError;

/// Calls `work` once for each item, by as many threads as given, each taking the next item that
/// nobody has; returns the time from the first call to the end of the last one.
///
/// The threads are started within that time, which costs tens of microseconds.
///
/// # Errors
/// Whatever a call returns; of several errors any.
pub fn share_out<T: Sync>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<(), BenchError> + Sync,
) -> Result<Duration, BenchError> {
    let next = AtomicUsize::new(0);
    let caller = || -> Result<(), BenchError> {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item)?;
        }
        Ok(())
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(items.len()))
            .map(|_| scope.spawn(caller))
            .collect();
        let mut outcome = caller();
        for other in others {
            let theirs = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            outcome = outcome.and(theirs);
        }
        outcome
    })?;
    Ok(start.elapsed())
}
