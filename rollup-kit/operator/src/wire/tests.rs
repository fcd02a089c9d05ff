#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::fixture::{address as person, draft, key, sign, transfer};

fn operations() -> Vec<Signed> {
    let bodies = [
        transfer(2, u128::MAX),
        Body::Withdraw {
            recipient: person(9),
            amount: Amount::new(7),
        },
        Body::Move {
            owner: person(1),
            account: key(1).account_key(),
            amount: Amount::new(1),
        },
        Body::ChangeKey {
            key: key(3).account_key(),
        },
        Body::Call {
            to: crate::fixture::index(2),
            payload: -Fr::from(1u64),
        },
    ];
    let drafts = bodies.map(|body| draft(Tree::OffL1, 1, u64::MAX, u64::MAX, body));
    drafts.into_iter().map(|draft| sign(draft, 1)).collect()
}

#[test]
fn operations_read_back() {
    for signed in operations() {
        let wire = WireOperation::from(&signed);
        let text = serde_json::to_string(&wire).unwrap();
        assert!(text.len() <= MAX_OPERATION_BYTES);
        let back: WireOperation = serde_json::from_str(&text).unwrap();
        assert_eq!(back.decode().unwrap(), signed);
    }
}

#[test]
fn there_is_one_text_of_each_and_others_are_refused() {
    let good = WireOperation::from(&operations()[0]);
    let changed = |change: &dyn Fn(&mut WireOperation)| {
        let mut wire = good.clone();
        change(&mut wire);
        wire.decode()
    };
    for fee in [
        "",
        "01",
        "+1",
        " 1",
        "-1",
        "1.0",
        "0x1",
        "18446744073709551616",
    ] {
        assert!(
            changed(&|wire| fee.clone_into(&mut wire.fee)).is_err(),
            "{fee}"
        );
    }
    let order = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
    for salt in ["", "00", order, &"f".repeat(64), &"g".repeat(64)] {
        assert!(
            changed(&|wire| salt.clone_into(&mut wire.salt)).is_err(),
            "{salt}"
        );
    }
    assert!(changed(&|wire| wire.public = "00".repeat(32)).is_err());
    assert!(changed(&|wire| wire.signature = "ff".repeat(64)).is_err());
    assert!(changed(&|wire| wire.signature.truncate(126)).is_err());
    assert!(changed(&|wire| wire.from = 1 << 24).is_err());
    assert!(changed(&|wire| wire.token = 256).is_err());
    let mut moved = WireOperation::from(&operations()[2]);
    if let WireBody::Move { account, .. } = &mut moved.body {
        *account = "00".repeat(32);
    }
    assert!(moved.decode().is_err());
    let mut called = WireOperation::from(&operations()[4]);
    for payload in ["", "00", order, &"F0".repeat(33)] {
        called.body = WireBody::Call {
            to: 2,
            payload: payload.to_owned(),
        };
        assert!(called.decode().is_err(), "{payload}");
    }
    called.body = WireBody::Call {
        to: 1 << 24,
        payload: "00".repeat(32),
    };
    assert!(called.decode().is_err());
    let mut text = serde_json::to_value(&good).unwrap();
    text["surprise"] = 1.into();
    assert!(serde_json::from_value::<WireOperation>(text).is_err());
}
