//! What accounts hold, as the contracts pay it out of a frozen rollup.

use crate::convert::l1_address;
use ledger::{AccountIndex, State, TokenId, Tree};
use settlement::contracts::abi;

/// A holding's place: `Types.sol`, `Holding.slot`.
#[must_use]
pub const fn slot(account: AccountIndex, token: TokenId) -> u64 {
    (account.get() as u64) << 16 | token.get() as u64
}

/// All money that a tree's accounts hold, ascending by slot: the leaves of its exit tree.
#[must_use]
pub fn holdings(state: &State, tree: Tree) -> Vec<abi::Holding> {
    let accounts = state.tree(tree).accounts();
    accounts
        .flat_map(|(index, account)| {
            let owner = l1_address(account.owner());
            let balances = account.balances();
            let backed = balances.filter(|(token, _)| state.is_backed(*token));
            backed.map(move |(token, amount)| abi::Holding {
                slot: slot(index, token),
                owner,
                token: token.get(),
                amount: amount.get(),
            })
        })
        .collect()
}
