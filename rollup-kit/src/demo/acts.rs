//! The acts, a file each.

mod collusion;
mod escape;
mod honest;
mod prologue;
mod watching;

pub(super) use collusion::{Collusion, collusion};
pub(super) use escape::{Escape, escape};
pub(super) use honest::{Honest, honest};
pub(super) use prologue::{prologue, stake, stand};
pub(super) use watching::{expire, fallback, light_node, notice, watcher};

use super::books::ETHER;
use super::stage::Stage;
use crate::{Error, Result};
use alloy::primitives::{Address, U256};
use settlement::batch::Tree;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::outbox::{Outbox, Policy};
use settlement::responder::{Identity, NodeStore, Responder, ResponderConfig};
use settlement::state::{Reader, RowView};
use settlement::{BatchNumber, BlobRow, Wei};
use std::fmt::Debug;

/// The one row of every batch here.
const ROW: BlobRow = BlobRow::new(0);
/// How often a program of the cast looks before it is given up.
const LOOKS: usize = 40;
/// Seconds from a look to the next: a block of L1.
pub(super) const BLOCK: u64 = 12;

/// What the acts came to.
pub(super) struct Outcome {
    pub(super) honest: Honest,
    pub(super) collusion: Collusion,
    pub(super) escape: Escape,
}

/// How the cast's programs send: the chain is theirs alone, and never reorganised.
fn policy() -> Policy {
    Policy {
        confirmations: 0,
        ..Policy::default()
    }
}

fn outbox(stage: &Stage<'_>, of: &Account, journal: &str) -> Result<Outbox> {
    let (client, signer) = (stage.client.clone(), of.signer().clone());
    Ok(Outbox::open(
        &stage.file(journal),
        client,
        signer,
        policy(),
    )?)
}

fn reader(stage: &Stage<'_>, of: &Account) -> Result<Reader> {
    let (client, deployment) = (stage.client.clone(), stage.deployment()?);
    Ok(Reader::new(client, deployment, of.address())?)
}

/// A responder of the cast's. It answers out of the store of the network's first node.
async fn responder(
    stage: &Stage<'_>,
    of: &Account,
    journal: &str,
    identity: Identity,
) -> Result<Responder<NodeStore>> {
    let node = stage.da.client(0).await?;
    let responder = Responder::new(
        reader(stage, of)?,
        outbox(stage, of, journal)?,
        NodeStore::new(node.clone(), stage.setup),
        Some(node),
        stage.setup,
        identity,
        ResponderConfig {
            policy: policy(),
            ..ResponderConfig::default()
        },
    );
    Ok(responder.knowing(stage.genesis.validators().clone()))
}

/// Has a program look, a block apart, until L1 says that it is done. Returns what each look came
/// to.
async fn look_until<R: Debug>(
    stage: &mut Stage<'_>,
    what: &'static str,
    mut look: impl AsyncFnMut() -> settlement::Result<R>,
    done: impl AsyncFn(&Stage<'_>) -> Result<bool>,
) -> Result<Vec<R>> {
    let mut reports = Vec::new();
    for _ in 0..LOOKS {
        reports.push(look().await?);
        if done(stage).await? {
            return Ok(reports);
        }
        stage.pass(BLOCK).await?;
    }
    Err(Error::Stage {
        what,
        reason: format!("not after {LOOKS} looks, the last: {:?}", reports.last()),
    })
}

/// A batch's row, as L1 has it now, in an account's interest.
pub(super) async fn row(stage: &Stage<'_>, of: &Account, number: u64) -> Result<RowView> {
    let number = BatchNumber::new(number);
    let view = reader(stage, of)?.rollup(number, 0).await?;
    let found = view.batch(number).and_then(|batch| batch.row(ROW));
    found.copied().ok_or_else(|| Error::Stage {
        what: "a batch's row",
        reason: format!("batch {number} has none"),
    })
}

/// Puts ETH into a tree; returns the place in its queue and what waits there.
async fn deposit(
    stage: &Stage<'_>,
    from: &Account,
    tree: Tree,
    amount: Wei,
) -> Result<(u64, abi::Operation)> {
    let rollup = stage.deployment()?.rollup;
    let call = abi::Rollup::depositCall {
        tree: tree.code(),
        token: ETHER,
        amount: amount.get(),
        account: account_of(from.address()),
    };
    let mined = from.pay(rollup, &call, amount).await?;
    let queued = mined.event::<abi::Rollup::Enqueued>(rollup);
    let queued = queued.ok_or_else(|| Error::Stage {
        what: "a deposit",
        reason: "L1 does not say where it waits".to_owned(),
    })?;
    Ok((queued.place, queued.operation))
}

/// An account in a tree: here, its owner's address as a number.
fn account_of(owner: Address) -> U256 {
    U256::from_be_slice(owner.as_slice())
}

fn withdrawal(tree: Tree, to: Address, amount: Wei) -> abi::Withdrawal {
    abi::Withdrawal {
        tree: tree.code(),
        token: ETHER,
        amount: amount.get(),
        recipient: to,
        account: U256::ZERO,
    }
}

/// Fetches what the vault has for somebody; returns how much that was.
pub(super) async fn fetch(stage: &Stage<'_>, owner: &Account) -> Result<Wei> {
    let vault = stage.deployment()?.vault;
    let ready = abi::Vault::readyCall {
        owner: owner.address(),
        token: Address::ZERO,
    };
    let amount = stage.client.view(vault, &ready).await?;
    let call = abi::Vault::fetchCall {
        token: Address::ZERO,
        to: owner.address(),
    };
    owner.call(vault, &call).await?;
    Ok(amount.into())
}
