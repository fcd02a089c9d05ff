//! A DA network in a folder: it has what was posted, and certifies it unless told not to.

use super::world::{DA_CHAIN, validators};
use chain::{ReceiptCollector, ReceiptTerms, UnverifiedAvailability};
use derivation::{Fetched, RowPlace, RowRequest, Rows};
use operator::network::DataNetwork;
use operator::{Error, Result};
use settlement::client::L1Client;
use std::path::{Path, PathBuf};
use std::time::Duration;
use types::{BlobId, BlobMeta, Row, Timestamp};

#[derive(Clone)]
pub(crate) struct Network {
    folder: PathBuf,
    client: L1Client,
}

impl Network {
    pub(crate) fn new(folder: &Path, client: L1Client) -> Self {
        let folder = folder.join("network");
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, client }
    }

    /// From now on nothing is certified, or everything is again.
    pub(crate) fn withhold(&self, withheld: bool) {
        let flag = self.folder.join("withheld");
        if withheld {
            std::fs::write(flag, "").unwrap();
        } else {
            std::fs::remove_file(flag).unwrap();
        }
    }

    /// From now on certificates are two days old when they come, too old for L1.
    pub(crate) fn backdate(&self) {
        std::fs::write(self.folder.join("backdated"), "").unwrap();
    }

    pub(crate) fn row(&self, blob: BlobId) -> Option<Row> {
        let bytes = std::fs::read(self.folder.join(blob.to_string())).ok()?;
        Some(Row::from_slice(&bytes).unwrap())
    }

    pub(crate) fn posted(&self) -> usize {
        let files = std::fs::read_dir(&self.folder).unwrap();
        files
            .filter(|file| file.as_ref().unwrap().file_name().len() == 64)
            .count()
    }
}

impl DataNetwork for Network {
    async fn post(&self, meta: &BlobMeta, payload: Vec<u8>) -> Result<()> {
        let file = self.folder.join(meta.id().to_string());
        std::fs::write(file, payload).unwrap();
        Ok(())
    }

    async fn certificate(&self, blob: BlobId) -> Result<UnverifiedAvailability> {
        while self.folder.join("withheld").exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if !self.folder.join(blob.to_string()).exists() {
            return Err(Error::NotFound { what: "the blob" });
        }
        let (keys, set) = validators();
        let now = self.client.head().await?.time.get() * 1000;
        const DAY: u64 = 24 * 3_600_000;
        let is_old = self.folder.join("backdated").exists();
        let accepted_at = if is_old { now - 2 * DAY } else { now };
        let terms = ReceiptTerms {
            chain_id: DA_CHAIN,
            set: set.hash(),
            blob,
            accepted_at: Timestamp::new(accepted_at),
            expires_at: Timestamp::new(accepted_at + 14 * DAY),
        };
        let mut collector = ReceiptCollector::new(terms, set.clone());
        for (_, member) in set.iter().take(3) {
            let key = keys
                .iter()
                .find(|key| key.public_key() == *member.key())
                .unwrap();
            let receipt = terms.sign(key).verify(&DA_CHAIN, &set, &terms).unwrap();
            collector.add(receipt).unwrap();
        }
        Ok(collector.finish().unwrap().to_unverified())
    }
}

impl Rows for Network {
    async fn fetch(&self, request: &RowRequest) -> derivation::Result<Fetched> {
        let RowPlace::Network { meta, .. } = &request.place else {
            return Ok(Fetched::Missing);
        };
        Ok(self.row(meta.id()).map_or(Fetched::Missing, Fetched::Row))
    }
}
