#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use proptest::prelude::*;

fn operator(place: usize) -> Address {
    Address::repeat_byte(u8::try_from(place + 1).unwrap())
}

fn roster(count: usize) -> Roster {
    Roster {
        operators: (0..count).map(operator).collect(),
    }
}

const EXACT: Margins = Margins { end: 0, stagger: 0 };

/// `Operators.requireTurn`, as it is written there.
fn contract_lets(roster: &Roster, who: Address, last_batch: u64, now: u64) -> bool {
    if !roster.operators.contains(&who) {
        return false;
    }
    if now > last_batch + IDLE {
        return true;
    }
    let count = roster.operators.len() as u64;
    roster.operators[(now / SLOT % count) as usize] == who
}

proptest! {
    /// Without margins, exactly when the contract lets us; with margins, never when it does not.
    #[test]
    fn a_turn_is_the_contracts(
        count in 1_usize..8,
        own in 0_usize..9,
        last in 0_u64..4 * SLOT,
        passed in 0_u64..4 * SLOT,
        end in 0_u64..SLOT,
        stagger in 0_u64..600,
    ) {
        let roster = roster(count);
        let own = operator(own);
        let now = last + passed;
        let lets = contract_lets(&roster, own, last, now);
        let (last, at) = (L1Time::new(last), L1Time::new(now));
        prop_assert_eq!(roster.turn(own, last, at, &EXACT).may_submit(), lets);
        let careful = roster.turn(own, last, at, &Margins { end, stagger });
        if careful.may_submit() {
            prop_assert!(lets);
        }
        match careful {
            Turn::Theirs { ours_at, .. } => prop_assert!(ours_at > at),
            Turn::NotBonded => prop_assert!(!roster.operators.contains(&own)),
            // What is begun before the end is taken for the length of the margin.
            Turn::Ours { until } if count > 1 => {
                prop_assert!(contract_lets(&roster, own, last.get(), until.get() + end - 1));
            }
            _ => {}
        }
    }
}

#[test]
fn an_idle_rollup_is_taken_over_in_turn() {
    let roster = roster(3);
    let margins = Margins::default();
    let last = L1Time::new(30 * SLOT);
    let idle = last.plus(IDLE + 1);
    // The slot is operator 2's, whose turn it is anyhow; 0 comes next, then 1.
    assert_eq!(roster.in_slot(idle), Some(operator(2)));
    let turn =
        |place: usize, after: u64| roster.turn(operator(place), last, idle.plus(after), &margins);
    assert_eq!(turn(2, 0), Turn::Idle);
    assert!(!turn(0, 0).may_submit());
    assert!(!turn(0, 59).may_submit());
    assert_eq!(turn(0, 60), Turn::Idle);
    assert!(!turn(1, 119).may_submit());
    assert_eq!(turn(1, 120), Turn::Idle);
    assert_eq!(turn(7, 500), Turn::NotBonded);
}

#[test]
fn one_alone_always_has_its_turn() {
    let roster = roster(1);
    let margins = Margins::default();
    for now in (0..3 * SLOT).step_by(599) {
        let turn = roster.turn(operator(0), L1Time::new(now), L1Time::new(now), &margins);
        assert!(turn.may_submit(), "{now}");
    }
    let nobody = Roster::default();
    let turn = nobody.turn(operator(0), L1Time::new(0), L1Time::new(9), &margins);
    assert_eq!(turn, Turn::NotBonded);
}
