//! Minimum and median.

use std::time::Duration;

use benches::Samples;

use crate::fixtures::samples;

#[test]
fn of_none_there_is_nothing_to_say() {
    let none = Samples::new();
    assert_eq!((none.count(), none.min(), none.median()), (0, None, None));
}

#[test]
fn order_does_not_matter() {
    let sorted = samples(&[1, 2, 3, 10]);
    for shuffled in [[3, 1, 10, 2], [10, 3, 2, 1], [2, 10, 1, 3]] {
        assert_eq!(samples(&shuffled), sorted);
    }
}

#[test]
fn the_median_of_an_odd_number_is_one_of_them() {
    let three = samples(&[30, 10, 1000]);
    assert_eq!(three.min(), Some(Duration::from_millis(10)));
    assert_eq!(three.median(), Some(Duration::from_millis(30)));
    assert_eq!(samples(&[7]).median(), Some(Duration::from_millis(7)));
}

#[test]
fn the_median_of_an_even_number_lies_between_two() {
    assert_eq!(
        samples(&[1, 4, 2, 100]).median(),
        Some(Duration::from_millis(3))
    );
    assert_eq!(samples(&[5, 6]).median(), Some(Duration::from_micros(5500)));
}

#[test]
fn equal_samples_all_count() {
    let equal = samples(&[2, 2, 2, 9]);
    assert_eq!(equal.count(), 4);
    assert_eq!(equal.median(), Some(Duration::from_millis(2)));
}
