//! Where rows come from. Whoever asks holds them against their commitments.

use crate::{BatchEntry, Beacon, Error, Result, RowPlace, RowRequest};
use alloy::eips::BlockNumberOrTag;
use alloy::primitives::{B256, Bytes, FixedBytes};
use alloy::providers::Provider as _;
use erasure::payload_to_rows;
use proto::client::Client;
use serde::Deserialize;
use serde_json::Value;
use settlement::client::L1Client;
use settlement::contracts::versioned_hash;
use std::sync::Arc;
use types::{BlobMeta, Commitment, Row};

/// What a source says of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The row, as the source has it.
    Row(Row),
    /// It can be had, as far as samples tell; nobody fetched it.
    Available,
    /// The source does not have it.
    Missing,
}

/// A checkpoint's blob, all of whose rows are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRequest {
    /// Its description.
    pub meta: Arc<BlobMeta>,
    /// Its rows, each as it is asked for alone.
    pub rows: Vec<RowRequest>,
}

impl BlobRequest {
    pub(crate) fn new(entry: &BatchEntry, meta: Arc<BlobMeta>) -> Self {
        let row = |row: u16| RowRequest {
            number: entry.number,
            // Of both: it makes no difference to whoever has the blob.
            tree: ledger::Tree::OffL1,
            place: RowPlace::Network {
                meta: meta.clone(),
                row,
            },
            block: entry.block.number,
            transaction: entry.transaction,
            published_in: entry.challenges.get(&row).and_then(|c| c.published_in),
        };
        let rows = (0..meta.rows()).map(row).collect();
        Self { meta, rows }
    }
}

/// A source of rows.
pub trait Rows: Send + Sync {
    /// Looks for a row.
    fn fetch(&self, request: &RowRequest) -> impl Future<Output = Result<Fetched>> + Send;

    /// Looks for all rows of a blob: none unless all are there.
    fn fetch_blob(
        &self,
        request: &BlobRequest,
    ) -> impl Future<Output = Result<Option<Vec<Row>>>> + Send {
        async move {
            let mut rows = Vec::new();
            for row in &request.rows {
                match self.fetch(row).await? {
                    Fetched::Row(row) => rows.push(row),
                    Fetched::Available | Fetched::Missing => return Ok(None),
                }
            }
            Ok(Some(rows))
        }
    }
}

/// The second is asked for what the first does not have.
impl<A: Rows, B: Rows> Rows for (A, B) {
    async fn fetch(&self, request: &RowRequest) -> Result<Fetched> {
        match self.0.fetch(request).await {
            Ok(Fetched::Missing) => {}
            Ok(found) => return Ok(found),
            Err(error) => {
                tracing::debug!(%error, batch = %request.number, "a source of rows fails")
            }
        }
        self.1.fetch(request).await
    }

    async fn fetch_blob(&self, request: &BlobRequest) -> Result<Option<Vec<Row>>> {
        match self.0.fetch_blob(request).await {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(error) => tracing::debug!(%error, "a source of blobs fails"),
        }
        self.1.fetch_blob(request).await
    }
}

/// Blobs of L1 by its nodes, rows of the DA network by one of its nodes.
///
/// Ethereum keeps blobs on the consensus layer: a [`Beacon`] node is asked for them. Without one,
/// or where it does not have the blob, L1's node is: the embedded L1 has `assay_getBlobs`, and
/// others for development `anvil_getBlobByHash`.
#[derive(Debug, Clone)]
pub struct NodeRows {
    l1: L1Client,
    network: Option<Client>,
    beacon: Option<Beacon>,
}

#[derive(Debug, Deserialize)]
struct BlobOfBlock {
    commitment: FixedBytes<48>,
    blob: Bytes,
}

impl NodeRows {
    /// Asks these nodes; without one of the DA network only L1's blobs are to be had.
    #[must_use]
    pub const fn new(l1: L1Client, network: Option<Client>) -> Self {
        Self {
            l1,
            network,
            beacon: None,
        }
    }

    /// Asks a beacon node for L1's blobs, before L1's node.
    #[must_use]
    pub fn with_beacon(self, beacon: Option<Beacon>) -> Self {
        Self { beacon, ..self }
    }

    /// Finds out whether anybody keeps L1's blobs.
    ///
    /// # Errors
    /// [`Error::NoBlobs`].
    pub async fn require_blobs(&self) -> Result<()> {
        let mut reasons = Vec::new();
        match &self.beacon {
            Some(beacon) => match beacon.probe().await {
                Ok(()) => return Ok(()),
                Err(reason) => reasons.push(reason),
            },
            None => reasons.push("no beacon node was named".to_owned()),
        }
        let provider = self.l1.provider();
        let block: Result<Value, _> = provider
            .raw_request("assay_getBlobs".into(), ("latest",))
            .await;
        let Err(error) = block else {
            return Ok(());
        };
        reasons.push(format!("L1's node, assay_getBlobs: {error}"));
        let by_hash: Result<Value, _> = provider
            .raw_request("anvil_getBlobByHash".into(), (B256::ZERO,))
            .await;
        let Err(error) = by_hash else {
            return Ok(());
        };
        reasons.push(format!("L1's node, anvil_getBlobByHash: {error}"));
        Err(Error::NoBlobs { reasons })
    }

