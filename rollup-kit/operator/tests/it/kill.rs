//! A process that is killed at each step, again and again.

use crate::world::{ETHER, PATIENCE, Taken, World, attested, held, open, patience, transfer, who};
use ledger::{BatchSize, Tree};
use operator::crash_point::{Step, arm};
use operator::driver::clock;
use operator::tokens::Tokens;
use settlement::client::L1Client;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the child does: nothing, unless it is that child. It works until L1 has so many batches.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_operates() {
    let Ok(folder) = std::env::var("ASSAY_OPERATOR_FOLDER") else {
        return;
    };
    let var = |name: &str| std::env::var(name).unwrap();
    let folder = PathBuf::from(folder);
    let client = L1Client::connect(&var("ASSAY_OPERATOR_L1")).await.unwrap();
    let deployment = settlement::deploy::read(&folder.join("deployment.json"))
        .unwrap()
        .unwrap();
    let deployment = Arc::new(deployment);
    let prover = attested(&client, &deployment);
    let name = who::OPERATORS[0];
    let taken = Taken {
        size: BatchSize::EIGHT,
        tokens: Tokens::ether(),
        vouching: None,
        rules: None,
    };
    let mut operator = open(
        &client,
        &deployment,
        &folder,
        taken,
        name,
        prover,
        patience(),
    );
    operator.step(clock()).await.unwrap();
    let people = [who::ALICE, who::BOB];
    let is_done = |operator: &crate::world::Attesting, batches: u64| {
        let desk = operator.shared().desk();
        let settled = desk.core().settled();
        settled.is_some_and(|settled| settled.newest.get() >= batches)
    };
    let target: u64 = var("ASSAY_OPERATOR_BATCHES").parse().unwrap();
    // The operation that this round is about, unless an earlier process of the round took it.
    let pays = target > 1 && !is_done(&operator, target);
    if let Some(step) = Step::from_name(&var("ASSAY_OPERATOR_KILL")) {
        arm(step, var("ASSAY_OPERATOR_PASSES").parse().unwrap());
    }
    if pays && operator.shared().desk().core().pool().is_empty() {
        let waits = operator
            .shared()
            .desk()
            .core()
            .flight()
            .values()
            .any(|b| !b.has_landed());
        if !waits {
            transfer(operator.shared(), Tree::OffL1, people, 0, 10);
        }
    }
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if is_done(&operator, target) {
            return;
        }
        operator.step(clock()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never done");
}

/// Killed at every step, at the first time and at later ones, begun again and killed again: each
/// operation settles once, by one batch, submitted once.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_settles_once() {
    let world = World::new(BatchSize::EIGHT).await;
    for person in [who::ALICE, who::BOB, who::OPERATORS[0]] {
        world.deposit(Tree::OffL1, person, ETHER).await;
    }
    let run = |kill: &'static str, passes: u32, batches: u64| {
        let (url, folder) = (world.l1.http_url(), world.folder.path().to_owned());
        tokio::task::spawn_blocking(move || {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "kill::child_that_operates", "--nocapture"])
                .env("ASSAY_OPERATOR_KILL", kill)
                .env("ASSAY_OPERATOR_PASSES", passes.to_string())
                .env("ASSAY_OPERATOR_BATCHES", batches.to_string())
                .env("ASSAY_OPERATOR_L1", url)
                .env("ASSAY_OPERATOR_FOLDER", folder)
                .output()
                .unwrap()
        })
    };
    let done = run("never", 0, 1).await.unwrap();
    assert!(done.status.success(), "{done:?}");
    let mut batches = 1;
    for step in Step::ALL {
        let passes: &[u32] = match step {
            // One record each of an operation, its batch, the row, the certificate, the proof and
            // the submission.
            Step::Decide => &[1, 4],
            Step::Write => &[0, 2],
            Step::Sync => &[1, 3, 5],
            Step::Post | Step::Submit => &[0],
        };
        for passes in passes {
            batches += 1;
            let killed = run(step.name(), *passes, batches).await.unwrap();
            assert!(!killed.status.success(), "{step:?} {passes}: {killed:?}");
            let done = run("never", 0, batches).await.unwrap();
            assert!(done.status.success(), "{step:?} {passes}: {done:?}");
            assert_eq!(world.newest().await, batches, "{step:?} {passes}");
        }
    }
    let mut operator = world.operator(who::OPERATORS[0]);
    operator.step(clock()).await.unwrap();
    let moved = u128::from(batches - 1) * 10;
    let of = |person| held(operator.shared(), Tree::OffL1, person).unwrap().1;
    assert_eq!(of(who::BOB), ETHER + moved);
    assert_eq!(of(who::ALICE), ETHER - moved);

    // Nothing of the operator's ever failed on L1: it has sent its bond and its batches.
    let sender = world.account(who::OPERATORS[0]).address();
    let latest = alloy::eips::BlockId::latest();
    let sent = world.client.nonce(sender, latest).await.unwrap();
    assert_eq!(
        sent,
        1 + 1 + batches,
        "a bond, a deposit, and a transaction a batch"
    );
}
