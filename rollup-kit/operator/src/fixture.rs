//! A small rollup with people in it, for the unit tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use crate::sequencer::Collector;
use crate::settled::QueuedOperation;
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Address, Amount, Batch, BatchSize, Body, Call, Draft, Fee, Fr, FromL1, Holdings,
    Nonce, Operation, Refused, Register, RollupDomain, Rules, Signed, State, TokenId, Tree,
};
use std::sync::OnceLock;
use validity::gadget;

/// People in both trees, and the operator's place there.
pub(crate) const PEOPLE: u8 = 4;
pub(crate) const OPERATOR: u8 = 5;
pub(crate) const HELD: u128 = 1_000_000;

pub(crate) fn key(who: u8) -> SigningKey {
    SigningKey::from_seed(&[who; 32])
}

pub(crate) fn address(who: u8) -> Address {
    Address::new([who; 20])
}

pub(crate) fn index(place: u8) -> AccountIndex {
    AccountIndex::new(place.into()).unwrap()
}

pub(crate) fn rollup() -> RollupDomain {
    RollupDomain::of(31_337, address(0xcc))
}

pub(crate) fn collector() -> Collector {
    Collector {
        key: key(OPERATOR).account_key(),
        owner: address(OPERATOR),
    }
}

pub(crate) fn deposit(tree: Tree, who: u8, token: u64, amount: u128) -> FromL1 {
    FromL1 {
        tree,
        token: TokenId::new(token).unwrap(),
        amount: Amount::new(amount),
        owner: address(who),
        account: key(who).account_key(),
        authority: None,
    }
}

pub(crate) fn queued(place: u64, operation: Option<FromL1>, deadline: u64) -> QueuedOperation {
    QueuedOperation {
        place,
        operation,
        enqueued_at: deadline.saturating_sub(100),
        deadline,
    }
}

/// Persons 1 to 4 and the operator in the places of their numbers of both trees, with tokens 0
/// and 1.
pub(crate) fn funded() -> State {
    static STATE: OnceLock<State> = OnceLock::new();
    let make = || {
        let mut state = State::new(rollup());
        let mut batch = Batch::new(&mut state, BatchSize::new(20).unwrap(), Amount::new(1));
        for tree in Tree::BOTH {
            for who in 1..=OPERATOR {
                for token in [0, 1] {
                    let operation = Operation::FromL1(deposit(tree, who, token, HELD));
                    batch.apply(&operation).unwrap();
                }
            }
        }
        batch.finish().unwrap();
        state
    };
    STATE.get_or_init(make).clone()
}

pub(crate) fn draft(tree: Tree, who: u8, nonce: u64, fee: u64, body: Body) -> Draft {
    Draft {
        tree,
        from: index(who),
        token: TokenId::ETH,
        fee: Fee::new(fee),
        nonce: Nonce::new(nonce),
        body,
    }
}

pub(crate) fn transfer(to: u8, amount: u128) -> Body {
    Body::Transfer {
        to: index(to),
        amount: Amount::new(amount),
    }
}

pub(crate) fn sign(draft: Draft, who: u8) -> Signed {
    draft.sign(rollup(), address(who), &key(who))
}

/// A transfer of one unit to the next person.
pub(crate) fn payment(tree: Tree, who: u8, nonce: u64, fee: u64) -> Signed {
    let to = who % PEOPLE + 1;
    sign(draft(tree, who, nonce, fee, transfer(to, 1)), who)
}

/// Rules by which the signer counts in its own register what it asks for, once.
#[derive(Debug)]
pub(crate) struct Counting;

impl Rules for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn apply(&self, call: &Call) -> Result<Holdings, Refused> {
        let [amount] = call.fields([64])?;
        if !call.is_own() || call.held.from != Amount::default() {
            return Err(Refused("counted already"));
        }
        let amount = Amount::new(amount);
        Ok(Holdings {
            from: amount,
            to: amount,
        })
    }
}

/// The same rules, and a circuit that refuses what they take from 256 on.
#[derive(Debug)]
pub(crate) struct Skewed;

impl Rules for Skewed {
    fn name(&self) -> &'static str {
        "skewed"
    }

    fn apply(&self, call: &Call) -> Result<Holdings, Refused> {
        Counting.apply(call)
    }
}

impl gadget::Gadget for Skewed {
    fn constrain(
        &self,
        gates: &gadget::Gates<'_>,
        call: &gadget::Call,
    ) -> gadget::Result<gadget::After> {
        let [amount] = gates.fields(&call.payload, [8])?;
        gates.require(&call.is_own)?;
        Ok(gadget::After {
            from: amount.clone(),
            to: amount,
        })
    }
}

/// A call of register 3 for the person's own account.
pub(crate) fn call(tree: Tree, who: u8, nonce: u64, amount: u64) -> Draft {
    let body = Body::Call {
        to: index(who),
        payload: Fr::from(amount),
    };
    let mut draft = draft(tree, who, nonce, 0, body);
    draft.token = register();
    draft
}

pub(crate) fn register() -> TokenId {
    Register::new(3).unwrap().token()
}
