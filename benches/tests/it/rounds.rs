//! Whose turn it is, and for how long.

use std::cell::RefCell;
use std::time::Duration;

use benches::{BenchError, Budget, round_robin};

fn budget(min_rounds: usize, max_rounds: usize, time: Duration) -> Budget {
    Budget {
        min_rounds,
        max_rounds,
        time,
    }
}

#[test]
fn contestants_take_turns_and_the_first_one_changes() {
    let order = RefCell::new(Vec::new());
    let samples = round_robin(
        &["a", "b", "c"],
        budget(3, 3, Duration::from_secs(60)),
        |name| {
            order.borrow_mut().push(*name);
            Ok(Duration::from_millis(1))
        },
    )
    .unwrap();
    assert_eq!(order.into_inner().concat(), "abcbcacab");
    assert!(samples.iter().all(|samples| samples.count() == 3));
}

#[test]
fn samples_stay_with_their_contestant() {
    let samples = round_robin(&[1, 2, 3], budget(4, 4, Duration::ZERO), |ms| {
        Ok(Duration::from_millis(*ms))
    })
    .unwrap();
    for (samples, ms) in samples.iter().zip([1, 2, 3]) {
        assert_eq!(samples.min(), Some(Duration::from_millis(ms)));
        assert_eq!(samples.median(), samples.min());
    }
}

#[test]
fn without_time_only_the_least_rounds_are_made() {
    let samples = round_robin(&[()], budget(2, 100, Duration::ZERO), |()| {
        Ok(Duration::from_millis(1))
    })
    .unwrap();
    assert_eq!(samples[0].count(), 2);
}

#[test]
fn with_time_to_spare_the_most_rounds_are_made() {
    let samples = round_robin(&[()], budget(1, 7, Duration::from_secs(60)), |()| {
        Ok(Duration::ZERO)
    })
    .unwrap();
    assert_eq!(samples[0].count(), 7);
}

#[test]
fn an_error_ends_it() {
    let failure = || BenchError::Rival {
        engine: "b",
        reason: "tired".to_owned(),
    };
    let outcome = round_robin(
        &["a", "b"],
        budget(5, 5, Duration::from_secs(60)),
        |name| match *name {
            "a" => Ok(Duration::ZERO),
            _ => Err(failure()),
        },
    );
    assert!(matches!(
        outcome,
        Err(BenchError::Rival { engine: "b", .. })
    ));
}

#[test]
fn nobody_to_measure_is_no_error() {
    let none: [(); 0] = [];
    let samples = round_robin(&none, budget(1, 2, Duration::ZERO), |()| Ok(Duration::ZERO));
    assert!(samples.unwrap().is_empty());
}
