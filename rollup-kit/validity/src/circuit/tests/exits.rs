//! Batched exits against the ledger: what accounts hold is proved, and nothing else.

use super::cases::{address, funded, holds, index, key, rollup};
use super::mutate::all_bind;
use crate::circuit::num::{Num, Synthesis};
use crate::{BatchNumber, ExitStatement, ExitTerms, ExitsCircuit};
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::ConstraintSystem;
use ledger::poseidon::{Domain, Sponge};
use ledger::{
    AccountKey, Amount, ExitBatch, ExitsSize, Fr, RollupDomain, State, TokenId, Tree, TreeState,
};

/// What an exit may cost, the proof's own constraints shared out.
const MOST_PER_EXIT: usize = 6_000;

fn size(holdings: usize) -> ExitsSize {
    ExitsSize::new(holdings).unwrap()
}

/// Account 300 holds two tokens, its neighbours one.
fn crowd() -> State {
    let holders = (1..=301u32).map(|who| {
        let key = AccountKey::new(Fr::from(who));
        let balances = [(5, u128::from(who)), (200, u128::MAX)];
        let count = if who == 300 { 2 } else { 1 };
        let balances = balances[..count].iter();
        let balances = balances.map(|(t, a)| (TokenId::new(*t).unwrap(), Amount::new(*a)));
        (
            key,
            address(u8::try_from(who % 256).unwrap()),
            balances.collect(),
        )
    });
    let tree = |tree| TreeState::with_accounts(tree, holders.clone()).unwrap();
    State::with_trees(rollup(), tree(Tree::OnL1), tree(Tree::OffL1))
}

fn terms() -> ExitTerms {
    ExitTerms {
        chain_id: 31_337,
        contract: address(0xcc),
        newest: BatchNumber::new(7),
    }
}

fn of(state: &State, tree: Tree, places: usize, wanted: &[(u64, u64)]) -> ExitBatch {
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(account, token)| (index(*account), TokenId::new(*token).unwrap()))
        .collect();
    state.exits(tree, size(places), &wanted).unwrap()
}

fn circuit(batch: &ExitBatch) -> ExitsCircuit {
    ExitsCircuit::new(batch, &ExitStatement::new(batch, &terms()))
}

/// Two exits of one account, and of two, none, and one in either place.
fn cases() -> Vec<ExitBatch> {
    let state = crowd();
    let mut cases = vec![of(&funded(), Tree::OnL1, 2, &[(2, 5)])];
    for tree in Tree::BOTH {
        cases.push(of(&state, tree, 2, &[(300, 5), (300, 200)]));
        cases.push(of(&state, tree, 2, &[(301, 5), (86, 5)]));
        cases.push(of(&state, tree, 2, &[(255, 5)]));
        cases.push(of(&state, tree, 2, &[]));
    }
    // The first place unused, the second used.
    let mut swapped = of(&state, Tree::OffL1, 2, &[(171, 5)]);
    swapped.exits.swap(0, 1);
    cases.push(swapped);
    cases
}

#[test]
fn what_accounts_hold_is_proved() {
    for batch in cases().iter().take(9) {
        assert!(holds(circuit(batch)));
    }
}

#[test]
fn every_variable_of_an_exit_is_bound_and_every_constraint_binds() {
    all_bind(cases().iter().map(|batch| adapted(circuit(batch))));
}

#[test]
fn an_exit_costs_at_most_6_000_constraints() {
    let state = funded();
    let of = |places| {
        circuit(&of(&state, Tree::OnL1, places, &[]))
            .measured()
            .unwrap()
    };
    let [two, four] = [of(2), of(4)];
    let pair = four.constraints - two.constraints;
    let once = two.constraints - pair;
    println!("{pair} constraints a pair of exits, {once} a proof");
    let sixteen = of(16);
    println!(
        "16 exits: {} constraints, {} each, domain 2^{}",
        sixteen.constraints,
        sixteen.constraints / 16,
        sixteen.domain.ilog2()
    );
    assert_eq!(sixteen.constraints, two.constraints + 7 * pair);
    assert!(sixteen.constraints <= 16 * MOST_PER_EXIT);
    assert_eq!(sixteen.domain, 1 << 17);
}

