use super::{Handover, LONGEST_IMPOSED, LONGEST_PAUSE, Next, SHORTEST_PAUSE};
use std::time::Duration;

#[test]
fn every_row_is_sent_once_and_then_the_receipt_is_wanted() {
    for (rows, at_a_time) in [(1, 1), (5, 2), (128, 16), (133, 8), (3, 200), (4, 0)] {
        let mut handover = Handover::new(rows, at_a_time);
        let mut sent = 0;
        while let Next::Rows(range) = handover.next() {
            assert_eq!(range.start, sent);
            assert!(!range.is_empty() && range.len() <= usize::from(at_a_time.max(1)));
            sent = range.end;
            handover.acknowledged();
        }
        assert_eq!(sent, rows);
        handover.acknowledged();
        assert_eq!(handover.next(), Next::Receipt);
    }
}

#[test]
fn failures_take_nothing_back() {
    let mut handover = Handover::new(10, 4);
    handover.acknowledged();
    for _ in 0..100 {
        handover.failed(Some(Duration::from_millis(200)), 0.5);
        assert_eq!(handover.next(), Next::Rows(4..8));
    }
    handover.acknowledged();
    assert_eq!(handover.next(), Next::Rows(8..10));
    handover.forgotten();
    assert_eq!(handover.next(), Next::Rows(0..4));
}

#[test]
fn pauses_double_within_bounds_and_begin_anew_after_an_answer() {
    let mut handover = Handover::new(2, 1);
    let pauses: Vec<_> = (0..7).map(|_| handover.failed(None, 0.0)).collect();
    let ms = Duration::from_millis;
    assert_eq!(
        pauses,
        [100, 200, 400, 800, 1_600, 2_000, 2_000].map(ms),
        "{pauses:?}"
    );
    assert_eq!(handover.failed(None, 1.0), LONGEST_PAUSE.mul_f64(1.5));
    for wild in [f64::INFINITY, 7.0, -3.0, f64::NEG_INFINITY] {
        let pause = handover.failed(None, wild);
        assert!((LONGEST_PAUSE..=LONGEST_PAUSE.mul_f64(1.5)).contains(&pause));
    }
    handover.acknowledged();
    assert_eq!(handover.failed(None, 0.0), SHORTEST_PAUSE);
}

#[test]
fn who_asks_for_time_gets_it_within_a_bound() {
    let mut handover = Handover::new(2, 1);
    let asked = Some(Duration::from_secs(3));
    assert_eq!(handover.failed(asked, 0.0), Duration::from_secs(3));
    assert_eq!(handover.failed(Some(Duration::MAX), 0.0), LONGEST_IMPOSED);
}
