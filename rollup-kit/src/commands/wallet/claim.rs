//! Withdrawals of settled batches, paid out on L1: `claim`.

use super::super::{Outcome, Partly};
use super::error::{Error, Result};
use super::nouns::l1_address;
use super::on_l1::L1At;
use super::rpc::{Rpc, ServerAt, words};
use clap::Args;
use ledger::Tree;
use operator::wire::{self, WireTree};
use rollup_kit::vault::{Release, Vault};
use serde::Deserialize;
use serde_json::{Value, json};
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::exits::ExitTree;
use settlement::{Address, BatchNumber};
use std::collections::BTreeSet;

/// Most withdrawals of a batch: more than its places, and than both queues may give it.
const WITHDRAWALS: usize = 4096;
/// Most batches of a command.
const BATCHES: usize = 64;

/// Claims what left by batches on L1, and fetches what the vault has ready for whoever pays for
/// it. What the circuit breaker delays is fetched by the same command again, once its three days
/// are over. What left by a batch that was reverted is in its account still, and told as void. The server lists the withdrawals; L1 says whether the list is right.
#[derive(Args)]
pub(super) struct Claim {
    #[command(flatten)]
    server: ServerAt,
    #[command(flatten)]
    l1: L1At,
    /// The batches, as `status` named them.
    #[arg(required = true, num_args = 1..=BATCHES)]
    batches: Vec<u64>,
    /// Claims what goes to this address; without it, to whoever sends this. Only the recipient
    /// itself can fetch it afterwards.
    #[arg(long, value_name = "ADDRESS", value_parser = l1_address)]
    recipient: Option<Address>,
}

/// A batch in an answer: an operator's has the withdrawals, a follower's says how many there are.
#[derive(Deserialize)]
struct Listed {
    withdrawals: Listing,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Listing {
    All(Vec<Leaving>),
    Count(usize),
}

/// A withdrawal in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Leaving {
    pub(super) tree: WireTree,
    pub(super) token: u16,
    pub(super) amount: String,
    pub(super) recipient: String,
    pub(super) account: String,
}

impl Claim {
    pub(super) async fn run(self) -> Outcome {
        let (done, failed) = self.claim().await?;
        if failed.is_empty() {
            return Ok(Some(done));
        }
        let reasons: Vec<String> = failed.iter().map(ToString::to_string).collect();
        let reason = reasons.join("; ");
        Err(Box::new(Partly { done, reason }))
    }

