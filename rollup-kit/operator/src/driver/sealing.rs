//! Making batches whose blobs L1 has not seen.

use super::{Operator, tasks};
use crate::Result;
use crate::carriage::on_row;
use crate::core::{NotSealed, Sealing};
use crate::network::DataNetwork;
use crate::plan::{Carriage, OffRow, SealedBatch};
use crate::prover::Prover;
use crate::settled::Derived;
use crate::submission::{OffBlob, Rows, abi_blob};
use settlement::client::Head;
use settlement::contracts::abi;
use settlement::{BatchNumber, L1Time};
use std::sync::Arc;

/// Rows that differ in nothing but salt are tried so often.
const MOST_SALTS: u16 = 256;

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    pub(super) async fn off_blob(
        &self,
        batch: &Arc<SealedBatch>,
        carriage: Carriage,
    ) -> Result<Option<OffBlob>> {
        let (setup, batch) = (self.parts.setup, Arc::clone(batch));
        let namespace = self.site().namespace;
        tasks::off_thread(move || Rows::commit(setup, &batch, carriage)?.off_blob(namespace)).await
    }

    /// Makes the next batch, its row off L1 unlike all that L1 has.
    pub(super) async fn seal(
        &self,
        head: &Head,
        now: L1Time,
    ) -> Result<Result<BatchNumber, NotSealed>> {
        let size = self.shared.desk().core().config().size;
        let on = on_row(head.base_fee, head.blob_base_fee, size.operations());
        let mut carriage = self.carrier.carriage(on);
        if self.checkpoints.is_too_old() {
            // L1 would refuse a row on the network.
            carriage.off = OffRow::Blob;
        }
        for salt in 0..MOST_SALTS {
            let sealing = Sealing {
                carriage,
                salt,
                at_once: false,
                now,
            };
            let drafted = match self.shared.desk().parts().0.draft(&sealing)? {
                Ok(drafted) => drafted,
                Err(why) => return Ok(Err(why)),
            };
            let (batch, carriage) = (Arc::new(drafted.batch().clone()), drafted.carriage());
            if let Some(blob) = self.off_blob(&batch, carriage).await?
                && self.is_taken(&blob).await?
            {
                continue;
            }
            let mut desk = self.shared.desk();
            let (core, write) = desk.parts();
            return core.seal(drafted, write).map(Ok);
        }
        Ok(Err(NotSealed::Nothing))
    }

    /// Whether a batch has this blob: L1 takes none twice, but for void batches.
    async fn is_taken(&self, blob: &OffBlob) -> Result<bool> {
        let rollup = self.parts.deployment.rollup;
        let own: Vec<(Arc<SealedBatch>, Carriage)> = {
            let desk = self.shared.desk();
            let flight = desk.core().flight().values();
            let waiting = flight.filter(|b| !b.has_landed() && b.carriage().off == OffRow::Network);
            waiting
                .filter_map(|b| Some((b.batch()?.clone(), b.carriage())))
                .collect()
        };
        for (batch, carriage) in own {
            let other = self.off_blob(&batch, carriage).await?;
            if other.is_some_and(|other| other.id() == blob.id()) {
                return Ok(true);
            }
        }
        let client = &self.parts.client;
        let call = abi::Rollup::batchOfCall {
            blob: abi_blob(blob.id()),
        };
        let number = client.view(rollup, &call).await?;
        if number == 0 {
            return Ok(false);
        }
        let is_void = client
            .view(rollup, &abi::Rollup::isVoidCall { number })
            .await?;
        Ok(!is_void)
    }
}
