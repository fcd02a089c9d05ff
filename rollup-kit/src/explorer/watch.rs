//! Asks the sources while somebody looks, and keeps what they said.

use super::answers::Batch;
use super::ask::{Rpc, Trouble};
use super::follower::{self, Derived};
use super::l1::{Chain, OnL1};
use super::operators::{self, Counts};
use super::path;
use super::report::{
    AccountDetail, BatchDetail, DerivedView, Judgement, Listed, OperatorView, Overview, RootsView,
    SourceState,
};
use hyper::body::Bytes;
use ledger::{RollupDomain, Tree};
use operator::wire::WireTree;
use settlement::{B256, BatchNumber};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// How long one look may take at one source.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nobody may have looked at the page before nobody is asked any more.
const IDLE: Duration = Duration::from_secs(30);
/// Transactions that one look reads.
const TRANSACTIONS: usize = 16;
/// Batches whose operations are remembered.
const COUNTED: usize = 1024;
/// Details that are read at once; more are refused.
const DETAILS: usize = 4;

/// What is known of batches' operations, by batch and transaction.
type Counted = BTreeMap<(BatchNumber, B256), Counts>;

/// What the sources said last.
#[derive(Debug)]
struct Last {
    follower: SourceState,
    l1: SourceState,
    operators: Vec<OperatorView>,
    derived: Option<Arc<Derived>>,
    on_l1: Option<OnL1>,
}

/// The sources, and what they said.
#[derive(Debug)]
pub(super) struct Watch {
    follower: Rpc,
    operators: Vec<Rpc>,
    l1: Chain,
    last: Mutex<Last>,
    counted: Mutex<Counted>,
    /// The overview as JSON.
    overview: Mutex<Bytes>,
    visited: Mutex<Instant>,
    visit: Notify,
    details: Semaphore,
}

