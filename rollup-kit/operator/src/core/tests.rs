//! Kills, rivals, reorganisations and fallbacks, at random, against a model of L1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod calls;
mod model;
mod world;

use super::*;
use crate::carriage::Carrier;
use crate::fixture::{
    PEOPLE, address, collector, deposit, draft, funded, index, key, sign, transfer,
};
use crate::plan::{OffRow, OnRow};
use crate::records::Record;
use crate::settled::{QueueView, QueuedOperation, SettledBatch};
use alloy::primitives::{Address, B256};
use ledger::{Amount, Batch, Fee, Nonce, Operation, TokenId, Tree};
use model::Model;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};
use world::World;

const SIZE: BatchSize = BatchSize::EIGHT;

#[derive(Debug, Clone)]
enum Action {
    Submit(u8, bool),
    Enqueue(bool),
    Seal,
    Work(usize),
    Rival,
    Reorg(usize),
    FallBack,
    Finalize,
    Wait(u64),
    Withdraw,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (1_u8..=3, any::<bool>()).prop_map(|(who, off)| Action::Submit(who, off)),
        2 => any::<bool>().prop_map(Action::Enqueue),
        4 => Just(Action::Seal),
        14 => (0_usize..8).prop_map(Action::Work),
        1 => Just(Action::Rival),
        1 => (1_usize..4).prop_map(Action::Reorg),
        1 => Just(Action::FallBack),
        2 => Just(Action::Finalize),
        2 => (1_u64..10).prop_map(Action::Wait),
        1 => Just(Action::Withdraw),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// No operation is lost or settled twice, whatever happens, wherever the process is killed.
    #[test]
    fn nothing_is_lost_and_nothing_is_twice(
        actions in prop::collection::vec(action(), 10..60),
        kills in prop::collection::vec((0_u32..9, any::<bool>()), 0..12),
    ) {
        let mut world = World::new(kills);
        for action in actions {
            match action {
                Action::Submit(who, off) => world.submit(who, off),
                Action::Enqueue(off) => {
                    world.model.enqueue(Tree::BOTH[usize::from(off)]);
                    world.follow();
                }
                Action::Seal => {
                    world.seal(true);
                }
                Action::Work(which) => {
                    world.work(which);
                }
                Action::Rival => {
                    world.model.rival();
                    world.follow();
                }
                Action::Reorg(depth) => {
                    world.model.reorg(depth);
                    world.follow();
                }
                Action::FallBack => {
                    world.model.fall_back();
                    world.follow();
                }
                Action::Finalize => {
                    world.model.final_at = world.model.batches.len() - 1;
                    world.follow();
                }
                Action::Wait(seconds) => world.clock += seconds,
                Action::Withdraw => {
                    let first = world.core.flight().values().find(|b| !b.has_landed());
                    if let Some(from) = first.map(|b| b.plan().number) {
                        let reason = "the operator wants it".to_owned();
                        let at = world.now();
                        let record = Record::Withdrawn { from, reason, at };
                        match world.disk.write(&record) {
                            Ok(()) => world.core.apply(record).unwrap(),
                            Err(error) => world.survive(&error),
                        }
                        world.follow();
                    }
                }
            }
            // Of each number one batch, and each follows the one before it.
            let flight: Vec<_> = world.core.flight().values().collect();
            for pair in flight.windows(2) {
                let gap = !pair[0].has_landed() || !pair[1].has_landed();
                if gap && !pair[0].has_landed() {
                    prop_assert_eq!(pair[0].next(), pair[1].prior());
                }
            }
        }
        world.drain();
        world.check();
    }
}

#[test]
fn a_batch_waits_until_it_is_full_or_late() {
    let mut world = World::new(Vec::new());
    let sealing = |world: &World| Sealing {
        carriage: crate::plan::Carriage {
            on: OnRow::Calldata,
            off: OffRow::Network,
        },
        salt: 0,
        at_once: false,
        now: world.now(),
    };
    let why = |world: &mut World| {
        let sealing = sealing(world);
        world.core.draft(&sealing).unwrap().err()
    };
    assert_eq!(why(&mut world), Some(NotSealed::Nothing));
    world.submit(1, true);
    assert_eq!(why(&mut world), Some(NotSealed::Early));
    world.clock += 5;
    assert_eq!(why(&mut world), None);
    world.clock -= 5;
    for _ in 0..7 {
        world.submit(2, false);
    }
    assert_eq!(why(&mut world), None);
    for _ in 0..3 {
        world.submit(3, false);
        assert!(world.seal(true));
    }
    world.submit(3, false);
    assert_eq!(why(&mut world), Some(NotSealed::Busy));
}

#[test]
fn operations_are_soft_until_l1_has_them() {
    let mut world = World::new(Vec::new());
    world.submit(1, true);
    let id = *world.accepted.first().unwrap();
    let stage = |world: &World| world.core.standing(&id).stage;
    assert_eq!(stage(&world), Stage::Pooled);
    assert!(stage(&world).is_soft());
    let signed = world.core.pool().get(&id).unwrap().signed.clone();
    world.seal(true);
    assert_eq!(stage(&world), Stage::Sequenced);
    let again = world.core.examine(signed, world.now());
    assert!(again.is_err());
    let soft = world.core.account(Tree::OffL1, index(1)).unwrap();
    assert_eq!(soft.soft.nonce(), Nonce::new(1));
    assert_eq!(soft.settled.unwrap().nonce(), Nonce::new(0));
    assert_eq!(
        soft.soft.balance(TokenId::ETH).get(),
        crate::fixture::HELD - 4
    );
    while world.work(0) {}
    assert_eq!(stage(&world), Stage::OnL1);
    assert!(!stage(&world).is_soft());
    world.model.reorg(1);
    world.follow();
    assert_eq!(stage(&world), Stage::Sequenced);
    // What was submitted is submitted again as it was.
    assert!(matches!(world.core.tasks()[..], [(_, Task::Submit)]));
    world.work(0);
    assert_eq!(stage(&world), Stage::OnL1);
    assert_eq!(world.paid.len(), 1);
    world.model.final_at = 1;
    world.follow();
    assert_eq!(stage(&world), Stage::Final);
    assert!(world.core.flight().is_empty());
}
