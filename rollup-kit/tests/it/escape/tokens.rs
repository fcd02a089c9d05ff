//! Tokens other than ETH leave as well, now or when the circuit breaker lets them.

use super::*;
use crate::wallet::operating::world::rollup_key;
use crate::wallet::tokens::{DELAY, balance, list, mintCall};
use operator::driver::read_tokens;
use settlement::{Address, U256};

/// Deposits a token on L1.
async fn deposit(world: &World, token: Address, who: usize, amount: u64) {
    let account = world.account(who);
    let vault = world.deployment.vault;
    let approve = approveCall {
        spender: vault,
        amount: U256::from(amount),
    };
    account.call(token, &approve).await.unwrap();
    let call = abi::Rollup::depositCall {
        tree: Tree::OnL1.number(),
        token: 1,
        amount: amount.into(),
        account: operator::submission::word(rollup_key(who).account_key().into()),
    };
    account.call(world.deployment.rollup, &call).await.unwrap();
}

alloy::sol! {
    function approve(address spender, uint256 amount) external returns (bool);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_leave_when_the_breaker_lets_them() {
    let mut leaving = Leaving::new().await;
    let world = &mut leaving.world;
    let token = list(world).await;
    world.tokens = read_tokens(&world.client, world.deployment.tokens)
        .await
        .unwrap();
    let mut operator = world.operator(who::OPERATORS[0]);
    let alice = world.account(who::ALICE);
    let mint = mintCall {
        to: alice.address(),
        amount: U256::from(10_000),
    };
    alice.call(token, &mint).await.unwrap();
    deposit(world, token, who::ALICE, 8_000).await;
    world.settle(&mut operator, 1).await;
    drop(operator);
    deposit(world, token, who::ALICE, 60).await;
    leaving.abandoned().await;

    // More than a fifth of what is held waits, and what fits does not.
    let own = Leaving::own(who::ALICE);
    let left = leaving.leave(who::ALICE, own.clone()).await.unwrap();
    assert_eq!((left.holdings, left.deposits), (1, 1));
    let fetched = |amount: &str| vec![(0, "0".to_owned()), (1, amount.to_owned())];
    assert_eq!(left.fetched, fetched("60"));
    assert_eq!(left.delayed.len(), 1);
    let world = &leaving.world;
    assert_eq!(balance(world, token, alice.address()).await, 2_000);
    world.warp(DELAY + 600).await;
    // Nothing of the token is left in the rollup, so that only the vault knows of it.
    let left = leaving.leave(who::ALICE, own).await.unwrap();
    assert_eq!((left.holdings, left.deposits), (0, 0));
    assert_eq!(left.fetched, fetched("8000"));
    assert_eq!(left.delayed, []);
    assert_eq!(balance(world, token, alice.address()).await, 10_000);
}
