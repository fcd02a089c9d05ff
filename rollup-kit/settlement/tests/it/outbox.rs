//! Payments that outlive kills and reorganisations, and are made once.

use crate::cast::at_once;
use crate::world::{l1, who};
use alloy::primitives::Address;
use alloy::providers::Provider as _;
use settlement::client::{Account, L1Client};
use settlement::crash_point::{Step, arm};
use settlement::outbox::{Outbox, Outcome, PaymentName, Policy, Started};
use settlement::transaction::Call;
use settlement::{Error, Wei};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

const AMOUNT: Wei = Wei::ether(3);

fn payment() -> (PaymentName, Call) {
    let call = Call {
        what: "a payment",
        to: Some(Address::repeat_byte(0xee)),
        value: AMOUNT,
        input: Default::default(),
        blobs: None,
    };
    (PaymentName::new("the payment"), call)
}

fn open(file: &Path, account: &Account, policy: Policy) -> settlement::Result<Outbox> {
    let client = account.client().clone();
    Outbox::open(file, client, account.signer().clone(), policy)
}

async fn manual(client: &L1Client) {
    let _: serde_json::Value = client
        .provider()
        .raw_request("evm_setAutomine".into(), (false,))
        .await
        .unwrap();
}

async fn mine(client: &L1Client) {
    let _: serde_json::Value = client
        .provider()
        .raw_request("evm_mine".into(), ())
        .await
        .unwrap();
}

async fn received(client: &L1Client) -> Wei {
    client.balance(Address::repeat_byte(0xee)).await.unwrap()
}

/// What the child of the kill test does: nothing, unless it is that child.
#[tokio::test]
async fn child_that_pays() {
    let Ok(step) = std::env::var("ASSAY_SETTLEMENT_KILL") else {
        return;
    };
    let url = std::env::var("ASSAY_SETTLEMENT_L1").unwrap();
    let file = std::env::var("ASSAY_SETTLEMENT_JOURNAL").unwrap();
    let secret = std::env::var("ASSAY_SETTLEMENT_SECRET").unwrap();
    let client = L1Client::connect(&url).await.unwrap();
    let account = Account::from_secret(client.clone(), &secret).unwrap();
    let mut outbox = open(Path::new(&file), &account, at_once()).unwrap();
    if let Some(step) = Step::from_name(&step) {
        arm(step, 0);
    }
    // As a watcher does: look after what was sent, then decide again.
    for _ in 0..2 {
        let head = client.head().await.unwrap();
        outbox.tend(&head).await.unwrap();
        let (name, call) = payment();
        outbox.pay(name, &call, &head).await.unwrap();
    }
    let head = client.head().await.unwrap();
    outbox.tend(&head).await.unwrap();
}

/// Killed at every step, started again, killed again: paid once.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_pays_once() {
    for step in Step::ALL {
        let (node, client, signers) = l1().await;
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        let secret = format!("{:x}", signers[who::WATCHER].to_bytes());
        for kill in [step.name(), step.name(), "never", "never"] {
            let (url, journal, secret) = (node.http_url(), journal.clone(), secret.clone());
            let status = tokio::task::spawn_blocking(move || {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "outbox::child_that_pays", "--nocapture"])
                    .env("ASSAY_SETTLEMENT_KILL", kill)
                    .env("ASSAY_SETTLEMENT_L1", url)
                    .env("ASSAY_SETTLEMENT_JOURNAL", journal)
                    .env("ASSAY_SETTLEMENT_SECRET", secret)
                    .output()
                    .unwrap()
            })
            .await
            .unwrap();
            if kill == "never" {
                assert!(status.status.success(), "{step:?}: {status:?}");
            }
        }
        assert_eq!(received(&client).await, AMOUNT, "{step:?}");
        drop(node);
    }
}

