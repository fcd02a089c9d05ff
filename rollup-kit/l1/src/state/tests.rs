//! Views and undoing against copies of the whole state.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use alloy::primitives::{Address, U256};
use proptest::prelude::*;

use super::State;
use crate::chain::{Chain, Genesis};
use crate::history::History;

const ACCOUNTS: u8 = 4;
const SLOTS: u64 = 4;

#[derive(Clone, Debug)]
enum Step {
    Slot(u8, u64, u64),
    Balance(u8, u64),
    Remove(u8),
    Seal,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..ACCOUNTS, 0..SLOTS, 0..3_u64).prop_map(|(a, s, v)| Step::Slot(a, s, v)),
        2 => (0..ACCOUNTS, 0..3_u64).prop_map(|(a, v)| Step::Balance(a, v)),
        1 => (0..ACCOUNTS).prop_map(Step::Remove),
        3 => Just(Step::Seal),
    ]
}

fn address(account: u8) -> Address {
    Address::with_last_byte(account + 1)
}

fn history() -> History {
    Chain::new(&Genesis::new(0)).unwrap().history
}

/// Everything that can be read of a state.
fn contents(state: &State, ago: u64, history: &History) -> Vec<(Option<U256>, Vec<U256>)> {
    let view = state.before(ago, history);
    (0..ACCOUNTS)
        .map(|account| {
            let address = address(account);
            let slots = (0..SLOTS).map(|slot| view.slot(&address, &U256::from(slot)));
            (
                view.info(&address).map(|info| info.balance),
                slots.collect(),
            )
        })
        .collect()
}

/// The root, with no cached part of it.
fn slow_root(state: &State) -> alloy::primitives::B256 {
    let mut other = State::default();
    for (address, account) in state.accounts() {
        other.set_info(*address, account.info.clone());
        for (slot, value) in &account.storage {
            other.set_slot(*address, *slot, *value);
        }
    }
    other.root()
}

proptest! {
    #[test]
    fn the_past_reads_as_it_was(steps in prop::collection::vec(step(), 1..60)) {
        let history = history();
        let mut state = State::default();
        let mut copies = vec![state.clone()];
        for step in steps {
            match step {
                Step::Slot(account, slot, value) => {
                    state.set_slot(address(account), U256::from(slot), U256::from(value));
                }
                Step::Balance(account, value) => {
                    state.set_balance(address(account), U256::from(value));
                }
                Step::Remove(account) => state.remove(address(account)),
                Step::Seal => {
                    prop_assert_eq!(state.root(), slow_root(&state));
                    state.seal();
                    copies.push(state.clone());
                }
            }
        }
        state.seal();
        copies.push(state.clone());
        for (ago, copy) in copies.iter().rev().enumerate() {
            prop_assert_eq!(
                contents(&state, ago as u64, &history),
                contents(copy, 0, &history)
            );
        }
        for copy in copies.iter_mut().rev() {
            prop_assert_eq!(contents(&state, 0, &history), contents(copy, 0, &history));
            prop_assert_eq!(state.root(), slow_root(copy));
            state.undo();
        }
    }

    #[test]
    fn what_happened_since_the_last_block_is_undone_too(
        before in prop::collection::vec(step(), 0..20),
        after in prop::collection::vec(step(), 0..20),
    ) {
        let history = history();
        let mut state = State::default();
        let run = |state: &mut State, steps: Vec<Step>| {
            for step in steps {
                match step {
                    Step::Slot(account, slot, value) => {
                        state.set_slot(address(account), U256::from(slot), U256::from(value));
                    }
                    Step::Balance(account, value) => {
                        state.set_balance(address(account), U256::from(value));
                    }
                    Step::Remove(account) => state.remove(address(account)),
                    Step::Seal => {}
                }
            }
        };
        run(&mut state, before.clone());
        state.seal();
        let then = contents(&state, 0, &history);
        state.seal();
        run(&mut state, after);
        prop_assert_eq!(contents(&state, 1, &history), then.clone());
        state.undo();
        prop_assert_eq!(contents(&state, 0, &history), then);
    }
}
