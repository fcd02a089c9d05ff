#![allow(clippy::unwrap_used)]

use super::{Fate, Line, Switch};
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Everything that arrives until then, with its time to the nearest millisecond.
fn arrivals(switch: &mut Switch, until: Duration) -> Vec<(u128, usize, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some(at) = switch.next().filter(|at| *at <= until) {
        while let Some((to, packet)) = switch.arrived(at) {
            found.push((at.as_millis(), to, packet));
        }
    }
    found
}

#[test]
fn a_perfect_line_delivers_at_once_in_order_to_the_port_that_was_named() {
    let mut switch = Switch::new(3, 1);
    assert_eq!(switch.send(ms(5), 0, 1, vec![1]), Fate::Sent);
    assert_eq!(switch.send(ms(5), 0, 2, vec![2]), Fate::Sent);
    assert_eq!(switch.send(ms(5), 0, 1, vec![3]), Fate::Sent);
    assert_eq!(switch.arrived(ms(4)), None);
    let found = arrivals(&mut switch, ms(5));
    assert_eq!(found, [(5, 1, vec![1]), (5, 2, vec![2]), (5, 1, vec![3])]);
    assert_eq!(switch.next(), None);
}

#[test]
fn a_port_that_is_not_there_gets_nothing() {
    let mut switch = Switch::new(2, 1);
    for (from, to) in [(0, 2), (2, 0), (0, usize::MAX)] {
        assert_eq!(switch.send(ms(0), from, to, vec![1]), Fate::Cut);
    }
    switch.set(7, 7, Line::CUT);
    assert_eq!(switch.send(ms(0), 0, 1, vec![1]), Fate::Sent);
}

#[test]
fn delay_and_jitter_stay_within_their_bounds_and_nothing_overtakes() {
    let mut switch = Switch::new(2, 7);
    let line = Line {
        delay: ms(100),
        jitter: ms(30),
        ..Line::default()
    };
    switch.set(0, 1, line);
    for i in 0..200_u64 {
        assert_eq!(
            switch.send(ms(10 * i), 0, 1, i.to_be_bytes().to_vec()),
            Fate::Sent
        );
    }
    let found = arrivals(&mut switch, Duration::MAX);
    let sent = |i: u64| u128::from(10 * i);
    let mut delays = Vec::new();
    for (i, (at, _, packet)) in (0..200).zip(&found) {
        assert_eq!(*packet, u64::to_be_bytes(i), "in order");
        assert!((sent(i) + 70..=sent(i) + 130).contains(at), "{i}: {at}");
        delays.push(at - sent(i));
    }
    assert!(delays.iter().any(|d| *d < 90) && delays.iter().any(|d| *d > 110));
    // The other direction has a line of its own.
    switch.send(ms(0), 1, 0, vec![9]);
    assert_eq!(arrivals(&mut switch, ms(0)), [(0, 0, vec![9])]);
}

#[test]
fn loss_is_about_as_asked_and_the_same_for_a_seed() {
    let run = |seed| {
        let mut switch = Switch::new(2, seed);
        let line = Line {
            loss: 0.05,
            ..Line::default()
        };
        switch.set(0, 1, line);
        let fates = (0..4_000).map(|_| switch.send(ms(0), 0, 1, vec![1]));
        fates.collect::<Vec<_>>()
    };
    let lost = |fates: &[Fate]| fates.iter().filter(|fate| **fate == Fate::Lost).count();
    // 200 expected, with a deviation of 14.
    assert!((130..270).contains(&lost(&run(1))));
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_slow_line_carries_its_rate_and_drops_what_would_wait_too_long() {
    let mut switch = Switch::new(2, 1);
    let line = Line {
        rate: Some(1_000),
        ..Line::default()
    };
    switch.set(0, 1, line);
    let fates: Vec<_> = (0..50)
        .map(|_| switch.send(ms(0), 0, 1, vec![0; 100]))
        .collect();
    // A packet takes 100 ms: one that would begin after 2 s is not taken.
    let sent = fates.iter().filter(|fate| **fate == Fate::Sent).count();
    assert_eq!(sent, 21);
    assert!(fates[21..].iter().all(|fate| *fate == Fate::Full));
    let found = arrivals(&mut switch, Duration::MAX);
    assert_eq!(found.first().unwrap().0, 100);
    assert_eq!(found.last().unwrap().0, 2_100);
}

#[test]
fn a_cut_takes_what_is_on_its_way_and_healing_lets_the_next_pass() {
    let mut switch = Switch::new(2, 1);
    let slow = Line {
        delay: ms(50),
        ..Line::default()
    };
    switch.set(0, 1, slow);
    switch.send(ms(0), 0, 1, vec![1]);
    switch.set(0, 1, Line::CUT);
    assert_eq!(switch.send(ms(10), 0, 1, vec![2]), Fate::Cut);
    assert_eq!(arrivals(&mut switch, ms(100)), []);
    switch.set(0, 1, Line::default());
    assert_eq!(switch.send(ms(110), 0, 1, vec![3]), Fate::Sent);
    assert_eq!(arrivals(&mut switch, ms(110)), [(110, 1, vec![3])]);
}

#[test]
fn what_is_on_its_way_is_bounded() {
    let mut switch = Switch::new(2, 1);
    let far = Line {
        delay: Duration::from_secs(60),
        ..Line::default()
    };
    switch.set(0, 1, far);
    let packet = || vec![0; 1 << 20];
    let fates: Vec<_> = (0..10)
        .map(|_| switch.send(ms(0), 0, 1, packet()))
        .collect();
    assert_eq!(fates.iter().filter(|f| **f == Fate::Sent).count(), 8);
    assert_eq!(fates[9], Fate::Full);
    assert_eq!(arrivals(&mut switch, Duration::MAX).len(), 8);
    assert_eq!(switch.send(ms(70_000), 0, 1, packet()), Fate::Sent);
}
