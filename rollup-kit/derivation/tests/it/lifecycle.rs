//! From the first deposit to the escape, derived at every step.

use crate::world::{HOURS, Network, World, key, setup, who};
use derivation::{BatchStatus, Config, Deriver, NodeRows, Outcome, Rows, convert, exits};
use ledger::{Amount, Body, Tree};
use settlement::blobs::CarriedRows;
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::settings::RollupSettings;
use settlement::transaction::Call;
use settlement::{BatchNumber, Wei};
use std::sync::Arc;

const ETHER: u128 = Wei::PER_ETHER;
/// A small deposit that L1 still takes.
const LITTLE: u128 = 7 * ETHER / 1000;

pub(crate) fn number(number: u64) -> BatchNumber {
    BatchNumber::new(number)
}

/// The follower has what the operator has, and L1's roots.
pub(crate) fn same<R: Rows>(deriver: &Deriver<R>, world: &World) {
    let derivation = deriver.derivation();
    let state = derivation.state();
    assert_eq!(state.roots(), world.state.roots());
    for tree in Tree::BOTH {
        assert!(derivation.standing(tree).is_current, "{tree}");
        let accounts = world.state.tree(tree).accounts();
        assert!(state.tree(tree).accounts().eq(accounts), "{tree}");
    }
}

pub(crate) async fn funded() -> (World, Deriver<Network>) {
    let mut world = World::new().await;
    let mut deriver = world.deriver().await;
    for tree in Tree::BOTH {
        world.deposit(who::USER, tree, ETHER).await;
        world.deposit(who::OTHER, tree, 2 * ETHER).await;
    }
    deriver.catch_up().await.unwrap();
    assert_eq!(
        deriver
            .derivation()
            .history()
            .next(Tree::OffL1, 9)
            .unwrap()
            .len(),
        2
    );
    world.submit(deriver.derivation().history(), &[]).await;
    deriver.catch_up().await.unwrap();
    same(&deriver, &world);
    (world, deriver)
}

/// Deposits, transfers, withdrawals, moves from one tree to the other, forced withdrawals.
#[tokio::test]
async fn a_rollups_life_is_derived() {
    let (mut world, mut deriver) = funded().await;
    let user = world.account(who::USER);
    let d = world.deployment.clone();
    let other = world.index(who::OTHER, Tree::OffL1).unwrap();
    let amount = Amount::new(ETHER / 4);
    let operations = [
        world.signed(who::USER, Tree::OffL1, Body::Transfer { to: other, amount }),
        world.signed(
            who::USER,
            Tree::OnL1,
            Body::Withdraw {
                recipient: convert::address(user.address()),
                amount,
            },
        ),
        world.signed(
            who::OTHER,
            Tree::OnL1,
            Body::Move {
                owner: convert::address(world.account(who::OTHER).address()),
                account: key(who::OTHER).account_key(),
                amount,
            },
        ),
    ];
    world
        .submit(deriver.derivation().history(), &operations)
        .await;
    let progress = deriver.catch_up().await.unwrap();
    assert!(
        progress
            .applied
            .iter()
            .all(|a| a.outcome == Outcome::Applied)
    );
    same(&deriver, &world);

    // Both are claimed: one pays, the other waits in the other tree's queue.
    let entry = deriver
        .derivation()
        .history()
        .batch(number(2))
        .unwrap()
        .clone();
    assert_eq!(entry.withdrawals.len(), 2);
    for index in 0..2 {
        let (withdrawal, path) = entry.claim(index).unwrap();
        let claim = abi::Rollup::claimCall {
            number: 2,
            withdrawal,
            path,
        };
        user.call(d.rollup, &claim).await.unwrap();
    }
    let presented = key(who::OTHER).presented();
    let force = abi::Rollup::forceWithdrawalCall {
        tree: Tree::OffL1.number(),
        token: 0,
        amount: ETHER,
        owner: world.account(who::OTHER).address(),
        account: convert::word(key(who::OTHER).account_key().into()),
        authority: convert::word(presented.authority().into()),
    };
    user.call(d.rollup, &force).await.unwrap();
    deriver.catch_up().await.unwrap();
    let history = deriver.derivation().history();
    assert_eq!(history.batch(number(2)).unwrap().claimed.len(), 2);
    let queued = history.next(Tree::OffL1, 9).unwrap();
    assert_eq!(queued.len(), 2);
    assert_eq!(queued[0].operation.unwrap().amount, amount);
    world.submit(history, &[]).await;
    deriver.catch_up().await.unwrap();
    same(&deriver, &world);
    let held = World::held(deriver.derivation().state(), Tree::OffL1, other);
    assert_eq!(held, 2 * ETHER + ETHER / 2 - ETHER);

    // A day later all of it is final.
    world.warp(25 * HOURS).await;
    let finalize = abi::Rollup::finalizeCall {
        most: settlement::U256::from(9),
    };
    user.call(d.rollup, &finalize).await.unwrap();
    deriver.catch_up().await.unwrap();
    let history = deriver.derivation().history();
    assert_eq!(history.last_final(), number(3));
    assert_eq!(history.status(number(3)), Some(BatchStatus::Final));
}

