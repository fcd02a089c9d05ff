//! L1, read block by block.

use crate::decode::{Said, Sent, said, submission};
use crate::error::contradiction;
use crate::{BatchEntry, Fact, L1Block, Result, Submission};
use alloy::consensus::Transaction as _;
use alloy::eips::BlockNumberOrTag;
use alloy::providers::Provider as _;
use alloy::rpc::types::{Filter, Log};
use settlement::client::L1Client;
use settlement::deploy::Deployment;
use settlement::{B256, Error as L1Error, L1Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::BlobMeta;

/// A block with what it says of the rollup.
pub(crate) type ReadBlock = (L1Block, Vec<Fact>);

/// A rollup on L1.
#[derive(Debug)]
pub(crate) struct Source {
    client: L1Client,
    deployment: Arc<Deployment>,
    /// Most blocks of one query; halved when a node finds it too many.
    range: AtomicU64,
}

impl Source {
    pub(crate) fn new(
        client: L1Client,
        deployment: Arc<Deployment>,
        range: u64,
    ) -> Result<Self, L1Error> {
        client.require_chain(deployment.l1_chain)?;
        Ok(Self {
            client,
            deployment,
            range: AtomicU64::new(range.max(1)),
        })
    }

    pub(crate) const fn client(&self) -> &L1Client {
        &self.client
    }

    pub(crate) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// A block by its number; none where the chain has none.
    pub(crate) async fn block(&self, number: u64) -> Result<Option<L1Block>> {
        let which = BlockNumberOrTag::Number(number);
        let found = self.client.provider().get_block_by_number(which).await;
        let found = found.map_err(|error| transport("eth_getBlockByNumber", &error))?;
        Ok(found.map(|block| L1Block {
            number: block.header.number,
            hash: block.header.hash,
            parent: block.header.parent_hash,
            time: L1Time::new(block.header.timestamp),
        }))
    }

    /// The description of a checkpoint's blob, as its transaction has it; none while the node does
    /// not have the transaction, or for what is no checkpoint.
    pub(crate) async fn checkpoint(&self, entry: &BatchEntry) -> Result<Option<Arc<BlobMeta>>> {
        let Some(sent) = self.sent(entry.transaction).await? else {
            return Ok(None);
        };
        Ok(
            match submission(&sent, self.deployment.rollup, &entry.on_l1) {
                Submission::Checkpoint(meta) => Some(meta),
                _ => None,
            },
        )
    }

    /// The newest block's number.
    pub(crate) async fn head(&self) -> Result<u64> {
        let head = self.client.provider().get_block_number().await;
        Ok(head.map_err(|error| transport("eth_blockNumber", &error))?)
    }

    /// What comes after a block that is on the chain, up to one that exists: the blocks that say
    /// something, and the last one. None when the chain changed under the reader.
    pub(crate) async fn after(&self, tip: L1Block, to: u64) -> Result<Option<Vec<ReadBlock>>> {
        let to = to.min(
            tip.number
                .saturating_add(self.range.load(Ordering::Relaxed)),
        );
        let Some(last) = self.block(to).await? else {
            return Ok(None);
        };
        let Some(logs) = self.logs(tip.number + 1, to).await? else {
            return Ok(Some(Vec::new()));
        };
        let mut blocks: Vec<ReadBlock> = Vec::new();
        let mut pending = Pending::default();
        for log in &logs {
            let (Some(number), Some(hash)) = (log.block_number, log.block_hash) else {
                return Ok(None);
            };
            if blocks
                .last()
                .is_none_or(|(block, _)| block.number != number)
            {
                pending.must_be_empty()?;
                let Some(block) = self.block(number).await? else {
                    return Ok(None);
                };
                blocks.push((block, Vec::new()));
            }
            let Some((block, facts)) = blocks.last_mut() else {
                return Ok(None);
            };
            if block.hash != hash || log.removed {
                return Ok(None);
            }
            if let Some(said) = said(log)? {
                let transaction = log.transaction_hash.unwrap_or_default();
                match self.fact(said, transaction, &mut pending).await? {
                    Step::Fact(fact) => facts.push(*fact),
                    Step::More => {}
                    Step::Gone => return Ok(None),
                }
            }
        }
        pending.must_be_empty()?;
        if blocks.last().is_none_or(|(block, _)| block.number != to) {
            blocks.push((last, Vec::new()));
        }
        // What was read belongs to one chain if its ends do still.
        for end in [tip, last] {
            if self.block(end.number).await?.map(|b| b.hash) != Some(end.hash) {
                return Ok(None);
            }
        }
        Ok(Some(blocks))
    }

    /// Logs in their order; none when the node finds the range too long, which is halved then.
    async fn logs(&self, from: u64, to: u64) -> Result<Option<Vec<Log>>> {
        let d = &self.deployment;
        let filter = Filter::new()
            .address(vec![d.rollup, d.row_challenges])
            .from_block(from)
            .to_block(to);
        match self.client.provider().get_logs(&filter).await {
            Ok(mut logs) => {
                logs.sort_by_key(|log| (log.block_number, log.log_index));
                Ok(Some(logs))
            }
            Err(error) if error.as_error_resp().is_some() && to > from => {
                let range = ((to - from) / 2).max(1);
                self.range.store(range, Ordering::Relaxed);
                tracing::debug!(range, %error, "shorter ranges of L1's logs");
                Ok(None)
            }
            Err(error) => Err(transport("eth_getLogs", &error).into()),
        }
    }

    /// A transaction; none for one that the node does not have.
    async fn sent(&self, hash: B256) -> Result<Option<Sent>> {
        let found = self.client.provider().get_transaction_by_hash(hash).await;
        let found = found.map_err(|error| transport("eth_getTransactionByHash", &error))?;
        Ok(found.map(|found| Sent {
            to: found.to(),
            input: found.input().clone(),
        }))
    }

    async fn fact(&self, said: Said, transaction: B256, pending: &mut Pending) -> Result<Step> {
        let fact = match said {
            Said::Fact(fact) => fact,
            Said::FellBack(to, number) => {
                let batch = pending.0.take().filter(|(own, _)| *own == number);
                let Some((_, batch)) = batch else {
                    return Err(contradiction("a fallback", number, "a batch before it"));
                };
                Fact::FellBack {
                    to,
                    number,
                    batch,
                    transaction,
                }
            }
            // A fallback is nobody's, and says in its next event where it went.
            Said::Submitted(number, batch) if number.get() != 0 && batch.operator.is_zero() => {
                pending.must_be_empty()?;
                pending.0 = Some((number, batch));
                return Ok(Step::More);
            }
            Said::Submitted(number, batch) => {
                let submission = if number.get() == 0 {
                    Submission::Unreadable
                } else {
                    let Some(sent) = self.sent(transaction).await? else {
                        return Ok(Step::Gone);
                    };
                    submission(&sent, self.deployment.rollup, &batch)
                };
                Fact::Submitted {
                    number,
                    batch,
                    submission,
                    transaction,
                }
            }
        };
        Ok(Step::Fact(Box::new(fact)))
    }
}

enum Step {
    Fact(Box<Fact>),
    /// The next log says what it is.
    More,
    /// The chain changed under the reader.
    Gone,
}

/// A fallback's batch, until the fallback says so.
#[derive(Default)]
struct Pending(
    Option<(
        settlement::BatchNumber,
        Box<settlement::contracts::abi::Batch>,
    )>,
);

impl Pending {
    fn must_be_empty(&self) -> Result<()> {
        match &self.0 {
            None => Ok(()),
            Some((number, _)) => Err(contradiction("a batch of nobody", number, "a fallback")),
        }
    }
}

fn transport(what: &'static str, error: &impl std::fmt::Display) -> L1Error {
    L1Error::Transport {
        what,
        reason: error.to_string(),
    }
}
