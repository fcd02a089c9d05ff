//! A small rollup with people in it.

use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Address, Amount, Batch, BatchSize, Body, Draft, Fee, FromL1, Nonce, Operation,
    RollupDomain, State, TokenId, Tree,
};

pub(crate) fn key(who: u8) -> SigningKey {
    SigningKey::from_seed(&[who; 32])
}

pub(crate) fn address(who: u8) -> Address {
    Address::new([who; 20])
}

pub(crate) fn index(place: u64) -> AccountIndex {
    AccountIndex::new(place).unwrap()
}

pub(crate) fn token(id: u64) -> TokenId {
    TokenId::new(id).unwrap()
}

pub(crate) fn rollup() -> RollupDomain {
    RollupDomain::of(31_337, address(0xcc))
}

pub(crate) fn deposit(tree: Tree, who: u8, id: u64, amount: u128) -> FromL1 {
    FromL1 {
        tree,
        token: token(id),
        amount: Amount::new(amount),
        owner: address(who),
        account: key(who).account_key(),
        authority: None,
    }
}

pub(crate) fn forced(tree: Tree, who: u8, id: u64, amount: u128) -> FromL1 {
    FromL1 {
        authority: Some(key(who).presented().authority()),
        ..deposit(tree, who, id, amount)
    }
}

/// Persons 1, 2 and 3 in places 1, 2 and 3 of both trees, with 1000 of the tokens 0 and 5 each.
pub(crate) fn funded() -> State {
    let mut state = State::new(rollup());
    let mut batch = Batch::new(&mut state, BatchSize::new(16).unwrap(), Amount::new(1));
    for tree in Tree::BOTH {
        for who in 1..=3 {
            for id in [0, 5] {
                let operation = Operation::FromL1(deposit(tree, who, id, 1000));
                batch.apply(&operation).unwrap();
            }
        }
    }
    batch.finish().unwrap();
    state
}

/// A draft of person `who`, whose place is its number.
pub(crate) fn draft(tree: Tree, who: u8, nonce: u64, body: Body) -> Draft {
    Draft {
        tree,
        from: index(who.into()),
        token: TokenId::ETH,
        fee: Fee::new(0),
        nonce: Nonce::new(nonce),
        body,
    }
}

pub(crate) fn transfer(to: u64, amount: u128) -> Body {
    Body::Transfer {
        to: index(to),
        amount: Amount::new(amount),
    }
}

pub(crate) fn sign(draft: Draft, who: u8) -> Operation {
    let signed = draft.sign(rollup(), address(who), &key(who));
    Operation::Signed(Box::new(signed))
}

pub(crate) fn held(state: &State, tree: Tree, place: u64, id: u64) -> u128 {
    let account = state.tree(tree).account(index(place)).unwrap();
    account.balance(token(id)).get()
}
