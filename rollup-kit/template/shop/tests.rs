//! What the rules say, and that the gadget says the same.

use super::rule::{EARN, FIELDS, MOST, REDEEM, RULES, SHOP};
use rollup_kit::gadget::check;
use rollup_kit::rules::{AccountIndex, Amount, Call, Holdings, Refused, Register, Rules, payload};

const CUSTOMER: u32 = 7;

fn call(from: u32, to: u32, action: u128, points: u128, held: [u128; 2]) -> Call {
    let place = |index: u32| AccountIndex::new(index.into()).expect("a place of the tree");
    let [first, second] = FIELDS;
    Call {
        from: place(from),
        to: place(to),
        register: Register::default(),
        payload: payload(&[(action, first), (points, second)]).expect("fields that fit"),
        held: Holdings {
            from: Amount::new(held[0]),
            to: Amount::new(held[1]),
        },
    }
}

fn after(call: &Call) -> Result<[u128; 2], Refused> {
    let Holdings { from, to } = RULES.apply(call)?;
    Ok([from.get(), to.get()])
}

#[test]
fn the_shop_gives_points_within_a_bound() {
    let earned = call(SHOP, CUSTOMER, EARN, 50, [9, 20]);
    assert_eq!(after(&earned), Ok([9, 70]));
    let refused = [
        call(SHOP, CUSTOMER, EARN, MOST + 1, [9, 20]),
        call(CUSTOMER, SHOP, EARN, 50, [9, 20]),
        call(SHOP, SHOP, EARN, 50, [9, 9]),
    ];
    for call in refused {
        assert!(after(&call).is_err(), "{call:?}");
    }
}

#[test]
fn customers_redeem_what_they_have() {
    let redeemed = call(CUSTOMER, SHOP, REDEEM, 50, [70, 9]);
    assert_eq!(after(&redeemed), Ok([20, 59]));
    let refused = [
        call(CUSTOMER, SHOP, REDEEM, 71, [70, 9]),
        call(CUSTOMER, 8, REDEEM, 50, [70, 9]),
    ];
    for call in refused {
        assert!(after(&call).is_err(), "{call:?}");
    }
}

#[test]
fn the_gadget_says_what_the_rule_says() {
    let mut calls = Vec::new();
    for (from, to) in [
        (SHOP, CUSTOMER),
        (CUSTOMER, SHOP),
        (CUSTOMER, 8),
        (SHOP, SHOP),
    ] {
        for action in [EARN, REDEEM] {
            for points in [0, 1, 50, MOST, MOST + 1, u64::MAX.into()] {
                let mut holdings = vec![[0, 0], [50, 50]];
                if from != to {
                    holdings.extend([[49, 1], [u128::MAX, 0], [0, u128::MAX]]);
                }
                calls.extend(
                    holdings
                        .into_iter()
                        .map(|held| call(from, to, action, points, held)),
                );
            }
        }
    }
    let mut elsewhere = call(SHOP, CUSTOMER, EARN, 50, [9, 20]);
    elsewhere.register = Register::new(1).expect("a register");
    let mut wide = call(SHOP, CUSTOMER, EARN, 50, [9, 20]);
    wide.payload = payload(&[(1 << 65, 66)]).expect("a field that fits");
    calls.extend([elsewhere, wide]);

    let checked = check(&RULES, calls).expect("rule and gadget agree");
    assert!(checked.accepted > 10 && checked.refused > 10, "{checked:?}");
    println!("{} constraints an operation", checked.constraints);
}
