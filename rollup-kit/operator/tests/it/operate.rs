//! One operator: from a deposit to what is paid on L1, by the DA network and without it.

use crate::world::{ETHER, Operating, World, held, patience, signed, signers, transfer, who};
use alloy::primitives::U256;
use ledger::{Amount, BatchSize, Body, Tree};
use operator::carriage::Patience;
use operator::core::Stage;
use operator::desk::Shared;
use operator::plan::SealedBatch;
use operator::prover::{Attested, Groth16, Prover};
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Verifier};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use validity::{Engine, Keys, Statement, SumEngine, solidity};

/// Seconds that a certificate is waited for, where none comes.
const WAIT: u64 = 600;
const PEOPLE: [usize; 3] = [who::ALICE, who::BOB, who::OPERATORS[0]];

async fn funded(world: &World) {
    for tree in Tree::BOTH {
        for person in PEOPLE {
            world.deposit(tree, person, ETHER).await;
        }
    }
}

/// Deposits, transfers in both trees, a withdrawal: settled, with the rows on the network, and paid
/// on L1 at the end.
#[tokio::test(flavor = "multi_thread")]
async fn operations_of_both_trees_settle_and_pay() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();
    for tree in Tree::BOTH {
        for person in PEOPLE {
            assert_eq!(held(&shared, tree, person).unwrap().1, ETHER);
        }
    }
    let batch = world.batch(1).await;
    assert_eq!((batch.rows, batch.onHead, batch.offHead), (1, 3, 3));

    let on = transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 5, 100);
    let off = transfer(&shared, Tree::OffL1, [who::BOB, who::ALICE], 7, 200);
    let recipient = ledger::Address::new([0xaa; 20]);
    let amount = Amount::new(1_000);
    let out = signed(
        &shared,
        Tree::OnL1,
        who::BOB,
        9,
        Body::Withdraw { recipient, amount },
    );
    let out = shared.submit(&out, shared.health().now).unwrap().id;
    for id in [on, off, out] {
        assert_eq!(shared.desk().core().standing(&id).stage, Stage::Pooled);
    }
    world.settle(&mut operator, 2).await;
    for (tree, person, expected) in [
        (Tree::OnL1, who::ALICE, ETHER - 105),
        (Tree::OnL1, who::BOB, ETHER + 100 - 1_009),
        (Tree::OnL1, who::OPERATORS[0], ETHER + 14),
        (Tree::OffL1, who::BOB, ETHER - 207),
        (Tree::OffL1, who::ALICE, ETHER + 200),
        (Tree::OffL1, who::OPERATORS[0], ETHER + 7),
    ] {
        assert_eq!(
            held(&shared, tree, person).unwrap().1,
            expected,
            "{tree} {person}"
        );
    }

    world.check_derived().await;

    // What left the tree is paid, by the path that the plan gives.
    let plan = shared
        .desk()
        .core()
        .plan_of(settlement::BatchNumber::new(2))
        .cloned()
        .unwrap();
    let [withdrawal] = &plan.withdrawals[..] else {
        panic!("{plan:?}");
    };
    assert_eq!(withdrawal.amount, "1000");
    let withdrawal = abi::Withdrawal {
        tree: 0,
        token: 0,
        amount: 1_000,
        recipient: alloy::primitives::Address::new([0xaa; 20]),
        account: U256::ZERO,
    };
    let path = abi::Path {
        index: 0,
        leaves: 1,
        siblings: Vec::new(),
    };
    let claim = abi::Rollup::claimCall {
        number: 2,
        withdrawal,
        path,
    };
    world
        .account(who::BOB)
        .call(world.deployment.rollup, &claim)
        .await
        .unwrap();

    // A day later nobody has challenged: it is final, and forgotten.
    world.warp(25 * 3600).await;
    let finalize = abi::Rollup::finalizeCall {
        most: U256::from(8),
    };
    world
        .account(who::BOB)
        .call(world.deployment.rollup, &finalize)
        .await
        .unwrap();
    world
        .until(&mut operator, "finality", |shared| {
            shared.desk().core().standing(&off).stage == Stage::Final
        })
        .await;
    assert!(shared.desk().core().flight().is_empty());
}

/// Two batches alike in their data differ in their blobs: L1 takes a blob once.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_row_twice_is_two_blobs() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();
    for number in 2..=4 {
        transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 10);
        world.settle(&mut operator, number).await;
    }
    assert_eq!(held(&shared, Tree::OffL1, who::BOB).unwrap().1, ETHER + 30);
    assert_eq!(world.network.posted(), 4);
}