/// The circuit with the digest and the sequence that follow from its witness; the tree's root is
/// L1's.
fn adapted(mut circuit: ExitsCircuit) -> ExitsCircuit {
    let synthesis = Synthesis::new(ConstraintSystem::new_ref());
    let accounts = Num::constant(circuit.accounts);
    let said: Vec<_> = circuit
        .exits
        .iter()
        .map(|exit| synthesis.exit(exit, &accounts).unwrap())
        .collect();
    let places = u32::try_from(circuit.size.holdings()).unwrap();
    let mut sponge = Sponge::new(Domain::Exits(places));
    for pair in said.chunks(2) {
        let mut absorbed = [Fr::ZERO; Sponge::RATE];
        let values = pair.iter().flat_map(|said| &said.digested);
        for (element, said) in absorbed.iter_mut().zip(values) {
            *element = said.value;
        }
        sponge.absorb(absorbed);
    }
    let x = circuit.inputs[3];
    let mut value: Fr = said.iter().map(|said| said.used.value).sum();
    for said in said.iter().filter(|said| said.used.value == Fr::ONE) {
        value = (value * x + said.word.value) * x + said.owner.value;
    }
    (circuit.inputs[2], circuit.inputs[4]) = (sponge.squeeze(), value);
    circuit
}

fn refused(name: &str, change: impl FnOnce(&mut ExitsCircuit)) {
    let honest = of(&crowd(), Tree::OffL1, 2, &[(300, 5), (86, 5)]);
    let mut circuit = circuit(&honest);
    assert_eq!(adapted(circuit.clone()).inputs, circuit.inputs);
    change(&mut circuit);
    assert!(!holds(adapted(circuit)), "{name}");
}

#[test]
fn what_accounts_do_not_hold_is_not_proved() {
    refused("an inflated amount", |c| {
        c.exits[0].touch.balance = Amount::new(301);
    });
    refused("nothing", |c| c.exits[0].touch.balance = Amount::new(0));
    refused("another owner", |c| {
        c.exits[0].touch.leaf.meta += Fr::ONE;
    });
    refused("another's nonce", |c| {
        c.exits[0].touch.leaf.meta += ledger::Leaf::nonce_unit();
    });
    refused("another token", |c| {
        c.exits[0].token = TokenId::new(6).unwrap();
    });
    refused("another place", |c| c.exits[0].touch.index = index(301));
    refused("another's leaf", |c| {
        c.exits[0].touch.leaf = c.exits[1].touch.leaf;
    });
    refused("another key", |c| c.exits[0].touch.leaf.key += Fr::ONE);
    refused("another's balances", |c| {
        c.exits[0].touch.balance_path = c.exits[1].touch.balance_path;
    });
    for level in 0..12 {
        refused("another path", |c| {
            c.exits[1].touch.path[level][3] += Fr::ONE;
        });
    }
    for level in 0..4 {
        refused("another balance's path", |c| {
            c.exits[1].touch.balance_path[level][2] += Fr::ONE;
        });
    }
    refused("an account's data for a sentinel", |c| {
        c.exits[0].used = false;
        c.exits[0].touch.leaf.meta += Fr::ONE;
    });
}

#[test]
fn exits_are_of_l1s_root_tree_and_rollup() {
    refused("another root", |c| c.inputs[1] += Fr::ONE);
    refused("another tree", |c| c.inputs[0] = Fr::ZERO);
    refused("another rollup", |c| {
        c.rollup = RollupDomain::of(1, address(0xcc)).into();
    });
    refused("other accounts", |c| {
        let state = funded();
        let batch = of(&state, Tree::OffL1, 2, &[(1, 5), (2, 5)]);
        (c.accounts, c.exits) = (batch.accounts, batch.exits);
    });
    // Another owner's deposit of the same key: another account.
    assert_ne!(key(1).account_key(), key(2).account_key());
}

/// L1 was told of other holdings than the circuit has.
#[test]
fn l1_sees_what_is_proved() {
    let honest = of(&crowd(), Tree::OffL1, 3, &[(300, 5), (86, 5)]);
    let circuit = circuit(&honest);
    assert!(holds(circuit.clone()));
    let claimed = |change: &dyn Fn(&mut ExitBatch)| {
        let mut batch = honest.clone();
        change(&mut batch);
        // The circuit's own digest, and L1's sequence at its point.
        let mut circuit = circuit.clone();
        circuit.inputs[4] = batch.folded(circuit.inputs[3]);
        holds(circuit)
    };
    assert!(claimed(&|_| ()));
    assert!(!claimed(&|b| {
        b.holdings.pop();
    }));
    assert!(!claimed(&|b| b.holdings.swap(0, 1)));
    assert!(!claimed(&|b| b.holdings.push(b.holdings[0])));
    assert!(!claimed(&|b| b.holdings[0].amount = Amount::new(301)));
    assert!(!claimed(&|b| b.holdings[0].owner = address(9)));
    assert!(!claimed(&|b| b.holdings[1].token = TokenId::ETH));
    assert!(!claimed(&|b| b.holdings[1].account = index(87)));
    for input in 0..circuit.inputs.len() {
        let mut changed = circuit.clone();
        changed.inputs[input] += Fr::ONE;
        assert!(!holds(changed), "input {input}");
    }
}
