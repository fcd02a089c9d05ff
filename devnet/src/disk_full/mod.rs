//! A validator whose disk fills up, on a real file system of a few MiB: it stops taking blobs,
//! then signing for them, then voting, all before a write fails; and when one fails all the
//! same, it has promised nothing that is not there, and goes on once there is room.

mod small;

use crate::{Devnet, DevnetConfig, Error, Result};
use chain::{Bitmap, ChainParams, ColumnSet, UnverifiedAvailability, UnverifiedFinality};
use da_node::Limits;
use da_node::store::Store;
use proto::Submission;
use proto::client::{Client, ClientError, Retries, WhichHeader};
use proto::v1::ErrorReason;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use small::Small;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use types::{BlobId, BlobMode, Header, Height, PayloadLength};

/// Bytes that are to stay free.
const RESERVE: u64 = 16 << 20;
/// How long anything may take on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
const TICK: Duration = Duration::from_millis(100);
/// Blocks that are waited for where something must not happen in them.
const BLOCKS: u64 = 3;

/// A payload of one row.
const ROW_PAYLOAD: usize = 100_000;

/// The validator on the small disk, and one beside it.
const SMALL: usize = 0;
const OTHER: usize = 1;

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiskFullReport {
    /// Whether it could be checked at all: mounting a file system takes root.
    pub checked: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Below the reserve it refused a submission, and said how much room there was.
    pub refused_submissions: bool,
    /// Below half of the reserve it signed for nothing.
    pub refused_receipts: bool,
    /// Below a quarter of it, it did not vote.
    pub refused_votes: bool,
    /// With room again, all of it goes on without a restart.
    pub resumed: bool,
    /// What the write was told that failed when nothing was kept free.
    pub store_failure: Option<String>,
    /// Blobs that were acknowledged.
    pub acknowledged: usize,
    /// Those of them that the validator does not give back after its restart.
    pub lost: usize,
    /// Certificates with its signature for cells that its disk does not have.
    pub unbacked_receipts: usize,
    /// Heights at which it has another block than the others.
    pub forks: usize,
}

impl DiskFullReport {
    fn not_checked(reason: String) -> Self {
        Self {
            checked: false,
            reason: Some(reason),
            refused_submissions: false,
            refused_receipts: false,
            refused_votes: false,
            resumed: false,
            store_failure: None,
            acknowledged: 0,
            lost: 0,
            unbacked_receipts: 0,
            forks: 0,
        }
    }

    /// Whether all was as it has to be, as far as it was checked.
    #[must_use]
    pub const fn held(&self) -> bool {
        !self.checked
            || (self.refused_submissions
                && self.refused_receipts
                && self.refused_votes
                && self.resumed
                && self.store_failure.is_some()
                && self.lost == 0
                && self.unbacked_receipts == 0
                && self.forks == 0)
    }
}

/// A blob that a node has acknowledged.
struct Posted {
    id: BlobId,
    payload: Vec<u8>,
    certificate: Option<UnverifiedAvailability>,
}

struct Run {
    small: Small,
    folder: PathBuf,
    posted: Vec<Posted>,
    _scratch: TempDir,
}

/// Runs it. `tell` hears what is done.
///
/// # Errors
/// A network that does not start, or something that does not happen in time.
pub async fn disk_full(mut tell: impl FnMut(&str) + Send) -> Result<DiskFullReport> {
    let scratch = tempfile::Builder::new()
        .prefix("assay-disk-full-")
        .tempdir()
        .map_err(|error| Error::system("a temporary folder", error))?;
    let folder = scratch.path().join("net");
    let small = match Small::mount(&folder.join(format!("node-{SMALL}"))) {
        Ok(small) => small,
        Err(reason) => return Ok(DiskFullReport::not_checked(reason)),
    };
    let mut run = Run {
        small,
        folder,
        posted: Vec::new(),
        _scratch: scratch,
    };
    let mut report = DiskFullReport::not_checked(String::new());
    report.checked = true;
    report.reason = None;

    tell("four validators start, one of them on a small disk");
    let devnet = run.start(RESERVE).await?;
    let guarded = Box::pin(run.guarded(&devnet, &mut report, &mut tell)).await;
    devnet.stop().await;
    guarded?;

    tell("they start again, and nothing is kept free");
    let devnet = run.start(0).await?;
    let filled = Box::pin(run.filled(&devnet, &mut report, &mut tell)).await;
    devnet.stop().await;
    filled?;

    tell("its disk is looked at, and it starts on one with room");
    run.small.empty()?;
    report.unbacked_receipts = run.unbacked()?;
    let devnet = run.start(RESERVE).await?;
    let judged = Box::pin(run.judge(&devnet, &mut report)).await;
    devnet.stop().await;
    judged?;
    Ok(report)
}

