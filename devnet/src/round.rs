//! One blob on all its way: posted to one node, certified, ordered, sampled by every light
//! node, and fetched from another node.

use crate::{Devnet, Error, LightReport, Report, Result};
use chain::UnverifiedAvailability;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use light_node::core::Verdict;
use light_node::{BlockVerdict, LightNode};
use proto::client::{Certificate, Client, ClientError, State};
use std::time::Duration;
use tokio::sync::broadcast;
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
/// A call that fails, a certificate that does not verify, another blob than the one posted, or
/// a step that does not come in time.
pub async fn round(
    devnet: &Devnet,
    post: &Post,
    mut tell: impl FnMut(Duration, Step),
) -> Result<Report> {
    let length = PayloadLength::new(post.mode, post.payload.len() as u64)?;
    let client = connect(devnet, POST_NODE).await?;
    // Whoever listens first misses nothing.
    let verdicts: Vec<_> = devnet.light().iter().map(LightNode::verdicts).collect();

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

    let following = follow(devnet, &client, id, started, &mut tell);
    let ordered = timeout(ORDERING, following)
        .await
        .map_err(|_| Error::Late {
            missing: format!("blob {id} is not in a final block"),
            after: ORDERING,
        })??;
    let light = sampled(devnet, verdicts, ordered.height, &mut tell).await?;
    let get_node = (POST_NODE + 1) % devnet.nodes().len();
    let returned = fetch(devnet, get_node, id).await;
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

async fn connect(devnet: &Devnet, node: usize) -> Result<Client> {
    let endpoint = devnet.grpc(node).unwrap_or_default();
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
    devnet: &Devnet,
    client: &Client,
    id: BlobId,
    started: Instant,
    tell: &mut impl FnMut(Step),
) -> Result<Ordered> {
    let failed = Error::client(POST_NODE);
    let validators = devnet.genesis().validators().len();
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
                check_certificate(devnet, &certificate, id)?;
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
fn check_certificate(devnet: &Devnet, certificate: &Certificate, id: BlobId) -> Result<()> {
    let genesis = devnet.genesis();
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
    devnet: &Devnet,
    verdicts: Vec<broadcast::Receiver<BlockVerdict>>,
    height: Height,
    tell: &mut impl FnMut(Step),
) -> Result<Vec<LightReport>> {
    let mut waiting: FuturesUnordered<_> = devnet
        .light()
        .iter()
        .zip(verdicts)
        .enumerate()
        .map(|(light, (node, verdicts))| async move {
            (
                light,
                verdict(node, verdicts, height)
                    .await
                    .map_err(Error::light(light)),
            )
        })
        .collect();
    let deadline = Instant::now() + SAMPLING;
    let mut reports: Vec<Option<LightReport>> = vec![None; devnet.light().len()];
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

/// The light node's own verdict on the block, as it follows the chain. Where it could not
/// decide, or went past that block, it is asked again; the caller bounds how long. Says how
/// often it sampled.
async fn verdict(
    node: &LightNode,
    mut verdicts: broadcast::Receiver<BlockVerdict>,
    height: Height,
) -> light_node::Result<(BlockVerdict, u32)> {
    let followed = loop {
        match verdicts.recv().await {
            Ok(verdict) if verdict.height == height => break Some(verdict),
            Ok(verdict) if verdict.height > height => break None,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => break None,
        }
    };
    let mut attempts = u32::from(followed.is_some());
    let mut latest = followed;
    loop {
        match latest {
            Some(verdict) if verdict.verdict != Verdict::Undecided => {
                return Ok((verdict, attempts));
            }
            Some(_) => sleep(PAUSE).await,
            None => {}
        }
        attempts = attempts.saturating_add(1);
        latest = match node.sample(height).await {
            Ok(verdict) => Some(verdict),
            Err(error @ light_node::Error::Stopped { .. }) => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "asked again");
                sleep(PAUSE).await;
                None
            }
        };
    }
}

/// The blob's payload from a node that it was not posted to, which may be a moment behind.
async fn fetch(devnet: &Devnet, node: usize, id: BlobId) -> Result<Vec<u8>> {
    let client = connect(devnet, node).await?;
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
