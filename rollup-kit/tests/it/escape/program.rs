//! The program itself: out of a rollup with rules of its own; and what a follower leaves on disk.

use super::*;
use crate::template::shop::rule::{EARN, FIELDS, POINTS, RULES};
use crate::wallet::operating::world::{domain, held, rollup_key};
use ledger::{Body, Draft, Fee, Nonce, Register, Slot, TokenId, rules};
use operator::wire::WireOperation;
use rollup_kit::cli::{App, run};
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// The shop, which is who deposits first, gives a customer points.
fn earn(leaving: &Leaving, shared: &operator::desk::Shared, points: u128) -> WireOperation {
    let place = |who| held(shared, Tree::OnL1, who).unwrap().0;
    let (shop, customer) = (place(who::BOB), place(who::ALICE));
    let [action, amount] = FIELDS;
    let draft = Draft {
        tree: Tree::OnL1,
        from: shop,
        token: Register::new(POINTS).unwrap().token(),
        fee: Fee::new(0),
        nonce: Nonce::default(),
        body: Body::Call {
            to: customer,
            payload: rules::payload(&[(EARN, action), (points, amount)]).unwrap(),
        },
    };
    let owner = ledger::Address::new(signers()[who::BOB].address().into_array());
    let deployment = &leaving.world.deployment;
    let domain = domain(deployment.l1_chain, deployment.rollup);
    WireOperation::from(&draft.sign(domain, owner, &rollup_key(who::BOB)))
}

/// As somebody at a prompt.
async fn escape_by_program(leaving: &Leaving, folder: &Path, more: &[&str]) -> ExitCode {
    let world = &leaving.world;
    let key = folder.join("l1.key");
    let secret = alloy::hex::encode(signers()[who::ALICE].to_bytes());
    std::fs::write(&key, secret).unwrap();
    let deployment = world.folder.path().join("deployment.json");
    let (l1, keys) = (world.l1.http_url(), folder.join("keys"));
    let arguments: Vec<OsString> = [
        "shop".into(),
        "--node".into(),
        "http://127.0.0.1:1".into(),
        "escape".into(),
        "--l1".into(),
        l1.into(),
        "--deployment".into(),
        deployment.into(),
        "--key".into(),
        key.into(),
        "--keys".into(),
        keys.into(),
        "--development".into(),
        "--everybody".into(),
        "--size".into(),
        "2".into(),
    ]
    .into_iter()
    .chain(more.iter().map(Into::into))
    .collect();
    let app = App::with_rules(&RULES);
    let ran = tokio::task::spawn_blocking(move || run(app, arguments));
    ran.await.unwrap()
}

/// L1 has never seen a point, and pays what else there is.
#[tokio::test(flavor = "multi_thread")]
async fn points_keep_nobody_in() {
    let mut leaving = Leaving::new().await;
    leaving.world.rules = Some(&RULES);
    let world = &leaving.world;
    let mut operator = world.operator(who::OPERATORS[0]);
    for person in [who::BOB, who::ALICE] {
        world.deposit(Tree::OnL1, person, ETHER).await;
    }
    world.settle(&mut operator, 1).await;
    let shared = operator.shared().clone();
    let given = earn(&leaving, &shared, 50);
    shared.submit(&given, shared.health().now).unwrap();
    world.settle(&mut operator, 2).await;
    let (customer, _) = held(&shared, Tree::OnL1, who::ALICE).unwrap();
    {
        let desk = shared.desk();
        let state = &desk.core().settled().unwrap().state;
        let account = state.tree(Tree::OnL1).account(customer).unwrap();
        let points = Register::new(POINTS).unwrap().token();
        assert_eq!(account.balance(points).get(), 50);
    }
    drop(operator);
    world.deposit(Tree::OnL1, who::BOB, ETHER).await;
    leaving.abandoned().await;

    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("state");
    let store = ["--store", store.to_str().unwrap()];
    // From what is derived now, and from what was derived then.
    for _ in 0..2 {
        let done = escape_by_program(&leaving, folder.path(), &store).await;
        assert_eq!(done, ExitCode::SUCCESS);
    }
    assert!(leaving.is_frozen().await);
    let call = abi::Rollup::escapedCall {
        tree: Tree::OnL1.number(),
        slot: Slot::of(customer, TokenId::ETH).get(),
    };
    let rollup = leaving.world.deployment.rollup;
    assert!(leaving.world.client.view(rollup, &call).await.unwrap());
    // What is Bob's waits for him: his balance and his deposit.
    assert_eq!(leaving.ready(who::BOB).await, Wei::new(2 * ETHER));
    assert_eq!(leaving.ready(who::ALICE).await, Wei::ZERO);
}

/// A service manager ends a follower by SIGTERM: what it derived is on disk then.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_is_told_to_end_saves() {
    let world = World::new(BatchSize::EIGHT).await;
    let folder = world.folder.path().join("follower");
    std::fs::create_dir(&folder).unwrap();
    let ended = tokio::task::spawn_blocking({
        let deployment = world.folder.path().join("deployment.json");
        let (l1, folder) = (world.l1.http_url(), folder.clone());
        move || {
            let mut follower = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
                .current_dir(&folder)
                .args(["follow", "--l1", &l1, "--rpc", "127.0.0.1:0"])
                .args(["--store", "state", "--deployment"])
                .arg(deployment)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut told = String::new();
            BufReader::new(follower.stdout.take().unwrap())
                .read_line(&mut told)
                .unwrap();
            assert!(told.starts_with("answers on"), "{told}");
            let id = follower.id().to_string();
            let kill = Command::new("kill").args(["-TERM", &id]).status();
            assert!(kill.unwrap().success());
            follower.wait().unwrap()
        }
    });
    let ended = ended.await.unwrap();
    assert!(ended.success(), "{ended}");
    assert!(folder.join("state/derived.snapshot").exists());
}
