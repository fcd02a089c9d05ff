//! What people hold, and what they sign.

use super::{domain, rollup_key, signers};
use ledger::{AccountIndex, AccountKey, Amount, Body, Draft, Fee, Nonce, TokenId, Tree};
use operator::desk::Shared;
use operator::mempool::OperationId;
use operator::wire::WireOperation;

/// Somebody's account in a tree, and what it holds as L1 has it.
pub(crate) fn held(shared: &Shared, tree: Tree, who: usize) -> Option<(AccountIndex, u128)> {
    let owner = ledger::Address::new(signers()[who].address().into_array());
    let key: AccountKey = rollup_key(who).account_key();
    let desk = shared.desk();
    let state = &desk.core().settled()?.state;
    let index = state.tree(tree).find(key, owner)?;
    let account = state.tree(tree).account(index)?;
    Some((index, account.balance(TokenId::ETH).get()))
}

/// Signs as the account's owner would, with the nonce that the operator names.
pub(crate) fn signed(
    shared: &Shared,
    tree: Tree,
    who: usize,
    fee: u64,
    body: Body,
) -> WireOperation {
    let owner = ledger::Address::new(signers()[who].address().into_array());
    let (from, _) = held(shared, tree, who).unwrap();
    let nonce: Nonce = {
        let desk = shared.desk();
        desk.core().account(tree, from).unwrap().next_nonce
    };
    let draft = Draft {
        tree,
        from,
        token: TokenId::ETH,
        fee: Fee::new(fee),
        nonce,
        body,
    };
    let site = shared.site();
    let domain = domain(site.l1_chain, site.rollup);
    WireOperation::from(&draft.sign(domain, owner, &rollup_key(who)))
}

/// A transfer from one to another, submitted.
pub(crate) fn transfer(
    shared: &Shared,
    tree: Tree,
    [from, to]: [usize; 2],
    fee: u64,
    amount: u128,
) -> OperationId {
    let (to, _) = held(shared, tree, to).unwrap();
    let amount = Amount::new(amount);
    let operation = signed(shared, tree, from, fee, Body::Transfer { to, amount });
    shared.submit(&operation, shared.health().now).unwrap().id
}
