//! `Rules`: calls of them, and that they never come near money.

use crate::common::*;
use ledger::{
    AccountIndex, Amount, Batch, BatchSize, Body, Call, Error, ExitsSize, Fee, FinishedBatch, Fr,
    Holdings, Kind, Operation, Record, Refused, Register, Rules, State, TokenId, Tree, Undo,
    checkpoint, replay, rules,
};

/// Register 0: the account at place 1 gives points, at most 100 at once. Register 1: whoever has
/// points passes them on. There are no others.
#[derive(Debug)]
struct Points;

impl Rules for Points {
    fn name(&self) -> &'static str {
        "points"
    }

    fn apply(&self, call: &Call) -> Result<Holdings, Refused> {
        let [amount, note] = call.fields([64, 8])?;
        let Holdings { from, to } = call.held;
        let raised = to.get().checked_add(amount).ok_or(Refused("too much"))?;
        let to = Amount::new(raised);
        match call.register.get() {
            _ if note != 7 => Err(Refused("another note")),
            0 if call.from.get() != 1 => Err(Refused("not the giver")),
            0 if amount > 100 => Err(Refused("too generous")),
            0 if call.is_own() => Ok(Holdings { from: to, to }),
            0 => Ok(Holdings { from, to }),
            1 => {
                let left = from
                    .get()
                    .checked_sub(amount)
                    .ok_or(Refused("too little"))?;
                Ok(Holdings {
                    from: Amount::new(left),
                    to,
                })
            }
            _ => Err(Refused("no such register")),
        }
    }
}

fn register(number: u8) -> TokenId {
    Register::new(number).unwrap().token()
}

fn with_rules() -> State {
    funded().with_rules(Some(&Points))
}

fn call(tree: Tree, who: u8, nonce: u64, number: u8, to: u64, amount: u128) -> Operation {
    let payload = rules::payload(&[(amount, 64), (7, 8)]).unwrap();
    let body = Body::Call {
        to: index(to),
        payload,
    };
    let mut draft = draft(tree, who, nonce, body);
    draft.token = register(number);
    sign(draft, who)
}

fn applied(state: &mut State, operations: &[Operation]) -> Result<FinishedBatch, Error> {
    let mut batch = Batch::new(state, BatchSize::EIGHT, Amount::new(1));
    for operation in operations {
        batch.apply(operation)?;
    }
    batch.finish()
}

fn refused(operation: &Operation) -> Error {
    let mut state = with_rules();
    let before = state.roots();
    let error = applied(&mut state, std::slice::from_ref(operation)).unwrap_err();
    assert_eq!(state.roots(), before);
    error
}

fn points(state: &State, tree: Tree, place: u64, number: u8) -> u128 {
    held(state, tree, place, register(number).get().into())
}

#[test]
fn a_call_does_what_the_rules_say() {
    for tree in Tree::BOTH {
        let mut state = with_rules();
        let operations = [
            call(tree, 1, 0, 0, 2, 30),
            call(tree, 1, 1, 0, 1, 5),
            call(tree, 1, 2, 1, 3, 0),
        ];
        let batch = applied(&mut state, &operations).unwrap();
        assert_eq!(points(&state, tree, 1, 0), 5);
        assert_eq!(points(&state, tree, 2, 0), 30);
        assert_eq!(points(&state, tree, 1, 1), 0);
        let account = state.tree(tree).account(index(1)).unwrap();
        assert_eq!(account.nonce().get(), 3);
        assert_eq!(held(&state, tree, 1, 0), 1000);
        assert!(batch.traffic().withdrawals.is_empty());

        // Everybody who has the rules derives the same, and nobody else does.
        let rows = batch.rows();
        let rows = [&rows[0][..], &rows[1][..]];
        let (size, traffic) = (batch.size, batch.traffic());
        let mut follower = with_rules();
        replay(&mut follower, size, rows, &traffic, batch.next).unwrap();
        assert_eq!(follower.roots(), state.roots());
        let without = replay(&mut funded(), size, rows, &traffic, batch.next);
        assert_eq!(without, Err(Error::NoRules));
    }
}

#[test]
fn what_rules_refuse_changes_nothing() {
    let tree = Tree::OffL1;
    let reasons = [
        (call(tree, 2, 0, 0, 3, 5), "not the giver"),
        (call(tree, 1, 0, 0, 3, 101), "too generous"),
        (call(tree, 2, 0, 1, 3, 1), "too little"),
        (call(tree, 2, 0, 2, 3, 1), "no such register"),
    ];
    for (operation, reason) in reasons {
        assert_eq!(refused(&operation), Error::Refused { reason });
    }
    // Rules that would give one account two amounts are refused, whatever they say.
    let mut state = with_rules();
    let give = call(tree, 1, 0, 0, 1, 5);
    applied(&mut state, &[give]).unwrap();
    let split = Error::Refused {
        reason: "one account cannot hold two amounts",
    };
    let mut state = State::with_trees(rollup(), state.tree(tree).clone(), state.tree(tree).clone())
        .with_rules(Some(&Split));
    let error = applied(&mut state, &[call(tree, 1, 1, 0, 1, 5)]).unwrap_err();
    assert_eq!(error, split);
}

/// Says one thing of the signer and another of whom it names.
#[derive(Debug)]
struct Split;

impl Rules for Split {
    fn name(&self) -> &'static str {
        "split"
    }

    fn apply(&self, _: &Call) -> Result<Holdings, Refused> {
        Ok(Holdings {
            from: Amount::new(1),
            to: Amount::new(2),
        })
    }
}

