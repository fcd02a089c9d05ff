//! What L1 says of a rollup: bonds, challenges, and what batches' transactions said.

mod abi;
mod bonds;
mod challenges;
mod events;
mod sets;
mod submission;

use super::ask::{Trouble, words};
use crate::Result;
use alloy::eips::BlockId;
use alloy::sol_types::SolCall;
use serde::Serialize;
use settlement::client::{Head, L1Client};
use settlement::contracts::abi as contracts;
use settlement::deploy::Deployment;
use settlement::{Address, B256, BatchNumber, Error as L1Error};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::JoinSet;

pub(super) use bonds::Bonds;
pub(super) use challenges::Challenges;
pub(super) use submission::Submission;

/// Views that are asked for at once.
const AT_ONCE: usize = 16;

/// A rollup on L1, as of one block.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OnL1 {
    /// The block.
    pub(super) block: u64,
    /// Its hash.
    pub(super) hash: B256,
    /// Its time.
    pub(super) time: u64,
    /// Whether nothing goes in any more.
    pub(super) frozen: bool,
    /// The newest batch.
    pub(super) newest: BatchNumber,
    /// The last final one.
    pub(super) last_final: BatchNumber,
    /// Up to which block events were read.
    pub(super) read_to: u64,
    /// Who stands for the rollup.
    pub(super) bonds: Arc<Bonds>,
    /// Who was asked for data.
    pub(super) challenges: Arc<Challenges>,
}

/// L1, connected to when it answers first.
#[derive(Debug)]
pub(super) struct Chain {
    url: String,
    name: String,
    deployment: Arc<Deployment>,
    client: OnceCell<L1Client>,
    events: Mutex<events::Events>,
    sets: sets::Sets,
    submissions: submission::Submissions,
}

impl Chain {
    pub(super) fn new(url: &str, deployment: Arc<Deployment>) -> Result<Self> {
        // Held to the form of the other sources; the client takes it by itself.
        let name = super::ask::Rpc::new("L1", url)?.name();
        Ok(Self {
            url: url.to_owned(),
            name,
            events: Mutex::new(events::Events::new(deployment.first_block)),
            deployment,
            client: OnceCell::new(),
            sets: sets::Sets::default(),
            submissions: submission::Submissions::default(),
        })
    }

    pub(super) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Where it is, for people.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    async fn client(&self) -> Result<&L1Client, L1Error> {
        let connect = || async {
            let client = L1Client::connect(&self.url).await?;
            client.require_chain(self.deployment.l1_chain)?;
            Ok(client)
        };
        self.client.get_or_try_init(connect).await
    }

    /// The rollup as of the newest block; none where that was seen already.
    pub(super) async fn look(&self, seen: Option<&OnL1>) -> Result<Option<OnL1>, Trouble> {
        let client = self.client().await?;
        let head = client.head().await?;
        if seen.is_some_and(|seen| seen.hash == head.hash && seen.read_to == head.number) {
            return Ok(None);
        }
        let mut events = self.events.lock().await;
        events.follow(client, &self.deployment, &head).await?;
        let at = At {
            client,
            head: &head,
        };
        let rollup = self.deployment.rollup;
        let newest = at
            .ask(rollup, contracts::Rollup::newestBatchCall {})
            .await?;
        let last_final = at.ask(rollup, contracts::Rollup::finalBatchCall {}).await?;
        let bonds = bonds::read(&at, &self.deployment, &self.sets, &events).await?;
        Ok(Some(OnL1 {
            block: head.number,
            hash: head.hash,
            time: head.time.get(),
            frozen: at.ask(rollup, contracts::Rollup::frozenCall {}).await?,
            newest: BatchNumber::new(newest),
            last_final: BatchNumber::new(last_final),
            read_to: events.read_to(),
            bonds: Arc::new(bonds),
            challenges: Arc::new(challenges::of(&events)),
        }))
    }

    /// What a batch's transaction said.
    pub(super) async fn submission(
        &self,
        number: BatchNumber,
        transaction: B256,
    ) -> Result<Arc<Submission>, Trouble> {
        if let Some(kept) = self.submissions.get(number, transaction) {
            return Ok(kept);
        }
        let client = self.client().await?;
        let read = submission::Reading {
            client,
            deployment: &self.deployment,
            sets: &self.sets,
        };
        let read = Arc::new(read.read(number, transaction).await?);
        self.submissions.keep(number, transaction, read.clone());
        Ok(read)
    }

    /// What was read of a batch's transaction before.
    pub(super) fn known(&self, number: BatchNumber, transaction: B256) -> Option<Arc<Submission>> {
        self.submissions.get(number, transaction)
    }

    /// A batch's roots: of the tree on L1, of the other; none of the other where it fell back to
    /// before the batch.
    pub(super) async fn roots(&self, number: BatchNumber) -> Result<(B256, Option<B256>), Trouble> {
        let client = self.client().await?;
        let rollup = self.deployment.rollup;
        let number = number.get();
        let batch = client
            .view(rollup, &contracts::Rollup::batchAtCall { number })
            .await?;
        let is_void = client
            .view(rollup, &contracts::Rollup::isVoidCall { number })
            .await?;
        let off_l1 = (!is_void).then(|| batch.roots.offL1.into());
        Ok((batch.roots.onL1.into(), off_l1))
    }
}

/// A block to read from.
struct At<'a> {
    client: &'a L1Client,
    head: &'a Head,
}

impl At<'_> {
    async fn ask<C: SolCall>(&self, of: Address, call: C) -> Result<C::Return, L1Error> {
        let block = BlockId::number(self.head.number);
        self.client.view_at(of, &call, block).await
    }

    /// One question of a contract about many, in their order.
    async fn ask_each<C>(&self, of: Address, calls: Vec<C>) -> Result<Vec<C::Return>, L1Error>
    where
        C: SolCall + Send + Sync + 'static,
        C::Return: Send + 'static,
    {
        let block = BlockId::number(self.head.number);
        let mut answers = Vec::with_capacity(calls.len());
        let mut calls = calls.into_iter().peekable();
        while calls.peek().is_some() {
            let mut asked = JoinSet::new();
            for (place, call) in calls.by_ref().take(AT_ONCE).enumerate() {
                let client = self.client.clone();
                asked.spawn(async move { (place, client.view_at(of, &call, block).await) });
            }
            let mut some = asked.join_all().await;
            some.sort_unstable_by_key(|(place, _)| *place);
            for (_, answer) in some {
                answers.push(answer?);
            }
        }
        Ok(answers)
    }
}

fn strange(what: &str, reason: &dyn std::fmt::Display) -> Trouble {
    Trouble::Strange(words(&format!("{what}: {reason}")))
}
