//! Checkpoints that are proved; and those that cannot be made: batches go on, and the operator says
//! why.

use crate::world::{Attesting, ETHER, World, held, setup, signers, transfer, who};
use alloy::sol_types::SolCall as _;
use ledger::{BatchSize, State, Tree};
use operator::checkpoint::StateBlob;
use operator::network::DataNetwork as _;
use operator::prover::{Attested, CheckpointProver, Vouching};
use settlement::batch::Attestors;
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Verifier};
use std::cell::Cell;
use std::sync::Arc;
use validity::{CheckpointSize, Engine, Keys, SumEngine, solidity};

/// Blocks of a second run ahead of the clock, which a warp starts from.
const AHEAD: u64 = 600;
/// Seconds for which batches stand back at most, and of the first pause.
const HOLD: u64 = 1800 + AHEAD;

async fn begun() -> (World, Attesting) {
    let mut world = World::new(BatchSize::EIGHT).await;
    let operator = begin(&mut world, None).await;
    (world, operator)
}

/// Two people have something, and a checkpoint is due.
async fn begin(world: &mut World, vouching: Option<Vouching>) -> Attesting {
    world.vouching = vouching;
    for person in [who::ALICE, who::BOB] {
        world.deposit(Tree::OnL1, person, ETHER).await;
    }
    let mut operator = world.operator(who::OPERATORS[0]);
    world.settle(&mut operator, 1).await;
    world.warp(operator::checkpoint::DUE + AHEAD).await;
    operator
}

async fn last_checkpoint(world: &World) -> u64 {
    let call = abi::Rollup::lastCheckpointCall {};
    let at = world.deployment.rollup;
    world.client.view(at, &call).await.unwrap()
}

/// Waits for the operator to say why there is no checkpoint.
async fn trouble(world: &World, operator: &mut Attesting) -> String {
    let said = |shared: &operator::desk::Shared| shared.health().checkpoint.is_some();
    world.until(operator, "a reason", said).await;
    operator.shared().health().checkpoint.unwrap()
}