#[test]
fn money_and_registers_stay_apart() {
    let tree = Tree::OffL1;
    let mut backed = draft(
        tree,
        1,
        0,
        Body::Call {
            to: index(2),
            payload: Fr::from(0u64),
        },
    );
    for token in [0, 5, 127] {
        backed.token = crate::common::token(token);
        let error = refused(&sign(backed, 1));
        assert_eq!(
            error,
            Error::NotARegister {
                token: backed.token
            }
        );
    }

    let token = register(0);
    let unbacked = Error::NotBacked { token };
    let amount = Amount::new(1);
    let bodies = [
        transfer(2, 1),
        Body::Withdraw {
            recipient: address(9),
            amount,
        },
        Body::Move {
            owner: address(9),
            account: key(2).account_key(),
            amount,
        },
        Body::ChangeKey {
            key: key(7).account_key(),
        },
    ];
    for body in bodies {
        let mut draft = draft(tree, 1, 0, body);
        draft.token = token;
        assert_eq!(refused(&sign(draft, 1)), unbacked);
    }
    let collect = Operation::Collect {
        tree,
        token,
        to: index(2),
    };
    assert_eq!(refused(&collect), unbacked);
    for operation in [
        deposit(tree, 2, token.get().into(), 5),
        forced(tree, 2, token.get().into(), 0),
    ] {
        assert_eq!(refused(&Operation::FromL1(operation)), unbacked);
    }
    // Without rules a token is a token.
    let deposited = Operation::FromL1(deposit(tree, 2, token.get().into(), 5));
    applied(&mut funded(), &[deposited]).unwrap();
}

#[test]
fn a_call_pays_nothing_and_names_an_account() {
    let tree = Tree::OnL1;
    let Operation::Signed(mut signed) = call(tree, 1, 0, 0, 2, 5) else {
        panic!()
    };
    signed.draft.fee = Fee::new(1);
    let paying = sign(signed.draft, 1);
    assert!(matches!(refused(&paying), Error::OutOfRange { max: 0, .. }));
    for place in [0, 9] {
        let error = refused(&call(tree, 1, 0, 0, place, 5));
        assert!(matches!(error, Error::UnknownAccount { .. }), "{error}");
    }
    // What a sequencer would refuse is refused of a record as well: the circuit does.
    let record = |from: u64, to: u64| Record {
        kind: Kind::Call,
        tree,
        token: register(1),
        from: index(from),
        to: index(to),
        fee: Fee::new(0),
        value: rules::payload(&[(0, 64), (7, 8)]).unwrap(),
    };
    for (from, to) in [(0, 1), (1, 0), (0, 0)] {
        let error = with_rules().execute(&record(from, to), None, 0);
        assert!(matches!(error, Err(Error::UnknownAccount { index, .. })
            if index == AccountIndex::SENTINEL));
    }
    assert!(with_rules().execute(&record(1, 2), None, 0).is_ok());
}

#[test]
fn exits_pay_no_registers() {
    let tree = Tree::OffL1;
    let mut state = with_rules();
    applied(&mut state, &[call(tree, 1, 0, 0, 2, 30)]).unwrap();
    let money: Vec<_> = funded().holdings(tree).collect();
    assert_eq!(state.holdings(tree).collect::<Vec<_>>(), money);
    let wanted = [(index(2), register(0))];
    let exits = state.exits(tree, ExitsSize::SIXTEEN, &wanted);
    let token = register(0);
    assert_eq!(exits.unwrap_err(), Error::NotBacked { token });
}

#[test]
fn registers_are_part_of_the_state() {
    let tree = Tree::OffL1;
    let mut state = with_rules();
    let before = state.roots();
    let operations = [call(tree, 1, 0, 0, 2, 30)];
    let record = applied(&mut state.clone(), &operations).unwrap().records()[0];
    let mut undo = Undo::default();
    state.execute_undoably(&record, None, 0, &mut undo).unwrap();
    let number = checkpoint::CheckpointNumber::new(3).unwrap();
    let rows = checkpoint::encode(&state, number).unwrap();
    let (_, read) = checkpoint::decode(rollup(), &rows, state.roots()).unwrap();
    assert_eq!(points(&read, tree, 2, 0), 30);
    let saved = State::from_bytes(rollup(), &state.to_bytes()).unwrap();
    assert_eq!(saved.roots(), state.roots());
    state.undo(&undo);
    assert_eq!(state.roots(), before);
}

#[test]
fn payloads_have_fields() {
    let of = |payload| Call {
        from: index(1),
        to: index(2),
        register: Register::default(),
        payload,
        held: Holdings::default(),
    };
    let most = rules::payload(&[(u128::MAX, 128), (u128::MAX >> 6, 122)]).unwrap();
    let read = of(most).fields([128, 122]).unwrap();
    assert_eq!(read, [u128::MAX, u128::MAX >> 6]);
    assert_eq!(
        of(most).fields([128, 121]),
        Err(Refused("a payload with more than its fields"))
    );
    assert!(of(most).fields([128, 123]).is_err());
    assert!(of(most).fields([129]).is_err());
    assert!(of(-Fr::from(1u64)).fields([128, 122]).is_err());
    assert_eq!(of(Fr::from(5u64)).fields([0, 3]), Ok([0, 5]));
    assert_eq!(rules::payload(&[(8, 3)]), None);
    assert_eq!(rules::payload(&[(0, 128), (0, 123)]), None);
    assert_eq!(rules::payload(&[]), Some(Fr::from(0u64)));
    assert!(Register::new(128).is_err());
    assert_eq!(Register::of(token(127)), None);
    assert_eq!(Register::of(token(255)), Some(Register::new(127).unwrap()));
}
