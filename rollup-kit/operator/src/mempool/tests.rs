#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::fees::{Policy, Prices};
use crate::fixture::{
    Counting, HELD, OPERATOR, address, call, draft, funded, index, key, payment, rollup, sign,
    transfer,
};
use crate::tokens::TokenTerms;
use ledger::{Amount, BatchSize, TokenId, Tree};
use proptest::prelude::*;
use settlement::Wei;

const NOW: L1Time = L1Time::new(1_000);

fn tokens() -> Tokens {
    let ether = Tokens::ether().terms(TokenId::ETH).unwrap();
    let other = TokenTerms {
        least: Amount::new(10),
        wei_per_million: 2_000_000,
    };
    Tokens::new(vec![ether, other])
}

fn fees(base: u128) -> Schedule {
    let prices = Prices {
        base_fee: Wei::new(base),
        blob_base_fee: Wei::new(1),
        da_per_byte: Wei::ZERO,
    };
    let policy = Policy {
        batch_gas: settlement::Gas::new(80),
        record_gas: settlement::Gas::new(0),
        share: 100,
        ..Policy::default()
    };
    Schedule::new(&policy, prices, BatchSize::EIGHT, NOW)
}

struct Pool {
    pool: Mempool,
    state: State,
    tokens: Tokens,
    fees: Schedule,
}

impl Pool {
    fn new(limits: Limits) -> Self {
        Self {
            pool: Mempool::new(limits),
            state: funded(),
            tokens: tokens(),
            fees: Schedule::free(),
        }
    }

    fn submit(&mut self, signed: Signed) -> Result<Admitted, Refusal> {
        let rules = Rules {
            state: &self.state,
            tokens: &self.tokens,
            fees: &self.fees,
            now: NOW,
        };
        let verified = self.pool.examine(signed, &rules)?.verify()?;
        self.pool.admit(verified, &rules)
    }

    fn refused(&mut self, signed: Signed) -> &'static str {
        self.submit(signed).unwrap_err().name()
    }
}

fn limits() -> Limits {
    Limits {
        per_account: 4,
        bytes: 8 * FOOTPRINT,
        gap: 6,
        expiry: 50,
    }
}

/// Two signatures of one operation are the same operation, not one that replaces the other.
#[test]
fn the_same_again_is_known() {
    let mut pool = Pool::new(limits());
    let waiting = payment(Tree::OffL1, 1, 0, 0);
    let id = pool.submit(waiting.clone()).unwrap().id;
    for again in [waiting, payment(Tree::OffL1, 1, 0, 0)] {
        assert_eq!(pool.submit(again), Err(Refusal::Known { id }));
    }
    assert_eq!(pool.pool.len(), 1);
    let other = draft(Tree::OffL1, 1, 0, 0, transfer(2, 5));
    assert_eq!(pool.refused(sign(other, 1)), "underpriced");
}

#[test]
fn each_bad_operation_is_refused_by_its_name() {
    let mut pool = Pool::new(limits());
    let tree = Tree::OffL1;
    let good = |nonce| draft(tree, 1, nonce, 0, transfer(2, 5));

    let mut forged = sign(good(0), 1);
    forged.draft.body = transfer(2, 6);
    assert_eq!(pool.refused(forged), "wrong_signature");
    assert_eq!(pool.refused(sign(good(0), 2)), "wrong_key");
    let elsewhere = good(0).sign(
        ledger::RollupDomain::of(1, address(0xcc)),
        address(1),
        &key(1),
    );
    assert_eq!(pool.refused(elsewhere), "wrong_signature");
    assert_eq!(pool.refused(sign(good(7), 1)), "nonce_gap");
    let mut dust = good(0);
    dust.token = TokenId::new(1).unwrap();
    assert_eq!(pool.refused(sign(dust, 1)), "dust");
    assert_eq!(
        pool.refused(sign(draft(tree, 1, 0, 0, transfer(2, 0)), 1)),
        "dust"
    );
    let mut unknown = good(0);
    unknown.token = TokenId::new(2).unwrap();
    assert_eq!(pool.refused(sign(unknown, 1)), "unknown_token");
    for nobody in [0, 99] {
        let to = draft(tree, 1, 0, 0, transfer(nobody, 5));
        assert_eq!(pool.refused(sign(to, 1)), "unknown_account");
        let from = draft(tree, nobody, 0, 0, transfer(1, 5));
        assert_eq!(pool.refused(sign(from, 1)), "unknown_account");
    }
    let all = draft(tree, 1, 0, 1, transfer(2, HELD));
    assert_eq!(pool.refused(sign(all, 1)), "insufficient");
    let wide = draft(tree, 1, 0, 1, transfer(2, u128::MAX));
    assert_eq!(pool.refused(sign(wide, 1)), "overflow");
    pool.fees = fees(1);
    assert_eq!(
        pool.refused(sign(draft(tree, 1, 0, 9, transfer(2, 5)), 1)),
        "fee_too_low"
    );
    pool.submit(sign(draft(tree, 1, 0, 10, transfer(2, 5)), 1))
        .unwrap();
    pool.fees = Schedule::free();
    assert_eq!(pool.pool.len(), 1);

    let mut state = funded();
    let done = payment(tree, 2, 0, 0);
    let mut batch = ledger::Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    batch
        .apply(&ledger::Operation::Signed(Box::new(done.clone())))
        .unwrap();
    batch.finish().unwrap();
    pool.state = state;
    assert_eq!(pool.refused(done), "replayed");
}