/// A transfer settles as this batch, which is no checkpoint.
async fn settles(world: &World, operator: &mut Attesting, batch: u64) {
    let shared = operator.shared().clone();
    let before = held(&shared, Tree::OnL1, who::BOB).unwrap().1;
    transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 0, 10);
    world.settle(operator, batch).await;
    assert_eq!(
        held(&shared, Tree::OnL1, who::BOB).unwrap().1,
        before + 10,
        "batch {batch}"
    );
    assert_eq!(last_checkpoint(world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_does_not_certify_stops_no_batches() {
    let (world, mut operator) = begun().await;
    let shared = operator.shared().clone();
    world.network.withhold(true);
    world
        .until(&mut operator, "the checkpoint's blob", |_| {
            world.network.posted() > 0
        })
        .await;
    // Taken at the time that it is by now: before, it would have waited for a week.
    transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 0, 10);
    let looks = Cell::new(0);
    world
        .until(&mut operator, "some looks", |_| {
            looks.set(looks.get() + 1);
            looks.get() > 20
        })
        .await;
    assert_eq!(world.newest().await, 1, "batches stand back");
    world.warp(HOLD).await;
    world.settle(&mut operator, 2).await;
    assert_eq!(held(&shared, Tree::OnL1, who::BOB).unwrap().1, ETHER + 10);
    assert!(shared.health().checkpoint.unwrap().contains("longer than"));
    settles(&world, &mut operator, 3).await;

    // The network certifies again, and a pause later there is a checkpoint.
    world.network.withhold(false);
    world.warp(HOLD).await;
    world.settle(&mut operator, 4).await;
    assert_eq!(last_checkpoint(&world).await, 4);
    let well = |shared: &operator::desk::Shared| shared.health().checkpoint.is_none();
    world.until(&mut operator, "no trouble", well).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_too_large_to_be_proved_stops_no_batches() {
    let mut world = World::new(BatchSize::EIGHT).await;
    // The sentinel and one account: there are two.
    let size = CheckpointSize::new(2).unwrap();
    let engine = SumEngine::Own(Engine::of_process().unwrap());
    let keys = Keys::development(size, engine).unwrap();
    let prover = CheckpointProver::new(keys, size, 0);
    let mut operator = begin(&mut world, Some(Vouching::Proved(prover))).await;
    let why = trouble(&world, &mut operator).await;
    assert!(why.contains("no checkpoint 2"), "{why}");
    settles(&world, &mut operator, 2).await;
    settles(&world, &mut operator, 3).await;
    assert!(!operator.is_busy(), "nothing is tried again at once");

    // Without one for so long, rows go to L1's blobs from the start.
    world
        .warp(operator::checkpoint::TOO_OLD - operator::checkpoint::DUE)
        .await;
    let shared = operator.shared().clone();
    world.deposit(Tree::OffL1, who::ALICE, ETHER).await;
    transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 0, 10);
    world.settle(&mut operator, 4).await;
    assert_eq!(world.batch(4).await.rows, 0, "by L1");
    assert_eq!(world.network.posted(), 0);
    assert_eq!(held(&shared, Tree::OffL1, who::ALICE).unwrap().1, ETHER);
    assert!(shared.health().checkpoint.unwrap().contains("too old"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_l1_refuses_stops_no_batches() {
    let mut world = World::new(BatchSize::EIGHT).await;
    let attestors = Attestors::new(vec![signers()[who::BOB].clone()]);
    let stranger = Attested::new(attestors, world.client.clone(), world.deployment.clone());
    let mut operator = begin(&mut world, Some(Vouching::Attested(stranger))).await;
    let why = trouble(&world, &mut operator).await;
    assert!(why.contains("no checkpoint 2"), "{why}");
    settles(&world, &mut operator, 2).await;
    settles(&world, &mut operator, 3).await;
    // An attempt later it is refused again, and batches go on again.
    world.warp(HOLD).await;
    settles(&world, &mut operator, 4).await;
}

/// A world whose checkpoints L1 verifies under development keys of this size.
async fn proved(size: CheckpointSize) -> (World, CheckpointProver) {
    let engine = SumEngine::Own(Engine::of_process().unwrap());
    let keys = Keys::development(size, engine).unwrap();
    let key = solidity::key_bytes(keys.shape(), keys.verifying()).unwrap();
    let attested = Verifier::Attested {
        attestors: vec![signers()[who::DEPLOYER].address()],
        threshold: 1,
    };
    let proofs = Proofs::Each {
        batches: attested.clone(),
        checkpoints: Verifier::Keys(vec![key.into()]),
        exits: attested,
    };
    let world = World::with(BatchSize::EIGHT, proofs).await;
    (world, CheckpointProver::new(keys, size, 0))
}

/// L1 takes a proof of this state, for this number, by a key that it has; and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_proved_checkpoint_settles_and_no_other() {
    let size = CheckpointSize::new(3).unwrap();
    let (mut world, prover) = proved(size).await;
    let mut operator = begin(&mut world, Some(Vouching::Proved(prover.clone()))).await;
    let shared = operator.shared().clone();
    let settled = shared.desk().core().settled().unwrap().clone();
    let site = *shared.site();
    let blob = |number, state: &Arc<State>| {
        let made = StateBlob::proved(setup(), &site, number, state.clone(), size);
        Arc::new(made.unwrap())
    };
    let next = settled.newest.next();
    let own = blob(next, &settled.state);
    let (network, vouching) = (&world.network, Vouching::Proved(prover.clone()));
    let meta = own.meta().clone();
    network.post(&meta, own.payload().to_vec()).await.unwrap();
    let certificate = network.certificate(own.id()).await.unwrap();
    let call = own.clone().call(setup(), site, certificate, &vouching);
    let call = call.await.unwrap();
    let drafted = abi::Rollup::submitCheckpointCall::abi_decode(&call.input);
    let drafted = drafted.unwrap().checkpoint;

    let proof_of = async |blob: Arc<StateBlob>| {
        let statement = blob.statement(&site).unwrap();
        prover.prove(blob, statement).await.unwrap()
    };
    let empty = Arc::new(State::new(settled.state.rollup()));
    let mut garbled = drafted.proof.to_vec();
    garbled[40] ^= 1;
    let mut unknown = drafted.proof.to_vec();
    assert_eq!(unknown[0], 0, "the key's place");
    unknown[0] = 1;
    let refused = [
        ("another state's", proof_of(blob(next, &empty)).await),
        (
            "another checkpoint's",
            proof_of(blob(next.next(), &settled.state)).await,
        ),
        ("a garbled one", garbled),
        ("one of a size without a key", unknown),
        ("none", Vec::new()),
    ];
    let account = world.account(who::OPERATORS[0]);
    let rollup = world.deployment.rollup;
    for (what, proof) in refused {
        let checkpoint = abi::Checkpoint {
            proof: proof.into(),
            ..drafted.clone()
        };
        let call = abi::Rollup::submitCheckpointCall { checkpoint };
        let result = account.call(rollup, &call).await;
        let is_refused = matches!(result, Err(settlement::Error::Reverted { .. }));
        assert!(is_refused, "{what}: {result:?}");
    }
    assert_eq!(world.newest().await, 1);

    world.settle(&mut operator, 2).await;
    assert_eq!(last_checkpoint(&world).await, 2);
    assert_eq!(world.batch(2).await.blob.0, own.id().to_bytes());
    transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 0, 10);
    world.settle(&mut operator, 3).await;
    world.check_derived().await;
}
