//! A rollup whose first rows the network has forgotten: whoever comes later goes on from a
//! checkpoint, and has what those have who read everything.

use crate::lifecycle::{funded, number, same};
use crate::world::{Network, World, setup, who};
use derivation::{Config, Deriver, NodeRows, checkpoint};
use ledger::checkpoint::{CheckpointNumber, encode};
use ledger::{Amount, Body, State, Tree, scalar_bytes};
use settlement::blobs::CarriedRows;
use settlement::contracts::abi;
use settlement::transaction::Call;
use std::sync::Arc;
use types::{BlobMode, PayloadLength, Row};

type Blob = (PayloadLength, Vec<Row>);

fn blob(mode: BlobMode, payload: &[u8]) -> Blob {
    erasure::payload_to_rows(mode, payload).unwrap()
}

/// Both forms of a checkpoint of this state.
fn forms(state: &State, number: u64) -> [Blob; 2] {
    let rows = encode(state, CheckpointNumber::new(number).unwrap()).unwrap();
    let elements = rows.into_iter().flatten().flat_map(scalar_bytes);
    let raw: Vec<u8> = elements.collect();
    let packed = checkpoint::pack(self::number(number), state);
    [blob(BlobMode::Raw, &raw), blob(BlobMode::Packed, &packed)]
}

/// A batch that moves a little in both trees.
async fn moves(world: &mut World, deriver: &mut Deriver<Network>, amount: u128) {
    deriver.catch_up().await.unwrap();
    let operations = Tree::BOTH.map(|tree| {
        let to = world.index(who::OTHER, tree).unwrap();
        let amount = Amount::new(amount);
        world.signed(who::USER, tree, Body::Transfer { to, amount })
    });
    let history = deriver.derivation().history();
    world.submit(history, &operations).await;
    deriver.catch_up().await.unwrap();
    same(deriver, world);
}

#[tokio::test]
async fn what_is_gone_is_gone_on_from_a_checkpoint() {
    for form in 0..2 {
        let (mut world, mut all) = funded().await;
        moves(&mut world, &mut all, 5).await;
        world.network.prune();
        let (length, rows) = forms(&world.state, 3)[form].clone();
        world.checkpoint(3, length, rows).await;
        moves(&mut world, &mut all, 7).await;

        let folder = world.folder.path().join("late");
        let config = || Config {
            store: Some(folder.clone()),
            ..Config::default()
        };
        let mut late = world.deriver_with(config()).await;
        let progress = late.catch_up().await.unwrap();
        assert_eq!(progress.adopted, Some(number(3)));
        assert!(progress.missing.is_empty());
        same(&late, &world);
        // What it saved is what it goes on from: the checkpoint is not asked for again.
        drop(late);
        world.network.prune();
        let mut again = world.deriver_with(config()).await;
        let progress = again.catch_up().await.unwrap();
        assert_eq!(progress.adopted, None);
        same(&again, &world);
        moves(&mut world, &mut all, 9).await;
        again.catch_up().await.unwrap();
        same(&again, &world);
        // L1 takes the last batch back.
        world.reorganise(1).await;
        again.catch_up().await.unwrap();
        all.catch_up().await.unwrap();
        let state = |deriver: &Deriver<Network>| deriver.derivation().state().roots();
        assert_eq!(state(&again), state(&all));
        assert_ne!(state(&again), world.state.roots());
    }
}

/// An operator that is attested by liars, or one whose blob is of another state.
#[tokio::test]
async fn a_checkpoint_of_another_state_is_passed_over() {
    let (mut world, mut all) = funded().await;
    let before = world.state.clone();
    world.network.prune();
    let [(length, rows), _] = forms(&world.state, 2);
    world.checkpoint(2, length, rows).await;
    moves(&mut world, &mut all, 5).await;
    // Of an earlier state, of another number, and of nothing at all.
    let [(length, rows), _] = forms(&before, 4);
    world.checkpoint(4, length, rows).await;
    let [_, (length, rows)] = forms(&world.state, 4);
    world.checkpoint(5, length, rows).await;
    let (length, rows) = blob(BlobMode::Packed, b"nothing");
    world.checkpoint(6, length, rows).await;

    let mut late = world.deriver().await;
    let progress = late.catch_up().await.unwrap();
    assert_eq!(progress.adopted, Some(number(2)));
    same(&late, &world);
}

#[tokio::test]
async fn what_nobody_has_is_missing() {
    let (mut world, mut all) = funded().await;
    let [(length, rows), _] = forms(&world.state, 2);
    world.checkpoint(2, length, rows).await;
    world.network.prune();
    moves(&mut world, &mut all, 5).await;
    let mut late = world.deriver().await;
    let progress = late.catch_up().await.unwrap();
    assert_eq!((progress.adopted, progress.missing.len()), (None, 1));
    assert_eq!(progress.missing[0].number, number(1));
    let standing = late.derivation().standing(Tree::OffL1);
    assert_eq!(standing.waits_for, Some(number(1)));
    // The tree on L1 waits for nothing.
    assert!(late.derivation().standing(Tree::OnL1).is_current);

    // The next checkpoint takes it beyond.
    let [(length, rows), _] = forms(&world.state, 4);
    world.checkpoint(4, length, rows).await;
    late.catch_up().await.unwrap();
    same(&late, &world);
}

/// A checkpoint whose row was answered for on L1 is read from there.
#[tokio::test]
async fn a_published_checkpoint_is_read_from_l1() {
    let (world, _) = funded().await;
    let [(length, rows), _] = forms(&world.state, 2);
    let meta = world.submit_checkpoint(2, length, rows.clone()).await;
    let d = world.deployment.clone();
    let l1_alone = async || {
        let rows = NodeRows::new(world.client.clone(), None);
        let config = Config {
            confirmations: 0,
            ..Config::default()
        };
        let opened = Deriver::open(world.client.clone(), d.clone(), rows, config);
        let mut deriver = opened.await.unwrap();
        let progress = deriver.catch_up().await.unwrap();
        (deriver, progress)
    };
    let publish = abi::RowChallenges::publishCall {
        number: 2,
        meta: meta.encode().into(),
        row: 0,
        blob: settlement::U256::ZERO,
    };
    let (_, before) = l1_alone().await;
    assert_eq!((before.adopted, before.missing.len()), (None, 1));
    let carried = CarriedRows::prove(setup(), &rows).unwrap();
    let call = Call::of(d.row_challenges, &publish).carrying(Arc::new(carried));
    world.account(who::OTHER).execute(&call).await.unwrap();
    world.finalize().await;
    let (deriver, progress) = l1_alone().await;
    assert_eq!(progress.adopted, Some(number(2)));
    same(&deriver, &world);
}
