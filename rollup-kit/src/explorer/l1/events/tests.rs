#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Events, KEPT, Said};
use crate::explorer::l1::challenges::{self, State};
use crate::explorer::units::Amount;
use alloy::primitives::U256;
use settlement::contracts::abi::{CellChallenge, CellChallenges, RowChallenges, Signers};
use settlement::{Address, B256};

const ALICE: Address = Address::new([1; 20]);
const BOB: Address = Address::new([2; 20]);

fn slashed(who: Address, amount: u128) -> Said {
    Said::OperatorSlashed(who, Amount(amount))
}

fn told(said: Vec<Said>) -> Events {
    let mut events = Events::new(0);
    let placed = said.into_iter().zip(1..).map(|(said, at)| ((at, 0), said));
    events.replace(0, placed.collect());
    events
}

#[test]
fn what_l1_takes_back_is_forgotten() {
    let mut events = Events::new(10);
    let first = vec![((11, 0), slashed(ALICE, 5)), ((14, 3), slashed(ALICE, 7))];
    events.replace(10, first);
    assert_eq!(events.operators_slashed()[&ALICE], Amount(12));
    // The chain from block 12 on is another one.
    events.replace(12, vec![((13, 0), slashed(BOB, 1))]);
    assert_eq!(events.operators_slashed()[&ALICE], Amount(5));
    assert_eq!(events.operators_slashed()[&BOB], Amount(1));
    events.replace(0, Vec::new());
    assert_eq!(events.operators().count(), 0);
}

#[test]
fn memory_has_a_bound() {
    let many = (0..KEPT as u64 + 5).map(|at| ((at, 0), Said::Bonded(ALICE)));
    let mut events = Events::new(0);
    events.replace(0, many.collect());
    assert_eq!(events.iter().count(), KEPT);
    assert_eq!(*events.said.first_key_value().unwrap().0, (5, 0));
}

#[test]
fn a_row_goes_from_pool_to_answer() {
    let mut said = vec![
        Said::Contributed(RowChallenges::Contributed {
            batch: 3,
            row: 1,
            from: ALICE,
            amount: U256::from(40),
        }),
        Said::Contributed(RowChallenges::Contributed {
            batch: 3,
            row: 1,
            from: BOB,
            amount: U256::from(2),
        }),
    ];
    let pooling = challenges::of(&told(said.clone()));
    assert_eq!((pooling.rows[0].state, pooling.open), (State::Pooling, 0));
    assert_eq!(pooling.rows[0].pooled, Amount(42));
    said.push(Said::Challenged(RowChallenges::Challenged {
        batch: 3,
        row: 1,
        deadline: 100,
    }));
    said.push(Said::Extended(RowChallenges::Extended {
        batch: 3,
        row: 1,
        deadline: 200,
    }));
    let open = challenges::of(&told(said.clone()));
    assert_eq!((open.rows[0].state, open.open), (State::Open, 1));
    assert_eq!(open.rows[0].deadline, Some(200));
    said.push(Said::Published(RowChallenges::Published {
        batch: 3,
        row: 1,
        by: BOB,
        paid: U256::from(9),
    }));
    let answered = challenges::of(&told(said));
    assert_eq!(
        (answered.rows[0].state, answered.open),
        (State::Answered, 0)
    );
    assert_eq!(answered.rows[0].answered_by, Some(BOB));
}

#[test]
fn an_expired_row_names_all_who_lost() {
    let lost = |validator: u8, amount: u64| {
        Said::SignerSlashed(Signers::SignerSlashed {
            batch: 3,
            row: 0,
            validator: B256::new([validator; 32]),
            amount: U256::from(amount),
        })
    };
    let said = vec![
        Said::Expired(RowChallenges::Expired {
            batch: 3,
            row: 0,
            slashed: U256::from(32),
        }),
        lost(1, 10),
        lost(2, 11),
        // It stood on L1 after all, and too late.
        Said::Published(RowChallenges::Published {
            batch: 3,
            row: 0,
            by: BOB,
            paid: U256::ZERO,
        }),
    ];
    let row = challenges::of(&told(said)).rows.remove(0);
    assert_eq!((row.state, row.operator_lost), (State::Expired, Amount(32)));
    assert_eq!((row.signers_slashed, row.signers_lost), (2, Amount(21)));
}

#[test]
fn a_cell_has_its_own_challenge() {
    let id = |id: u8| B256::new([id; 32]);
    let challenged = |n: u8| {
        Said::CellChallenged(CellChallenges::CellChallenged {
            id: id(n),
            validator: B256::new([9; 32]),
            challenge: CellChallenge {
                validator: B256::new([9; 32]),
                challenger: ALICE,
                deadline: 50,
                ended: false,
                bond: 5,
                batch: u64::from(n),
                row: 0,
                column: 3,
            },
        })
    };
    let said = vec![
        challenged(1),
        challenged(2),
        challenged(3),
        Said::CellAnswered(CellChallenges::CellAnswered {
            id: id(1),
            by: BOB,
            paid: U256::from(1),
        }),
        Said::CellExpired(CellChallenges::CellExpired {
            id: id(2),
            slashed: U256::from(77),
        }),
    ];
    let found = challenges::of(&told(said));
    assert_eq!(found.open, 1);
    let states: Vec<_> = found.cells.iter().map(|c| (c.batch, c.state)).collect();
    let expected = [(3, State::Open), (2, State::Expired), (1, State::Answered)];
    assert_eq!(states, expected);
    assert_eq!(found.cells[1].lost, Amount(77));
}