    async fn l1_blob(&self, block: u64, commitment: &Commitment) -> Result<Fetched> {
        let mut reasons = Vec::new();
        match self.beacon_blob(block, commitment).await {
            Ok(row) => return Ok(Fetched::Row(row)),
            Err(reason) => reasons.push(reason),
        }
        let provider = self.l1.provider();
        let number = format!("{block:#x}");
        let of_block: Result<Vec<BlobOfBlock>, _> = provider
            .raw_request("assay_getBlobs".into(), (number,))
            .await;
        let same = |blob: &BlobOfBlock| blob.commitment == *commitment.as_bytes();
        let found = match of_block {
            Ok(blobs) => blobs.into_iter().find(same).map(|blob| blob.blob),
            Err(error) => {
                reasons.push(format!("L1's node, assay_getBlobs: {error}"));
                None
            }
        };
        let hash: B256 = versioned_hash(commitment);
        let found = match found {
            Some(blob) => Some(blob),
            None => {
                let by_hash: Result<Option<Bytes>, _> = provider
                    .raw_request("anvil_getBlobByHash".into(), (hash,))
                    .await;
                by_hash.unwrap_or_else(|error| {
                    reasons.push(format!("L1's node, anvil_getBlobByHash: {error}"));
                    None
                })
            }
        };
        if let Some(row) = found.and_then(|bytes| Row::from_slice(&bytes).ok()) {
            return Ok(Fetched::Row(row));
        }
        Err(Error::NoBlob {
            blob: hash,
            block,
            reasons,
        })
    }

    /// A blob by the beacon node, held against its commitment; why it cannot be had otherwise.
    async fn beacon_blob(&self, block: u64, commitment: &Commitment) -> Result<Row, String> {
        let Some(beacon) = &self.beacon else {
            return Err("no beacon node was named".to_owned());
        };
        let after = BlockNumberOrTag::Number(block.saturating_add(1));
        let after = self.l1.provider().get_block_by_number(after).await;
        let after = after.map_err(|error| format!("L1's node, eth_getBlockByNumber: {error}"))?;
        let root = after
            .and_then(|after| after.header.parent_beacon_block_root)
            .filter(|root| !root.is_zero());
        let root = root.ok_or("no block after it names its beacon block yet")?;
        beacon.blob(root, commitment).await
    }

    /// All rows of a blob; none unless the node gives it.
    async fn network_rows(&self, meta: &BlobMeta) -> Option<Vec<Row>> {
        let fetched = match self.network.as_ref()?.fetch(meta.id()).await {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::debug!(blob = %meta.id(), %error, "the node does not give the blob");
                return None;
            }
        };
        let mode = meta.length().mode();
        let payload = fetched.payload;
        let rows = tokio::task::spawn_blocking(move || payload_to_rows(mode, &payload));
        let (_, rows) = rows.await.ok()?.ok()?;
        Some(rows)
    }

    async fn network_row(&self, meta: &BlobMeta, row: u16) -> Fetched {
        let Some(mut rows) = self.network_rows(meta).await else {
            return Fetched::Missing;
        };
        let row = usize::from(row);
        if row >= rows.len() {
            return Fetched::Missing;
        }
        Fetched::Row(rows.swap_remove(row))
    }
}

impl Rows for NodeRows {
    async fn fetch(&self, request: &RowRequest) -> Result<Fetched> {
        Ok(match (&request.place, request.place.commitment()) {
            (RowPlace::L1Blob(commitment), _) => self.l1_blob(request.block, commitment).await?,
            (RowPlace::Network { meta, row }, Some(commitment)) => {
                let found = self.network_row(meta, *row).await;
                match (found, request.published_in) {
                    (Fetched::Missing, Some(block)) => self.l1_blob(block, &commitment).await?,
                    (found, _) => found,
                }
            }
            _ => Fetched::Missing,
        })
    }

    async fn fetch_blob(&self, request: &BlobRequest) -> Result<Option<Vec<Row>>> {
        if let Some(rows) = self.network_rows(&request.meta).await {
            return Ok(Some(rows));
        }
        // What was challenged, row by row, stood on L1.
        let mut rows = Vec::new();
        for row in &request.rows {
            let (Some(block), Some(commitment)) = (row.published_in, row.place.commitment()) else {
                return Ok(None);
            };
            match self.l1_blob(block, &commitment).await? {
                Fetched::Row(row) => rows.push(row),
                Fetched::Available | Fetched::Missing => return Ok(None),
            }
        }
        Ok(Some(rows))
    }
}