/// What is withheld holds up the tree off L1 alone; it falls back, its deposits wait again, and
/// everybody leaves with what the trees say.
#[tokio::test]
async fn a_withheld_row_holds_up_one_tree_until_it_falls_back() {
    let (mut world, mut deriver) = funded().await;
    let user = world.account(who::USER);
    let d = world.deployment.clone();
    world.warp(25 * HOURS).await;
    let finalize = abi::Rollup::finalizeCall {
        most: settlement::U256::from(9),
    };
    user.call(d.rollup, &finalize).await.unwrap();
    let firm = world.state.clone();

    for tree in Tree::BOTH {
        world.deposit(who::USER, tree, LITTLE).await;
    }
    deriver.catch_up().await.unwrap();
    world.submit(deriver.derivation().history(), &[]).await;
    world.network.withhold(true);
    let progress = deriver.catch_up().await.unwrap();
    assert_eq!(progress.missing.len(), 1);
    assert_eq!(progress.missing[0].number, number(2));
    assert!(deriver.derivation().standing(Tree::OnL1).is_current);
    let standing = deriver.derivation().standing(Tree::OffL1);
    assert_eq!(
        (standing.after, standing.waits_for),
        (number(1), Some(number(2)))
    );
    // A row that is another is none.
    world.network.lie();
    world.network.withhold(false);
    let progress = deriver.catch_up().await.unwrap();
    assert_eq!(progress.missing.len(), 1);

    let challenge = abi::RowChallenges::challengeCall { number: 2, row: 0 };
    let bond = RollupSettings::default().min_bond;
    user.pay(d.row_challenges, &challenge, bond).await.unwrap();
    deriver.catch_up().await.unwrap();
    let entry = deriver.derivation().history().batch(number(2)).unwrap();
    assert_eq!(entry.challenges.len(), 1);
    world.warp(25 * HOURS).await;
    let expire = abi::RowChallenges::expireCall { number: 2, row: 0 };
    user.call(d.row_challenges, &expire).await.unwrap();
    let progress = deriver.catch_up().await.unwrap();
    assert!(progress.missing.is_empty());
    world.state = ledger::State::with_trees(
        firm.rollup(),
        world.state.tree(Tree::OnL1).clone(),
        firm.tree(Tree::OffL1).clone(),
    );
    same(&deriver, &world);
    let history = deriver.derivation().history();
    assert_eq!(history.newest(), number(3));
    assert_eq!(history.status(number(2)), Some(BatchStatus::Void));
    let again = history.next(Tree::OffL1, 9).unwrap();
    assert_eq!(again[0].operation.unwrap().amount, Amount::new(LITTLE));
    let tail = abi::Rollup::tailOfCall { tree: 1 };
    let tail = world.client.view(d.rollup, &tail).await.unwrap();
    assert_eq!(history.queue(Tree::OffL1).tail(), tail);

    // Whoever reads all of it later comes to the same.
    let mut late = world.deriver().await;
    late.catch_up().await.unwrap();
    same(&late, &world);

    // Nobody consumes the deposit: the rollup freezes, and what is derived is what pays.
    let deadline = again[0].deadline;
    let now = world.client.head().await.unwrap().time.get();
    let freeze = abi::Rollup::freezeCall {
        tree: 1,
        place: again[0].place,
        operation: again[0].on_l1.clone(),
    };
    world.warp(deadline - now - 60).await;
    assert!(user.call(d.rollup, &freeze).await.is_err());
    world.warp(120).await;
    user.call(d.rollup, &freeze).await.unwrap();
    deriver.catch_up().await.unwrap();
    assert_eq!(
        deriver.derivation().history().frozen().unwrap().tree,
        Tree::OffL1
    );
    let holdings = exits::holdings(deriver.derivation().state(), Tree::OffL1);
    let tree = ExitTree::new(&holdings);
    let root = convert::word(deriver.derivation().state().roots().off_l1);
    let attestors = settlement::batch::Attestors::new(vec![world.signers[who::DEPLOYER].clone()]);
    let proof = attestors
        .prove_exits(
            &world.client,
            &d,
            settlement::batch::Tree::OffL1,
            root,
            tree.root(),
        )
        .await
        .unwrap();
    let prove = abi::Rollup::proveExitsCall {
        tree: 1,
        exits: tree.root(),
        proof,
    };
    user.call(d.rollup, &prove).await.unwrap();
    let escape = abi::Rollup::escapeCall {
        tree: 1,
        holding: holdings[0].clone(),
        path: tree.path(0).unwrap(),
    };
    user.call(d.rollup, &escape).await.unwrap();
    deriver.catch_up().await.unwrap();
    let history = deriver.derivation().history();
    assert_eq!(history.exits(Tree::OffL1, root), Some(tree.root()));
    assert!(history.has_escaped(Tree::OffL1, holdings[0].slot));
    assert!(!history.has_escaped(Tree::OffL1, holdings[1].slot));
}