/// A batch is sealed, and has waited long enough for its certificate.
async fn out_of_patience<P: Prover>(world: &World, operator: &mut Operating<P>) {
    let waits = |shared: &Shared| {
        let desk = shared.desk();
        desk.core()
            .flight()
            .values()
            .any(|batch| batch.awaits_network())
    };
    world.until(operator, "a batch", waits).await;
    // Blocks are ahead of the clock that is moved.
    world.warp(2 * WAIT).await;
}

/// A certificate that L1 does not take is no better than none.
#[tokio::test(flavor = "multi_thread")]
async fn what_l1_refuses_goes_by_its_blobs() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let impatient = Patience {
        certificate: WAIT,
        ..patience()
    };
    let mut operator = world.operator_with(who::OPERATORS[0], world.attested(), impatient);
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();

    world.network.backdate();
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 10);
    out_of_patience(&world, &mut operator).await;
    world.settle(&mut operator, 2).await;
    assert_eq!(world.batch(2).await.rows, 0, "by L1's blobs");
    assert_eq!(held(&shared, Tree::OffL1, who::BOB).unwrap().1, ETHER + 10);
}

/// No certificates: rows go into L1's blobs. Certificates again: rows go to the network again.
#[tokio::test(flavor = "multi_thread")]
async fn without_certificates_rows_go_by_l1_and_come_back() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let impatient = Patience {
        certificate: WAIT,
        ..patience()
    };
    let name = who::OPERATORS[0];
    let mut operator = world.operator_with(name, world.attested(), impatient);
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();

    world.network.withhold(true);
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 10);
    out_of_patience(&world, &mut operator).await;
    world.settle(&mut operator, 2).await;
    let batch = world.batch(2).await;
    assert_eq!(batch.rows, 0, "by L1");
    assert!(!shared.health().network_works);
    // Now at once.
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 11);
    world.settle(&mut operator, 3).await;
    assert_eq!(world.batch(3).await.rows, 0);
    assert_eq!(held(&shared, Tree::OffL1, who::BOB).unwrap().1, ETHER + 21);

    world.network.withhold(false);
    world
        .until(&mut operator, "the network", |shared| {
            shared.health().network_works
        })
        .await;
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 12);
    world.settle(&mut operator, 4).await;
    assert_eq!(world.batch(4).await.rows, 1, "by the network");
    world.check_derived().await;
    assert_eq!(held(&shared, Tree::OffL1, who::BOB).unwrap().1, ETHER + 33);
}

/// A reorganisation drops a batch: the same one comes again, and nothing is paid twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_reorganised_batch_comes_again() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();
    let id = transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 0, 10);
    world.settle(&mut operator, 2).await;
    let roots = world.batch(2).await.roots;
    world.raw("assay_reorg", (1, "drop")).await;
    assert_eq!(world.newest().await, 1);
    world.settle(&mut operator, 2).await;
    assert_eq!(world.batch(2).await.roots, roots);
    assert_eq!(shared.desk().core().standing(&id).stage, Stage::OnL1);
    assert_eq!(held(&shared, Tree::OnL1, who::BOB).unwrap().1, ETHER + 10);

    // The deposit under a batch goes as well: that batch is of no use, and its operations wait.
    world.deposit(Tree::OnL1, who::ALICE, ETHER).await;
    let other = transfer(&shared, Tree::OnL1, [who::BOB, who::ALICE], 0, 3);
    world.settle(&mut operator, 3).await;
    world.raw("assay_reorg", (2, "drop")).await;
    assert_eq!(world.newest().await, 2);
    world.settle(&mut operator, 3).await;
    let standing = shared.desk().core().standing(&other);
    assert_eq!(standing.stage, Stage::OnL1);
    assert_eq!(held(&shared, Tree::OnL1, who::BOB).unwrap().1, ETHER + 7);
}

/// A rollup whose batches are verified under development keys, and who proves them.
async fn proved(size: BatchSize) -> (World, Groth16) {
    let engine = SumEngine::Own(Engine::of_process().unwrap());
    let keys = Keys::development(size, engine).unwrap();
    let key = solidity::key_bytes(keys.shape(), keys.verifying()).unwrap();
    let attested = Verifier::Attested {
        attestors: vec![signers()[who::DEPLOYER].address()],
        threshold: 1,
    };
    let proofs = Proofs::Each {
        batches: Verifier::Keys(vec![key.into()]),
        checkpoints: attested.clone(),
        exits: attested,
    };
    (World::with(size, proofs).await, Groth16::new(keys, 0, 2))
}

