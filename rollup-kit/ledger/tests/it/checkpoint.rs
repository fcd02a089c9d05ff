//! `checkpoint::encode` and `checkpoint::decode`.

use crate::common::*;
use ark_ff::{AdditiveGroup, Field};
use ledger::checkpoint::{CheckpointNumber, MAX_ROWS, decode};
use ledger::{
    AccountKey, Address, Amount, Batch, BatchSize, Body, Error, Fr, Operation, State, TokenId,
    Tree, TreeState,
};
use proptest::prelude::*;

/// People with several balances, nonces, a changed key, and an account that is empty again.
fn lived_in() -> State {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    let drafts = [
        (draft(Tree::OnL1, 1, 0, transfer(2, 300)), 1),
        (draft(Tree::OnL1, 1, 1, transfer(2, 700)), 1),
        (
            draft(
                Tree::OffL1,
                3,
                0,
                Body::ChangeKey {
                    key: key(8).account_key(),
                },
            ),
            3,
        ),
    ];
    for (draft, who) in drafts {
        batch.apply(&sign(draft, who)).unwrap();
    }
    let largest = deposit(Tree::OffL1, 9, 255, u128::MAX);
    batch.apply(&Operation::FromL1(largest)).unwrap();
    batch.finish().unwrap();
    state
}

fn number() -> CheckpointNumber {
    CheckpointNumber::new(7).unwrap()
}

fn encode(state: &State) -> ledger::Result<Vec<Vec<Fr>>> {
    ledger::checkpoint::encode(state, number())
}

fn same(a: &State, b: &State) -> bool {
    let tree = |tree| a.tree(tree).accounts().eq(b.tree(tree).accounts());
    a.roots() == b.roots() && Tree::BOTH.into_iter().all(tree)
}

#[test]
fn the_state_is_rebuilt_and_goes_on() {
    for state in [State::new(rollup()), funded(), lived_in()] {
        let rows = encode(&state).unwrap();
        assert_eq!(rows.len(), 1);
        let (of, mut again) = decode(rollup(), &rows, state.roots()).unwrap();
        assert_eq!(of, number());
        assert!(same(&again, &state));
        // It takes the next batch as the first would.
        let mut first = state.clone();
        for state in [&mut first, &mut again] {
            let mut batch = Batch::new(state, BatchSize::EIGHT, Amount::new(1));
            for who in [2, 7] {
                let operation = Operation::FromL1(deposit(Tree::OffL1, who, 0, 5));
                batch.apply(&operation).unwrap();
            }
            batch.finish().unwrap();
        }
        assert!(same(&first, &again));
    }
}

#[test]
fn any_changed_element_is_refused() {
    let state = lived_in();
    let rows = encode(&state).unwrap();
    let used = rows[0].iter().rposition(|e| *e != Fr::ZERO).unwrap();
    for element in (0..used + 2).chain([4095]) {
        for change in [Fr::ONE, -Fr::ONE, Fr::from(1u64 << 32)] {
            let mut changed = rows.clone();
            changed[0][element] += change;
            let result = decode(rollup(), &changed, state.roots());
            assert!(result.is_err(), "element {element}");
        }
    }
    let swapped = |a: usize, b: usize| {
        let mut changed = rows.clone();
        changed[0].swap(a, b);
        decode(rollup(), &changed, state.roots()).map(|_| ())
    };
    assert!(swapped(7, 8).is_err());
    // The roots are what is believed.
    let refused = decode(rollup(), &rows, funded().roots());
    assert!(matches!(refused, Err(Error::WrongRoots)));
}

#[test]
fn rows_are_bounded() {
    let state = funded();
    let rows = encode(&state).unwrap();
    let decoded = |rows: &[Vec<Fr>]| decode(rollup(), rows, state.roots()).map(|_| ());
    let out_of_range = |result| matches!(result, Err(Error::OutOfRange { .. }));
    let malformed = |result| matches!(result, Err(Error::MalformedElement { .. }));
    assert!(out_of_range(decoded(&[])));
    assert!(out_of_range(decoded(&vec![rows[0].clone(); MAX_ROWS + 1])));
    assert!(out_of_range(decoded(&[rows[0][..4095].to_vec()])));
    let empty = vec![Fr::ZERO; 4096];
    assert!(malformed(decoded(&[rows[0].clone(), empty.clone()])));
    assert!(malformed(decoded(&[empty.clone(), rows[0].clone()])));
    let counted = |on: u64, off: u64| {
        let mut changed = rows[0].clone();
        let counts = u128::from(on) << 8 | u128::from(off) << 40;
        changed[0] = Fr::from(1 + counts + (7 << 72));
        decoded(&[changed])
    };
    assert_eq!(counted(4, 4), Ok(()));
    for (on, off) in [
        (0, 0),
        (3, 5),
        (4, 3),
        (4, 5),
        (u32::MAX.into(), u32::MAX.into()),
    ] {
        assert!(malformed(counted(on, off)), "{on}, {off}");
    }
    let mut twice = rows[0].clone();
    // The second account's identity, given to the third.
    let [second, third] = [1 + 4 + 2, 1 + 4 + 6 + 2];
    twice[third] = twice[second];
    assert!(matches!(decoded(&[twice]), Err(Error::WrongPlace { .. })));
}

#[test]
fn large_states_take_several_rows() {
    let holders = (1..=1000u32).map(|who| {
        let balance = (TokenId::ETH, Amount::new(who.into()));
        let held = vec![balance; usize::from(who % 3 != 0)];
        (
            AccountKey::new(Fr::from(who)),
            Address::new([who as u8; 20]),
            held,
        )
    });
    let on_l1 = TreeState::with_accounts(Tree::OnL1, holders).unwrap();
    let off_l1 = TreeState::with_accounts(Tree::OffL1, []).unwrap();
    let state = State::with_trees(rollup(), on_l1, off_l1);
    let rows = encode(&state).unwrap();
    // A header, two sentinels, 1000 accounts and their balances.
    assert_eq!(rows.len(), (1 + 8 + 4000 + 667usize).div_ceil(4096));
    assert!(same(
        &decode(rollup(), &rows, state.roots()).unwrap().1,
        &state
    ));
    assert!(decode(rollup(), &rows[..1], state.roots()).is_err());
}

#[test]
fn two_checkpoints_of_one_state_differ_in_their_number_alone() {
    let state = funded();
    let most = (1 << CheckpointNumber::BITS) - 1;
    let [first, last] = [0, most].map(|number| {
        let number = CheckpointNumber::new(number).unwrap();
        ledger::checkpoint::encode(&state, number).unwrap()
    });
    assert_ne!(first[0][0], last[0][0]);
    assert_eq!(first[0][1..], last[0][1..]);
    let (number, _) = decode(rollup(), &last, state.roots()).unwrap();
    assert_eq!(number.get(), most);
    let beyond = CheckpointNumber::new(most + 1);
    assert!(matches!(beyond, Err(Error::OutOfRange { .. })));
}

proptest! {
    #[test]
    fn anything_else_is_refused_without_panic(
        elements in prop::collection::vec((0usize..40, any::<[u64; 4]>(), 0u32..4), 1..6)
    ) {
        let state = funded();
        let mut rows = encode(&state).unwrap();
        for (place, limbs, words) in elements {
            let scale = Fr::from(2u64).pow([64]);
            let number = limbs[..=words as usize].iter();
            let number = number.fold(Fr::ZERO, |sum, limb| sum * scale + Fr::from(*limb));
            rows[0][place] = number;
        }
        prop_assert!(decode(rollup(), &rows, state.roots()).is_err());
    }
}
