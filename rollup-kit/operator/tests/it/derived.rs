//! The state out of L1 and the rows, all of it anew each time: nobody could get this wrong.

use super::network::Network;
use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider as _;
use alloy::sol_types::SolCall as _;
use ledger::{
    AccountKey, Amount, Authority, BatchSize, Fr, FromL1, RollupDomain, Roots, Rules, State,
    TokenId, Traffic, Tree, replay, scalar_from_bytes,
};
use operator::Result;
use operator::settled::{Derived, QueueView, QueuedOperation, Settled, SettledBatch};
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::{BatchNumber, L1Time};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::BlobMeta;

pub(crate) struct Naive {
    pub(crate) client: L1Client,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) network: Network,
    pub(crate) size: BatchSize,
    pub(crate) rules: Option<&'static dyn Rules>,
}

fn fr(word: U256) -> Fr {
    scalar_from_bytes(&word.to_be_bytes()).unwrap()
}

fn elements(bytes: &[u8]) -> Vec<Fr> {
    let (words, _) = bytes.as_chunks::<32>();
    words
        .iter()
        .map(|word| scalar_from_bytes(word).unwrap())
        .collect()
}

fn from_l1(tree: Tree, operation: &abi::Operation) -> Option<FromL1> {
    let authority = (operation.kind == 2).then(|| Authority::new(fr(operation.authority)));
    (operation.kind != 0).then(|| FromL1 {
        tree,
        token: TokenId::new(operation.token.into()).unwrap(),
        amount: Amount::new(operation.amount),
        owner: ledger::Address::new(operation.owner.into_array()),
        account: AccountKey::new(fr(operation.account)),
        authority,
    })
}

impl Naive {
    async fn blobs(&self, transaction: B256) -> Vec<Vec<Fr>> {
        let blobs: Vec<alloy::primitives::Bytes> = self
            .client
            .provider()
            .raw_request("anvil_getBlobsByTransactionHash".into(), (transaction,))
            .await
            .unwrap();
        blobs.iter().map(|blob| elements(blob)).collect()
    }

    /// Applies a batch to the state before it.
    async fn apply(&self, state: &mut State, transaction: B256, roots: Roots) {
        let input = self.client.calldata(transaction).await.unwrap().unwrap();
        let Ok(call) = abi::Rollup::submitBatchCall::abi_decode(&input) else {
            return;
        };
        let s = call.submission;
        let blobs = if s.blobs.is_empty() {
            Vec::new()
        } else {
            self.blobs(transaction).await
        };
        let on = match blobs.first() {
            Some(row) => row.clone(),
            None => s.elements.iter().map(|e| fr(*e)).collect(),
        };
        let off = if let Some(row) = blobs.get(1) {
            row.clone()
        } else if s.meta.is_empty() {
            Vec::new()
        } else {
            let meta = BlobMeta::decode(&s.meta).unwrap();
            elements(self.network.row(meta.id()).unwrap().as_bytes())
        };
        let given =
            |tree, list: &[abi::Operation]| list.iter().filter_map(|o| from_l1(tree, o)).collect();
        let traffic = Traffic {
            on_l1: given(Tree::OnL1, &s.onOperations),
            off_l1: given(Tree::OffL1, &s.offOperations),
            withdrawals: Vec::new(),
        };
        replay(state, self.size, [&on, &off], &traffic, roots).unwrap();
    }

    async fn queue(&self, tree: Tree, head: u64, to: u64) -> QueueView {
        let rollup = self.deployment.rollup;
        let all = self
            .client
            .events::<abi::Rollup::Enqueued>(rollup, 0, to)
            .await
            .unwrap();
        let mut next = Vec::new();
        for (event, _) in all {
            if event.tree == tree.number() && event.place >= head {
                next.push(QueuedOperation {
                    place: event.place,
                    operation: from_l1(tree, &event.operation),
                    enqueued_at: event.operation.enqueuedAt,
                    deadline: event.operation.deadline,
                });
            }
        }
        QueueView { head, next }
    }
}

impl Derived for Naive {
    async fn refresh(&mut self) -> Result<Option<Arc<Settled>>> {
        let rollup = self.deployment.rollup;
        let head = self.client.head().await?;
        let submitted = self
            .client
            .events::<abi::Rollup::BatchSubmitted>(rollup, 0, head.number)
            .await?;
        let domain = RollupDomain::of(
            self.client.chain_id(),
            ledger::Address::new(rollup.into_array()),
        );
        let mut state = State::new(domain).with_rules(self.rules);
        let genesis = SettledBatch {
            roots: state.roots(),
            heads: [0, 0],
            operator: Address::ZERO,
            submitted_at: L1Time::new(0),
            block: 0,
            transaction: B256::ZERO,
            is_void: false,
        };
        let mut batches = BTreeMap::from([(BatchNumber::new(0), genesis)]);
        let zero = self
            .client
            .view(rollup, &abi::Rollup::batchAtCall { number: 0 })
            .await?;
        if let Some(first) = batches.get_mut(&BatchNumber::new(0)) {
            first.submitted_at = L1Time::new(zero.submittedAt);
        }
        for (event, log) in submitted.iter().filter(|(event, _)| event.number > 0) {
            let batch = &event.batch;
            let roots = Roots {
                on_l1: fr(batch.roots.onL1),
                off_l1: fr(batch.roots.offL1),
            };
            let transaction = log.transaction_hash.unwrap();
            self.apply(&mut state, transaction, roots).await;
            let settled = SettledBatch {
                roots,
                heads: [batch.onHead, batch.offHead],
                operator: batch.operator,
                submitted_at: L1Time::new(batch.submittedAt),
                block: log.block_number.unwrap(),
                transaction,
                is_void: false,
            };
            batches.insert(BatchNumber::new(event.number), settled);
        }
        let (newest, last) = batches.last_key_value().unwrap();
        let (newest, heads) = (*newest, last.heads);
        let last_final = self
            .client
            .view(rollup, &abi::Rollup::finalBatchCall {})
            .await?;
        let checkpoint = self
            .client
            .view(rollup, &abi::Rollup::lastCheckpointCall {})
            .await?;
        let checkpoint = abi::Rollup::batchAtCall { number: checkpoint };
        let checkpoint = self.client.view(rollup, &checkpoint).await?;
        let queues = [
            self.queue(Tree::OnL1, heads[0], head.number).await,
            self.queue(Tree::OffL1, heads[1], head.number).await,
        ];
        Ok(Some(Arc::new(Settled {
            block: head.number,
            newest,
            last_final: BatchNumber::new(last_final),
            last_checkpoint_at: L1Time::new(checkpoint.submittedAt),
            state: Arc::new(state),
            queues,
            batches,
            is_frozen: self
                .client
                .view(rollup, &abi::Rollup::frozenCall {})
                .await?,
        })))
    }
}
