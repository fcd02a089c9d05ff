//! Two operators in rotation.

use crate::world::{ETHER, World, held, rollup_key, transfer, who};
use ledger::{BatchSize, Tree};
use operator::core::Stage;
use operator::driver::clock;
use operator::rotation::{IDLE, SLOT, Turn};
use operator::submission::word;
use settlement::contracts::abi;

const PEOPLE: [usize; 4] = [who::ALICE, who::BOB, who::OPERATORS[0], who::OPERATORS[1]];

/// Moves time on until a slot of this operator has just begun.
async fn slot_of(world: &World, place: u64) {
    let now = world.client.head().await.unwrap().time.get();
    // Not so far that the rollup counts as idle.
    if now / SLOT % 2 == place && now % SLOT < SLOT - 600 {
        return;
    }
    let slot = now / SLOT + 1;
    // Blocks that were mined in one second are ahead of the clock, a second each.
    let wait = (slot + (place + 2 - slot % 2) % 2) * SLOT + 300 - now;
    world.warp(wait).await;
}

/// Nobody submits out of turn; each follows what the other settled; one that stops is replaced, and
/// what it was made to do is done by the other; when it comes back, it begins upon that.
#[tokio::test(flavor = "multi_thread")]
async fn operators_take_turns_and_replace_one_another() {
    let world = World::new(BatchSize::EIGHT).await;
    world.bond_operator(who::OPERATORS[1]).await;
    for person in PEOPLE {
        world.deposit(Tree::OnL1, person, ETHER).await;
    }
    let mut first = world.operator(who::OPERATORS[0]);
    let mut second = world.operator(who::OPERATORS[1]);

    slot_of(&world, 0).await;
    let report = second.step(clock()).await.unwrap();
    assert!(
        matches!(report.turn, Some(Turn::Theirs { .. })),
        "{report:?}"
    );
    assert_eq!((report.sealed, world.newest().await), (None, 0));
    world.settle(&mut first, 1).await;
    second.step(clock()).await.unwrap();
    assert_eq!(
        held(second.shared(), Tree::OnL1, who::BOB).unwrap().1,
        ETHER
    );

    // The first takes an operation and stops; it censors a forced withdrawal besides.
    let mine = transfer(first.shared(), Tree::OnL1, [who::ALICE, who::BOB], 0, 10);
    let theirs = transfer(second.shared(), Tree::OnL1, [who::BOB, who::ALICE], 0, 3);
    let bob = rollup_key(who::BOB).presented();
    let force = abi::Rollup::forceWithdrawalCall {
        tree: 0,
        token: 0,
        amount: 1_000,
        owner: world.account(who::BOB).address(),
        account: word(bob.account_key().into()),
        authority: word(bob.authority().into()),
    };
    let rollup = world.deployment.rollup;
    world.account(who::BOB).call(rollup, &force).await.unwrap();
    // A batch of the first is sealed, and its submission never comes to a block.
    world.raw("evm_setAutomine", (false,)).await;
    for _ in 0..40 {
        first.step(clock()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(
        first.shared().desk().core().standing(&mine).stage,
        Stage::Sequenced
    );
    world.raw("anvil_dropAllTransactions", ()).await;
    world.raw("evm_setAutomine", (true,)).await;

    let now = world.client.head().await.unwrap().time.get();
    let last = world.batch(1).await.submittedAt;
    world.warp(last + IDLE + 600 - now).await;
    world.settle(&mut second, 2).await;
    assert_eq!(
        world.batch(2).await.operator,
        world.account(who::OPERATORS[1]).address()
    );
    assert_eq!(
        world.batch(2).await.onHead,
        5,
        "the forced withdrawal is done"
    );
    assert_eq!(
        second.shared().desk().core().standing(&theirs).stage,
        Stage::OnL1
    );

    // Back again, the first gives its batch up and settles its operation upon the other's.
    slot_of(&world, 0).await;
    world.settle(&mut first, 3).await;
    let standing = first.shared().desk().core().standing(&mine);
    assert_eq!(
        (standing.stage, standing.batch.unwrap().get()),
        (Stage::OnL1, 3)
    );
    let bob = held(first.shared(), Tree::OnL1, who::BOB).unwrap().1;
    assert_eq!(bob, ETHER - 3 - 1_000 + 10);
}
