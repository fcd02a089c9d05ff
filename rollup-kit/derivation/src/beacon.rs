//! Blobs of a beacon node: Ethereum's nodes of the execution layer keep none.
//!
//! A beacon block is asked for by its root, which the execution block after it carries (EIP-4788):
//! no clock and no genesis is needed. Nodes have `getBlobs` since Fulu, `getBlobSidecars` before.

use crate::{Error, Result};
use alloy::primitives::{B256, Bytes, FixedBytes};
use alloy::transports::http::reqwest::{Client, Url};
use commitments::Setup;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use settlement::Error as L1Error;
use settlement::contracts::versioned_hash;
use std::time::Duration;
use types::{Commitment, Row};

/// Blobs of an answer, at most: a node may give all of a block, whatever it was asked for.
const MOST_BLOBS: usize = 128;
/// Bytes of an answer, at most: so many blobs in hexadecimal, with what stands beside each.
const MOST_BYTES: usize = MOST_BLOBS * (2 * Row::BYTES + 4096);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A node of L1's consensus layer, by its REST interface (ethereum/beacon-APIs).
#[derive(Debug, Clone)]
pub struct Beacon {
    client: Client,
    url: Url,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Sidecar {
    blob: Bytes,
    kzg_commitment: FixedBytes<48>,
}

impl Beacon {
    /// A node at `http://HOST:PORT`. What the URL has of a path or a query is part of each question.
    ///
    /// # Errors
    /// [`Error::L1`] for what is no URL.
    pub fn new(url: &str) -> Result<Self> {
        let wrong = || {
            Error::L1(L1Error::Config {
                what: "beacon node",
                got: url.to_owned(),
                expected: "http://HOST:PORT".to_owned(),
            })
        };
        let parsed: Url = url.parse().map_err(|_| wrong())?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let client = Client::builder().timeout(LONGEST_WAIT).build();
        let client = client.map_err(|error| Error::Cancelled(error.to_string()))?;
        Ok(Self {
            client,
            url: parsed,
        })
    }

    /// Whether it answers at all; else why not.
    pub(crate) async fn probe(&self) -> std::result::Result<(), String> {
        self.get(&["genesis"], None).await.map(|_| ())
    }

    /// The blob of this commitment in the beacon block of this root; why it cannot be had
    /// otherwise.
    pub(crate) async fn blob(
        &self,
        root: B256,
        commitment: &Commitment,
    ) -> std::result::Result<Row, String> {
        let hash = versioned_hash(commitment);
        let root = root.to_string();
        let blobs = self.get(&["blobs", &root], Some(hash)).await;
        let blobs: std::result::Result<Vec<Bytes>, _> = blobs.and_then(|bytes| read(&bytes));
        let newer = match blobs {
            Ok(blobs) => match committed(blobs, *commitment).await {
                Ok(row) => return Ok(row),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let sidecars = self.get(&["blob_sidecars", &root], None).await;
        let sidecars: std::result::Result<Vec<Sidecar>, _> =
            sidecars.and_then(|bytes| read(&bytes));
        let older = match sidecars {
            Ok(sidecars) => {
                let of = |sidecar: &Sidecar| sidecar.kzg_commitment == *commitment.as_bytes();
                let blobs = sidecars.into_iter().filter(of).map(|sidecar| sidecar.blob);
                match committed(blobs.collect(), *commitment).await {
                    Ok(row) => return Ok(row),
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        Err(format!("{newer}; {older}"))
    }

    /// Asks below `/eth/v1/beacon/`. Reasons name the host alone: the rest may hold a key.
    async fn get(&self, path: &[&str], hash: Option<B256>) -> std::result::Result<Vec<u8>, String> {
        let what = path.first().copied().unwrap_or_default();
        let host = self.url.host_str().unwrap_or_default();
        let fault = |reason: String| format!("beacon node {host}, {what}: {reason}");
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["eth", "v1", "beacon"])
                .extend(path);
        }
        if let Some(hash) = hash {
            url.query_pairs_mut()
                .append_pair("versioned_hashes", &hash.to_string());
        }
        let asked = self.client.get(url).header("accept", "application/json");
        let answer = asked.send().await;
        let mut answer = answer.map_err(|error| fault(error.without_url().to_string()))?;
        if !answer.status().is_success() {
            return Err(fault(format!("answers {}", answer.status())));
        }
        let mut bytes = Vec::new();
        loop {
            let chunk = answer.chunk().await;
            let chunk = chunk.map_err(|error| fault(error.without_url().to_string()))?;
            let Some(chunk) = chunk else {
                return Ok(bytes);
            };
            if bytes.len() + chunk.len() > MOST_BYTES {
                return Err(fault(format!("more than {MOST_BYTES} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, String> {
    let answer = serde_json::from_slice::<Answer<T>>(bytes);
    answer
        .map(|answer| answer.data)
        .map_err(|error| format!("what does not read: {error}"))
}

/// The one of these with the commitment. Tens of milliseconds for each.
async fn committed(blobs: Vec<Bytes>, commitment: Commitment) -> std::result::Result<Row, String> {
    let given = blobs.len();
    let found = tokio::task::spawn_blocking(move || {
        let setup = Setup::ceremony().ok()?;
        let rows = blobs.iter().take(MOST_BLOBS);
        rows.filter_map(|bytes| Row::from_slice(bytes).ok())
            .find(|row| setup.commit(row).is_ok_and(|got| got == commitment))
    });
    let found = found.await.map_err(|error| error.to_string())?;
    found.ok_or_else(|| match given {
        0 => "the block has no such blob".to_owned(),
        given => format!("{given} blobs were given, and none is it"),
    })
}
