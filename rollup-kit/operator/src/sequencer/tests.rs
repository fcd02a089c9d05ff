#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::fees::Schedule;
use crate::fixture::{
    Counting, HELD, OPERATOR, Skewed, call, collector, deposit, draft, funded, index, key, payment,
    queued, register, sign, transfer,
};
use crate::mempool::{Limits, Rules, VerifiedOperation};
use crate::plan::OnRow;
use crate::tokens::Tokens;
use ledger::{Amount, FromL1, Kind, Signed};
use proptest::prelude::*;

fn request(size: usize) -> Request {
    Request {
        number: BatchNumber::new(1),
        size: BatchSize::new(size).unwrap(),
        collector: Some(collector()),
        carriage: Carriage {
            on: OnRow::Calldata,
            off: OffRow::Network,
        },
        salt: 0,
        gadget: None,
        now: L1Time::new(10),
    }
}

fn tokens() -> Tokens {
    let ether = Tokens::ether().terms(TokenId::ETH).unwrap();
    Tokens::new(vec![ether, ether])
}

fn pool(operations: impl IntoIterator<Item = Signed>) -> Mempool {
    let mut pool = Mempool::new(Limits::default());
    let (state, tokens, fees) = (funded(), tokens(), Schedule::free());
    let rules = Rules {
        state: &state,
        tokens: &tokens,
        fees: &fees,
        now: L1Time::new(1),
    };
    for signed in operations {
        let verified = pool.examine(signed, &rules).unwrap().verify().unwrap();
        pool.admit(verified, &rules).unwrap();
    }
    pool
}

fn made(request: &Request, queues: [&QueueView; 2], pool: &Mempool) -> Option<(Planned, State)> {
    let mut state = funded();
    match plan(&mut state, request, queues, [0, 0], pool).unwrap() {
        Outcome::Batch(planned) => Some((*planned, state)),
        Outcome::Nothing(invalid) => {
            assert!(invalid.is_empty());
            None
        }
    }
}

fn kinds(planned: &Planned) -> Vec<(Kind, Tree, u32, u64)> {
    let records = planned.batch.finished().records();
    let used = records.iter().filter(|r| r.kind != Kind::Nothing);
    used.map(|r| (r.kind, r.tree, r.from.get(), r.fee.get()))
        .collect()
}

fn forced(tree: Tree, who: u8, amount: u128) -> FromL1 {
    FromL1 {
        authority: Some(key(who).presented().authority()),
        ..deposit(tree, who, 0, amount)
    }
}

#[test]
fn l1_comes_first_and_the_earlier_deadline_of_both_heads() {
    let on = QueueView {
        head: 0,
        next: vec![
            queued(0, None, 0),
            queued(1, Some(deposit(Tree::OnL1, 1, 0, 7)), 500),
            queued(2, Some(forced(Tree::OnL1, 2, 9)), 530),
        ],
    };
    let off = QueueView {
        head: 0,
        next: vec![
            queued(0, Some(forced(Tree::OffL1, 3, 5)), 510),
            queued(1, None, 0),
        ],
    };
    let pool = pool([payment(Tree::OnL1, 1, 0, 1_000_000 - 2)]);
    let (planned, state) = made(&request(8), [&on, &off], &pool).unwrap();
    let order: Vec<_> = kinds(&planned)
        .into_iter()
        .map(|(k, t, ..)| (k, t))
        .collect();
    assert_eq!(
        order,
        [
            (Kind::Deposit, Tree::OnL1),
            (Kind::Forced, Tree::OffL1),
            (Kind::Forced, Tree::OnL1),
            (Kind::Transfer, Tree::OnL1),
            (Kind::Collect, Tree::OnL1),
        ]
    );
    // What was taken back behind the last one stays where it is.
    assert_eq!(planned.plan.heads, [3, 1]);
    assert_eq!(planned.plan.carriage.off, OffRow::Network);
    assert_eq!(planned.plan.withdrawals.len(), 2);
    let mut again = funded();
    let replayed = SealedBatch::replay(&planned.plan, &mut again).unwrap();
    assert_eq!(replayed, planned.batch);
    assert_eq!(again.roots(), state.roots());
    // With room for two, a signed one has to wait for them.
    let (two, _) = made(&request(2), [&on, &off], &pool).unwrap();
    assert_eq!(two.plan.heads, [2, 1]);
    assert_eq!(two.plan.signed().count(), 0);
}

