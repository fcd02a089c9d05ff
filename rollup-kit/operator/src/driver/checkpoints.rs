//! Checkpoints: made beside, submitted between batches.

use super::Operator;
use super::tasks::{self, Finished, Job};
use crate::checkpoint::{StateBlob, is_due};
use crate::core::Task;
use crate::network::DataNetwork;
use crate::plan::{Carriage, OffRow, OnRow};
use crate::prover::{Prover, Vouching};
use crate::settled::{Derived, Settled};
use crate::{Error, Result};
use settlement::client::Head;
use settlement::outbox::{PaymentName, Started};
use settlement::transaction::Call;
use settlement::{BatchNumber, L1Time};
use std::sync::Arc;

/// The checkpoint that is being made.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// What settles it, with its number.
    ready: Option<(BatchNumber, Box<Call>)>,
}

impl Checkpoints {
    /// One is made, or is not.
    pub(super) fn made(&mut self, number: BatchNumber, result: Result<Finished>) {
        match result {
            Ok(Finished::Checkpoint(call)) => self.ready = Some((number, call)),
            Ok(_) => {}
            Err(error) => tracing::warn!(%number, %error, "a checkpoint was not made"),
        }
    }
}

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    /// Makes and submits a checkpoint when one is due. Says whether batches have to wait for it:
    /// it takes the next number.
    pub(super) async fn checkpoint(
        &mut self,
        settled: &Arc<Settled>,
        now: L1Time,
        head: &Head,
    ) -> Result<bool> {
        if !is_due(settled.last_checkpoint_at, now) || settled.is_frozen {
            self.checkpoints.ready = None;
            return Ok(false);
        }
        let Some(vouching) = self.parts.checkpoints.clone() else {
            return Ok(false);
        };
        let is_idle = {
            let desk = self.shared.desk();
            desk.core()
                .flight()
                .values()
                .all(|batch| batch.has_landed())
        };
        if !is_idle {
            // What is under way comes first; nothing new is begun.
            return Ok(true);
        }
        let number = settled.newest.next();
        if let Some((of, call)) = self.checkpoints.ready.take() {
            if of != number {
                return Ok(true);
            }
            let name = PaymentName::new(format!("checkpoint {number}"));
            match self.parts.outbox.pay(name, &call, head).await {
                Ok(Started::Sent) => tracing::info!(%number, "a checkpoint is on its way"),
                Ok(Started::Already) => {}
                Ok(Started::TooDear { needed }) => {
                    tracing::warn!(%number, %needed, "L1 is too dear for a checkpoint");
                    self.checkpoints.ready = Some((of, call));
                }
                Err(error @ settlement::Error::Reverted { .. }) => {
                    tracing::warn!(%number, %error, "L1 refuses a checkpoint");
                }
                Err(error) => return Err(error.into()),
            }
            return Ok(true);
        }
        let name = PaymentName::new(format!("checkpoint {number}"));
        if self.parts.outbox.ledger().has(&name) {
            return Ok(true);
        }
        let job = Job {
            number,
            next: settled.state.roots(),
            carriage: Carriage {
                on: OnRow::Calldata,
                off: OffRow::Network,
            },
            task: Task::Checkpoint,
        };
        let (setup, site) = (self.parts.setup, self.site());
        let network = Arc::clone(&self.parts.network);
        let state = settled.state.clone();
        let check = (self.parts.client.clone(), self.parts.deployment.registry);
        self.running.start(job, || async move {
            let size = match &vouching {
                Vouching::Attested(_) => None,
                Vouching::Proved(prover) => Some(prover.size()),
            };
            let blob = tasks::off_thread(move || match size {
                None => StateBlob::new(setup, &site, number, state),
                Some(size) => StateBlob::proved(setup, &site, number, state, size),
            });
            let blob = Arc::new(blob.await?);
            network.post(blob.meta(), blob.payload().to_vec()).await?;
            let certificate = network.certificate(blob.id()).await?;
            tasks::check(&check.0, check.1, &certificate).await?;
            let call = blob.call(setup, site, certificate, &vouching).await?;
            Ok::<_, Error>(Finished::Checkpoint(Box::new(call)))
        });
        Ok(true)
    }
}