#[test]
fn one_of_a_waiting_nonce_takes_its_place_for_a_tenth_more() {
    let mut pool = Pool::new(limits());
    let tree = Tree::OnL1;
    let first = pool.submit(payment(tree, 1, 0, 100)).unwrap().id;
    assert_eq!(pool.refused(payment(tree, 1, 0, 100)), "known");
    assert_eq!(pool.refused(payment(tree, 1, 0, 109)), "underpriced");
    let second = pool.submit(payment(tree, 1, 0, 110)).unwrap();
    assert_eq!(second.gone, [(first, Gone::Replaced)]);
    assert!(pool.pool.get(&first).is_none());
    assert_eq!(pool.pool.len(), 1);
    // Free ones are replaced by any that pays.
    pool.submit(payment(tree, 2, 0, 0)).unwrap();
    let again = sign(draft(tree, 2, 0, 0, transfer(4, 3)), 2);
    assert_eq!(pool.refused(again), "underpriced");
    pool.submit(payment(tree, 2, 0, 1)).unwrap();
}

#[test]
fn a_full_pool_keeps_what_pays_most_and_strands_nothing() {
    let mut pool = Pool::new(limits());
    let tree = Tree::OffL1;
    for nonce in [0, 1, 3, 5] {
        pool.submit(payment(tree, 1, nonce, 50)).unwrap();
    }
    assert_eq!(pool.refused(payment(tree, 1, 2, 1000)), "account_full");
    assert_eq!(
        pool.pool.next_nonce((tree, index(1)), Nonce::new(0)),
        Nonce::new(2)
    );
    for nonce in 0..4 {
        // The first pays least, and is not the last of its account.
        pool.submit(payment(tree, 2, nonce, 10 + nonce)).unwrap();
    }
    assert_eq!(pool.refused(payment(tree, 3, 0, 13)), "pool_full");
    let dearer = pool.submit(payment(tree, 3, 0, 14)).unwrap();
    let [(evicted, Gone::Evicted)] = dearer.gone[..] else {
        panic!("{dearer:?}");
    };
    assert!(pool.pool.get(&evicted).is_none());
    assert!(pool.pool.at((tree, index(2)), Nonce::new(2)).is_some());
    assert!(pool.pool.at((tree, index(2)), Nonce::new(3)).is_none());
}

#[test]
fn the_key_is_the_one_that_the_account_will_have() {
    let mut pool = Pool::new(limits());
    let tree = Tree::OnL1;
    let change = Body::ChangeKey {
        key: key(77).account_key(),
    };
    pool.submit(sign(draft(tree, 1, 1, 0, change), 1)).unwrap();
    let with = |who: u8, nonce| {
        let draft = draft(tree, 1, nonce, 0, transfer(2, 5));
        draft.sign(rollup(), address(1), &key(who))
    };
    assert_eq!(pool.refused(with(77, 0)), "wrong_key");
    assert_eq!(pool.refused(with(1, 2)), "wrong_key");
    pool.submit(with(77, 2)).unwrap();
    pool.submit(with(1, 0)).unwrap();
}

#[test]
fn what_is_overtaken_or_late_goes() {
    let mut pool = Pool::new(limits());
    let tree = Tree::OffL1;
    let first = pool.submit(payment(tree, 1, 0, 1)).unwrap().id;
    let later = pool.submit(payment(tree, 2, 0, 1)).unwrap().id;
    let other = payment(tree, 1, 0, 7);
    let mut state = pool.state.clone();
    let mut batch = ledger::Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    batch
        .apply(&ledger::Operation::Signed(Box::new(other)))
        .unwrap();
    let collect = ledger::Operation::Collect {
        tree,
        token: TokenId::ETH,
        to: index(OPERATOR),
    };
    batch.apply(&collect).unwrap();
    batch.finish().unwrap();
    assert_eq!(
        pool.pool.sweep(&state, NOW.plus(49)),
        [(first, Gone::Overtaken)]
    );
    assert_eq!(
        pool.pool.sweep(&state, NOW.plus(50)),
        [(later, Gone::Expired)]
    );
    assert!(pool.pool.is_empty());
    let gone = State::new(rollup());
    pool.submit(payment(tree, 3, 0, 1)).unwrap();
    assert!(matches!(
        pool.pool.sweep(&gone, NOW)[..],
        [(_, Gone::Invalid)]
    ));
}

