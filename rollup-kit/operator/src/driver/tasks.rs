//! What goes on beside the driver: posting, waiting for certificates, proving.

use crate::core::Task;
use crate::network::DataNetwork;
use crate::plan::Carriage;
use crate::submission::OffBlob;
use crate::{Error, Result};
use alloy::primitives::Address;
use chain::UnverifiedAvailability;
use ledger::Roots;
use settlement::BatchNumber;
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::transaction::Call;
use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use types::BlobId;

/// No certificate is waited for longer at a time: the network is asked anew then.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// What is done, for which batch exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Job {
    pub(super) number: BatchNumber,
    pub(super) next: Roots,
    pub(super) carriage: Carriage,
    pub(super) task: Task,
}

/// What came of a job.
#[derive(Debug)]
pub(super) enum Finished {
    Posted,
    Certified(Box<UnverifiedAvailability>),
    Proved(Vec<u8>),
    Checkpoint(Box<Call>),
}

/// Jobs; a probe of the network is none of a batch.
#[derive(Debug, Default)]
pub(super) struct Running {
    set: JoinSet<(Option<Job>, Result<Finished>)>,
    jobs: HashSet<Option<Job>>,
    kept: Option<OffBlob>,
}

impl Running {
    /// Begins a job that is not going on.
    pub(super) fn start<F>(&mut self, job: Job, work: impl FnOnce() -> F)
    where
        F: Future<Output = Result<Finished>> + Send + 'static,
    {
        if self.jobs.insert(Some(job)) {
            let work = work();
            // A checkpoint is proved as well: its way over the network alone is bounded.
            let is_proof = matches!(job.task, Task::Prove | Task::Checkpoint);
            self.set.spawn(async move {
                let result = if is_proof {
                    work.await
                } else {
                    bounded(work).await
                };
                (Some(job), result)
            });
        }
    }

    /// Remembers a row that the network did not certify.
    pub(super) fn keep(&mut self, blob: OffBlob) {
        self.kept.get_or_insert(blob);
    }

    pub(super) fn kept(&mut self, id: BlobId) -> Option<OffBlob> {
        if self.kept.as_ref().is_some_and(|blob| blob.id() != id) {
            self.kept = None;
        }
        self.kept.clone()
    }

    /// Asks the network for it again.
    pub(super) fn probe<N: DataNetwork>(&mut self, network: Arc<N>, blob: OffBlob) {
        if self.jobs.insert(None) {
            self.set.spawn(async move {
                let probing = async {
                    network.post(&blob.meta, blob.payload()).await?;
                    let certificate = network.certificate(blob.id()).await?;
                    Ok(Finished::Certified(Box::new(certificate)))
                };
                (None, bounded(probing).await)
            });
        }
    }

    /// What has ended since.
    pub(super) fn finished(&mut self) -> Vec<(Option<Job>, Result<Finished>)> {
        let mut finished = Vec::new();
        while let Some(joined) = self.set.try_join_next() {
            match joined {
                Ok((job, result)) => {
                    self.jobs.remove(&job);
                    if job.is_none() && result.is_ok() {
                        self.kept = None;
                    }
                    finished.push((job, result));
                }
                Err(error) => {
                    // Which one is not said: all that have not ended begin anew.
                    tracing::error!(%error, "a task of the operator ended badly");
                    self.set.abort_all();
                    self.jobs.clear();
                }
            }
        }
        finished
    }

    /// Whether such a task goes on.
    pub(super) fn is_at(&self, task: Task) -> bool {
        self.jobs.iter().flatten().any(|job| job.task == task)
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.set.is_empty()
    }
}

/// Waits for the DA network no longer than is any use.
pub(super) async fn bounded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let within = tokio::time::timeout(LONGEST_WAIT, work).await;
    within.unwrap_or_else(|_| Err(Error::Cancelled("the DA network took too long".to_owned())))
}

/// Runs what computes where it holds up no connection.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// Asks L1's registry whether a certificate holds.
pub(super) async fn check(
    client: &L1Client,
    registry: Address,
    certificate: &UnverifiedAvailability,
) -> Result<()> {
    let certificate: abi::Certificate = certificate.try_into()?;
    let call = abi::Registry::verifyCertificateCall { certificate };
    client.view(registry, &call).await?;
    Ok(())
}
