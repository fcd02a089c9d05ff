//! One blob on all its way: posted to one node, certified, ordered, sampled by every light
//! node, and fetched from another node.

use crate::network::{Listening, Network};
use crate::{Error, LightReport, Report, Result};
use chain::UnverifiedAvailability;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use light_node::BlockVerdict;
use proto::client::{Certificate, Client, ClientError, State};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use types::{BlobId, BlobMode, HeaderHash, Height, Namespace, PayloadLength};

/// How long a blob may take from the first byte to a final block.
const ORDERING: Duration = Duration::from_secs(180);
/// How long light nodes may take to judge its block.
const SAMPLING: Duration = Duration::from_secs(120);
/// How long another node may take to return it.
const FETCHING: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);

/// The node that the blob is posted to.
const POST_NODE: usize = 0;

/// What is posted.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its name, for people.
    pub name: String,
    /// Whose blob it is.
    pub namespace: Namespace,
    /// How it is to lie in rows.
    pub mode: BlobMode,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// What happened, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Step {
    /// The first byte leaves for a node.
    Posted {
        /// The node.
        node: usize,
        /// The name of what is posted.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// The node has stored it durably.
    Received {
        /// The node.
        node: usize,
        /// The blob.
        id: BlobId,
        /// Its rows.
        rows: u32,
    },
    /// Receipts come in.
    Dispersed {
        /// How many.
        receipts: u32,
        /// Of how many validators.
        validators: usize,
    },
    /// More than two thirds hold it; the certificate was verified.
    Certified {
        /// The weight behind it.
        signed: u64,
        /// The weight of all.
        total: u64,
        /// Milliseconds since the first byte left.
        ms: u64,
    },
    /// A decided block references it.
    Ordered {
        /// The block's height.
        height: Height,
    },
    /// The block is final.
    Final {
        /// The block's height.
        height: Height,
        /// Its header.
        header: HeaderHash,
    },
    /// A light node has judged the block.
    Sampled {
        /// The light node.
        light: usize,
        /// What it says.
        verdict: Box<BlockVerdict>,
    },
    /// A node has returned the blob.
    Fetched {
        /// The node.
        node: usize,
        /// Bytes returned.
        bytes: usize,
        /// Whether they are those posted.
        same: bool,
    },
}

/// Sends a blob all its way and tells every step.
///
/// # Errors
/// A call that fails, a certificate that does not verify, another blob than the one posted, a
/// step that does not come in time, or a node's process that ends meanwhile.
pub async fn round(
    network: &impl Network,
    post: &Post,
    tell: impl FnMut(Duration, Step),
) -> Result<Report> {
    tokio::select! {
        done = Box::pin(all_the_way(network, post, tell)) => done,
        error = network.failed() => Err(error),
    }
}

async fn all_the_way(
    network: &impl Network,
    post: &Post,
    mut tell: impl FnMut(Duration, Step),
) -> Result<Report> {
    let length = PayloadLength::new(post.mode, post.payload.len() as u64)?;
    let client = connect(network, POST_NODE).await?;
    // Whoever listens first misses nothing.
    let verdicts = network.listen();

    let started = Instant::now();
    let mut tell = |step| tell(started.elapsed(), step);
    tell(Step::Posted {
        node: POST_NODE,
        name: post.name.clone(),
        bytes: post.payload.len(),
    });
    let submission = proto::Submission {
        namespace: post.namespace,
        length,
        expected: None,
    };
    let submitted = client
        .submit(&submission, post.payload.clone().into())
        .await
        .map_err(Error::client(POST_NODE))?;
    let id = submitted.id;
    tell(Step::Received {
        node: POST_NODE,
        id,
        rows: submitted.rows,
    });

    let following = follow(network, &client, id, started, &mut tell);
    let ordered = timeout(ORDERING, following)
        .await
        .map_err(|_| Error::Late {
            missing: format!("blob {id} is not in a final block"),
            after: ORDERING,
        })??;
    let light = sampled(verdicts, ordered.height, &mut tell).await?;
    let get_node = (POST_NODE + 1) % network.endpoints().nodes.len().max(1);
    let returned = fetch(network, get_node, id).await;
    let round_trip = match &returned {
        Ok(payload) => {
            let same = *payload == post.payload;
            tell(Step::Fetched {
                node: get_node,
                bytes: payload.len(),
                same,
            });
            same
        }
        Err(error) => {
            tracing::warn!(%error, "not fetched");
            tell(Step::Fetched {
                node: get_node,
                bytes: 0,
                same: false,
            });
            false
        }
    };
    Ok(Report {
        blob_id: id,
        height: ordered.height,
        rows: submitted.rows,
        submit_to_certificate_ms: ordered.certified_ms,
        signed_weight: ordered.signed,
        total_weight: ordered.total,
        post_node: POST_NODE,
        get_node,
        round_trip,
        light,
    })
}

