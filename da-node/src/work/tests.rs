#![allow(clippy::unwrap_used)]

use super::{ALL, Account, BEGUN, Pool, Work, Workers, thread_nanoseconds};
use commitments::{Meter, Threads};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn workers(threads: usize) -> Workers {
    Workers::new(&Threads::new(NonZeroUsize::new(threads).unwrap()).unwrap()).unwrap()
}

fn spent(workers: &Workers, work: Work) -> u64 {
    workers.spent.0[work as usize].load(Ordering::Relaxed)
}

/// Uses the processor until this thread's clock has moved on by a millisecond.
fn burn() {
    let started = thread_nanoseconds().unwrap();
    let mut sum = 0_u64;
    while thread_nanoseconds().unwrap() < started + 1_000_000 {
        sum = std::hint::black_box(sum.wrapping_add(1));
    }
}

#[test]
fn names_and_kinds_are_in_one_order() {
    for (place, work) in ALL.into_iter().enumerate() {
        assert_eq!(work as usize, place);
    }
}

#[test]
fn work_within_work_counts_once_and_as_its_own_kind() {
    let workers = workers(1);
    workers.measure(Work::Prove, || {
        burn();
        workers.measure(Work::Store, burn);
        assert!(spent(&workers, Work::Store) >= 1_000_000);
        assert!(spent(&workers, Work::Prove) >= 1_000_000);
        burn();
    });
    assert!(spent(&workers, Work::Prove) >= 2_000_000);
    assert!(BEGUN.take().is_none());
    let both = spent(&workers, Work::Prove) + spent(&workers, Work::Store);
    let before = thread_nanoseconds().unwrap();
    assert!(both <= before, "no more than this thread has had");
    assert_eq!(spent(&workers, Work::Verify), 0);
}

#[test]
fn a_meter_that_ends_alone_does_no_harm() {
    let workers = workers(1);
    let account = Account {
        spent: Arc::clone(&workers.spent),
        work: Work::Sign,
    };
    account.end(account.begin());
    account.end(7);
    BEGUN.set(None);
    account.end(super::NOTHING);
    assert!(BEGUN.take().is_none());
}

#[tokio::test]
async fn turns_are_as_many_as_threads_and_each_pool_has_its_own() {
    let workers = workers(2);
    let first = workers.turn(Pool::Posters).await.unwrap();
    let _second = workers.turn(Pool::Posters).await.unwrap();
    let third = workers.turn(Pool::Posters);
    tokio::pin!(third);
    assert!(futures::poll!(third.as_mut()).is_pending());
    let _custody = workers.turn(Pool::Custody).await.unwrap();
    drop(first);
    assert!(third.await.is_ok());
}
