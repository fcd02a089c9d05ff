//! A rollup with rules of its own: calls hold, and nothing else than the rules say does.

use super::cases::*;
use super::forge::{adapted, refused_of};
use crate::gadget::{After, Call as Wires, Gadget, Gates, Result, Ruled};
use crate::{BatchCircuit, Shape};
use ark_ff::Field;
use ledger::{
    Amount, Batch, BatchSize, Body, Call, Draft, Fee, FinishedBatch, Fr, Holdings, Nonce,
    Operation, Refused, Register, Rules, State, TokenId, Tree, rules,
};

/// Register 0: the account at place 1 gives points, at most 100 at once. Any other: whoever has
/// points passes them on.
#[derive(Debug)]
struct Points;

impl Rules for Points {
    fn name(&self) -> &'static str {
        "points"
    }

    fn apply(&self, call: &Call) -> std::result::Result<Holdings, Refused> {
        let [amount] = call.fields([64])?;
        let is_gift = call.register == Register::default();
        if is_gift && (call.from.get() != 1 || amount > 100) {
            return Err(Refused("not given"));
        }
        passed(call, amount, is_gift)
    }
}

fn passed(call: &Call, amount: u128, is_gift: bool) -> std::result::Result<Holdings, Refused> {
    let taken = if is_gift { 0 } else { amount };
    let Holdings { from, to } = call.held;
    let from = from.get().checked_sub(taken).ok_or(Refused("too little"))?;
    let to = to.get().checked_add(amount).ok_or(Refused("too much"))?;
    Ok(Holdings {
        from: Amount::new(if call.is_own() && is_gift { to } else { from }),
        to: Amount::new(to),
    })
}

impl Gadget for Points {
    fn constrain(&self, gates: &Gates<'_>, call: &Wires) -> Result<After> {
        let [amount] = gates.fields(&call.payload, [64])?;
        let nothing = gates.constant(0);
        let is_gift = gates.is_equal(&call.register, &nothing)?;
        let giver = gates.select(&is_gift, &gates.constant(1), &call.from)?;
        gates.require_equal(&call.from, &giver)?;
        let most = gates.select(
            &is_gift,
            &gates.constant(100),
            &gates.constant(u64::MAX.into()),
        )?;
        gates.require_at_most(&amount, &most)?;

        let taken = gates.select(&is_gift, &nothing, &amount)?;
        let from = gates.subtract(&call.held_from, &taken)?;
        let to = gates.add(&call.held_to, &amount)?;
        let is_kept = gates.and(&is_gift, &call.is_own)?;
        Ok(After {
            from: gates.select(&is_kept, &to, &from)?,
            to,
        })
    }
}

/// Forgets what [`Points`] require. Who passes points on to itself loses them.
#[derive(Debug)]
struct Lenient;

impl Rules for Lenient {
    fn name(&self) -> &'static str {
        "lenient"
    }

    fn apply(&self, call: &Call) -> std::result::Result<Holdings, Refused> {
        let [amount] = call.fields([65])?;
        let is_gift = call.register == Register::default();
        let after = passed(call, amount, is_gift)?;
        let to = if call.is_own() { after.from } else { after.to };
        Ok(Holdings { to, ..after })
    }
}

/// Gives one more.
#[derive(Debug)]
struct Greedy;

impl Rules for Greedy {
    fn name(&self) -> &'static str {
        "greedy"
    }

    fn apply(&self, call: &Call) -> std::result::Result<Holdings, Refused> {
        let Holdings { from, to } = Points.apply(call)?;
        let to = Amount::new(to.get() + 1);
        Ok(Holdings { from, to })
    }
}

fn drafted(tree: Tree, who: u8, nonce: u64, register: u8, to: u64, amount: u128) -> Draft {
    let payload = rules::payload(&[(amount, 65)]).unwrap();
    Draft {
        tree,
        from: index(who.into()),
        token: Register::new(register).unwrap().token(),
        fee: Fee::new(0),
        nonce: Nonce::new(nonce),
        body: Body::Call {
            to: index(to),
            payload,
        },
    }
}

fn sign(draft: Draft, who: u8) -> Operation {
    Operation::Signed(Box::new(draft.sign(rollup(), address(who), &key(who))))
}

fn call(tree: Tree, who: u8, nonce: u64, register: u8, to: u64, amount: u128) -> Operation {
    sign(drafted(tree, who, nonce, register, to, amount), who)
}

