//! Writing an archive from what a node serves.

use super::record::{Blob, Block, Head, SetChange};
use super::write::Unfinished;
use super::{Error, Result};
use chain::{UnverifiedAvailability, UnverifiedFinality, UnverifiedHeader, ValidatorSet};
use proto::client::{Client, ClientError, WhichHeader};
use proto::v1::ErrorReason;
use std::path::PathBuf;
use types::{BlobId, BlobMeta, ChainId, Header, Height, Namespace, NamespaceProof, SetHash};

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whose blobs.
    pub namespace: Namespace,
    /// The first height; by default the first whose blobs are still retained.
    pub from: Option<Height>,
    /// The last height; by default the last final one.
    pub to: Option<Height>,
    /// The file, which must not be there yet. Until it is whole it is called `….part`, and a
    /// later run goes on with that.
    pub path: PathBuf,
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// The first height.
    pub from: Height,
    /// The last height.
    pub to: Height,
    /// Blobs in the archive.
    pub blobs: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// The height at which this run began: another one than the first when an earlier run got
    /// so far.
    pub resumed: Height,
}

/// Exports. `progress` hears each height that is done, and the last one. Nothing that the node
/// says is verified here: whoever imports the file does that.
///
/// # Errors
/// [`Error::Pruned`] when a blob is gone; [`Error::NoHeights`], [`Error::Exists`],
/// [`Error::OtherExport`], or whatever the node answers.
pub async fn export(
    client: &Client,
    plan: &Plan,
    progress: impl Fn(Height, Height) + Send,
) -> Result<Exported> {
    let limits = client.limits().await?;
    let chain_id = proto::read("chain_id", &limits.chain_id[..], ChainId::from_slice)?;
    let tip = Header::decode(&client.header(WhichHeader::Latest).await?.header)?;
    let to = plan.to.unwrap_or(tip.height);
    let begun = Unfinished::begun(&plan.path).unwrap_or_default();
    let mut from = match (plan.from, begun) {
        (Some(from), _) => from,
        (None, Some(begun)) => begun.from,
        (None, None) => first_retained(client, &tip, limits.retention_ms).await?,
    };
    loop {
        if from < Height::FIRST || from > to || to > tip.height {
            return Err(Error::NoHeights {
                from,
                to,
                last: tip.height,
            });
        }
        let head = Head {
            chain_id,
            namespace: plan.namespace,
            from,
        };
        let mut file = Unfinished::open(&plan.path, &head)?;
        let resumed = file.next;
        match write(client, &mut file, &head, to, &progress).await {
            Ok(()) => {
                let end = file.finish()?;
                return Ok(Exported {
                    from,
                    to: end.to,
                    blobs: end.blobs,
                    bytes: end.bytes,
                    resumed,
                });
            }
            // At the edge of retention: what was the first a moment ago is gone.
            Err(Error::Pruned { next, .. }) if plan.from.is_none() && !file.has_blobs() => {
                file.discard()?;
                from = next;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn write(
    client: &Client,
    file: &mut Unfinished,
    head: &Head,
    to: Height,
    progress: &(impl Fn(Height, Height) + Send),
) -> Result<()> {
    if file.last.is_none() {
        let first = certified_at(client, Height::FIRST).await?.header.validators;
        let wanted = certified_at(client, head.from).await?.header.validators;
        for change in changes(client, first, (Height::FIRST, head.from), wanted).await? {
            file.set_change(&change)?;
        }
    }
    while file.next <= to {
        let height = file.next;
        let listed = client.list(head.namespace, height).await?;
        let certified = UnverifiedHeader::decode(&listed.header)?;
        let proof = NamespaceProof::decode(&listed.proof)?;
        if let Some(last) = file
            .last
            .filter(|last| last.validators != last.next_validators)
        {
            let change = SetChange {
                header: certified_at(client, last.height).await?,
                set: validators(client, last.next_validators).await?,
            };
            file.set_change(&change)?;
        }
        let ids = listed
            .entries
            .iter()
            .map(|entry| proto::read("entry.blob_id", &entry.blob_id[..], BlobId::from_slice))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let needs_finality = height == to || !ids.is_empty();
        let UnverifiedHeader { header, finality } = certified;
        // All is here before the block is: a block that is written has its blobs behind it.
        let mut blobs = Vec::with_capacity(ids.len());
        for id in ids {
            blobs.push(blob(client, height, id).await?);
        }
        file.block(&Block {
            header,
            finality: needs_finality.then_some(finality),
            proof,
        })?;
        for (blob, payload) in blobs {
            file.blob(&blob, &payload)?;
        }
        progress(height, to);
    }
    Ok(())
}

async fn certified_at(client: &Client, height: Height) -> Result<UnverifiedHeader> {
    let answer = client.header(WhichHeader::Height(height)).await?;
    Ok(UnverifiedHeader {
        header: Header::decode(&answer.header)?,
        finality: UnverifiedFinality::decode(&answer.finality)?,
    })
}

async fn validators(client: &Client, hash: SetHash) -> Result<ValidatorSet> {
    let answer = client.validator_set(Some(hash)).await?;
    Ok(ValidatorSet::decode(&answer.set)?)
}

async fn blob(client: &Client, height: Height, id: BlobId) -> Result<(Blob, Vec<u8>)> {
    let pruned = |error: ClientError| match (error.reason(), height.next()) {
        (Some(ErrorReason::Pruned), Some(next)) => Error::Pruned {
            height,
            blob: id,
            next,
        },
        _ => error.into(),
    };
    let proof = client.proof(id).await.map_err(pruned)?;
    let fetched = client.fetch(id).await.map_err(pruned)?;
    let blob = Blob {
        meta: BlobMeta::decode(&proof.meta)?,
        availability: UnverifiedAvailability::decode(&proof.availability)?,
    };
    Ok((blob, fetched.payload))
}

/// The first height whose blobs are not past their retention at the time of the newest header.
async fn first_retained(client: &Client, tip: &Header, retention_ms: u64) -> Result<Height> {
    let oldest = tip.time.get().saturating_sub(retention_ms);
    let (mut low, mut high) = (Height::FIRST.get(), tip.height.get());
    while low < high {
        let middle = low.midpoint(high);
        let header = certified_at(client, Height::new(middle)).await?.header;
        if header.time.get() > oldest {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(Height::new(low))
}

/// The set changes that lead from the set of one height to that of another: the last header of
/// each set, and the set that it hands over to. Each is found by halving, so that headers in
/// between are not looked at; where a set comes back, the way round it is left out.
async fn changes(
    client: &Client,
    mut set: SetHash,
    (from, to): (Height, Height),
    wanted: SetHash,
) -> Result<Vec<SetChange>> {
    let mut changes = Vec::new();
    let mut low = from.get();
    while set != wanted {
        // The header at `low` is by `set`, the one at `high` is not.
        let mut high = to.get();
        while high - low > 1 {
            let middle = low.midpoint(high);
            if certified_at(client, Height::new(middle))
                .await?
                .header
                .validators
                == set
            {
                low = middle;
            } else {
                high = middle;
            }
        }
        let last = certified_at(client, Height::new(low)).await?;
        set = last.header.next_validators;
        changes.push(SetChange {
            set: validators(client, set).await?,
            header: last,
        });
        low = high;
        if high == to.get() && set != wanted {
            return Err(Error::UntrustedSet {
                height: to,
                got: wanted,
            });
        }
    }
    Ok(changes)
}