    /// What was done, and what failed and kept nothing else back.
    async fn claim(self) -> Result<(Value, Vec<settlement::Error>)> {
        let rpc = self.server.client()?;
        let (account, deployment) = self.l1.open().await?;
        let recipient = self.recipient.unwrap_or_else(|| account.address());
        let mut tokens = BTreeSet::new();
        let (mut claimed, mut before, mut waits) = (0_u64, 0_u64, None);
        let mut void = BTreeSet::new();
        for number in self.batches.iter().copied().map(BatchNumber::new) {
            let list = withdrawals(&rpc, number).await?;
            let (tree, last) = held_to_l1(&account, &deployment, number, &list).await?;
            for (index, withdrawal) in list.iter().enumerate() {
                if withdrawal.recipient != recipient {
                    continue;
                }
                // Data on L1 is final at once.
                if withdrawal.tree == Tree::OffL1.number() && number > last {
                    waits.get_or_insert((number, last));
                    continue;
                }
                tokens.insert(withdrawal.token);
                let Some(path) = tree.path(index) else {
                    continue;
                };
                let call = abi::Rollup::claimCall {
                    number: number.get(),
                    withdrawal: withdrawal.clone(),
                    path,
                };
                match account.call(deployment.rollup, &call).await {
                    Ok(_) => claimed += 1,
                    Err(error) if is(&error, "AlreadyClaimed") => before += 1,
                    // Reverted off L1: the money is in its account still.
                    Err(error) if is(&error, "VoidBatch") => {
                        void.insert(number);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if let (0, 0, true, Some((batch, last))) = (claimed, before, void.is_empty(), waits) {
            return Err(Error::NotFinal { batch, last });
        }
        let vault = Vault::new(&account, &deployment);
        let (release, mut failed) = match vault.release(recipient).await {
            Ok(mut release) => {
                let failed = std::mem::take(&mut release.failed);
                (release, failed)
            }
            Err(error) => (Release::default(), vec![error]),
        };
        let mut fetched = Vec::new();
        if recipient == account.address() {
            let fetching = vault.fetch_all(&tokens).await;
            for (token, amount) in fetching.fetched {
                fetched.push(json!({ "token": token, "amount": amount.get().to_string() }));
            }
            failed.extend(fetching.failed);
        }
        let done = json!({
            "claimed": claimed,
            "claimed_before": before,
            "waits_for_finality": waits.is_some(),
            "recipient": recipient,
            "released": release.released,
            "delayed": release.waiting,
            "void": void,
            "fetched": fetched,
        });
        Ok((done, failed))
    }
}

/// Whether a contract refuses with this error.
fn is(error: &settlement::Error, name: &str) -> bool {
    matches!(error, settlement::Error::Reverted { reason, .. } if reason.starts_with(name))
}

/// What the server says that leaves by a batch, in order.
async fn withdrawals(rpc: &Rpc, number: BatchNumber) -> Result<Vec<abi::Withdrawal>> {
    const BATCH: &str = "rollup_batch";
    const CLAIM: &str = "rollup_claim";
    let listed: Option<Option<Listed>> = rpc.find(BATCH, json!([number])).await?;
    let listed = listed.flatten().ok_or_else(|| Error::Answer {
        method: BATCH,
        what: format!("no batch {number}; another operator's is known to a follower"),
    })?;
    let count = match &listed.withdrawals {
        Listing::All(all) => all.len(),
        Listing::Count(count) => *count,
    };
    if count > WITHDRAWALS {
        return Err(Error::Answer {
            method: BATCH,
            what: format!("{count} withdrawals, expected {WITHDRAWALS} at most"),
        });
    }
    let all = match listed.withdrawals {
        Listing::All(all) => all,
        Listing::Count(count) => {
            let mut all = Vec::with_capacity(count);
            for index in 0..count {
                all.push(rpc.call(CLAIM, json!([number, index])).await?);
            }
            all
        }
    };
    all.iter().map(Leaving::read).collect()
}

/// The tree over a batch's withdrawals, if L1 has the same, and L1's last final batch.
async fn held_to_l1(
    account: &Account,
    deployment: &Deployment,
    number: BatchNumber,
    list: &[abi::Withdrawal],
) -> Result<(ExitTree, BatchNumber)> {
    let client = account.client();
    let call = abi::Rollup::batchAtCall {
        number: number.get(),
    };
    let batch = client.view(deployment.rollup, &call).await?;
    let tree = ExitTree::new(list);
    if tree.root() != batch.withdrawals {
        return Err(Error::OtherWithdrawals {
            batch: number,
            got: tree.root(),
            expected: batch.withdrawals,
        });
    }
    let call = abi::Rollup::finalBatchCall {};
    let last = BatchNumber::new(client.view(deployment.rollup, &call).await?);
    Ok((tree, last))
}

impl Leaving {
    /// As the contract has it.
    pub(super) fn read(&self) -> Result<abi::Withdrawal> {
        let wrong = |what: &str| Error::Answer {
            method: "rollup_batch",
            what: words(what),
        };
        let recipient = wire::address(&self.recipient).map_err(|e| wrong(&e.to_string()))?;
        let account = wire::scalar(&self.account).map_err(|e| wrong(&e.to_string()))?;
        Ok(abi::Withdrawal {
            tree: Tree::from(self.tree).number(),
            token: self.token,
            amount: self.amount.parse().map_err(|_| wrong("an amount"))?,
            recipient: Address::new(*recipient.as_bytes()),
            account: operator::submission::word(account),
        })
    }
}
