//! A batch between its sealing and its finality.

use crate::plan::{BatchPlan, Carriage, OffRow, SealedBatch};
use crate::records::Record;
use crate::submission::payment_name;
use crate::{Error, Result};
use chain::UnverifiedAvailability;
use ledger::Roots;
use settlement::L1Time;
use std::sync::Arc;

/// What is to be done for a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// Hand its row to the DA network.
    Post,
    /// Get the row's certificate.
    Certify,
    /// Prove it.
    Prove,
    /// Hand it to the outbox.
    Submit,
    /// Make a checkpoint; of no batch's.
    Checkpoint,
}

/// A batch in flight.
#[derive(Debug, Clone)]
pub struct InFlight {
    plan: BatchPlan,
    prior: Roots,
    next: Roots,
    carriage: Carriage,
    /// The batch itself, once it was made anew after a start.
    pub(super) batch: Option<Arc<SealedBatch>>,
    pub(super) posted: bool,
    pub(super) certificate: Option<UnverifiedAvailability>,
    pub(super) proof: Option<Vec<u8>>,
    pub(super) payment: Option<String>,
    /// Whether L1 has it now.
    pub(super) landed: bool,
    pub(super) is_void: bool,
}

impl InFlight {
    pub(super) fn new(plan: BatchPlan) -> Result<Self> {
        Ok(Self {
            prior: plan.prior.decode()?,
            next: plan.next.decode()?,
            carriage: plan.carriage,
            plan,
            batch: None,
            posted: false,
            certificate: None,
            proof: None,
            payment: None,
            landed: false,
            is_void: false,
        })
    }

    /// What it is.
    #[must_use]
    pub const fn plan(&self) -> &BatchPlan {
        &self.plan
    }

    /// The roots before it.
    #[must_use]
    pub const fn prior(&self) -> Roots {
        self.prior
    }

    /// The roots after it.
    #[must_use]
    pub const fn next(&self) -> Roots {
        self.next
    }

    /// Where its rows go.
    #[must_use]
    pub const fn carriage(&self) -> Carriage {
        self.carriage
    }

    /// The batch itself; none until the state that it begins with is known.
    #[must_use]
    pub const fn batch(&self) -> Option<&Arc<SealedBatch>> {
        self.batch.as_ref()
    }

    /// Its certificate.
    #[must_use]
    pub const fn certificate(&self) -> Option<&UnverifiedAvailability> {
        self.certificate.as_ref()
    }

    /// Its proof, as the verifier's contract takes it.
    #[must_use]
    pub fn proof(&self) -> Option<&[u8]> {
        self.proof.as_deref()
    }

    /// What its payment is called, once it is proved.
    #[must_use]
    pub fn payment_name(&self) -> Option<String> {
        let (number, proof) = (self.plan.number, self.proof()?);
        Some(payment_name(number, self.next, self.carriage, proof))
    }

    /// The name of its payment, once that is in the outbox.
    #[must_use]
    pub fn payment(&self) -> Option<&str> {
        self.payment.as_deref()
    }

    /// Whether L1 has it now.
    #[must_use]
    pub const fn has_landed(&self) -> bool {
        self.landed
    }

    /// Whether a fallback has reverted its part off L1.
    #[must_use]
    pub const fn is_void(&self) -> bool {
        self.is_void
    }

    /// When it was sealed.
    #[must_use]
    pub const fn sealed_at(&self) -> L1Time {
        self.plan.at
    }

    /// Whether it waits for the DA network.
    #[must_use]
    pub fn awaits_network(&self) -> bool {
        self.carriage.off == OffRow::Network && self.certificate.is_none() && !self.landed
    }

    pub(super) fn carry(&mut self, carriage: Carriage) {
        if self.carriage != carriage {
            self.carriage = carriage;
            self.certificate = None;
            self.proof = None;
            self.payment = None;
        }
    }

    /// What can be done for it now; `is_first`: L1 has all before it.
    #[must_use]
    pub fn tasks(&self, is_first: bool) -> Vec<Task> {
        if self.landed || self.batch.is_none() {
            return Vec::new();
        }
        let mut tasks = Vec::new();
        if self.awaits_network() {
            tasks.push(if self.posted {
                Task::Certify
            } else {
                Task::Post
            });
        }
        match (&self.proof, is_first) {
            (None, _) => tasks.push(Task::Prove),
            (Some(_), true) if !self.awaits_network() => tasks.push(Task::Submit),
            _ => {}
        }
        tasks
    }

    /// The records that make it.
    pub(super) fn image(&self) -> Vec<Record> {
        let number = self.plan.number;
        let mut records = vec![Record::Sequenced(Box::new(self.plan.clone()))];
        if self.carriage != self.plan.carriage {
            let carriage = self.carriage;
            records.push(Record::Carried { number, carriage });
        }
        records.extend(self.posted.then_some(Record::Posted { number }));
        records.extend(
            self.certificate
                .as_ref()
                .map(|certificate| Record::Certified {
                    number,
                    certificate: hex::encode(certificate.encode()),
                }),
        );
        records.extend(self.proof.as_ref().map(|proof| Record::Proved {
            number,
            proof: hex::encode(proof),
        }));
        records.extend(
            self.payment
                .clone()
                .map(|payment| Record::Submitted { number, payment }),
        );
        records.extend(self.is_void.then_some(Record::Voided {
            number,
            at: self.plan.at,
        }));
        records
    }
}

pub(super) fn certificate(text: &str) -> Result<UnverifiedAvailability> {
    let bytes = hex::decode(text).map_err(|_| Error::Malformed {
        what: "a certificate",
    })?;
    Ok(UnverifiedAvailability::decode(&bytes)?)
}
