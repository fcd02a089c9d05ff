//! Every item is worked on once, by any number of threads.

use std::collections::BTreeSet;
use std::sync::Mutex;

use benches::{BenchError, share_out};

#[test]
fn every_item_is_taken_once() {
    let items: Vec<usize> = (0..100).collect();
    for threads in [1, 2, 7, 1000] {
        let taken = Mutex::new(Vec::new());
        share_out(threads, &items, |item| {
            taken.lock().unwrap().push(*item);
            Ok(())
        })
        .unwrap();
        let taken = taken.into_inner().unwrap();
        assert_eq!(taken.len(), items.len(), "{threads} threads");
        assert_eq!(BTreeSet::from_iter(taken).len(), items.len());
    }
}

#[test]
fn an_error_of_any_caller_is_returned() {
    for threads in [1, 2, 4] {
        for bad in [0, 5, 9] {
            let outcome = share_out(threads, &(0..10).collect::<Vec<_>>(), |item| {
                if *item == bad {
                    Err(BenchError::Disagreement {
                        engine: "c-kzg",
                        what: "cells",
                    })
                } else {
                    Ok(())
                }
            });
            assert!(matches!(outcome, Err(BenchError::Disagreement { .. })));
        }
    }
}

#[test]
fn no_items_are_no_work() {
    let none: [(); 0] = [];
    share_out(4, &none, |()| panic!("there is nothing to do")).unwrap();
}
