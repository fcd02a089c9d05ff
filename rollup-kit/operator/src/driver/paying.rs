//! Handing batches to the outbox, and taking back what is of no use any more.

use super::{Operator, Report, tasks};
use crate::Result;
use crate::core::InFlight;
use crate::crash_point::{Step, reach};
use crate::network::DataNetwork;
use crate::plan::OffRow;
use crate::prover::Prover;
use crate::records::Record;
use crate::settled::Derived;
use crate::submission::{PAYMENT, Rows};
use settlement::client::Head;
use settlement::outbox::{PaymentName, Started};
use settlement::{BatchNumber, L1Time};
use types::BlobId;

/// Seconds after which a batch that L1 refuses is given up.
const LONGEST_REFUSAL: u64 = 120;

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    /// Gives up payments of batches that are given up. Says whether one is still on its way, which
    /// could yet settle a batch of ours that we no longer know of.
    pub(super) async fn abandon_stale(&mut self, head: &Head) -> Result<bool> {
        let current: Vec<String> = {
            let desk = self.shared.desk();
            let flight = desk.core().flight().values();
            flight.filter_map(InFlight::payment_name).collect()
        };
        let pending = self.parts.outbox.ledger().all_pending();
        let stale: Vec<(PaymentName, bool)> = pending
            .filter(|pending| {
                let name = pending.name.to_string();
                name.starts_with(PAYMENT) && !current.contains(&name)
            })
            // What carries blobs is replaced by nothing: it is left to time.
            .map(|pending| (pending.name.clone(), pending.has_blobs))
            .collect();
        for (name, _) in &stale {
            self.parts.outbox.abandon(name, head).await?;
        }
        Ok(stale.iter().any(|(_, has_blobs)| !has_blobs))
    }

    pub(super) async fn submit(
        &mut self,
        number: BatchNumber,
        head: &Head,
        now: L1Time,
        report: &mut Report,
    ) -> Result<()> {
        let found = {
            let desk = self.shared.desk();
            let batch = desk.core().flight().get(&number);
            batch.and_then(|b| {
                let name = b.payment_name()?;
                let is_written = b.payment() == Some(&*name);
                let (proof, certificate) = (b.proof()?.to_vec(), b.certificate().cloned());
                let sealed = b.batch()?.clone();
                Some((sealed, b.carriage(), certificate, proof, name, is_written))
            })
        };
        let Some((batch, carriage, certificate, proof, name, is_written)) = found else {
            return Ok(());
        };
        let payment_name = PaymentName::new(name.clone());
        let certificate_of = certificate.as_ref().map(|c| c.terms.blob);
        // What is on its way is the outbox's to look after.
        if is_written && self.parts.outbox.ledger().has(&payment_name) {
            return Ok(());
        }
        let (setup, site) = (self.parts.setup, self.site());
        let call = tasks::off_thread(move || {
            let rows = Rows::commit(setup, &batch, carriage)?;
            rows.call(setup, &site, &batch, certificate.as_ref(), &proof)
        })
        .await?;
        match self
            .parts
            .outbox
            .pay(payment_name.clone(), &call, head)
            .await
        {
            Ok(started) => {
                reach(Step::Submit);
                match started {
                    Started::Sent => report.sent.push(payment_name),
                    Started::Already => {}
                    Started::TooDear { needed } => {
                        report
                            .held_up
                            .push(format!("{name}: L1 takes {needed} per gas"));
                        return Ok(());
                    }
                }
                self.refusals = None;
                self.shared.desk().put(Record::Submitted {
                    number,
                    payment: name,
                })
            }
            Err(error @ settlement::Error::Reverted { .. }) => {
                report.held_up.push(format!("{name}: {error}"));
                let blob = certificate_of.filter(|_| carriage.off == OffRow::Network);
                self.refused(number, blob, payment_name, now, &error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A batch that L1 keeps refusing (its certificate is too old, its blob is taken) is given up.
    /// If it names a blob of the DA network, the next one's row goes by L1: what L1 holds against
    /// this certificate it may hold against the next.
    fn refused(
        &mut self,
        number: BatchNumber,
        blob: Option<BlobId>,
        name: PaymentName,
        now: L1Time,
        error: &settlement::Error,
    ) -> Result<()> {
        let since = match &self.refusals {
            Some((of, since)) if *of == name => *since,
            _ => now,
        };
        self.refusals = Some((name, since));
        if now.since(since) < LONGEST_REFUSAL {
            return Ok(());
        }
        self.refusals = None;
        if let Some(blob) = blob {
            self.carrier.failed(number, blob, now);
        }
        self.shared.desk().put(Record::Withdrawn {
            from: number,
            reason: error.to_string(),
            at: now,
        })
    }
}