/// A row that the network keeps back is read from L1 once somebody published it there.
#[tokio::test]
async fn a_published_row_is_read_from_l1() {
    let (mut world, deriver) = funded().await;
    let d = world.deployment.clone();
    let derivation = deriver.derivation();
    world.submit(derivation.history(), &[]).await;
    let finished = world.state.roots();
    let rows = NodeRows::new(world.client.clone(), None);
    let config = Config {
        confirmations: 0,
        ..Config::default()
    };
    let mut on_l1 = Deriver::open(world.client.clone(), d.clone(), rows, config)
        .await
        .unwrap();
    let progress = on_l1.catch_up().await.unwrap();
    // The batches' rows off L1: nobody has published them yet.
    assert_eq!(progress.missing.len(), 2);
    for request in progress.missing {
        let derivation::RowPlace::Network { meta, row } = &request.place else {
            panic!("{request:?}")
        };
        let derivation::Fetched::Row(bytes) = Rows::fetch(&world.network, &request).await.unwrap()
        else {
            panic!("{request:?}")
        };
        let carried = CarriedRows::prove(setup(), &[bytes]).unwrap();
        let publish = abi::RowChallenges::publishCall {
            number: request.number.get(),
            meta: meta.encode().into(),
            row: *row,
            blob: settlement::U256::ZERO,
        };
        let call = Call::of(d.row_challenges, &publish).carrying(Arc::new(carried));
        world.account(who::OTHER).execute(&call).await.unwrap();
    }
    let progress = on_l1.catch_up().await.unwrap();
    assert!(progress.missing.is_empty());
    assert_eq!(on_l1.derivation().state().roots(), finished);
}

/// L1 takes a batch back, another comes in its place; restarts in between change nothing.
#[tokio::test]
async fn what_l1_takes_back_is_taken_back() {
    let (mut world, mut deriver) = funded().await;
    let folder = world.folder.path().join("derived");
    let config = || Config {
        store: Some(folder.clone()),
        ..Config::default()
    };
    let mut stored = world.deriver_with(config()).await;
    stored.catch_up().await.unwrap();
    let before = world.state.clone();
    let history = deriver.derivation().history().clone();
    let amount = Amount::new(5);
    let to = world.index(who::OTHER, Tree::OffL1).unwrap();
    let transfer = world.signed(who::USER, Tree::OffL1, Body::Transfer { to, amount });
    world
        .submit(&history, std::slice::from_ref(&transfer))
        .await;
    deriver.catch_up().await.unwrap();
    stored.catch_up().await.unwrap();
    same(&deriver, &world);
    stored.save().unwrap();
    drop(stored);

    world.reorganise(1).await;
    world.state = before;
    let progress = deriver.catch_up().await.unwrap();
    assert!(progress.rewound.is_some());
    same(&deriver, &world);
    assert_eq!(deriver.derivation().history().newest(), number(1));

    let amount = Amount::new(6);
    let transfer = world.signed(who::USER, Tree::OffL1, Body::Transfer { to, amount });
    world.submit(&history, &[transfer]).await;
    deriver.catch_up().await.unwrap();
    same(&deriver, &world);
    // The snapshot was of the chain that is gone.
    let mut resumed = world.deriver_with(config()).await;
    assert_eq!(resumed.derivation().history().newest(), number(2));
    resumed.catch_up().await.unwrap();
    same(&resumed, &world);
    resumed.save().unwrap();
    // What is damaged is derived again.
    let file = folder.join("derived.snapshot");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let mut anew = world.deriver_with(config()).await;
    assert!(!anew.derivation().history().has_begun());
    anew.catch_up().await.unwrap();
    same(&anew, &world);
}
