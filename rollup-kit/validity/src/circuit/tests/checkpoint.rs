//! Proved checkpoints against the ledger's encoding: the full state is in the row, and nothing else
//! is.

use super::cases::{address, funded, holds, rollup};
use super::mutate::all_bind;
use crate::statement::digest;
use crate::{
    BatchNumber, Checkpoint, CheckpointCircuit, CheckpointSize, CheckpointStatement,
    CheckpointTerms, Error, open_row,
};
use ark_ff::{AdditiveGroup, Field};
use ledger::checkpoint::{self, CheckpointNumber};
use ledger::{
    AccountIndex, AccountKey, Amount, Fee, Fr, Kind, Leaf, Record, RollupDomain, State, TokenId,
    Tree, TreeState,
};
use types::Commitment;

/// What a place may cost, the proof's own constraints shared out.
const MOST_PER_PLACE: usize = 3_000;

fn size(places: usize) -> CheckpointSize {
    CheckpointSize::new(places).unwrap()
}

/// Accounts with these balances, tree by tree: token and amount.
type Held<'a> = &'a [&'a [(u64, u128)]];

fn state(held: [Held<'_>; 2]) -> State {
    let [on_l1, off_l1] = [0, 1].map(|tree| {
        let holders = (1u8..).zip(held[tree]).map(|(who, balances)| {
            let balances = balances.iter();
            let balances = balances.map(|(t, a)| (TokenId::new(*t).unwrap(), Amount::new(*a)));
            let key = AccountKey::new(Fr::from(u64::from(who) * 1000 + tree as u64));
            (key, address(who), balances.collect())
        });
        TreeState::with_accounts(Tree::BOTH[tree], holders).unwrap()
    });
    State::with_trees(rollup(), on_l1, off_l1)
}

fn terms() -> CheckpointTerms {
    CheckpointTerms {
        chain_id: 31_337,
        contract: address(0xcc),
        row: Commitment::new([0xc0; 48]),
    }
}

fn circuit_of(state: &State, places: usize) -> CheckpointCircuit {
    let checkpoint = Checkpoint::new(state, BatchNumber::new(0x5a), size(places)).unwrap();
    // The ledger's encoding is what is posted, and it is the state.
    let number = CheckpointNumber::new(0x5a).unwrap();
    let rows = checkpoint::encode(state, number).unwrap();
    assert_eq!(rows, [checkpoint.row()]);
    let (of, read) = checkpoint::decode(state.rollup(), &rows, state.roots()).unwrap();
    assert_eq!((of, read.roots()), (number, state.roots()));
    let statement = CheckpointStatement::new(&checkpoint, &terms()).unwrap();
    CheckpointCircuit::new(&checkpoint, &statement)
}

fn tokens(from: u64, count: u64) -> Vec<(u64, u128)> {
    let tokens = from..from + count;
    tokens.map(|t| (t, u128::MAX - u128::from(t))).collect()
}

/// A state whose sentinel of this tree was paid: [`State::execute`] takes what a batch of an
/// operator's own making says.
fn tipped(mut state: State, tree: Tree, token: u64) -> State {
    let tip = Record {
        kind: Kind::Transfer,
        tree,
        token: TokenId::new(token).unwrap(),
        from: AccountIndex::new(1).unwrap(),
        to: AccountIndex::SENTINEL,
        fee: Fee::new(0),
        value: Fr::ONE,
    };
    state.execute(&tip, None, 0).unwrap();
    state
}

fn cases() -> Vec<State> {
    let (low, high) = (tokens(0, 10), tokens(6, 10));
    let one: &[(u64, u128)] = &[(5, 1)];
    vec![
        State::new(rollup()),
        state([&[&low, one], &[&[], one]]),
        state([&[&high], &[]]),
        state([&[one, &low], &[]]),
        state([&[&[], &high], &[one]]),
        state([&[], &[&low]]),
        state([&[one], &[&high]]),
        state([&[], &[one, &low]]),
        state([&[one, one], &[one, &tokens(7, 9)]]),
        tipped(state([&[&low], &[one]]), Tree::OnL1, 0),
        tipped(state([&[], &[&high, one]]), Tree::OffL1, 15),
    ]
}

#[test]
fn full_states_are_proved() {
    for state in &cases() {
        assert!(holds(circuit_of(state, 3)));
    }
    // Places to spare, and operations that were.
    assert!(holds(circuit_of(&funded(), 4)));
    assert!(holds(circuit_of(&funded(), 7)));
}

/// A wei for nobody, which any operator can pay, ends no proofs; nor can it be left out.
#[test]
fn a_sentinel_that_was_paid_is_proved() {
    let paid = tipped(state([&[&[(5, 70)]], &[]]), Tree::OnL1, 5);
    let sentinel = paid.tree(Tree::OnL1).account(AccountIndex::SENTINEL);
    assert_eq!(sentinel.unwrap().balances().count(), 1);
    let honest = circuit_of(&paid, 3);
    assert!(holds(honest.clone()));
    let mut without = honest.clone();
    without.places[0][0].amounts[5] = Fr::ZERO;
    assert!(!holds(adapted(without)));
    let mut more = honest;
    more.places[0][0].amounts[4] = Fr::ONE;
    assert!(!holds(adapted(more)));
}

#[test]
fn every_variable_of_a_checkpoint_is_bound_and_every_constraint_binds() {
    // Some case has the sentinel hold each token.
    let tips = (0..4).map(|part| {
        let some = tokens(4 * part, 4);
        let both = Tree::BOTH
            .into_iter()
            .flat_map(|tree| some.iter().map(move |(t, _)| (tree, *t)));
        both.fold(state([&[&some], &[&some]]), |state, (tree, token)| {
            tipped(state, tree, token)
        })
    });
    let cases = cases().into_iter().chain(tips);
    all_bind(cases.map(|state| circuit_of(&state, 3)));
}

#[test]
fn larger_states_are_left_to_attestors() {
    let refused = |state: &State, places| {
        let result = Checkpoint::new(state, BatchNumber::new(1), size(places));
        assert!(matches!(result, Err(Error::CheckpointTooLarge { .. })));
    };
    // An account too many, a balance too many, another token.
    refused(&funded(), 3);
    refused(&state([&[&tokens(0, 13)], &[&tokens(0, 8)]]), 3);
    refused(&state([&[&[(16, 1)]], &[]]), 3);
    for places in [0, 342] {
        let result = CheckpointSize::new(places);
        assert!(matches!(result, Err(Error::CheckpointTooLarge { .. })));
    }
}

#[test]
fn a_place_costs_at_most_3_000_constraints() {
    let empty = State::new(rollup());
    let of = |places| circuit_of(&empty, places).measured().unwrap();
    for (places, power) in [(42, 18), (85, 19), (172, 20)] {
        let measured = of(places);
        println!(
            "{places} places a tree: {} constraints, {} a place, domain 2^{}",
            measured.constraints,
            measured.constraints / (2 * places),
            measured.domain.ilog2()
        );
        assert_eq!(measured.domain, 1 << power);
    }
    let [small, large] = [of(64), of(128)];
    assert!((large.constraints - small.constraints) / 128 <= MOST_PER_PLACE);
}

/// The circuit with the digest and the value that follow from its row; the roots are L1's.
fn adapted(mut circuit: CheckpointCircuit) -> CheckpointCircuit {
    circuit.inputs[2] = digest(circuit.size, &circuit.elements);
    circuit.inputs[8] = open_row(&circuit.elements, circuit.inputs[7]).unwrap();
    circuit
}

/// Two accounts off L1, the second with two balances, and one on L1.
fn honest() -> CheckpointCircuit {
    circuit_of(&state([&[&[(5, 70)]], &[&[(1, 7)], &[(0, 9), (15, 8)]]]), 4)
}

fn refused(name: &str, change: impl FnOnce(&mut CheckpointCircuit)) {
    let mut circuit = honest();
    assert_eq!(adapted(circuit.clone()).inputs, circuit.inputs);
    change(&mut circuit);
    assert!(!holds(adapted(circuit)), "{name}");
}

#[test]
fn another_row_is_not_proved() {
    let elements = honest().elements;
    let used = elements.iter().filter(|e| **e != Fr::ZERO);
    // The header, five places and four balances of which no element is zero but the sentinels'.
    assert!(used.count() > 15);
    for element in 0..elements.len() {
        refused("an element changed", |c| c.elements[element] += Fr::ONE);
    }
    refused("a balance left out", |c| {
        let last = c.elements.iter().rposition(|e| *e != Fr::ZERO).unwrap();
        c.elements[last] = Fr::ZERO;
    });
    refused("elements swapped", |c| c.elements.swap(9, 10));
    refused("balances swapped", |c| {
        let last = c.elements.iter().rposition(|e| *e != Fr::ZERO).unwrap();
        c.elements.swap(last - 1, last);
    });
    refused("another state's row", |c| {
        c.elements = circuit_of(&funded(), 4).elements;
    });
    refused("nothing", |c| c.elements.fill(Fr::ZERO));
}

#[test]
fn another_state_is_not_proved() {
    let other = circuit_of(&state([&[&[(5, 71)]], &[&[(1, 7)], &[(0, 9), (15, 8)]]]), 4);
    refused("another state with its row", |c| {
        c.places = other.places.clone();
        c.elements = other.elements.clone();
    });
    let account = |c: &mut CheckpointCircuit, change: fn(&mut Leaf)| {
        change(&mut c.places[1][2].leaf);
    };
    refused("another owner", |c| account(c, |leaf| leaf.meta += Fr::ONE));
    refused("another key", |c| account(c, |leaf| leaf.key += Fr::ONE));
    refused("another identity", |c| {
        account(c, |leaf| leaf.identity += Fr::ONE)
    });
    refused("another order", |c| account(c, |leaf| leaf.next += Fr::ONE));
    refused("more", |c| c.places[1][2].amounts[15] += Fr::ONE);
    refused("nothing", |c| c.places[1][2].amounts[15] = Fr::ZERO);
    refused("a token more", |c| c.places[1][2].amounts[3] = Fr::ONE);
    refused("an account left out", |c| c.places[1][2].used = false);
    refused("an account left out before another", |c| {
        c.places[1][1].used = false;
    });
    refused("an account made up", |c| c.places[1][3].used = true);
    refused("balances of nobody", |c| {
        c.places[1][3].amounts[2] = Fr::ONE
    });
    refused("places swapped", |c| c.places[1].swap(1, 2));
    refused("trees swapped", |c| c.places.swap(0, 1));
    refused("another sentinel", |c| c.places[0][0].leaf.next += Fr::ONE);
    refused("another number", |c| c.number += Fr::ONE);
    refused("a number beyond its bits, which readers refuse", |c| {
        let beyond = Fr::from(1u64 << CheckpointNumber::BITS);
        c.number += beyond;
        c.elements[0] += beyond * Fr::from(1u128 << 72);
    });
    refused("another rollup", |c| {
        c.rollup = RollupDomain::of(1, address(0xcc)).into();
    });
}

/// Roots of exits are for another circuit: this one lets nobody name any.
#[test]
fn l1_sees_what_is_proved() {
    assert!(holds(honest()));
    for input in 0..honest().inputs.len() {
        let mut changed = honest();
        changed.inputs[input] += Fr::ONE;
        assert!(!holds(changed), "input {input}");
    }
    // At another point the row has another value, and it is that one's digest.
    let mut elsewhere = honest();
    elsewhere.inputs[7] += Fr::ONE;
    assert!(holds(adapted(elsewhere)));
    let x = honest().inputs[7];
    assert_ne!(x.pow([4096]), Fr::ONE);
}