/// Real proofs, of batches of one operation: by the network, and by L1's blobs.
#[tokio::test(flavor = "multi_thread")]
async fn real_proofs_settle_batches_of_one() {
    let size = BatchSize::new(1).unwrap();
    let (world, prover) = proved(size).await;
    let impatient = Patience {
        certificate: WAIT,
        ..patience()
    };
    let mut operator = world.operator_with(who::OPERATORS[0], prover, impatient);
    world.deposit(Tree::OffL1, who::ALICE, ETHER).await;
    world.deposit(Tree::OnL1, who::BOB, ETHER).await;
    world.settle(&mut operator, 2).await;
    assert_eq!(
        world.batch(1).await.onHead + world.batch(1).await.offHead,
        1
    );
    world.network.withhold(true);
    world.deposit(Tree::OffL1, who::BOB, ETHER).await;
    out_of_patience(&world, &mut operator).await;
    world.settle(&mut operator, 3).await;
    assert_eq!(world.batch(3).await.rows, 0);
    let shared = operator.shared();
    assert_eq!(held(shared, Tree::OffL1, who::BOB).unwrap().1, ETHER);
    assert_eq!(held(shared, Tree::OnL1, who::BOB).unwrap().1, ETHER);
}

/// A real proof of a batch of eight.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute of proving"]
async fn a_real_proof_settles_a_batch_of_eight() {
    let (world, prover) = proved(BatchSize::EIGHT).await;
    let mut operator = world.operator_with(who::OPERATORS[0], prover, patience());
    funded(&world).await;
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 7, 10);
    transfer(&shared, Tree::OnL1, [who::BOB, who::ALICE], 5, 20);
    world.settle(&mut operator, 2).await;
    assert_eq!(held(&shared, Tree::OffL1, who::BOB).unwrap().1, ETHER + 10);
}

/// A week after the last one the full state is posted and settled, and batches go on after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_comes_every_week() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    world.settle(&mut operator, 1).await;
    world.warp(operator::checkpoint::DUE + 600).await;
    let shared = operator.shared().clone();
    world.settle(&mut operator, 2).await;
    let call = abi::Rollup::lastCheckpointCall {};
    let last = world
        .client
        .view(world.deployment.rollup, &call)
        .await
        .unwrap();
    assert_eq!(last, 2);
    assert_eq!(world.batch(2).await.roots, world.batch(1).await.roots);
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 10);
    world.settle(&mut operator, 3).await;
    assert_eq!(held(&shared, Tree::OffL1, who::BOB).unwrap().1, ETHER + 10);
    assert_eq!(
        world
            .client
            .view(world.deployment.rollup, &call)
            .await
            .unwrap(),
        2
    );
    world.check_derived().await;
}

/// An operator whose disk fails promises nothing any more. What goes to `/dev/null` is read as
/// nothing, written, and never synced.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_fails_ends_the_operator() {
    for journal in ["operator", "outbox"] {
        let world = World::new(BatchSize::EIGHT).await;
        let name = who::OPERATORS[0];
        let file = world.folder.path().join(format!("{journal}-{name}"));
        std::os::unix::fs::symlink("/dev/null", file).unwrap();
        let mut operator = world.operator(name);
        world.deposit(Tree::OffL1, who::ALICE, ETHER).await;
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let pause = Duration::from_millis(10);
        let running = operator.run(pause, stopped, |_| {});
        let ran = tokio::time::timeout(Duration::from_secs(120), running).await;
        let error = ran.expect("it ends by itself").unwrap_err();
        assert!(error.is_fatal(), "{journal}: {error}");
        assert_eq!(world.newest().await, 0);
    }
}

/// Finds the first batch false that somebody's operation is in.
struct Doubting {
    attested: Attested,
    has_refused: AtomicBool,
}

impl Prover for Doubting {
    async fn prove(
        &self,
        batch: Arc<SealedBatch>,
        statement: Statement,
    ) -> operator::Result<Vec<u8>> {
        let mut settled = batch.finished().settled.iter();
        let is_signed = settled.any(|settled| settled.signed.is_some());
        if is_signed && !self.has_refused.swap(true, Ordering::Relaxed) {
            return Err(validity::Error::ProofRefused.into());
        }
        self.attested.prove(batch, statement).await
    }
}

/// A batch without a proof holds up nothing for long: it is given up, and the next one settles.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_has_no_proof_is_given_up() {
    let world = World::new(BatchSize::EIGHT).await;
    funded(&world).await;
    let prover = Doubting {
        attested: world.attested(),
        has_refused: AtomicBool::new(false),
    };
    let mut operator = world.operator_with(who::OPERATORS[0], prover, patience());
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();
    let refused = transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 5, 100);
    world
        .until(&mut operator, "a batch given up", |shared| {
            shared.health().given_up.is_some()
        })
        .await;
    let standing = shared.desk().core().standing(&refused);
    assert_eq!(standing.stage, Stage::Dropped);
    let reason = shared.health().given_up.unwrap();
    assert!(reason.contains("batch 2"), "{reason}");
    transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 5, 200);
    world.settle(&mut operator, 2).await;
    assert_eq!(held(&shared, Tree::OnL1, who::BOB).unwrap().1, ETHER + 200);
}