/// Why there is no detail.
#[derive(Debug)]
pub(super) enum Lacking {
    /// There is no such thing.
    Nothing(&'static str),
    /// Too many ask at once.
    Busy,
    /// A source does not give it.
    Source(&'static str, Trouble),
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// An outcome, unless it takes too long.
async fn patiently<T>(
    outcome: impl Future<Output = Result<T, Trouble>> + Send,
) -> Result<T, Trouble> {
    let late = |_| Err(Trouble::Silent("no answer in time".to_owned()));
    let outcome = tokio::time::timeout(PATIENCE, outcome).await;
    outcome.unwrap_or_else(late)
}

impl SourceState {
    fn at(place: String) -> Self {
        Self {
            at: place,
            ..Self::default()
        }
    }

    fn note<T>(&mut self, outcome: Result<T, Trouble>) -> Option<T> {
        self.asked = true;
        match outcome {
            Ok(said) => {
                self.trouble = None;
                self.answered_at = Some(clock());
                Some(said)
            }
            Err(trouble) => {
                self.trouble = Some(trouble.to_string());
                None
            }
        }
    }
}

impl Watch {
    pub(super) fn new(follower: Rpc, operators: Vec<Rpc>, l1: Chain) -> Self {
        let views = operators.iter().map(|operator| OperatorView {
            source: SourceState::at(operator.name()),
            ..OperatorView::default()
        });
        let watch = Self {
            last: Mutex::new(Last {
                follower: SourceState::at(follower.name()),
                l1: SourceState::at(l1.name()),
                operators: views.collect(),
                derived: None,
                on_l1: None,
            }),
            follower,
            operators,
            l1,
            counted: Mutex::default(),
            overview: Mutex::default(),
            visited: Mutex::new(Instant::now()),
            visit: Notify::new(),
            details: Semaphore::new(DETAILS),
        };
        watch.publish();
        watch
    }

    /// Looks again and again, while somebody looks here.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            self.look().await;
            tokio::time::sleep(PAUSE).await;
            while lock(&self.visited).elapsed() > IDLE {
                self.visit.notified().await;
            }
        }
    }

    /// The overview as of the last look.
    pub(super) fn overview(&self) -> Bytes {
        *lock(&self.visited) = Instant::now();
        self.visit.notify_one();
        lock(&self.overview).clone()
    }

    async fn look(&self) {
        let (derived, on_l1, operators) = tokio::join!(
            patiently(follower::overview(&self.follower)),
            patiently(self.look_at_l1()),
            self.look_at_operators(),
        );
        let batches = {
            let mut last = lock(&self.last);
            if let Some(derived) = last.follower.note(derived) {
                last.derived = Some(Arc::new(derived));
            }
            if let Some(Some(on_l1)) = last.l1.note(on_l1) {
                last.on_l1 = Some(on_l1);
            }
            for (view, outcome) in last.operators.iter_mut().zip(operators) {
                if let Some((info, health)) = view.source.note(outcome) {
                    (view.info, view.health) = (Some(info), Some(health));
                }
            }
            last.derived.clone()
        };
        self.publish();
        if let Some(derived) = batches {
            self.learn(&derived.batches).await;
            self.publish();
        }
    }

    async fn look_at_l1(&self) -> Result<Option<OnL1>, Trouble> {
        let seen = lock(&self.last).on_l1.clone();
        self.l1.look(seen.as_ref()).await
    }

    async fn look_at_operators(
        &self,
    ) -> Vec<Result<(super::answers::OperatorInfo, super::answers::OperatorHealth), Trouble>> {
        let rollup = self.l1.deployment().rollup;
        let mut asked = JoinSet::new();
        for (place, operator) in self.operators.iter().cloned().enumerate() {
            asked.spawn(async move {
                let outcome = patiently(operators::health(&operator, rollup)).await;
                (place, outcome)
            });
        }
        let mut outcomes = asked.join_all().await;
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Learns what is not known yet of batches' transactions and operations.
    async fn learn(&self, batches: &[Batch]) {
        let unread = batches.iter().filter(|batch| {
            has_transaction(batch) && self.l1.known(batch.number, batch.transaction).is_none()
        });
        for batch in unread.take(TRANSACTIONS) {
            let read = self.l1.submission(batch.number, batch.transaction);
            // What cannot be read now is read at the next look.
            if patiently(read).await.is_err() {
                break;
            }
        }
        self.count(batches).await;
    }

    /// Asks operators what batches consist of.
    async fn count(&self, batches: &[Batch]) {
        let answering: Vec<bool> = {
            let last = lock(&self.last);
            let views = last.operators.iter();
            views.map(|view| view.source.trouble.is_none()).collect()
        };
        let operators = self.operators.iter().zip(answering);
        for (operator, _) in operators.filter(|(_, is_answering)| *is_answering) {
            let uncounted: Vec<Batch> = {
                let counted = lock(&self.counted);
                let uncounted = batches.iter().filter(|batch| {
                    batch.kind == super::answers::Kind::Batch
                        && !counted.contains_key(&(batch.number, batch.transaction))
                });
                uncounted.cloned().collect()
            };
            if uncounted.is_empty() {
                return;
            }
            let asked = patiently(operators::counts(operator, &uncounted)).await;
            let mut counted = lock(&self.counted);
            for (batch, counts) in uncounted.iter().zip(asked.unwrap_or_default()) {
                if let Some(counts) = counts {
                    counted.insert((batch.number, batch.transaction), counts);
                }
            }
            while counted.len() > COUNTED {
                counted.pop_first();
            }
        }
    }

    fn listed(&self, batch: &Batch) -> Listed {
        let read = self.l1.known(batch.number, batch.transaction);
        let said = read.as_ref().and_then(|read| read.said.as_ref());
        let key = (batch.number, batch.transaction);
        Listed {
            counts: lock(&self.counted).get(&key).copied(),
            from_l1: said.map(|said| said.from_on_l1.total() + said.from_off_l1.total()),
            gas: read.as_ref().map(|read| read.gas.get()),
            blob_gas: read.as_ref().map(|read| read.blob_gas.get()),
            batch: batch.clone(),
        }
    }

    fn publish(&self) {
        let d = self.l1.deployment();
        let overview = {
            let last = lock(&self.last);
            Overview {
                rollup: d.rollup,
                l1_chain: d.l1_chain,
                chain: d.chain.to_string(),
                namespace: hex::encode(d.namespace.as_bytes()),
                at: clock(),
                follower: last.follower.clone(),
                l1: last.l1.clone(),
                operators: last.operators.clone(),
                derived: last.derived.as_ref().map(|derived| DerivedView {
                    health: derived.health.clone(),
                    trees: derived.trees.clone(),
                    queues: derived.queues.clone(),
                    batches: derived.batches.iter().map(|b| self.listed(b)).collect(),
                }),
                on_l1: last.on_l1.clone(),
            }
        };
        match serde_json::to_vec(&overview) {
            Ok(json) => *lock(&self.overview) = json.into(),
            Err(error) => tracing::warn!(%error, "an overview that is no JSON"),
        }
    }

    /// A detail, unless too many are being read.
    async fn detail<T>(
        &self,
        read: impl Future<Output = Result<T, Lacking>> + Send,
    ) -> Result<T, Lacking> {
        let _place = self.details.try_acquire().map_err(|_| Lacking::Busy)?;
        read.await
    }

    /// The batches before one.
    pub(super) async fn before(&self, number: u64) -> Result<Vec<Listed>, Lacking> {
        self.detail(async {
            let found = patiently(follower::before(&self.follower, number)).await;
            let batches = found.map_err(|trouble| Lacking::Source("the follower", trouble))?;
            self.learn(&batches).await;
            Ok(batches.iter().map(|batch| self.listed(batch)).collect())
        })
        .await
    }

    /// A batch with all that is known of it.
    pub(super) async fn batch(&self, number: BatchNumber) -> Result<BatchDetail, Lacking> {
        self.detail(async {
            let found = patiently(follower::batch(&self.follower, number)).await;
            let found = found.map_err(|trouble| Lacking::Source("the follower", trouble))?;
            let (batch, prior) = found.ok_or(Lacking::Nothing("no such batch"))?;
            let (mut submission, mut submission_trouble) = (None, None);
            if has_transaction(&batch) {
                match patiently(self.l1.submission(number, batch.transaction)).await {
                    Ok(read) => submission = Some(read),
                    Err(trouble) => submission_trouble = Some(format!("L1 {trouble}")),
                }
            }
            self.count(std::slice::from_ref(&batch)).await;
            Ok(BatchDetail {
                listed: self.listed(&batch),
                prior: prior.as_ref().map(RootsView::from),
                submission,
                submission_trouble,
            })
        })
        .await
    }

    /// An account, its path held against L1's root.
    pub(super) async fn account(
        &self,
        tree: WireTree,
        index: u32,
    ) -> Result<AccountDetail, Lacking> {
        self.detail(async {
            let found = patiently(follower::account(&self.follower, tree, index)).await;
            let found = found.map_err(|trouble| Lacking::Source("the follower", trouble))?;
            let (account, proof) = found.ok_or(Lacking::Nothing("no such account"))?;
            if (account.tree, account.index) != (tree, index) {
                let other = Trouble::Strange("another account".to_owned());
                return Err(Lacking::Source("the follower", other));
            }
            let d = self.l1.deployment();
            let rollup = ledger::Address::new(d.rollup.into_array());
            let domain = RollupDomain::of(d.l1_chain, rollup);
            let checked = path::check(&account, &proof, domain);
            let on_l1 = patiently(self.l1.roots(account.as_of.batch)).await;
            let root_on_l1 = match (&on_l1, Tree::from(tree)) {
                (Err(_), _) => None,
                (Ok((on_l1, _)), Tree::OnL1) => Some(*on_l1),
                (Ok((_, off_l1)), Tree::OffL1) => *off_l1,
            };
            let judgement = match (&checked, on_l1) {
                (Err(flaw), _) => Judgement::False {
                    reason: flaw.to_string(),
                },
                (Ok(_), Err(trouble)) => Judgement::Unknown {
                    reason: format!("L1 {trouble}"),
                },
                (Ok(path), Ok(_)) if root_on_l1 == Some(path.root) => Judgement::Proven,
                (Ok(_), Ok(_)) if root_on_l1.is_none() => Judgement::False {
                    reason: "the tree fell back to before that batch".to_owned(),
                },
                (Ok(_), Ok(_)) => Judgement::False {
                    reason: "it leads to another root than L1's".to_owned(),
                },
            };
            Ok(AccountDetail {
                account,
                path: checked.ok(),
                root_on_l1,
                judgement,
            })
        })
        .await
    }
}

/// Whether an operator sent it: the beginning and fallbacks have nothing to read.
const fn has_transaction(batch: &Batch) -> bool {
    use super::answers::Kind;
    matches!(batch.kind, Kind::Batch | Kind::Checkpoint)
}
