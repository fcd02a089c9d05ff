//! What goes on beside, from its beginning to what comes of it.

use super::Operator;
use super::tasks::{self, Finished};
use crate::carriage::Network;
use crate::core::Task;
use crate::crash_point::{Step, reach};
use crate::network::DataNetwork;
use crate::plan::{Carriage, SealedBatch};
use crate::prover::Prover;
use crate::records::Record;
use crate::settled::Derived;
use crate::submission::Rows;
use crate::{Error, Result};
use settlement::{BatchNumber, L1Time};
use std::sync::Arc;

/// Seconds before a batch of L1's queues alone that had no proof is proved again; the pause doubles.
const SHORTEST_PAUSE: u64 = 60;
const LONGEST_PAUSE: u64 = 3600;

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    /// Batches whose certificate does not come go by L1.
    pub(super) async fn give_up_waiting(&mut self, now: L1Time) -> Result<()> {
        if !self.carrier.has_blobs() {
            return Ok(());
        }
        let late: Vec<(BatchNumber, Arc<SealedBatch>, Carriage)> = {
            let desk = self.shared.desk();
            let waiting = desk.core().flight().values();
            waiting
                .filter(|batch| batch.awaits_network())
                .filter(|batch| {
                    self.carrier.network() != Network::Works
                        || self.carrier.is_late(batch.sealed_at(), now)
                })
                .filter_map(|batch| {
                    let sealed = batch.batch()?.clone();
                    Some((batch.plan().number, sealed, batch.carriage()))
                })
                .collect()
        };
        for (number, batch, carriage) in late {
            if let Some(blob) = self.off_blob(&batch, carriage).await? {
                self.carrier.failed(number, blob.id(), now);
                self.running.keep(blob);
            }
            self.shared.desk().put(Record::Carried {
                number,
                carriage: Carriage::BLOBS,
            })?;
        }
        Ok(())
    }

    /// Asks the network anew for what it did not certify.
    pub(super) async fn probe(&mut self, now: L1Time) -> Result<()> {
        if let Some(id) = self.carrier.probe(now)
            && let Some(blob) = self.running.kept(id)
        {
            self.running.probe(Arc::clone(&self.parts.network), blob);
        }
        Ok(())
    }

    pub(super) fn start(&mut self, number: BatchNumber, task: Task) {
        let found = {
            let desk = self.shared.desk();
            let found = desk.core().flight().get(&number);
            found.and_then(|b| Some((b.batch()?.clone(), b.carriage())))
        };
        let Some((batch, carriage)) = found else {
            return;
        };
        let job = tasks::Job {
            number,
            next: batch.finished().next,
            carriage,
            task,
        };
        let site = self.site();
        let setup = self.parts.setup;
        let network = Arc::clone(&self.parts.network);
        let prover = Arc::clone(&self.parts.prover);
        let check = (self.parts.client.clone(), self.parts.deployment.registry);
        self.running.start(job, || async move {
            let rows = {
                let batch = Arc::clone(&batch);
                tasks::off_thread(move || Rows::commit(setup, &batch, carriage)).await?
            };
            let blob = rows.off_blob(site.namespace)?;
            match (task, blob) {
                (Task::Post, Some(blob)) => {
                    network.post(&blob.meta, blob.payload()).await?;
                    Ok(Finished::Posted)
                }
                (Task::Certify, Some(blob)) => {
                    let certificate = network.certificate(blob.id()).await?;
                    tasks::check(&check.0, check.1, &certificate).await?;
                    Ok(Finished::Certified(Box::new(certificate)))
                }
                _ => {
                    let statement = rows.statement(&site, &batch)?;
                    let proof = prover.prove(batch, statement).await?;
                    Ok(Finished::Proved(proof))
                }
            }
        });
    }

    /// Takes in what has come of what was begun.
    pub(super) fn take_results(&mut self, now: L1Time) -> Result<()> {
        for (job, result) in self.running.finished() {
            let Some(job) = job else {
                if result.is_ok() {
                    self.carrier.certified();
                }
                continue;
            };
            let number = job.number;
            if job.task == Task::Checkpoint {
                self.checkpoints.made(number, result);
                continue;
            }
            let is_current = {
                let desk = self.shared.desk();
                let batch = desk.core().flight().get(&number);
                batch.is_some_and(|b| b.next() == job.next && b.carriage() == job.carriage)
            };
            match result {
                Err(error) if is_current && job.task == Task::Prove && error.is_refutation() => {
                    self.refuted(number, &error, now)?;
                }
                Err(error) => {
                    tracing::warn!(%number, task = ?job.task, %error, "a batch's task");
                    let text = format!("batch {number}, {:?}: {error}", job.task);
                    self.shared
                        .set_health(|health| health.last_error = Some(text));
                }
                Ok(Finished::Checkpoint(_)) => {}
                Ok(_) if !is_current => {}
                Ok(Finished::Posted) => {
                    reach(Step::Post);
                    self.shared.desk().put(Record::Posted { number })?;
                }
                Ok(Finished::Certified(certificate)) => {
                    self.carrier.certified();
                    let certificate = hex::encode(certificate.encode());
                    self.shared.desk().put(Record::Certified {
                        number,
                        certificate,
                    })?;
                }
                Ok(Finished::Proved(proof)) => {
                    let proof = hex::encode(proof);
                    self.despair = None;
                    self.shared.desk().put(Record::Proved { number, proof })?;
                }
            }
        }
        Ok(())
    }

    /// A batch that has no proof has none on the next day either, and everything waits behind it:
    /// it is given up, without what it is blamed on. One that only L1's queues have filled is made
    /// again, since nothing may go around them; but not at once.
    fn refuted(&mut self, number: BatchNumber, error: &Error, now: L1Time) -> Result<()> {
        tracing::error!(%number, %error, "a batch of ours has no proof: it is given up");
        let reason = error.to_string();
        let text = format!("batch {number} was given up: {reason}");
        let mut desk = self.shared.desk();
        let plan = desk.core().plan_of(number);
        if plan.is_some_and(|plan| plan.signed().next().is_none()) {
            let pause = self.despair.map_or(SHORTEST_PAUSE, |(_, pause)| pause * 2);
            let pause = pause.min(LONGEST_PAUSE);
            self.despair = Some((now.plus(pause), pause));
        }
        let record = Record::Refuted {
            number,
            reason,
            at: now,
        };
        desk.put(record)?;
        drop(desk);
        self.shared
            .set_health(|health| health.given_up = Some(text));
        Ok(())
    }

    /// Whether proofs are made now.
    pub(super) fn may_prove(&self, now: L1Time) -> bool {
        self.despair.is_none_or(|(again_at, _)| now >= again_at)
    }
}