/// A transaction that a reorganisation drops is sent again as it was; one under enough blocks is
/// settled, and its name is done for ever.
#[tokio::test]
async fn a_reorganisation_pays_once() {
    let (_l1, client, signers) = l1().await;
    let folder = tempfile::tempdir().unwrap();
    let account = Account::new(client.clone(), signers[who::WATCHER].clone());
    let policy = Policy {
        confirmations: 3,
        ..Policy::default()
    };
    let mut outbox = open(&folder.path().join("journal"), &account, policy).unwrap();
    let (name, call) = payment();
    let head = client.head().await.unwrap();
    assert_eq!(
        outbox.pay(name.clone(), &call, &head).await.unwrap(),
        Started::Sent
    );
    assert_eq!(received(&client).await, AMOUNT);
    let _: serde_json::Value = client
        .provider()
        .raw_request("assay_reorg".into(), (1, "drop"))
        .await
        .unwrap();
    assert_eq!(received(&client).await, Wei::ZERO);
    let head = client.head().await.unwrap();
    assert_eq!(
        outbox.pay(name.clone(), &call, &head).await.unwrap(),
        Started::Already
    );
    assert!(outbox.tend(&head).await.unwrap().is_empty());
    assert_eq!(received(&client).await, AMOUNT, "sent again");
    for _ in 0..4 {
        mine(&client).await;
    }
    let head = client.head().await.unwrap();
    let settled = outbox.tend(&head).await.unwrap();
    assert!(
        matches!(settled[..], [(_, Outcome::Did { .. })]),
        "{settled:?}"
    );
    assert_eq!(
        outbox.pay(name.clone(), &call, &head).await.unwrap(),
        Started::Already
    );
    // Deeper than anybody waits for: the same bytes once more, and no other payment.
    let _: serde_json::Value = client
        .provider()
        .raw_request("assay_reorg".into(), (6, "drop"))
        .await
        .unwrap();
    assert_eq!(received(&client).await, Wei::ZERO);
    let head = client.head().await.unwrap();
    outbox.tend(&head).await.unwrap();
    assert_eq!(received(&client).await, AMOUNT);
    assert_eq!(
        outbox.pay(name, &call, &head).await.unwrap(),
        Started::Already
    );
}

/// What waits for long is replaced by a dearer one of the same nonce; what is given up is
/// replaced by nothing.
#[tokio::test]
async fn fees_rise_and_payments_are_given_up() {
    let (_l1, client, signers) = l1().await;
    manual(&client).await;
    let folder = tempfile::tempdir().unwrap();
    let account = Account::new(client.clone(), signers[who::WATCHER].clone());
    let policy = Policy {
        patience: 0,
        ..at_once()
    };
    let mut outbox = open(&folder.path().join("journal"), &account, policy).unwrap();
    let (name, call) = payment();
    let head = client.head().await.unwrap();
    outbox.pay(name.clone(), &call, &head).await.unwrap();
    outbox.tend(&head).await.unwrap();
    let (_, pending) = outbox.ledger().pending(&name).unwrap();
    assert_eq!(pending.attempts.len(), 2);
    assert!(pending.attempts[1].fees.most > pending.attempts[0].fees.most);
    outbox.abandon(&name, &head).await.unwrap();
    mine(&client).await;
    let head = client.head().await.unwrap();
    let settled = outbox.tend(&head).await.unwrap();
    assert!(
        matches!(settled[..], [(_, Outcome::DidNot { .. })]),
        "{settled:?}"
    );
    assert_eq!(received(&client).await, Wei::ZERO);
    // It was not made, so it may be decided anew.
    assert_eq!(outbox.pay(name, &call, &head).await.unwrap(), Started::Sent);
    mine(&client).await;
    assert_eq!(received(&client).await, AMOUNT);
}

#[tokio::test]
async fn what_is_too_dear_is_neither_written_nor_sent() {
    let (_l1, client, signers) = l1().await;
    let folder = tempfile::tempdir().unwrap();
    let account = Account::new(client.clone(), signers[who::WATCHER].clone());
    let policy = Policy {
        max_gas_price: Wei::new(1),
        ..at_once()
    };
    let mut outbox = open(&folder.path().join("journal"), &account, policy).unwrap();
    let (name, call) = payment();
    let head = client.head().await.unwrap();
    let started = outbox.pay(name.clone(), &call, &head).await.unwrap();
    assert!(matches!(started, Started::TooDear { .. }), "{started:?}");
    assert!(outbox.ledger().pending(&name).is_none());
}

/// A torn last line is dropped, with what it promised: nothing of it was sent. Damage before it
/// is refused, and so is a second owner.
#[tokio::test]
async fn a_journal_is_whole_or_refused() {
    let (_l1, client, signers) = l1().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let account = Account::new(client.clone(), signers[who::WATCHER].clone());
    let mut outbox = open(&file, &account, at_once()).unwrap();
    let (name, call) = payment();
    let head = client.head().await.unwrap();
    outbox.pay(name.clone(), &call, &head).await.unwrap();
    let second = open(&file, &account, at_once());
    assert!(matches!(second, Err(Error::File { .. })), "{second:?}");
    drop(outbox);

    let whole = std::fs::read(&file).unwrap();
    let mut torn = std::fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap();
    torn.write_all(b"0123456789abcdef {\"intent\":").unwrap();
    drop(torn);
    let outbox = open(&file, &account, at_once()).unwrap();
    assert!(outbox.ledger().pending(&name).is_some());
    drop(outbox);
    assert_eq!(std::fs::read(&file).unwrap(), whole);

    let mut damaged = whole.clone();
    damaged[40] ^= 1;
    damaged.extend_from_slice(&whole);
    std::fs::write(&file, damaged).unwrap();
    let refused = open(&file, &account, at_once());
    assert!(matches!(refused, Err(Error::File { .. })), "{refused:?}");
}