#[test]
fn a_head_that_the_state_does_not_take_holds_up_its_own_queue_alone() {
    let overflow = deposit(Tree::OnL1, 1, 0, u128::MAX);
    let on = QueueView {
        head: 0,
        next: vec![
            queued(0, Some(overflow), 500),
            queued(1, Some(deposit(Tree::OnL1, 2, 0, 1)), 530),
        ],
    };
    let off = QueueView {
        head: 0,
        next: vec![queued(0, Some(deposit(Tree::OffL1, 2, 0, 1)), 600)],
    };
    let (planned, _) = made(&request(8), [&on, &off], &pool([])).unwrap();
    assert_eq!(planned.plan.heads, [0, 1]);
}

#[test]
fn signed_ones_go_by_fee_in_lanes_and_fees_are_collected() {
    let (on, off) = (Tree::OnL1, Tree::OffL1);
    let pool = pool([
        payment(on, 1, 0, 60),
        payment(off, 2, 0, 100),
        payment(on, 3, 0, 99),
        payment(off, 4, 0, 55),
        payment(off, 3, 0, 40),
    ]);
    let (planned, state) = made(&request(8), [&QueueView::default(); 2], &pool).unwrap();
    // 55 goes with the first, being worth half of 99; 40 has to wait.
    let collect = |tree| (Kind::Collect, tree, 0, 0);
    assert_eq!(
        kinds(&planned),
        [
            (Kind::Transfer, off, 2, 100),
            (Kind::Transfer, off, 4, 55),
            collect(off),
            (Kind::Transfer, on, 3, 99),
            (Kind::Transfer, on, 1, 60),
            collect(on),
            (Kind::Transfer, off, 3, 40),
            collect(off),
        ]
    );
    for (tree, fees) in [(off, 195), (on, 159)] {
        let operator = state.tree(tree).account(index(OPERATOR)).unwrap();
        assert_eq!(operator.balance(TokenId::ETH).get(), HELD + fees);
    }
    // Without an account for the fees, what pays any waits.
    let nobody = Request {
        collector: None,
        ..request(8)
    };
    assert!(made(&nobody, [&QueueView::default(); 2], &pool).is_none());
}

#[test]
fn a_batch_that_is_nothing_is_none() {
    let taken_back = QueueView {
        head: 0,
        next: vec![queued(0, None, 0), queued(1, None, 0)],
    };
    assert!(made(&request(8), [&taken_back; 2], &pool([])).is_none());
    // A transfer that is not funded yet waits.
    let second = sign(draft(Tree::OnL1, 1, 1, 0, transfer(2, HELD + 1)), 1);
    let first = sign(draft(Tree::OnL1, 1, 0, 0, transfer(2, 1)), 1);
    let mut pool = pool([first]);
    // It was taken when there was more.
    let id = OperationId::in_state(&second, &funded()).unwrap();
    let second = VerifiedOperation::remembered(id, second);
    pool.replace(second, &tokens(), L1Time::new(1));
    let (planned, _) = made(&request(8), [&QueueView::default(); 2], &pool).unwrap();
    assert_eq!(planned.plan.signed().count(), 1);
    assert!(planned.invalid.is_empty());
}

