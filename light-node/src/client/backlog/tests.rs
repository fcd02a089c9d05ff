//! What is news and what is not.

use super::Backlog;
use types::Height;

fn take(backlog: &mut Backlog<u64>, height: u64) -> bool {
    backlog.take(Height::new(height), Height::GENESIS, height)
}

fn missing(backlog: &Backlog<u64>) -> Option<(u64, usize)> {
    backlog.missing().map(|(first, count)| (first.get(), count))
}

#[test]
fn a_block_is_news_once() {
    let mut backlog = Backlog::new();
    for height in [5, 6] {
        assert!(backlog.wants(Height::new(height)));
        assert!(take(&mut backlog, height));
        assert!(!backlog.wants(Height::new(height)));
        assert!(!take(&mut backlog, height));
    }
    assert!(!take(&mut backlog, 4), "before the first nothing is wanted");
    assert_eq!(missing(&backlog), None);
    assert_eq!((backlog.next(), backlog.next()), (Some(6), Some(5)));
    assert_eq!(backlog.next(), None);
    assert!(!take(&mut backlog, 6), "sampled is not forgotten");
}

#[test]
fn a_gap_is_filled_once() {
    let mut backlog = Backlog::new();
    take(&mut backlog, 2);
    take(&mut backlog, 6);
    assert_eq!(missing(&backlog), Some((3, 3)));
    assert!(backlog.wants(Height::new(4)));
    assert!(take(&mut backlog, 4));
    assert!(!take(&mut backlog, 4));
    assert_eq!(missing(&backlog), Some((3, 3)), "from 3 to 5");
    assert!(take(&mut backlog, 3) && take(&mut backlog, 5));
    assert_eq!(missing(&backlog), None);
}

#[test]
fn the_first_is_not_older_than_the_tip() {
    let mut backlog = Backlog::new();
    let tip = Height::new(10);
    assert!(!backlog.take(Height::new(9), tip, 9));
    assert_eq!(backlog.next(), None);
    assert!(backlog.take(tip, tip, 10));
    assert!(!backlog.wants(Height::new(9)));
}

#[test]
fn no_more_than_its_length_is_kept() {
    let mut backlog = Backlog::new();
    take(&mut backlog, 1);
    let length = Backlog::<u64>::LENGTH as u64;
    take(&mut backlog, 10 * length);
    assert_eq!(
        missing(&backlog),
        Some((9 * length, Backlog::<u64>::LENGTH))
    );
    for height in 10 * length..20 * length {
        take(&mut backlog, height);
    }
    let mut kept = Vec::new();
    while let Some(height) = backlog.next() {
        kept.push(height);
    }
    let newest: Vec<u64> = (19 * length..20 * length).rev().collect();
    assert_eq!(kept, newest);
}
