use super::Books;
use alloy::primitives::Address;
use alloy::sol_types::SolValue;
use settlement::Wei;
use settlement::batch::Tree;
use settlement::contracts::abi;

const ALICE: Address = Address::repeat_byte(1);
const BOB: Address = Address::repeat_byte(2);

fn books() -> Books {
    Books::default()
        .with(Tree::OffL1, ALICE, Wei::ether(10))
        .with(Tree::OffL1, BOB, Wei::ether(1))
        .with(Tree::OnL1, BOB, Wei::ether(6))
}

#[test]
fn what_moves_is_counted_once() {
    let moved =
        books()
            .without(Tree::OffL1, ALICE, Wei::ether(4))
            .with(Tree::OffL1, BOB, Wei::ether(4));
    assert_eq!(moved.balance(Tree::OffL1, ALICE), Wei::ether(6));
    assert_eq!(moved.balance(Tree::OffL1, BOB), Wei::ether(5));
    assert_eq!(moved.balance(Tree::OnL1, BOB), Wei::ether(6));
    let total: u128 = moved
        .holdings(Tree::OffL1)
        .iter()
        .map(|held| held.amount)
        .sum();
    assert_eq!(Wei::new(total), Wei::ether(11));
}

#[test]
fn a_tree_has_a_root_of_its_own() {
    let before = books().roots();
    let after = books().with(Tree::OffL1, ALICE, Wei::new(1)).roots();
    assert_eq!(before.onL1, after.onL1);
    assert_ne!(before.offL1, after.offL1);
    // The same holdings in the other tree.
    let swapped = Books::default()
        .with(Tree::OffL1, BOB, Wei::ether(6))
        .roots();
    assert_ne!(swapped.offL1, before.onL1);
}

#[test]
fn the_state_says_who_holds_what() {
    let read = Vec::<abi::Holding>::abi_decode(&books().state()).unwrap();
    assert_eq!(read, books().holdings(Tree::OffL1));
    assert!(read.windows(2).all(|pair| pair[0].slot < pair[1].slot));
}

#[test]
fn nothing_is_held_by_nobody() {
    let empty = books().without(Tree::OnL1, BOB, Wei::ether(7));
    assert!(empty.holdings(Tree::OnL1).is_empty());
    assert!(empty.elements().is_empty());
}
