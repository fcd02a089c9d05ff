use std::num::NonZeroUsize;

use commitments::Threads;

use super::{extended_rows, setup};

#[test]
fn the_number_of_threads_changes_nothing() {
    let rows: Vec<_> = extended_rows().iter().map(|r| r.row().clone()).collect();
    let expected: Vec<_> = extended_rows().iter().map(|r| *r.commitment()).collect();
    for threads in [
        Threads::one().unwrap(),
        Threads::new(NonZeroUsize::new(3).unwrap()).unwrap(),
    ] {
        assert_eq!(setup().commit_all(&rows, &threads).unwrap(), expected);
    }
    let none = setup().commit_all(&[], &Threads::one().unwrap()).unwrap();
    assert!(none.is_empty());
}
