#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use ledger::{AccountIndex, Amount, Fee, Nonce, TokenId};

fn prices(base: u64, blob: u64) -> Prices {
    Prices {
        base_fee: Wei::gwei(base),
        blob_base_fee: Wei::gwei(blob),
        da_per_byte: Wei::new(3),
    }
}

const fn at(seconds: u64) -> L1Time {
    L1Time::new(seconds)
}

#[test]
fn fees_share_what_a_batch_costs() {
    let policy = Policy {
        share: 100,
        ..Policy::default()
    };
    let fees = Schedule::new(&policy, prices(1, 1), BatchSize::EIGHT, at(0));
    let gwei = Wei::PER_GWEI;
    assert_eq!(
        fees.of(Tree::OnL1, Paying::Inside),
        (700_000 / 8 + 1_600) * gwei
    );
    assert_eq!(
        fees.of(Tree::OffL1, Paying::Inside),
        700_000 / 8 * gwei + 64 * 3
    );
    let leaving = fees.of(Tree::OnL1, Paying::Leaving) - fees.of(Tree::OnL1, Paying::Inside);
    assert_eq!(leaving, 7_000 * gwei);
    let larger = Schedule::new(
        &policy,
        prices(1, 1),
        BatchSize::HUNDRED_TWENTY_EIGHT,
        at(0),
    );
    assert!(larger.of(Tree::OffL1, Paying::Inside) < fees.of(Tree::OffL1, Paying::Inside) / 15);

    let draft = |body| Draft {
        tree: Tree::OffL1,
        from: AccountIndex::SENTINEL,
        token: TokenId::ETH,
        fee: Fee::new(0),
        nonce: Nonce::new(0),
        body,
    };
    let inside = Body::Transfer {
        to: AccountIndex::SENTINEL,
        amount: Amount::new(1),
    };
    assert_eq!(
        fees.least(&draft(inside)),
        fees.of(Tree::OffL1, Paying::Inside)
    );
    let out = Body::Withdraw {
        recipient: ledger::Address::ZERO,
        amount: Amount::new(1),
    };
    assert_eq!(
        fees.least(&draft(out)),
        fees.of(Tree::OffL1, Paying::Leaving)
    );
}

#[test]
fn a_quote_holds_within_an_eighth_and_for_its_time() {
    let policy = Policy::default();
    let first = Schedule::new(&policy, prices(80, 8), BatchSize::EIGHT, at(100));
    let follow = |now: Prices, seconds| first.follow(&policy, now, BatchSize::EIGHT, at(seconds));
    assert_eq!(follow(prices(90, 9), 399), first);
    assert_eq!(follow(prices(70, 7), 399), first);
    for moved in [prices(91, 8), prices(69, 8), prices(80, 10), prices(80, 6)] {
        assert_ne!(follow(moved, 101), first);
        assert_eq!(follow(moved, 101).prices(), moved);
    }
    assert_eq!(follow(prices(80, 8), 400).until(), at(700));
    // Nothing is free for longer than prices are nothing.
    let free = Schedule::free();
    assert_ne!(
        free.follow(&policy, prices(1, 1), BatchSize::EIGHT, at(1)),
        free
    );
}
