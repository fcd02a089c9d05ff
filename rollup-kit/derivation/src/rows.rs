//! Where rows come from. Whoever asks holds them against their commitments.

use crate::{BatchEntry, Result, RowPlace, RowRequest};
use alloy::primitives::{B256, Bytes, FixedBytes};
use alloy::providers::Provider as _;
use erasure::payload_to_rows;
use proto::client::Client;
use serde::Deserialize;
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

/// Blobs of L1 by its node, rows of the DA network by one of its nodes.
///
/// Nodes of Ethereum serve blobs on the consensus layer; this asks the embedded L1's
/// `assay_getBlobs`, and `anvil_getBlobByHash` of others.
#[derive(Debug, Clone)]
pub struct NodeRows {
    l1: L1Client,
    network: Option<Client>,
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
        Self { l1, network }
    }

    async fn l1_blob(&self, block: u64, commitment: &Commitment) -> Fetched {
        let provider = self.l1.provider();
        let number = format!("{block:#x}");
        let of_block: Result<Vec<BlobOfBlock>, _> = provider
            .raw_request("assay_getBlobs".into(), (number,))
            .await;
        let found = of_block.ok().and_then(|blobs| {
            let same = |blob: &BlobOfBlock| blob.commitment == *commitment.as_bytes();
            blobs.into_iter().find(same).map(|blob| blob.blob)
        });
        let found = match found {
            Some(blob) => Some(blob),
            None => {
                let hash: B256 = versioned_hash(commitment);
                let by_hash: Result<Option<Bytes>, _> = provider
                    .raw_request("anvil_getBlobByHash".into(), (hash,))
                    .await;
                by_hash.ok().flatten()
            }
        };
        let row = found.and_then(|bytes| Row::from_slice(&bytes).ok());
        row.map_or(Fetched::Missing, Fetched::Row)
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
            (RowPlace::L1Blob(commitment), _) => self.l1_blob(request.block, commitment).await,
            (RowPlace::Network { meta, row }, Some(commitment)) => {
                let found = self.network_row(meta, *row).await;
                match (found, request.published_in) {
                    (Fetched::Missing, Some(block)) => self.l1_blob(block, &commitment).await,
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
            match self.l1_blob(block, &commitment).await {
                Fetched::Row(row) => rows.push(row),
                Fetched::Available | Fetched::Missing => return Ok(None),
            }
        }
        Ok(Some(rows))
    }
}
