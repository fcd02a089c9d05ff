//! What is left in the end, held against what was seen.

use super::ledger::{Entry, Ledger, Stage};
use super::posting::namespace;
use crate::{Error, Result};
use chain::{TrustedSet, UnverifiedFinality, UnverifiedHeader, ValidatorSet};
use proto::client::{Client, State, WhichHeader};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use types::{BlobId, ChainId, Header, HeaderHash, Height, IndexRoot, NamespaceProof};

/// How long all blobs may take to come to their ends, and every node to the same height: four
/// times as long as a certified blob waits for its block.
const SETTLING: Duration = Duration::from_secs(240);
const PAUSE: Duration = Duration::from_millis(300);

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) certified: usize,
    pub(crate) r#final: usize,
    pub(crate) lost: usize,
    pub(crate) ordered_twice: usize,
    pub(crate) forks: usize,
    pub(crate) heights: u64,
}

/// Judges a network that nothing is done to any more, by a patient client of each node and the
/// file with its chain id and validators.
pub(crate) async fn audit(
    clients: &[Client],
    validators: &Path,
    ledger: &Ledger,
    fault: &mut impl FnMut(String),
) -> Result<Audit> {
    let deadline = Instant::now() + SETTLING;
    let mut audit = Audit::default();
    for (id, entry) in ledger.blobs() {
        match judge_blob(clients, ledger, id, &entry, deadline).await? {
            Ok(end) => {
                audit.certified += usize::from(end >= End::Certified);
                audit.r#final += usize::from(end >= End::Final);
            }
            Err(why) => {
                audit.lost += 1;
                fault(format!(
                    "blob {id}, acknowledged by {:?}: {why}",
                    entry.nodes
                ));
            }
        }
    }
    judge_chain(validators, clients, ledger, &mut audit, fault).await?;
    Ok(audit)
}

/// Where a blob ended. Later ones compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Failed,
    Certified,
    Final,
}

/// Whether a blob is what was acknowledged: known to whoever acknowledged it, at its end, and
/// the same bytes. The inner error says in words why not.
async fn judge_blob(
    clients: &[Client],
    ledger: &Ledger,
    id: BlobId,
    entry: &Entry,
    deadline: Instant,
) -> Result<Result<End, String>> {
    let mut best = End::Failed;
    for &node in &entry.nodes {
        let Some(client) = clients.get(node) else {
            continue;
        };
        let end = match settle(client, node, ledger, id, deadline).await? {
            Ok(end) => end,
            Err(why) => return Ok(Err(why)),
        };
        best = best.max(end);
    }
    if entry.stage >= Stage::Certified && best < End::Certified {
        return Ok(Err("it was certified, and is not any more".to_owned()));
    }
    if matches!(entry.stage, Stage::Final(..)) && best < End::Final {
        return Ok(Err("it was final, and is not any more".to_owned()));
    }
    let expected = entry.payload.bytes();
    // Whoever acknowledged it has it; once it is certified, so has the network.
    let everywhere = best >= End::Certified;
    for (node, client) in clients.iter().enumerate() {
        if !everywhere && !entry.nodes.contains(&node) {
            continue;
        }
        match fetch(client, id, deadline).await {
            Ok(payload) if payload == expected => {}
            Ok(payload) => {
                let (got, expected) = (payload.len(), expected.len());
                let why = format!("node {node} returns {got} other bytes for {expected}");
                return Ok(Err(why));
            }
            Err(why) => return Ok(Err(format!("node {node} does not return it: {why}"))),
        }
    }
    Ok(Ok(best))
}

/// Waits until a node's blob has come to its end.
async fn settle(
    client: &Client,
    node: usize,
    ledger: &Ledger,
    id: BlobId,
    deadline: Instant,
) -> Result<Result<End, String>> {
    loop {
        let status = match client.status(id).await {
            Ok(status) => status,
            Err(error) if error.is_not_found() => {
                return Ok(Err(format!("node {node} does not know it any more")));
            }
            Err(error) => return Err(Error::client(node)(error)),
        };
        match status.state {
            State::Final { height, header } => {
                ledger.reach(id, Stage::Final(height, header));
                return Ok(Ok(End::Final));
            }
            // It has a certificate, and the block that would have taken it was never made.
            State::Expired { .. } => return Ok(Ok(End::Certified)),
            State::Failed { .. } => return Ok(Ok(End::Failed)),
            other if Instant::now() > deadline => {
                let name = other.name();
                return Ok(Err(format!("on node {node} it stays {name}")));
            }
            _ => sleep(PAUSE).await,
        }
    }
}