/// As in the other cases, and the second person has 50 in every register that is used.
fn with_points(rules: &'static dyn Rules) -> State {
    let mut state = funded();
    for tree in Tree::BOTH {
        let mut batch = Batch::new(&mut state, BatchSize::new(2).unwrap(), Amount::new(1));
        for register in [128, 255] {
            let mut given = deposit(tree, 2, 50);
            given.token = TokenId::new(register).unwrap();
            batch.apply(&Operation::FromL1(given)).unwrap();
        }
        batch.finish().unwrap();
    }
    state.with_rules(Some(rules))
}

fn batch_by(rules: &'static dyn Rules, operations: &[Operation]) -> FinishedBatch {
    let mut state = with_points(rules);
    let size = BatchSize::new(operations.len().max(2)).unwrap();
    let mut batch = Batch::new(&mut state, size, Amount::new(1));
    for operation in operations {
        batch.apply(operation).unwrap();
    }
    batch.finish().unwrap()
}

fn ruled(batch: &FinishedBatch) -> BatchCircuit {
    circuit(batch).with_gadget(Some(&Points))
}

fn calls(tree: Tree) -> Vec<(&'static str, Operation)> {
    vec![
        ("a gift", call(tree, 1, 0, 0, 2, 100)),
        ("a gift to oneself", call(tree, 1, 0, 0, 1, 30)),
        ("points passed on", call(tree, 2, 0, 127, 3, 50)),
        ("nothing passed on", call(tree, 2, 0, 127, 2, 0)),
    ]
}

#[test]
fn calls_hold_and_so_does_everything_else() {
    for tree in Tree::BOTH {
        for (name, operation) in calls(tree) {
            let batch = batch_by(&Points, &[operation]);
            let circuit = ruled(&batch);
            assert_eq!(adapted(circuit.clone()).inputs, circuit.inputs, "{name}");
            assert!(holds(circuit), "{name} {tree}");
            // Keys of a rollup without rules prove no call.
            assert!(!holds(super::cases::circuit(&batch)), "{name} {tree}");
        }
        for (name, batch) in every(tree) {
            assert!(holds(ruled(&batch)), "{name} {tree}");
        }
    }
}

#[test]
fn every_variable_is_bound_and_every_constraint_binds() {
    let mut batches = in_both_places();
    for tree in Tree::BOTH {
        let before = Operation::FromL1(forced(tree, 9, 70));
        for (_, operation) in calls(tree) {
            batches.push(batch_by(&Points, std::slice::from_ref(&operation)));
            batches.push(batch_by(&Points, &[before.clone(), operation]));
        }
    }
    super::mutate::all_bind(batches.iter().map(ruled));
}

#[test]
fn an_operation_costs_at_most_30_000_constraints() {
    let ruled = Ruled::new(&Points).unwrap();
    let size = |operations| {
        let size = BatchSize::new(operations).unwrap();
        let circuit = Shape::batch(size, Some(ruled)).empty().unwrap();
        crate::circuit::measured(circuit).unwrap().constraints
    };
    let plain = |operations| {
        let size = BatchSize::new(operations).unwrap();
        let circuit = Shape::Batch(size).empty().unwrap();
        crate::circuit::measured(circuit).unwrap().constraints
    };
    let (each, without) = (size(2) - size(1), plain(2) - plain(1));
    let frame = each - without - ruled.constraints();
    println!(
        "{each} constraints an operation: {without}, {} of the gadget, {frame} around it",
        ruled.constraints()
    );
    // As much as any gadget may take.
    let once = size(1) - each;
    let most = without + crate::gadget::MAX_CONSTRAINTS + frame;
    assert!(once + 8 * most <= 8 * 30_000, "{once} and {most}");
}

