//! Whatever is applied: value is conserved, and a naive twin agrees.

use crate::common::*;
use ledger::poseidon::{Domain, hash};
use ledger::{
    Amount, Batch, BatchSize, Body, Fee, Fr, FromL1, Identity, Leaf, Nonce, OPEN_END, Operation,
    State, Tree,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An account as the twin knows it: by who opened it.
#[derive(Clone, Default, PartialEq, Debug)]
struct Twin {
    place: u64,
    nonce: u64,
    balances: BTreeMap<u64, u128>,
}

#[derive(Debug, Clone)]
enum Wish {
    Deposit(u8, u64, u128),
    Forced(u8, u64, u128),
    Transfer(u8, u8, u64, u128, u64),
    Withdraw(u8, u64, u128, u64),
}

fn wish() -> impl Strategy<Value = Wish> {
    let who = || 1u8..6;
    let id = || prop::sample::select(vec![0u64, 3, 255]);
    let amount = || 1u128..60;
    prop_oneof![
        3 => (who(), id(), amount()).prop_map(|(w, t, a)| Wish::Deposit(w, t, a)),
        1 => (who(), id(), amount()).prop_map(|(w, t, a)| Wish::Forced(w, t, a)),
        4 => (who(), who(), id(), amount(), 0u64..3)
            .prop_map(|(w, v, t, a, f)| Wish::Transfer(w, v, t, a, f)),
        1 => (who(), id(), amount(), 0u64..3).prop_map(|(w, t, a, f)| Wish::Withdraw(w, t, a, f)),
    ]
}

/// The root by hashing every account and every level anew, of a tree cut off where it is empty.
fn naive_root(people: &BTreeMap<u8, Twin>, tree: Tree) -> Fr {
    let mut listed: Vec<(Fr, u64, Fr, Fr, Fr)> = vec![(
        Fr::from(0u64),
        0,
        Fr::from(0u64),
        Fr::from(0u64),
        node_root(&BTreeMap::new(), 4),
    )];
    for (who, twin) in people {
        let key = key(*who).account_key();
        let balances = twin.balances.iter().map(|(id, a)| (*id, Fr::from(*a)));
        listed.push((
            Identity::of(key, address(*who)).into(),
            twin.place,
            key.into(),
            Fr::from(address(*who)) + Fr::from(twin.nonce) * Leaf::nonce_unit(),
            node_root(&balances.collect(), 4),
        ));
    }
    listed.sort();
    let nexts: Vec<Fr> = listed
        .iter()
        .skip(1)
        .map(|l| l.0)
        .chain([OPEN_END])
        .collect();
    let leaves = listed.iter().zip(nexts).map(|(leaf, next)| {
        let (identity, place, key, meta, balances) = *leaf;
        (
            place,
            hash(Domain::Leaf, [identity, next, key, meta, balances]),
        )
    });
    let accounts = node_root(&leaves.collect(), 12);
    let number = Fr::from(tree.number());
    hash(Domain::Root, [accounts, rollup().into(), number])
}

fn node_root(leaves: &BTreeMap<u64, Fr>, depth: u32) -> Fr {
    if depth == 0 {
        return leaves.get(&0).copied().unwrap_or_default();
    }
    let quarter = 1u64 << (2 * (depth - 1));
    let children = [0, 1, 2, 3].map(|child| {
        let range = leaves.range(child * quarter..(child + 1) * quarter);
        let below: BTreeMap<u64, Fr> = range.map(|(p, l)| (p - child * quarter, *l)).collect();
        if below.is_empty() {
            return ledger::empty_root(depth as usize - 1);
        }
        node_root(&below, depth - 1)
    });
    hash(Domain::Node, children)
}

/// What the twin makes of a wish: none if it must be refused.
fn wanted(people: &BTreeMap<u8, Twin>, wish: &Wish) -> Option<BTreeMap<u8, Twin>> {
    let mut people = people.clone();
    let places = people.len() as u64;
    match *wish {
        Wish::Deposit(who, id, amount) => {
            let twin = people.entry(who).or_insert_with(|| Twin {
                place: places + 1,
                ..Twin::default()
            });
            *twin.balances.entry(id).or_default() += amount;
        }
        Wish::Forced(who, id, amount) => {
            let held = people.get_mut(&who).and_then(|t| t.balances.get_mut(&id));
            if let Some(held) = held
                && *held >= amount
            {
                *held -= amount;
            }
        }
        Wish::Transfer(who, to, id, amount, fee) => {
            people.get(&to)?;
            let from = people.get_mut(&who)?;
            let held = from.balances.get_mut(&id)?;
            *held = held.checked_sub(amount + u128::from(fee))?;
            from.nonce += 1;
            *people.get_mut(&to)?.balances.entry(id).or_default() += amount;
        }
        Wish::Withdraw(who, id, amount, fee) => {
            let from = people.get_mut(&who)?;
            let held = from.balances.get_mut(&id)?;
            *held = held.checked_sub(amount + u128::from(fee))?;
            from.nonce += 1;
        }
    }
    for twin in people.values_mut() {
        twin.balances.retain(|_, amount| *amount != 0);
    }
    Some(people)
}

fn operation(people: &BTreeMap<u8, Twin>, tree: Tree, wish: &Wish) -> Operation {
    let signed = |who: u8, id: u64, fee: u64, body: Body| {
        let twin = people.get(&who).cloned().unwrap_or_default();
        let draft = ledger::Draft {
            from: index(twin.place),
            token: token(id),
            fee: Fee::new(fee),
            nonce: Nonce::new(twin.nonce),
            ..draft(tree, who, 0, body)
        };
        sign(draft, who)
    };
    match *wish {
        Wish::Deposit(who, id, amount) => Operation::FromL1(deposit(tree, who, id, amount)),
        Wish::Forced(who, id, amount) => Operation::FromL1(forced(tree, who, id, amount)),
        Wish::Transfer(who, to, id, amount, fee) => {
            let place = people.get(&to).map_or(99, |twin| twin.place);
            signed(who, id, fee, transfer(place, amount))
        }
        Wish::Withdraw(who, id, amount, fee) => {
            let amount = Amount::new(amount);
            let recipient = address(who);
            signed(who, id, fee, Body::Withdraw { recipient, amount })
        }
    }
}

fn total(state: &State, tree: Tree, id: u64) -> u128 {
    let accounts = state.tree(tree).accounts();
    accounts.map(|(_, a)| a.balance(token(id)).get()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn value_is_conserved_and_the_twin_agrees(
        wishes in prop::collection::vec((any::<bool>(), wish()), 1..24),
    ) {
        let mut state = State::new(rollup());
        let mut people = [BTreeMap::new(), BTreeMap::new()];
        let mut flows: BTreeMap<(Tree, u64), i128> = BTreeMap::new();
        for (off, wish) in &wishes {
            let tree = Tree::BOTH[usize::from(*off)];
            let twins = &mut people[usize::from(*off)];
            let operation = operation(twins, tree, wish);
            let before = state.roots();
            let mut batch = Batch::new(&mut state, BatchSize::new(2).unwrap(), Amount::new(1));
            let result = batch.apply(&operation).map(|receipt| receipt.record);
            match (wanted(twins, wish), result) {
                (Some(next), Ok(record)) => {
                    *twins = next;
                    let pot = batch.pot();
                    if pot.waiting != 0 {
                        // To the payer's own account, so that the twin need not know the fee.
                        let collect = Operation::Collect {
                            tree, token: record.token, to: record.from,
                        };
                        batch.apply(&collect).unwrap();
                        let who = twins.values_mut()
                            .find(|twin| twin.place == u64::from(record.from.get()))
                            .unwrap();
                        *who.balances.entry(record.token.get().into()).or_default() += pot.waiting;
                    }
                    let traffic = batch.finish().unwrap().traffic();
                    let queued = [&traffic.on_l1, &traffic.off_l1];
                    let deposits = queued.into_iter().flatten();
                    for o in deposits.filter(|o: &&FromL1| o.authority.is_none()) {
                        *flows.entry((o.tree, o.token.get().into())).or_default() +=
                            o.amount.get().cast_signed();
                    }
                    for w in &traffic.withdrawals {
                        *flows.entry((w.tree, w.token.get().into())).or_default() -=
                            w.amount.get().cast_signed();
                    }
                }
                (None, Err(_)) => prop_assert_eq!(state.roots(), before),
                (wanted, got) => prop_assert!(false, "{:?} gave {:?}, wanted {:?}", wish, got, wanted),
            }
        }
        for (tree, twins) in Tree::BOTH.into_iter().zip(&people) {
            prop_assert_eq!(state.roots().of(tree), naive_root(twins, tree));
            for id in [0, 3, 255] {
                let flow = flows.get(&(tree, id)).copied().unwrap_or(0);
                prop_assert_eq!(total(&state, tree, id).cast_signed(), flow);
            }
        }
    }
}
