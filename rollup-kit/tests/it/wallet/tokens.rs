//! An ERC-20 token: deposited, given, and paid in spite of the circuit breaker.

use super::operating::world::{World, who};
use super::person::{Needs, Person, serve};
use alloy::primitives::{Address, B256, U256, keccak256};
use ledger::BatchSize;
use operator::driver::read_tokens;
use serde_json::Value;
use settlement::Wei;
use settlement::contracts::abi;
use settlement::transaction::Call;

/// `Token` of `contracts/test/rollup/Doubles.sol`, compiled as `contracts/foundry.toml` says.
const TOKEN: &str = include_str!("token.hex");
/// Three days: `contracts/src/governance/Breaker.sol`.
pub(crate) const DELAY: u64 = 3 * 24 * 60 * 60;

alloy::sol! {
    #[derive(Debug)]
    function mint(address to, uint256 amount) external;
    function balanceOf(address of) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
}

/// Deploys the token and lists it, as the second of the rollup's. Listing takes the time lock's
/// thirty days, so the list is written where it is kept: `contracts/artifacts/TokenList.json`.
pub(crate) async fn list(world: &World) -> Address {
    let call = Call {
        what: "token",
        to: None,
        value: Wei::ZERO,
        input: alloy::hex::decode(TOKEN.trim()).unwrap().into(),
        blobs: None,
    };
    let deployer = world.account(who::DEPLOYER);
    let token = deployer.execute(&call).await.unwrap().created.unwrap();
    let list = world.deployment.tokens;
    let set = async |slot: U256, value: U256| {
        let (slot, value) = (B256::from(slot), B256::from(value));
        world.raw("anvil_setStorageAt", (list, slot, value)).await;
    };
    set(U256::ZERO, U256::from(2)).await;
    // Three words each: the token and its least deposit; its worth, and its share of the cover;
    // what is calm.
    let second = U256::from_be_bytes(keccak256(B256::ZERO).0) + U256::from(3);
    let least = U256::from(10) << 160;
    set(second, least | U256::from_be_slice(token.as_slice())).await;
    set(second + U256::from(2), U256::from(100)).await;
    let listed = abi::TokenList::getCall { id: 1 };
    let listed = world.client.view(list, &listed).await.unwrap();
    assert_eq!(
        (
            listed.token,
            listed.least.to(),
            listed.weiPerMillion,
            listed.calm
        ),
        (token, 10_u128, 0, 100)
    );
    token
}

pub(crate) async fn balance(world: &World, token: Address, of: Address) -> u64 {
    let held = world.client.view(token, &balanceOfCall { of }).await;
    held.unwrap().to()
}

/// An argument's list with what all commands here share.
fn of_token<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--token", "1", "--tree", "on-l1"]].concat()
}

fn without_fee<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&of_token(arguments)[..], &["--fee", "0"]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_in_and_is_paid_when_the_breaker_lets_it() {
    let mut world = World::new(BatchSize::EIGHT).await;
    let token = list(&world).await;
    world.tokens = read_tokens(&world.client, world.deployment.tokens)
        .await
        .unwrap();
    let mut operator = world.operator(who::OPERATORS[0]);
    let server = serve(&operator).await;
    let [alice, bob] = [who::ALICE, who::BOB].map(|who| Person::new(&world, &server, who));
    let owner = world.account(who::ALICE).address();
    let mut keys = Vec::new();
    for (who, person, amount) in [(who::ALICE, &alice, "8000"), (who::BOB, &bob, "10")] {
        let new = person.told(Needs::Key, &["new", "-o", "key"]).await;
        keys.push(new["account"].as_str().unwrap().to_owned());
        let account = world.account(who);
        let mint = mintCall {
            to: account.address(),
            amount: U256::from(10_000),
        };
        account.call(token, &mint).await.unwrap();
        let deposit = of_token(&["deposit", amount]);
        person.told(Needs::L1Key, &deposit).await;
    }
    // No more is allowed than was taken.
    let allowed = allowanceCall {
        owner,
        spender: world.deployment.vault,
    };
    assert_eq!(
        world.client.view(token, &allowed).await.unwrap(),
        U256::ZERO
    );
    assert_eq!(balance(&world, token, owner).await, 2_000);
    let small = of_token(&["deposit", "9"]);
    alice.refused(Needs::L1Key, &small, "BelowLeast").await;
    world.settle(&mut operator, 1).await;
    let (held, _) = alice.held(&keys[0], "on_l1", "1").await;
    let (_, to) = bob.held(&keys[1], "on_l1", "1").await;
    assert_eq!(held, 8_000);

    // The operator asks for a fee in ETH, and takes none here.
    let transfer = ["transfer", "500", "--to", &to];
    alice
        .refused(Needs::Signing, &of_token(&transfer), "--fee")
        .await;
    alice.told(Needs::Signing, &without_fee(&transfer)).await;
    world.settle(&mut operator, 2).await;
    assert_eq!(bob.held(&keys[1], "on_l1", "1").await.0, 510);
    assert_eq!(alice.held(&keys[0], "on_l1", "1").await.0, 7_500);

    // More than a fifth of what is held waits, and what fits does not.
    for (person, amount) in [(&alice, "5000"), (&bob, "100")] {
        let withdraw = ["withdraw", amount];
        person.told(Needs::Signing, &without_fee(&withdraw)).await;
    }
    world.settle(&mut operator, 3).await;
    let claim = ["claim", "3"];
    let paid = bob.told(Needs::Claiming, &claim).await;
    assert_eq!(paid["fetched"][0]["amount"], "100");
    assert_eq!(paid["delayed"], Value::Array(Vec::new()));
    for claimed in [1, 0] {
        let told = alice.told(Needs::Claiming, &claim).await;
        assert_eq!(told["claimed"], claimed);
        assert_eq!(told["released"], 0);
        assert_eq!(told["fetched"][0]["amount"], "0");
        let delayed = &told["delayed"][0];
        assert_eq!(delayed["amount"], "5000");
        let now = world.client.head().await.unwrap().time.get();
        let ready = delayed["ready_at"].as_u64().unwrap();
        assert!((now..=now + DELAY).contains(&ready), "{ready}");
    }
    // Blocks of one second are ahead of the clock that is moved.
    world.warp(DELAY + 600).await;
    // Anybody may end the delay, and the owner alone is paid.
    let address = alice.address();
    let for_alice = ["claim", "3", "--recipient", &address];
    let told = bob.told(Needs::Claiming, &for_alice).await;
    assert_eq!(
        (&told["claimed_before"], &told["released"]),
        (&1.into(), &1.into())
    );
    assert_eq!(balance(&world, token, owner).await, 2_000);
    let told = alice.told(Needs::Claiming, &claim).await;
    assert_eq!(told["released"], 0);
    assert_eq!(told["delayed"], Value::Array(Vec::new()));
    assert_eq!(told["fetched"][0]["amount"], "5000");
    assert_eq!(balance(&world, token, owner).await, 7_000);
    server.stop().await;
}
