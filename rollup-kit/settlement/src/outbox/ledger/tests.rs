#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use proptest::prelude::*;

fn fees(tip: u8) -> Fees {
    Fees {
        most: Wei::gwei(u64::from(tip) + 1),
        tip: Wei::gwei(u64::from(tip)),
        blob: Wei::gwei(1),
    }
}

fn record(kind: u8, name: u8, nonce: u8, more: u8) -> Record {
    let (nonce, hash) = (u64::from(nonce), B256::repeat_byte(more));
    let at = L1Time::new(u64::from(name) * DAY / 8);
    match kind {
        0..=4 => Record::Intent {
            name: PaymentName::new(format!("payment {nonce}")),
            nonce,
            value: Wei::new(u128::from(name)),
            fees: fees(more),
            has_blobs: nonce.is_multiple_of(2),
            is_nothing: more == 3,
            block: u64::from(name),
            at,
            hash,
            raw: Bytes::from(vec![more; 5]),
        },
        5..=7 => Record::Settled {
            nonce,
            hash,
            did: name.is_multiple_of(2),
            spent: Wei::new(u128::from(more)),
            at,
        },
        _ => Record::Lost { nonce },
    }
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one = (0..9_u8, 0..32_u8, 0..90_u8, 0..4_u8);
    let one = one.prop_map(|(kind, name, nonce, more)| record(kind, name, nonce, more));
    proptest::collection::vec(one, 0..400)
}

fn replayed(records: Vec<Record>) -> Ledger {
    let mut ledger = Ledger::default();
    for record in records {
        ledger.apply(record);
    }
    ledger
}

proptest! {
    /// A journal that is written anew says the same, then and after whatever comes later.
    #[test]
    fn an_image_says_the_same(before in records(), after in records()) {
        let mut long = replayed(before);
        let mut short = replayed(long.image());
        prop_assert_eq!(&short, &long);
        for record in after {
            long.apply(record.clone());
            short.apply(record);
        }
        prop_assert_eq!(short, long);
    }
}

#[test]
fn an_image_keeps_names_and_drops_old_transactions() {
    const PAYMENTS: u64 = 500;
    let mut records = Vec::new();
    for nonce in 0..PAYMENTS {
        let Record::Intent { fees, hash, .. } = record(0, 1, 0, 0) else {
            panic!("no intent");
        };
        records.push(Record::Intent {
            name: PaymentName::new(format!("payment {nonce}")),
            nonce,
            value: Wei::new(1),
            fees,
            has_blobs: true,
            is_nothing: false,
            block: nonce,
            at: L1Time::new(12 * nonce),
            hash,
            raw: Bytes::from(vec![7; 10_000]),
        });
        records.push(Record::Settled {
            nonce,
            hash,
            did: true,
            spent: Wei::new(2),
            at: L1Time::new(12 * nonce + 1),
        });
    }
    let bytes = |records: &[Record]| serde_json::to_string(records).unwrap().len();
    let whole = bytes(&records);
    let ledger = replayed(records);
    let image = ledger.image();
    assert!(bytes(&image) < whole / 5, "{} of {whole}", bytes(&image));
    let read: Vec<Record> = serde_json::from_str(&serde_json::to_string(&image).unwrap()).unwrap();
    let again = replayed(read);
    assert_eq!(again, ledger);
    for nonce in 0..PAYMENTS {
        assert!(again.has(&PaymentName::new(format!("payment {nonce}"))));
    }
    assert_eq!(again.next_nonce(), Some(PAYMENTS));
    assert_eq!(again.settled_from(0).len(), REMEMBERED);
}
