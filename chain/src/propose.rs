//! Making a block.

use crate::block::{check_epoch, check_window};
use crate::{
    AvailabilityCertificate, Block, BlockContext, CertifiedReference, Error, Result,
    SetChangeCertificate,
};
use std::collections::BTreeMap;
use types::limits::MAX_BLOCK_ROWS;
use types::{BlobId, BlobMeta, Header, Height, IndexTree, Timestamp, commitments_root};

/// Makes a block of as many candidates as fit into its rows, taken in the order given; one
/// that does not fit is passed over. Candidates that no block may order now are dropped: those
/// ordered already, given twice, expired, or certified by a set that may not any more. So is a
/// change of the set that this block may not carry.
///
/// A clock that is behind the parent does not stop the chain: the block's time is then one
/// millisecond after its parent's.
///
/// # Errors
/// [`Error::WrongMeta`] for a candidate whose description is another blob's, all of them our
/// own fault; [`Error::WrongHeight`] after the last height.
pub fn propose(
    context: &BlockContext<'_>,
    candidates: Vec<(AvailabilityCertificate, BlobMeta)>,
    set_change: Option<SetChangeCertificate>,
    time: Timestamp,
) -> Result<Block> {
    let height = next_height(context.parent.height)?;
    let time = time.max(context.parent.time.plus_millis(1));
    let chosen = choose(context, candidates, time)?;

    let index = IndexTree::place(chosen.values().map(|(_, meta)| meta))?;
    let mut references = Vec::with_capacity(chosen.len());
    let mut commitments = Vec::new();
    for entry in index.entries() {
        if let Some((certificate, meta)) = chosen.get(&entry.id()) {
            commitments.extend_from_slice(meta.commitments());
            references.push(CertifiedReference {
                entry: *entry,
                certificate: certificate.clone(),
            });
        }
    }

    let set = context.tenure.set();
    let set_change = set_change.filter(|certificate| may_change(context, certificate, height));
    let next_set = set_change
        .as_ref()
        .map_or(set, |certificate| certificate.change().next_set());
    let header = Header {
        chain_id: context.chain_id,
        height,
        time,
        parent: context.parent.hash,
        dimensions: index.dimensions(),
        commitments_root: commitments_root(&commitments)?,
        index_root: index.root(),
        validators: set.hash(),
        next_validators: next_set.hash(),
    };
    Ok(Block {
        id: header.hash(),
        header,
        references,
        set_change,
        index,
        commitments,
    })
}

fn next_height(height: Height) -> Result<Height> {
    height.next().ok_or(Error::WrongHeight {
        what: "parent",
        got: height,
        expected: Height::new(u64::MAX - 1),
    })
}

type Chosen = BTreeMap<BlobId, (AvailabilityCertificate, BlobMeta)>;

fn choose(
    context: &BlockContext<'_>,
    candidates: Vec<(AvailabilityCertificate, BlobMeta)>,
    time: Timestamp,
) -> Result<Chosen> {
    let mut chosen = Chosen::new();
    let mut rows = 0;
    for (certificate, meta) in candidates {
        let (blob, described) = (certificate.blob(), meta.id());
        if described != blob {
            return Err(Error::WrongMeta {
                got: described,
                expected: blob,
            });
        }
        let fits = rows + usize::from(meta.rows()) <= MAX_BLOCK_ROWS;
        if fits && !chosen.contains_key(&blob) && may_order(context, &certificate, time) {
            rows += usize::from(meta.rows());
            chosen.insert(blob, (certificate, meta));
        }
    }
    Ok(chosen)
}

fn may_change(
    context: &BlockContext<'_>,
    certificate: &SetChangeCertificate,
    height: Height,
) -> bool {
    let change = certificate.change();
    change.chain_id() == context.chain_id
        && change.set_hash() == context.tenure.set().hash()
        && check_epoch(change.epoch(), height, context.params).is_ok()
}

fn may_order(
    context: &BlockContext<'_>,
    certificate: &AvailabilityCertificate,
    time: Timestamp,
) -> bool {
    let (terms, params) = (certificate.terms(), context.params);
    terms.check_chain(&context.chain_id).is_ok()
        && context.tenure.certifier(terms, params).is_ok()
        && terms.check_expiry(params).is_ok()
        && check_window(terms.blob, terms.accepted_at, time, params).is_ok()
        && !(context.is_ordered)(&terms.blob)
}