#[test]
fn ids_read_back() {
    let mut pool = Pool::new(limits());
    let id = pool.submit(payment(Tree::OnL1, 1, 0, 1)).unwrap().id;
    assert_eq!(id.to_string().parse::<OperationId>().unwrap(), id);
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(serde_json::from_str::<OperationId>(&json).unwrap(), id);
    assert!("00".parse::<OperationId>().is_err());
    assert!(serde_json::from_str::<OperationId>("\"zz\"").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever comes, the bounds hold, and both indices say the same.
    #[test]
    fn bounds_hold(
        coming in prop::collection::vec((1_u8..=4, 0_u64..9, 0_u64..40, any::<bool>()), 1..40)
    ) {
        let mut pool = Pool::new(limits());
        for (who, nonce, fee, off) in coming {
            let tree = if off { Tree::OffL1 } else { Tree::OnL1 };
            let _ = pool.submit(payment(tree, who, nonce, fee));
            let of = &pool.pool;
            prop_assert!(of.len() * FOOTPRINT <= limits().bytes);
            prop_assert_eq!(of.iter().count(), of.len());
            for pooled in of.iter() {
                prop_assert_eq!(of.get(&pooled.id).map(|p| p.arrival), Some(pooled.arrival));
                prop_assert!(pooled.signed.draft.nonce.get() <= limits().gap);
            }
            for holder in of.holders() {
                let own = of.iter().filter(|p| (p.signed.draft.tree, p.signed.draft.from) == holder);
                prop_assert!(own.count() <= limits().per_account);
            }
        }
    }
}

#[test]
fn calls_are_held_against_the_rollups_rules() {
    let tree = Tree::OffL1;
    let mut pool = Pool::new(limits());
    assert_eq!(pool.refused(sign(call(tree, 1, 0, 5), 1)), "no_rules");
    pool.state = pool.state.clone().with_rules(Some(&Counting));
    // Whatever money pays, a call is free; it is the first to go when the pool is full.
    pool.fees = fees(1);
    let changed = |change: &dyn Fn(&mut Draft)| {
        let mut draft = call(tree, 1, 0, 5);
        change(&mut draft);
        sign(draft, 1)
    };
    let to = |place: u8| Body::Call {
        to: index(place),
        payload: 5u64.into(),
    };
    let refused = [
        (changed(&|d| d.token = TokenId::ETH), "not_a_register"),
        (changed(&|d| d.fee = ledger::Fee::new(1)), "malformed"),
        (changed(&|d| d.body = to(0)), "unknown_account"),
        (changed(&|d| d.body = to(99)), "unknown_account"),
        (changed(&|d| d.body = to(2)), "refused_by_rules"),
        (changed(&|d| d.body = transfer(2, 1)), "unknown_token"),
    ];
    for (signed, name) in refused {
        assert_eq!(pool.refused(signed), name);
    }
    pool.submit(sign(call(tree, 1, 0, 5), 1)).unwrap();
    // What comes later may be asked of another state.
    pool.submit(sign(call(tree, 1, 1, 6), 1)).unwrap();
    assert_eq!(pool.pool.len(), 2);
}

#[test]
fn each_place_is_backed_by_what_its_account_holds() {
    let tree = Tree::OnL1;
    let mut pool = Pool::new(limits());
    // Behind a gap as well, where no batch will take it.
    assert_eq!(
        pool.refused(payment(tree, 1, 3, HELD as u64)),
        "insufficient"
    );
    let half = |nonce| sign(draft(tree, 1, nonce, 1, transfer(2, HELD / 2)), 1);
    pool.submit(half(1)).unwrap();
    assert_eq!(pool.refused(half(2)), "insufficient");
    // Another token's, and what replaces it, are not paid out of the same.
    let mut other = draft(tree, 1, 2, 1, transfer(2, HELD / 2));
    other.token = TokenId::new(1).unwrap();
    pool.submit(sign(other, 1)).unwrap();
    let dearer = sign(draft(tree, 1, 1, 2, transfer(2, HELD / 2)), 1);
    assert_eq!(pool.submit(dearer).unwrap().gone.len(), 1);
}

#[test]
fn an_eviction_takes_a_tenth_more() {
    let tree = Tree::OnL1;
    let mut pool = Pool::new(limits());
    for (who, nonce) in [
        (1, 0),
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 0),
        (2, 1),
        (2, 2),
        (2, 3),
    ] {
        pool.submit(payment(tree, who, nonce, 100)).unwrap();
    }
    assert_eq!(pool.refused(payment(tree, 3, 0, 101)), "pool_full");
    assert_eq!(pool.refused(payment(tree, 3, 0, 109)), "pool_full");
    let [(_, Gone::Evicted)] = pool.submit(payment(tree, 3, 0, 110)).unwrap().gone[..] else {
        panic!("nothing was evicted");
    };
}
