//! `State::holdings` and `State::exits`.

use crate::common::*;
use ledger::{AccountIndex, Amount, Error, ExitsSize, Fr, Holding, TokenId, Tree};

#[test]
fn holdings_are_all_balances_in_order() {
    let state = funded();
    let holdings: Vec<Holding> = state.holdings(Tree::OffL1).collect();
    let expected: Vec<(u64, u64)> = vec![(1, 0), (1, 5), (2, 0), (2, 5), (3, 0), (3, 5)];
    let got: Vec<(u64, u64)> = holdings
        .iter()
        .map(|h| (h.account.get().into(), h.token.get().into()))
        .collect();
    assert_eq!(got, expected);
    assert!(holdings.is_sorted_by_key(Holding::slot));
    for h in &holdings {
        assert_eq!(h.amount, Amount::new(1000));
        assert_eq!(h.owner, address(h.account.get() as u8));
    }
    // As `Statements.holdings` writes it.
    let [word, owner] = holdings[3].scalars();
    let expected = Fr::from(2u64 << 16 | 5) + Fr::from(5u128 << 64 | 1000u128 << 80);
    assert_eq!(word, expected);
    assert_eq!(owner, Fr::from(address(2)));
}

#[test]
fn exits_are_of_balances_that_are_there_and_once() {
    let state = funded();
    let two = ExitsSize::new(2).unwrap();
    let exits = |wanted: &[(AccountIndex, TokenId)]| state.exits(Tree::OffL1, two, wanted);
    let batch = exits(&[(index(2), token(5))]).unwrap();
    assert_eq!(batch.exits.len(), 2);
    assert_eq!([true, false], [batch.exits[0].used, batch.exits[1].used]);
    assert_eq!(batch.roots, state.roots());
    assert!(matches!(
        exits(&[(index(2), token(7))]),
        Err(Error::NothingHeld { .. })
    ));
    for nobody in [0, 4] {
        assert!(matches!(
            exits(&[(index(nobody), token(5))]),
            Err(Error::UnknownAccount { .. })
        ));
    }
    let twice = [(index(2), token(5)); 2];
    assert!(matches!(exits(&twice), Err(Error::PaidTwice { .. })));
    let many: Vec<_> = (1..=3).map(|i| (index(i), token(5))).collect();
    assert!(matches!(exits(&many), Err(Error::BatchFull { size: 2 })));
    assert!(ExitsSize::new(0).is_err() && ExitsSize::new(129).is_err());
}

#[test]
fn the_digest_says_which_places_are_used() {
    let state = funded();
    let digest = |size, wanted: &[(AccountIndex, TokenId)]| {
        let size = ExitsSize::new(size).unwrap();
        state.exits(Tree::OnL1, size, wanted).unwrap().digest()
    };
    let [a, b] = [(index(1), token(0)), (index(2), token(0))];
    let digests = [
        digest(3, &[]),
        digest(4, &[]),
        digest(3, &[a]),
        digest(3, &[b]),
        digest(3, &[a, b]),
        digest(3, &[b, a]),
    ];
    for (i, digest) in digests.iter().enumerate() {
        assert!(!digests[..i].contains(digest));
    }
}