#[test]
fn salt_changes_the_row_and_nothing_else() {
    let pool = pool([payment(Tree::OffL1, 1, 0, 0)]);
    let mut rows = std::collections::BTreeSet::new();
    for salt in [0, 1, 2, 255, 256, 300] {
        let salted = Request { salt, ..request(8) };
        let (planned, state) = made(&salted, [&QueueView::default(); 2], &pool).unwrap();
        assert!(rows.insert(planned.batch.row(Tree::OffL1).unwrap().as_bytes().to_vec()));
        let plain = made(&request(8), [&QueueView::default(); 2], &pool)
            .unwrap()
            .1;
        assert_eq!(state.roots(), plain.roots());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever waits: L1 first and in its order, each account by nonce, nothing twice, nothing
    /// lost but for room or money, and the journal's plan makes the same batch.
    #[test]
    fn the_order_law(
        coming in prop::collection::vec(
            (1_u8..=4, any::<bool>(), 0_u64..3, prop_oneof![Just(1_u128), Just(HELD / 2)]), 0..14),
        deposits in prop::collection::vec((any::<bool>(), 1_u8..9, 1_u64..50), 0..6),
        size in 2_usize..16,
    ) {
        let mut nonces = std::collections::HashMap::new();
        let mut spent = std::collections::HashMap::new();
        let operations: Vec<Signed> = coming.iter().filter_map(|(who, off, fee, amount)| {
            let tree = if *off { Tree::OffL1 } else { Tree::OnL1 };
            let spent: &mut u128 = spent.entry((tree, *who)).or_default();
            *spent += amount + u128::from(*fee);
            if *spent > HELD {
                return None;
            }
            let nonce: &mut u64 = nonces.entry((tree, *who)).or_default();
            let signed = sign(draft(tree, *who, *nonce, *fee, transfer(who % 4 + 1, *amount)), *who);
            *nonce += 1;
            Some(signed)
        }).collect();
        let pool = pool(operations);
        let mut views = [QueueView::default(), QueueView::default()];
        for (off, who, deadline) in deposits {
            let (place, tree) = (usize::from(off), Tree::BOTH[usize::from(off)]);
            let view = &mut views[place];
            let deadline = view.next.last().map_or(0, |q| q.deadline) + deadline;
            let at = view.next.len() as u64;
            view.next.push(queued(at, Some(deposit(tree, who, 0, 3)), deadline));
        }
        let queues = [&views[0], &views[1]];
        let Some((planned, state)) = made(&request(size), queues, &pool) else {
            prop_assert!(views.iter().all(|view| view.next.is_empty()));
            return Ok(());
        };
        let records = planned.batch.finished().records();
        let from_l1 = records.iter().take_while(|r| r.kind.is_from_l1()).count();
        prop_assert!(records[from_l1..].iter().all(|r| !r.kind.is_from_l1()));
        let waiting: usize = views.iter().map(|view| view.next.len()).sum();
        prop_assert_eq!(from_l1, waiting.min(size));
        let mut latest = 0;
        for entry in &planned.plan.entries {
            if let Entry::Queue { deadline, .. } = entry {
                prop_assert!(*deadline >= latest);
                latest = *deadline;
            }
        }
        let mut expected = std::collections::HashMap::new();
        for (_, id, operation) in planned.plan.signed() {
            let pooled = pool.get(&id).unwrap();
            prop_assert_eq!(&operation.decode().unwrap(), &pooled.signed);
            let holder = (pooled.signed.draft.tree, pooled.signed.draft.from);
            let next: &mut u64 = expected.entry(holder).or_default();
            prop_assert_eq!(pooled.signed.draft.nonce.get(), *next);
            *next += 1;
        }
        let mut again = funded();
        let replayed = SealedBatch::replay(&planned.plan, &mut again).unwrap();
        prop_assert_eq!(&replayed, &planned.batch);
        prop_assert_eq!(again.roots(), state.roots());
        let json = serde_json::to_string(&planned.plan).unwrap();
        prop_assert_eq!(&serde_json::from_str::<BatchPlan>(&json).unwrap(), &planned.plan);
        prop_assert!(Amount::new(1) <= LEAST);
    }
}

#[test]
fn calls_go_with_what_pays_and_wait_where_rules_refuse_them() {
    let tree = Tree::OffL1;
    let rules_of = |state: State| state.with_rules(Some(&Counting));
    let (tokens, fees) = (tokens(), Schedule::free());
    let mut pool = Mempool::new(Limits::default());
    let mut state = rules_of(funded());
    let rules = Rules {
        state: &state,
        tokens: &tokens,
        fees: &fees,
        now: L1Time::new(1),
    };
    for signed in [
        payment(tree, 2, 0, 9),
        sign(call(tree, 1, 0, 5), 1),
        // The rules refuse it after the one before.
        sign(call(tree, 1, 1, 6), 1),
    ] {
        let verified = pool.examine(signed, &rules).unwrap().verify().unwrap();
        pool.admit(verified, &rules).unwrap();
    }
    let nothing = QueueView {
        head: 0,
        next: Vec::new(),
    };
    // A salt that would name a register without rules.
    let request = Request {
        salt: 200,
        ..request(8)
    };
    let queues = [&nothing, &nothing];
    let planned = plan(&mut state, &request, queues, [0, 0], &pool).unwrap();
    let Outcome::Batch(planned) = planned else {
        panic!("{planned:?}");
    };
    let done: Vec<Kind> = kinds(&planned).into_iter().map(|(kind, ..)| kind).collect();
    let expected = [Kind::Collect, Kind::Transfer, Kind::Call, Kind::Collect];
    assert_eq!(done, expected);
    assert!(planned.invalid.is_empty());
    let account = state.tree(tree).account(index(1)).unwrap();
    assert_eq!(account.balance(register()), Amount::new(5));
    // The journal's plan makes the same batch, by the same rules alone.
    let again = SealedBatch::replay(&planned.plan, &mut rules_of(funded())).unwrap();
    assert_eq!(again, planned.batch);
    assert!(SealedBatch::replay(&planned.plan, &mut funded()).is_err());
}

/// However many deposits were taken back, what is behind them comes to its turn.
#[test]
fn a_long_run_of_what_was_taken_back_blocks_no_queue() {
    use validity::{OnL1Part, Queued, Terms};

    for (cancelled, batches) in [(64, 1), (65, 2), (200, 4)] {
        for place in [0, 1] {
            let tree = Tree::BOTH[place];
            let mut views = [QueueView::default(), QueueView::default()];
            let places = (0..cancelled).map(|at| queued(at, None, 0));
            views[place].next.extend(places);
            let live = queued(cancelled, Some(deposit(tree, 1, 0, 7)), 500);
            views[place].next.push(live);

            let (mut state, mut consumed, mut made) = (funded(), [0, 0], 0);
            while consumed[place] <= cancelled {
                let before = state.clone();
                let queues = [&views[0], &views[1]];
                let planned = plan(&mut state, &request(8), queues, consumed, &pool([])).unwrap();
                let Outcome::Batch(planned) = planned else {
                    panic!("stuck at {consumed:?}");
                };
                let taken: Vec<_> = planned.plan.consumed(tree).map(Result::unwrap).collect();
                let nothing = taken.iter().filter(|q| q.operation.is_none()).count();
                assert!((1..=MOST_CANCELLED).contains(&nothing));
                assert_eq!(
                    planned.plan.heads[place],
                    consumed[place] + taken.len() as u64
                );
                let again = SealedBatch::replay(&planned.plan, &mut before.clone()).unwrap();
                assert_eq!(again, planned.batch);
                // The statement takes a run of nothing for what L1 hashes it to.
                let queue = |of: Tree| {
                    let operations = planned.batch.queue(of).iter();
                    let operations = operations.map(|q| match q.operation {
                        Some(operation) => Queued::Waiting {
                            operation,
                            enqueued_at: q.enqueued_at,
                            deadline: q.deadline,
                        },
                        None => Queued::Cancelled,
                    });
                    operations.collect()
                };
                if !planned.batch.has_off_row() {
                    let terms = Terms {
                        chain_id: 1,
                        contract: Address::new([1; 20]),
                        number: validity::BatchNumber::new(1),
                        on_queue: queue(Tree::OnL1),
                        off_queue: queue(Tree::OffL1),
                        on_row: OnL1Part::Calldata,
                        off_row: None,
                    };
                    validity::Statement::new(planned.batch.finished(), &terms).unwrap();
                }
                consumed = planned.plan.heads;
                made += 1;
            }
            assert_eq!(made, batches, "{cancelled} taken back");
            let account = state.tree(tree).account(index(1)).unwrap();
            assert_eq!(account.balance(TokenId::ETH).get(), HELD + 7);
        }
    }
}

#[test]
fn what_the_circuit_does_not_prove_is_in_no_batch() {
    let tree = Tree::OffL1;
    let mut state = funded().with_rules(Some(&Skewed));
    let (tokens, fees) = (tokens(), Schedule::free());
    let mut pool = Mempool::new(Limits::default());
    let rules = Rules {
        state: &state,
        tokens: &tokens,
        fees: &fees,
        now: L1Time::new(1),
    };
    let mut take = |signed: Signed| {
        let verified = pool.examine(signed, &rules).unwrap().verify().unwrap();
        pool.admit(verified, &rules).unwrap().id
    };
    let bad = take(sign(call(tree, 1, 0, 300), 1));
    let proved = Request {
        gadget: Some(Ruled::new(&Skewed).unwrap()),
        ..request(8)
    };
    let queues = [&QueueView::default(), &QueueView::default()];
    let outcome = plan(&mut state.clone(), &proved, queues, [0, 0], &pool).unwrap();
    let Outcome::Nothing(invalid) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(invalid, [(bad, Gone::Unprovable)]);

    let rules = Rules {
        state: &funded().with_rules(Some(&Skewed)),
        ..rules
    };
    let mut take = |signed: Signed| {
        let verified = pool.examine(signed, &rules).unwrap().verify().unwrap();
        pool.admit(verified, &rules).unwrap().id
    };
    let good = take(sign(call(tree, 2, 0, 200), 2));
    let outcome = plan(&mut state, &proved, queues, [0, 0], &pool).unwrap();
    let Outcome::Batch(planned) = outcome else {
        panic!("{outcome:?}");
    };
    let signed: Vec<_> = planned.plan.signed().map(|(_, id, _)| id).collect();
    assert_eq!(
        (signed, planned.invalid),
        (vec![good], vec![(bad, Gone::Unprovable)])
    );
}