#[test]
fn only_what_the_rules_say_is_proved() {
    let tree = Tree::OffL1;
    let forbidden = [
        ("a gift of another's", call(tree, 2, 0, 0, 3, 5)),
        ("too large a gift", call(tree, 1, 0, 0, 3, 101)),
        (
            "a payload beyond its field",
            call(tree, 1, 0, 0, 3, 1 << 64),
        ),
        ("one account with two amounts", call(tree, 2, 0, 127, 2, 5)),
    ];
    for (name, operation) in forbidden {
        refused_of(name, ruled(&batch_by(&Lenient, &[operation])), |_| ());
    }
    // The payload that would let points grow out of nothing.
    let honest = batch_by(&Points, &[call(tree, 2, 0, 127, 3, 50)]);
    for amount in [51, 1 << 63] {
        let overdrawn = drafted(tree, 2, 0, 127, 3, amount);
        refused_of("points out of nothing", ruled(&honest), |c| {
            c.settled[0].receipt.record = overdrawn.record();
            c.settled[0].signed = Some(overdrawn.sign(rollup(), address(2), &key(2)));
        });
    }
    // Another outcome than the rules', claimed as it is.
    let greedy = batch_by(&Greedy, &[call(tree, 2, 0, 127, 3, 5)]);
    assert!(!holds(ruled(&greedy)));
    refused_of("another payload than was signed", ruled(&honest), |c| {
        c.settled[0].receipt.record.value -= Fr::ONE;
    });
    refused_of("another register", ruled(&honest), |c| {
        c.settled[0].receipt.record.token = TokenId::FIRST_REGISTER;
    });
    refused_of("another's holdings", ruled(&honest), |c| {
        c.settled[0].receipt.debit.balance = Amount::new(51);
    });
    refused_of("holdings of whom it names", ruled(&honest), |c| {
        c.settled[0].receipt.credit.balance = Amount::new(51);
    });
}

#[test]
fn a_call_touches_no_money_pays_no_fee_and_names_somebody() {
    let tree = Tree::OffL1;
    let honest = batch_by(&Points, &[call(tree, 2, 0, 127, 3, 5)]);
    let resigned = |c: &mut BatchCircuit, draft: Draft| {
        c.settled[0].receipt.record = draft.record();
        c.settled[0].signed = Some(draft.sign(rollup(), address(2), &key(2)));
    };
    // With the paths of a transfer of that token, so that all but the kind fits.
    let paid = batch_by(&Points, &[signed(tree, 2, 0, transfer(3, 5))]);
    refused_of("a call of money", ruled(&paid), |c| {
        let mut draft = drafted(tree, 2, 0, 127, 3, 5);
        draft.token = TokenId::new(5).unwrap();
        resigned(c, draft);
    });
    refused_of("a fee", ruled(&honest), |c| {
        let mut draft = drafted(tree, 2, 0, 127, 3, 5);
        draft.fee = Fee::new(1);
        resigned(c, draft);
    });
    let kept = batch_by(&Points, &[call(tree, 2, 0, 127, 3, 0)]);
    let nobody = batch_by(
        &Points,
        &[signed(
            tree,
            2,
            0,
            Body::ChangeKey {
                key: key(2).account_key(),
            },
        )],
    );
    refused_of("a call of the sentinel", ruled(&kept), |c| {
        resigned(c, drafted(tree, 2, 0, 127, 0, 0));
        c.settled[0].receipt.credit = nobody.settled[0].receipt.credit.clone();
    });
}

#[test]
fn nothing_but_a_call_touches_a_register() {
    let tree = Tree::OffL1;
    let register = TokenId::new(255).unwrap();
    let amount = Amount::new(5);
    let bodies = [
        transfer(3, 5),
        Body::Withdraw {
            recipient: address(7),
            amount,
        },
        Body::ChangeKey {
            key: key(7).account_key(),
        },
    ];
    let mut operations: Vec<Operation> = Vec::new();
    for body in bodies {
        let draft = Draft {
            body,
            ..drafted(tree, 2, 0, 127, 3, 0)
        };
        operations.push(sign(draft, 2));
    }
    for mut queued in [
        deposit(tree, 2, 5),
        deposit(tree, 4, 5),
        forced(tree, 2, 5),
        forced(tree, 2, 51),
    ] {
        queued.token = register;
        operations.push(Operation::FromL1(queued));
    }
    operations.push(Operation::Collect {
        tree,
        token: register,
        to: index(3),
    });
    for operation in operations {
        // A rollup without rules does it, and its circuit holds.
        let mut state = with_points(&Points).with_rules(None);
        let mut batch = Batch::new(&mut state, BatchSize::new(1).unwrap(), Amount::new(1));
        batch.apply(&operation).unwrap();
        let batch = batch.finish().unwrap();
        assert!(holds(circuit(&batch)), "{operation:?}");
        refused_of(&format!("{operation:?}"), ruled(&batch), |_| ());
    }
}