impl Run {
    async fn start(&self, reserve_bytes: u64) -> Result<Devnet> {
        let config = DevnetConfig {
            light: 0,
            data_dir: Some(self.folder.clone()),
            params: ChainParams {
                block_interval_ms: 300,
                empty_block_interval_ms: 500,
                ..ChainParams::devnet()
            },
            ..DevnetConfig::default()
        };
        let limits = Limits {
            reserve_bytes,
            ..Limits::default()
        };
        Box::pin(Devnet::start_with(config, limits)).await
    }

    fn leave(&self, devnet: &Devnet, free: u64) -> Result<()> {
        let status = devnet.nodes()[SMALL].status().map_err(Error::node(SMALL))?;
        self.small.leave(free, status.free_bytes)
    }

    /// The disk fills up as it does when nobody looks, with a reserve kept free.
    async fn guarded(
        &mut self,
        devnet: &Devnet,
        report: &mut DiskFullReport,
        tell: &mut (impl FnMut(&str) + Send),
    ) -> Result<()> {
        let place = index_of(devnet, SMALL);
        self.post(devnet, SMALL, 1).await?;
        self.post(devnet, OTHER, 2).await?;

        tell("less than the reserve is free");
        self.leave(devnet, RESERVE * 3 / 4)?;
        report.refused_submissions = match self.post(devnet, SMALL, 3).await {
            Ok(_) => false,
            Err(Error::Client { source, .. }) => says_no_room(&source),
            Err(error) => return Err(error),
        };
        self.post(devnet, OTHER, 4).await?;

        tell("less than half of it");
        self.leave(devnet, RESERVE * 3 / 8)?;
        let mut signed = 0;
        for seed in 5..8 {
            let at = self.post(devnet, OTHER, seed).await?;
            let certificate = self.posted[at].certificate.as_ref();
            signed += usize::from(certificate.is_some_and(|c| signs(&c.signers, place)));
        }
        report.refused_receipts = signed == 0;

        tell("less than a quarter of it");
        self.leave(devnet, RESERVE / 8)?;
        let client = client(devnet, OTHER).await?;
        // What it votes on now it may have judged before.
        let from = wait_blocks(devnet, BLOCKS).await?;
        let to = wait_blocks(devnet, BLOCKS).await?;
        let mut voted = 0;
        for height in from.get() + 1..=to.get() {
            let which = WhichHeader::Height(Height::new(height));
            let header = client.header(which).await.map_err(Error::client(OTHER))?;
            let finality = UnverifiedFinality::decode(&header.finality)?;
            voted += usize::from(signs(&finality.signers, place));
        }
        report.refused_votes = voted == 0;

        tell("there is room again");
        self.small.empty()?;
        report.resumed = self.post(devnet, SMALL, 9).await.is_ok();
        Ok(())
    }

    /// Nothing is kept free, so a write fails in the end.
    async fn filled(
        &mut self,
        devnet: &Devnet,
        report: &mut DiskFullReport,
        tell: &mut (impl FnMut(&str) + Send),
    ) -> Result<()> {
        self.post(devnet, SMALL, 20).await?;
        tell("its disk is filled to the last byte, and blobs go on coming");
        self.small.leave(0, 0)?;
        let failure = devnet.nodes()[SMALL].store_failure();
        let started = Instant::now();
        let mut seed = 21;
        while failure.borrow().is_none() {
            if started.elapsed() > PATIENCE {
                return Err(Error::Late {
                    missing: "no write has failed".into(),
                    after: PATIENCE,
                });
            }
            self.post(devnet, OTHER, seed).await?;
            seed += 1;
        }
        report.store_failure = failure.borrow().clone();
        tell("a write has failed; the others go on");
        for seed in 100..103 {
            self.post(devnet, OTHER, seed).await?;
        }
        wait_blocks(devnet, BLOCKS).await?;
        Ok(())
    }

    /// Posts a row to a node and waits until it is certified. Says which of those posted it is.
    async fn post(&mut self, devnet: &Devnet, node: usize, seed: u64) -> Result<usize> {
        let client = client(devnet, node).await?;
        let mut payload = vec![0; ROW_PAYLOAD];
        StdRng::seed_from_u64(seed).fill(&mut payload[..]);
        let submission = Submission {
            namespace: "disk-full".parse()?,
            length: PayloadLength::new(BlobMode::Packed, payload.len() as u64)?,
            expected: None,
        };
        let posted = client.submit(&submission, payload.clone().into()).await;
        let id = posted.map_err(Error::client(node))?.id;
        let at = self.posted.len();
        self.posted.push(Posted {
            id,
            payload,
            certificate: None,
        });
        let certified = tokio::time::timeout(PATIENCE, client.await_certified(id)).await;
        let certified = certified.map_err(|_| Error::Late {
            missing: format!("blob {id} is not certified"),
            after: PATIENCE,
        })?;
        let certificate = certified.map_err(Error::client(node))?;
        self.posted[at].certificate = Some(UnverifiedAvailability::decode(&certificate.bytes)?);
        Ok(at)
    }

