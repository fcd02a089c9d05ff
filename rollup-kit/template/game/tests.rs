//! What the rules say, and that the gadget says the same.

use super::rule::{DAMAGE, FIELDS, JOIN, MOST, REST, RULES, STRIKE, Sheet};
use rollup_kit::gadget::check;
use rollup_kit::rules::{AccountIndex, Amount, Call, Holdings, Refused, Register, Rules, payload};

const ME: u32 = 3;
const OTHER: u32 = 4;

fn sheet(hit_points: u128, victories: u128) -> Amount {
    Sheet {
        hit_points,
        victories,
    }
    .write()
}

fn call(to: u32, action: u128, from: Amount, held_to: Amount) -> Call {
    let place = |index: u32| AccountIndex::new(index.into()).expect("a place of the tree");
    let [bits] = FIELDS;
    Call {
        from: place(ME),
        to: place(to),
        register: Register::default(),
        payload: payload(&[(action, bits)]).expect("a field that fits"),
        held: Holdings { from, to: held_to },
    }
}

fn after(call: &Call) -> Result<[Amount; 2], Refused> {
    let Holdings { from, to } = RULES.apply(call)?;
    Ok([from, to])
}

fn own(action: u128, held: Amount) -> Result<[Amount; 2], Refused> {
    after(&call(ME, action, held, held))
}

fn strike(from: Amount, to: Amount) -> Result<[Amount; 2], Refused> {
    after(&call(OTHER, STRIKE, from, to))
}

#[test]
fn fighters_join_once_and_rest() {
    assert_eq!(own(JOIN, sheet(0, 0)), Ok([sheet(MOST, 0); 2]));
    assert!(own(JOIN, sheet(MOST, 0)).is_err());
    assert!(own(JOIN, sheet(0, 1)).is_err());
    assert_eq!(own(REST, sheet(80, 2)), Ok([sheet(90, 2); 2]));
    assert_eq!(own(REST, sheet(95, 2)), Ok([sheet(MOST, 2); 2]));
    assert!(own(REST, sheet(0, 2)).is_err());
}

#[test]
fn a_strike_takes_hit_points_and_the_last_one_wins() {
    let (me, other) = (sheet(50, 1), sheet(MOST, 3));
    assert_eq!(strike(me, other), Ok([me, sheet(MOST - DAMAGE, 3)]));
    assert_eq!(
        strike(me, sheet(DAMAGE, 3)),
        Ok([sheet(50, 2), sheet(0, 3)])
    );
    assert!(strike(me, sheet(0, 3)).is_err());
    assert!(strike(sheet(0, 1), other).is_err());
    assert!(own(STRIKE, me).is_err());
}

#[test]
fn the_gadget_says_what_the_rule_says() {
    let sheets = [
        sheet(0, 0),
        sheet(0, 5),
        sheet(1, 0),
        sheet(DAMAGE, 1),
        sheet(DAMAGE + 1, 1),
        sheet(95, 2),
        sheet(MOST, 7),
        sheet(1 << 15, u32::MAX.into()),
        Amount::new(1 << 48),
    ];
    let mut calls = Vec::new();
    for action in [JOIN, STRIKE, REST, 3] {
        for from in sheets {
            calls.push(call(ME, action, from, from));
            calls.extend(sheets.map(|to| call(OTHER, action, from, to)));
        }
    }
    let mut elsewhere = call(ME, JOIN, sheet(0, 0), sheet(0, 0));
    elsewhere.register = Register::new(1).expect("a register");
    let mut wide = call(ME, JOIN, sheet(0, 0), sheet(0, 0));
    wide.payload = payload(&[(4, 3)]).expect("a field that fits");
    calls.extend([elsewhere, wide]);

    let checked = check(&RULES, calls).expect("rule and gadget agree");
    assert!(checked.accepted > 10 && checked.refused > 10, "{checked:?}");
    println!("{} constraints an operation", checked.constraints);
}