async fn connect(network: &impl Network, node: usize) -> Result<Client> {
    let endpoint = network.endpoints().nodes.get(node);
    let endpoint = endpoint.map_or("", |node| node.grpc.as_str());
    Client::connect(endpoint).await.map_err(Error::client(node))
}

struct Ordered {
    height: Height,
    certified_ms: u64,
    signed: u64,
    total: u64,
}

/// Follows the blob until a block that references it is final.
async fn follow(
    network: &impl Network,
    client: &Client,
    id: BlobId,
    started: Instant,
    tell: &mut impl FnMut(Step),
) -> Result<Ordered> {
    let failed = Error::client(POST_NODE);
    let validators = network.genesis().validators().len();
    let mut watch = client.watch(id).await.map_err(&failed)?;
    let mut certified: Option<(Certificate, u64)> = None;
    let mut receipts_told = 0;
    while let Some(status) = watch.next().await.map_err(&failed)? {
        match status.state {
            State::Received => {}
            State::Dispersed { receipts, .. } => {
                if receipts > receipts_told {
                    receipts_told = receipts;
                    tell(Step::Dispersed {
                        receipts,
                        validators,
                    });
                }
            }
            State::Certified(certificate) => {
                let ms = millis(started.elapsed());
                check_certificate(network, &certificate, id)?;
                let (signed, total) = (certificate.signed, certificate.total);
                tell(Step::Certified { signed, total, ms });
                certified = Some((certificate, ms));
            }
            State::Ordered { height } => tell(Step::Ordered { height }),
            State::Final { height, header } => {
                tell(Step::Final { height, header });
                let Some((certificate, certified_ms)) = certified else {
                    return Err(Error::Late {
                        missing: format!("blob {id} is final, and no certificate was shown"),
                        after: started.elapsed(),
                    });
                };
                let Certificate { signed, total, .. } = certificate;
                return Ok(Ordered {
                    height,
                    certified_ms,
                    signed,
                    total,
                });
            }
            State::Expired { reason, retry } => {
                return Err(failed(ClientError::Ended {
                    id,
                    state: "expired",
                    reason,
                    retry,
                }));
            }
            State::Failed { reason, retry } => {
                return Err(failed(ClientError::Ended {
                    id,
                    state: "failed",
                    reason,
                    retry,
                }));
            }
        }
    }
    Err(Error::Late {
        missing: format!("the node stopped telling of blob {id} before it was final"),
        after: started.elapsed(),
    })
}

/// A node's word is not enough: the certificate must hold against the genesis' validators.
fn check_certificate(network: &impl Network, certificate: &Certificate, id: BlobId) -> Result<()> {
    let genesis = network.genesis();
    let verified = UnverifiedAvailability::decode(&certificate.bytes)?
        .verify(&genesis.chain_id(), genesis.validators())?;
    if verified.blob() == id {
        Ok(())
    } else {
        Err(Error::OtherBlob {
            got: verified.blob(),
            expected: id,
        })
    }
}

/// Waits for every light node's verdict on the block.
async fn sampled(
    verdicts: Vec<Listening<'_>>,
    height: Height,
    tell: &mut impl FnMut(Step),
) -> Result<Vec<LightReport>> {
    let mut reports: Vec<Option<LightReport>> = vec![None; verdicts.len()];
    let mut waiting: FuturesUnordered<_> = verdicts
        .into_iter()
        .enumerate()
        .map(|(light, listening)| async move { (light, listening(height).await) })
        .collect();
    let deadline = Instant::now() + SAMPLING;
    loop {
        match tokio::time::timeout_at(deadline, waiting.next()).await {
            Ok(Some((light, verdict))) => {
                let (verdict, attempts) = verdict?;
                reports[light] = Some(LightReport::new(&verdict, attempts));
                tell(Step::Sampled {
                    light,
                    verdict: Box::new(verdict),
                });
            }
            Ok(None) => return Ok(reports.into_iter().flatten().collect()),
            Err(_) => {
                let silent: Vec<String> = reports
                    .iter()
                    .enumerate()
                    .filter(|(_, report)| report.is_none())
                    .map(|(light, _)| light.to_string())
                    .collect();
                return Err(Error::Late {
                    missing: format!(
                        "no verdict on block {height} by light node {}",
                        silent.join(", ")
                    ),
                    after: SAMPLING,
                });
            }
        }
    }
}

/// The blob's payload from a node that it was not posted to, which may be a moment behind.
async fn fetch(network: &impl Network, node: usize, id: BlobId) -> Result<Vec<u8>> {
    let client = connect(network, node).await?;
    let started = Instant::now();
    loop {
        match client.fetch(id).await {
            Ok(fetched) => return Ok(fetched.payload),
            Err(error) if started.elapsed() > FETCHING => return Err(Error::client(node)(error)),
            Err(error) => {
                tracing::debug!(%error, "fetched again");
                sleep(PAUSE).await;
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