    /// Certificates with the validator's signature for cells that its disk does not have. To be
    /// called while it is stopped: a running one pulls what it lacks.
    fn unbacked(&self) -> Result<usize> {
        let genesis = da_node::operator::read_genesis(&self.folder.join("genesis.json"))?;
        let store = Store::open(&self.small.at.join("store"), &genesis.chain_id())
            .map_err(Error::node(SMALL))?;
        let key = crate::folder::validator_key(&self.small.at)?;
        let place = genesis.validators().find_key(&key.public_key());
        let place = place.map(|(index, _)| index.as_usize());
        let mut unbacked = 0;
        for posted in &self.posted {
            let signed = posted
                .certificate
                .as_ref()
                .is_some_and(|c| signs(&c.signers, place));
            let held = store.held_of(&posted.id).map_err(Error::node(SMALL))?;
            if signed && !held.is_some_and(|held| held.covers(ColumnSet::full())) {
                unbacked += 1;
            }
        }
        Ok(unbacked)
    }

    /// After the restart: it has caught up, it is on the same chain, and nothing is lost.
    async fn judge(&self, devnet: &Devnet, report: &mut DiskFullReport) -> Result<()> {
        wait_blocks(devnet, BLOCKS).await?;
        let (small, other) = (client(devnet, SMALL).await?, client(devnet, OTHER).await?);
        let tip = *devnet.nodes()[OTHER].tip().borrow();
        let mut tips = devnet.nodes()[SMALL].tip();
        let reached = tips.wait_for(|height| *height >= tip);
        if !tokio::time::timeout(PATIENCE, reached)
            .await
            .is_ok_and(|r| r.is_ok())
        {
            return Err(Error::Late {
                missing: "the validator has not caught up".into(),
                after: PATIENCE,
            });
        }
        for height in (1..=tip.get()).map(Height::new) {
            let which = WhichHeader::Height(height);
            let one = small.header(which).await.map_err(Error::client(SMALL))?;
            let two = other.header(which).await.map_err(Error::client(OTHER))?;
            if Header::decode(&one.header)? != Header::decode(&two.header)? {
                report.forks += 1;
            }
        }
        report.acknowledged = self.posted.len();
        for posted in &self.posted {
            let fetched = small.fetch(posted.id).await;
            if !fetched.is_ok_and(|fetched| fetched.payload == posted.payload) {
                report.lost += 1;
            }
        }
        Ok(())
    }
}

fn says_no_room(error: &ClientError) -> bool {
    let ClientError::Call {
        detail: Some(detail),
        ..
    } = error
    else {
        return false;
    };
    detail.reason() == ErrorReason::NoRoom && !detail.got.is_empty() && !detail.expected.is_empty()
}

/// Which of the set's members a node is.
fn index_of(devnet: &Devnet, node: usize) -> Option<usize> {
    devnet.nodes()[node].index().map(|index| index.as_usize())
}

/// Whether the bits of a certificate's signers have this member's.
fn signs(signers: &[u8], place: Option<usize>) -> bool {
    place.is_some_and(|place| {
        Bitmap::decode(DevnetConfig::default().validators, signers)
            .is_ok_and(|bits| bits.iter().any(|index| index.as_usize() == place))
    })
}

async fn client(devnet: &Devnet, node: usize) -> Result<Client> {
    let endpoint = devnet.grpc(node).unwrap_or_default();
    let client = Client::connect(endpoint)
        .await
        .map_err(Error::client(node))?;
    // A disk that is full is not waited for.
    Ok(client.with_retries(Retries {
        attempts: 3,
        longest_pause: Duration::from_millis(500),
        ..Retries::none()
    }))
}

/// Waits for so many more blocks at the other node, and says which one is the last.
async fn wait_blocks(devnet: &Devnet, blocks: u64) -> Result<Height> {
    let mut tip = devnet.nodes()[OTHER].tip();
    let target = Height::new(tip.borrow().get() + blocks);
    let started = Instant::now();
    loop {
        let now = *tip.borrow_and_update();
        if now >= target {
            return Ok(now);
        }
        if started.elapsed() > PATIENCE {
            return Err(Error::Late {
                missing: format!("height {target} is not reached"),
                after: PATIENCE,
            });
        }
        sleep(TICK).await;
    }
}