async fn fetch(client: &Client, id: BlobId, deadline: Instant) -> Result<Vec<u8>, String> {
    loop {
        match client.fetch(id).await {
            Ok(fetched) => return Ok(fetched.payload),
            // A node that has just come back may still be pulling.
            Err(error) if Instant::now() > deadline => return Err(error.to_string()),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Every node's whole chain: verified, the same, the one that was seen, no blob twice.
async fn judge_chain(
    validators: &Path,
    clients: &[Client],
    ledger: &Ledger,
    audit: &mut Audit,
    fault: &mut impl FnMut(String),
) -> Result<()> {
    let TrustedSet {
        chain_id: chain,
        validators: set,
    } = trusted(validators)?;
    let mut seen = ledger.headers();
    let last = seen.keys().next_back().copied().unwrap_or(Height::GENESIS);
    let mut with_rows = BTreeMap::new();
    for (node, client) in clients.iter().enumerate() {
        reach(client, node, last).await?;
        let mut parent = HeaderHash::new(chain.to_bytes());
        for height in (1..=last.get()).map(Height::new) {
            let header = header(client, node, height, &chain, &set).await?;
            let hash = header.hash();
            seen.entry(height).or_default().insert(hash);
            if header.parent != parent {
                audit.forks += 1;
                fault(format!(
                    "node {node}: header {height} has parent {}",
                    header.parent
                ));
            }
            parent = hash;
            if !header.dimensions.is_empty() {
                with_rows.insert(height, header.index_root);
            }
        }
    }
    for (height, hashes) in seen.iter().filter(|(_, hashes)| hashes.len() > 1) {
        audit.forks += 1;
        fault(format!(
            "height {height} has {} headers: {hashes:?}",
            hashes.len()
        ));
    }
    audit.heights = last.get();
    if let Some(client) = clients.first() {
        let places = ordered(client, with_rows).await?;
        judge_order(ledger, &places, audit, fault);
    }
    Ok(())
}

/// Whether the chain orders every blob that was seen final once, at the height at which it was
/// seen, and no other blob twice.
fn judge_order(
    ledger: &Ledger,
    places: &BTreeMap<BlobId, Vec<Height>>,
    audit: &mut Audit,
    fault: &mut impl FnMut(String),
) {
    for (id, heights) in places.iter().filter(|(_, heights)| heights.len() > 1) {
        audit.ordered_twice += 1;
        fault(format!("blob {id} is ordered at {heights:?}"));
    }
    for (id, entry) in ledger.blobs() {
        let Stage::Final(height, _) = entry.stage else {
            continue;
        };
        if !places.get(&id).is_some_and(|got| got.contains(&height)) {
            audit.lost += 1;
            fault(format!(
                "blob {id} was final at height {height}, and the chain does not order it there"
            ));
        }
    }
}

/// At which heights each blob is in the chain, as the headers' index roots prove.
async fn ordered(
    client: &Client,
    heights: BTreeMap<Height, IndexRoot>,
) -> Result<BTreeMap<BlobId, Vec<Height>>> {
    let namespace = namespace()?;
    let mut places: BTreeMap<BlobId, Vec<Height>> = BTreeMap::new();
    for (height, root) in heights {
        let listing = client
            .list(namespace, height)
            .await
            .map_err(Error::client(0))?;
        let listing = NamespaceProof::decode(&listing.proof)?.verify(namespace, &root)?;
        for entry in listing.entries() {
            places.entry(entry.id()).or_default().push(height);
        }
    }
    Ok(places)
}

/// Waits until a node has come to a height.
async fn reach(client: &Client, node: usize, height: Height) -> Result<()> {
    let started = Instant::now();
    loop {
        let got = match client.header(WhichHeader::Latest).await {
            Ok(latest) => latest.fields.map_or(0, |fields| fields.height),
            Err(error) if error.is_not_found() => 0,
            Err(error) => return Err(Error::client(node)(error)),
        };
        if got >= height.get() {
            return Ok(());
        }
        if started.elapsed() > SETTLING {
            return Err(Error::Late {
                missing: format!("node {node} is at height {got} and was to come to {height}"),
                after: SETTLING,
            });
        }
        sleep(PAUSE).await;
    }
}

/// One node's header at a height, verified.
async fn header(
    client: &Client,
    node: usize,
    height: Height,
    chain: &ChainId,
    set: &ValidatorSet,
) -> Result<Header> {
    let answer = client
        .header(WhichHeader::Height(height))
        .await
        .map_err(Error::client(node))?;
    let unverified = UnverifiedHeader {
        header: Header::decode(&answer.header)?,
        finality: UnverifiedFinality::decode(&answer.finality)?,
    };
    Ok(*unverified.verify(chain, set)?.header())
}

/// The chain's id and validators, from the file that the network wrote.
fn trusted(path: &Path) -> Result<TrustedSet> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, error))
}
