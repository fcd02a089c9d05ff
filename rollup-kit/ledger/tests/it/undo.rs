//! `Undo`: steps taken back and forward again; states as bytes.

use crate::common::*;
use ledger::{Error, FromL1, State, Tree, Undo};
use proptest::prelude::*;

/// A step: records of an operation of L1's queue.
fn step(state: &mut State, operation: &FromL1) -> Undo {
    let record = state.record_of(operation).unwrap();
    let mut undo = Undo::default();
    state
        .execute_undoably(&record, Some(operation), 0, &mut undo)
        .unwrap();
    undo
}

fn operations() -> impl Strategy<Value = Vec<FromL1>> {
    let one = (any::<bool>(), 1u8..9, 0u64..3, 1u128..40, any::<bool>()).prop_map(
        |(on, who, id, amount, is_deposit)| {
            let tree = if on { Tree::OnL1 } else { Tree::OffL1 };
            let make = if is_deposit { deposit } else { forced };
            make(tree, who, id, amount)
        },
    );
    proptest::collection::vec(one, 1..24)
}

fn same(a: &State, b: &State) -> bool {
    let accounts = |tree| a.tree(tree).accounts().eq(b.tree(tree).accounts());
    a.roots() == b.roots() && Tree::BOTH.into_iter().all(accounts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_undone_never_was(operations in operations(), kept in 0usize..24) {
        let mut state = funded();
        let mut states = vec![state.clone()];
        let mut undos = Vec::new();
        for operation in &operations {
            undos.push(step(&mut state, operation));
            states.push(state.clone());
        }
        let last = state.clone();
        let kept = kept.min(operations.len());
        let mut forward = Undo::default();
        for undo in undos[kept..].iter().rev() {
            forward.then(state.undo(undo));
        }
        prop_assert!(same(&state, &states[kept]));
        // The next account takes the place that it took the first time.
        if let Some(operation) = operations.get(kept) {
            let mut again = state.clone();
            step(&mut again, operation);
            prop_assert!(same(&again, &states[kept + 1]));
        }
        let forward = Undo::from_bytes(&forward.to_bytes()).unwrap();
        let back = state.undo(&forward);
        prop_assert!(same(&state, &last));
        state.undo(&back);
        prop_assert!(same(&state, &states[kept]));
        let read = State::from_bytes(rollup(), &state.to_bytes()).unwrap();
        prop_assert!(same(&read, &state));
    }
}

#[test]
fn a_refused_step_is_not_remembered() {
    let mut state = funded();
    let operation = deposit(Tree::OnL1, 4, 0, 50);
    let record = state.record_of(&operation).unwrap();
    let mut undo = Undo::default();
    let other = deposit(Tree::OnL1, 4, 0, 51);
    let refused = state.execute_undoably(&record, Some(&other), 0, &mut undo);
    assert!(matches!(refused, Err(Error::NotQueued { .. })));
    assert_eq!(undo, Undo::default());
}

#[test]
fn other_bytes_are_refused() {
    let mut state = funded();
    let undo = step(&mut state, &deposit(Tree::OnL1, 4, 0, 50));
    let refused = |bytes: &[u8]| {
        let state = State::from_bytes(rollup(), bytes);
        let undo = Undo::from_bytes(bytes);
        assert!(matches!(state, Err(Error::Encoding { .. })));
        assert!(matches!(undo, Err(Error::Encoding { .. })));
    };
    for bytes in [state.to_bytes(), undo.to_bytes()] {
        for cut in [1, 3, 4, 5, 40, bytes.len() - 1] {
            refused(&bytes[..cut]);
        }
        refused(&[&bytes[..], &[0]].concat());
        // More accounts than there are bytes for.
        refused(&[&[0xff; 4], &bytes[4..]].concat());
    }
    // Two accounts of one identity.
    let one = State::from_bytes(rollup(), &state.to_bytes()).unwrap();
    assert_eq!(one.roots(), state.roots());
    let mut twice = state.to_bytes();
    let account = 4 + 32 * 3 + 20 + 8 + 2 + 2 * 18;
    let (first, second) = (4 + 4, 4 + account + 4);
    let identity = twice[first..first + 32].to_vec();
    twice[second..second + 32].copy_from_slice(&identity);
    refused(&twice);
}
