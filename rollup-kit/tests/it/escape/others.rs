//! What fails, and what others did first, keeps nobody else in.

use super::*;
use crate::wallet::operating::world::transfer;
use rollup_kit::escape::FINALIZED_AT_ONCE;
use settlement::U256;

/// Most gas of a transaction (EIP-7825).
const MAX_GAS: u64 = 1 << 24;

#[tokio::test(flavor = "multi_thread")]
async fn one_trees_unknown_state_keeps_nothing_else_in() {
    let leaving = Leaving::new().await;
    let world = &leaving.world;
    let mut operator = world.operator(who::OPERATORS[0]);
    world.deposit(Tree::OnL1, who::ALICE, ETHER).await;
    for person in [who::OPERATORS[0], who::ALICE, who::BOB] {
        world.deposit(Tree::OffL1, person, ETHER).await;
    }
    world.settle(&mut operator, 1).await;
    let between = [who::ALICE, who::BOB];
    transfer(operator.shared(), Tree::OffL1, between, 5, 100);
    world.settle(&mut operator, 2).await;
    drop(operator);
    world.deposit(Tree::OffL1, who::ALICE, ETHER / 2).await;
    leaving.abandoned().await;

    // The DA network has lost the row, and nobody has a copy.
    let nobody = NodeRows::new(world.client.clone(), None);
    let own = Leaving::own(who::ALICE);
    let left = leaving.leave_by(who::ALICE, own.clone(), nobody, 0).await;
    let Err(Error::Unfinished { left, reasons }) = left else {
        panic!("{left:?}");
    };
    let tree = Tree::OffL1;
    assert!(
        matches!(reasons[..], [Error::StateUnknown { tree: of }] if of == tree),
        "{reasons:?}"
    );
    let expected = Left {
        froze: true,
        holdings: 1,
        proofs: 1,
        deposits: 1,
        fetched: vec![(0, (ETHER * 3 / 2).to_string())],
        delayed: Vec::new(),
    };
    assert_eq!(*left, expected);
    // The row turns up.
    let left = leaving.leave(who::ALICE, own).await.unwrap();
    assert_eq!((left.froze, left.holdings), (false, 1));
    assert_eq!(left.fetched, [(0, (ETHER - 105).to_string())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_faster_keeps_nobody_in() {
    let leaving = Leaving::new().await;
    let world = &leaving.world;
    let mut operator = world.operator(who::OPERATORS[0]);
    let people = [who::OPERATORS[0], who::ALICE, who::BOB, who::OPERATORS[0]];
    for (batch, person) in (1..).zip(people) {
        world.deposit(Tree::OffL1, person, ETHER).await;
        world.settle(&mut operator, batch).await;
    }
    drop(operator);
    world.deposit(Tree::OnL1, who::BOB, ETHER).await;
    leaving.abandoned().await;

    // So many batches as are called final at once fit into a transaction.
    let rollup = world.deployment.rollup;
    let mut gas = Vec::new();
    for most in [1, 1, 2] {
        let most = U256::from(most);
        let call = abi::Rollup::finalizeCall { most };
        let mined = world.account(who::BOB).call(rollup, &call).await.unwrap();
        gas.push(mined.gas.get());
    }
    // The first writes where nothing was written yet.
    let each = gas[2] - gas[1];
    eprintln!("finalize: {} for one batch, {each} for each more", gas[0]);
    assert!(gas[0] + FINALIZED_AT_ONCE * each < MAX_GAS, "{gas:?}");

    let first = who::OPERATORS[0];
    let left = leaving.leave(first, Leaving::own(first)).await.unwrap();
    assert_eq!((left.froze, left.holdings), (true, 1));
    for _ in 0..10 {
        world.raw("evm_mine", ()).await;
    }
    // Alice and Bob are of one proof, and Bob leaves in a block that she does not see yet.
    let left = leaving.leave(who::BOB, Leaving::own(who::BOB)).await;
    assert_eq!(left.unwrap().holdings, 1);
    let rows = (
        world.network.clone(),
        NodeRows::new(world.client.clone(), None),
    );
    let left = leaving.leave_by(who::ALICE, Who::Everybody, rows, 5).await;
    let Err(Error::Unfinished { left, reasons }) = left else {
        panic!("{left:?}");
    };
    // She does not see either that Bob has taken his deposit back.
    let [Error::Settlement(reason)] = &reasons[..] else {
        panic!("{reasons:?}");
    };
    assert!(reason.to_string().contains("cancelDeposit"), "{reason}");
    assert!(left.holdings >= 1);
    assert_eq!(left.fetched, [(0, ETHER.to_string())]);
    let again = leaving.leave(who::ALICE, Who::Everybody).await.unwrap();
    assert_eq!(again.holdings, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_frozen_without_keys_that_l1_has() {
    let leaving = Leaving::new().await;
    let (size, others) = {
        let size = ExitsSize::new(1).unwrap();
        let engine = SumEngine::Own(Engine::of_process().unwrap());
        let keys = Keys::single_party(size, engine, &mut rand::rng());
        (size, keys.unwrap())
    };
    let leaving = Leaving {
        keys: ExitKeys::new(others, size, None),
        ..leaving
    };
    leaving.world.deposit(Tree::OnL1, who::ALICE, ETHER).await;
    leaving.abandoned().await;
    let own = Leaving::own(who::ALICE);
    let refused = leaving.leave(who::ALICE, own.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::NoSuchKeys { .. }), "{refused}");
    assert!(!leaving.is_frozen().await);

    // Attestors have no keys at all.
    let attested = Leaving {
        world: World::new(BatchSize::EIGHT).await,
        ..leaving
    };
    attested.world.deposit(Tree::OnL1, who::ALICE, ETHER).await;
    attested.abandoned().await;
    let refused = attested.leave(who::ALICE, own).await.unwrap_err();
    assert!(matches!(refused, Error::KeysUntold { .. }), "{refused}");
    assert!(!attested.is_frozen().await);
}
