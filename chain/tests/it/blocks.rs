//! Blocks that are valid, and how they are proposed.

use crate::samples::{NOW, Network, meta, network};
use chain::{BlockContext, Parent, UnverifiedBlock, propose};
use std::collections::HashMap;
use types::{BlobId, BlobMeta, Timestamp};

fn known(metas: &[BlobMeta]) -> HashMap<BlobId, BlobMeta> {
    metas.iter().map(|meta| (meta.id(), meta.clone())).collect()
}

fn verify(
    block: UnverifiedBlock,
    context: &BlockContext<'_>,
    metas: &[BlobMeta],
) -> Result<chain::Block, chain::BlockError> {
    let known = known(metas);
    block.verify(context, &|id| known.get(id).cloned())
}

fn candidates(
    network: &Network,
    metas: &[BlobMeta],
) -> Vec<(chain::AvailabilityCertificate, BlobMeta)> {
    metas.iter().map(|meta| network.candidate(meta)).collect()
}

#[test]
fn what_is_proposed_is_valid_and_survives_its_encoding() {
    let network = network(&[1; 4]);
    let metas = [meta(3, 2, 1), meta(1, 1, 2), meta(3, 3, 3)];
    let context = network.context();
    let block = propose(&context, candidates(&network, &metas), None, NOW).unwrap();
    assert_eq!(block.header().dimensions.rows(), 6);
    assert_eq!(block.commitments().len(), 6);
    assert_eq!(block.references().len(), 3);
    assert_eq!(block.header().time, NOW);

    let bytes = block.to_unverified().encode();
    let decoded = UnverifiedBlock::decode(&bytes).unwrap();
    assert_eq!(decoded, block.to_unverified());
    assert_eq!(decoded.id(), block.id());
    let again = verify(decoded, &context, &metas).unwrap();
    assert_eq!(again.id(), block.id());
    assert_eq!(again.commitments(), block.commitments());
    assert_eq!(again.references(), block.references());
    assert_eq!(again.index().root(), block.header().index_root);
}

#[test]
fn rows_have_their_blobs_commitments() {
    let network = network(&[1]);
    let metas = [meta(3, 2, 1), meta(1, 1, 2), meta(3, 3, 3)];
    let block = propose(&network.context(), candidates(&network, &metas), None, NOW).unwrap();
    let known = known(&metas);
    for entry in block.index().entries() {
        let first = entry.placement().first().as_usize();
        let rows = usize::from(entry.placement().rows());
        let commitments = known[&entry.id()].commitments();
        assert_eq!(&block.commitments()[first..first + rows], commitments);
    }
}

#[test]
fn an_empty_block_is_valid() {
    let network = network(&[1; 4]);
    let context = network.context();
    let block = propose(&context, Vec::new(), None, NOW).unwrap();
    assert!(block.header().dimensions.is_empty());
    assert!(verify(block.to_unverified(), &context, &[]).is_ok());
}

#[test]
fn a_block_is_filled_in_the_order_given() {
    let network = network(&[1]);
    let metas = [
        meta(1, 100, 1),
        meta(2, 100, 2),
        meta(3, 100, 3),
        meta(4, 56, 4),
    ];
    let block = propose(&network.context(), candidates(&network, &metas), None, NOW).unwrap();
    assert_eq!(block.header().dimensions.rows(), 256);
    let ids: Vec<BlobId> = block
        .index()
        .entries()
        .iter()
        .map(types::IndexEntry::id)
        .collect();
    assert_eq!(ids, [metas[0].id(), metas[1].id(), metas[3].id()]);
}

#[test]
fn the_fullest_block_fits_its_bound() {
    let network = network(&[1]);
    let metas: Vec<BlobMeta> = (0..=255).map(|salt| meta(1, 1, salt)).collect();
    let context = network.context();
    let block = propose(&context, candidates(&network, &metas), None, NOW).unwrap();
    assert_eq!(block.references().len(), 256);
    let mut unverified = block.to_unverified();
    assert!(verify(unverified.clone(), &context, &metas).is_ok());
    for reference in &mut unverified.references {
        reference.certificate.signers = vec![0; 128];
    }
    assert!(unverified.encode().len() <= UnverifiedBlock::MAX_BYTES);
}

#[test]
fn what_may_not_be_ordered_is_not_proposed() {
    let network = network(&[1]);
    let other = crate::samples::seeded_network(&[1], 2);
    let fresh = meta(1, 1, 1);
    let old = meta(1, 1, 2);
    let ordered = meta(1, 1, 3);
    let foreign = meta(1, 1, 4);
    let window = network.params.ordering_window_ms;
    let long_ago = Timestamp::new(NOW.get() - window - 1);
    let given = vec![
        network.candidate(&fresh),
        (network.certify(&network.terms_at(old.id(), long_ago)), old),
        network.candidate(&ordered),
        other.candidate(&foreign),
        network.candidate(&fresh),
    ];
    let ordered_id = ordered.id();
    let is_ordered = move |id: &BlobId| *id == ordered_id;
    let context = BlockContext {
        is_ordered: &is_ordered,
        ..network.context()
    };
    let block = propose(&context, given, None, NOW).unwrap();
    let ids: Vec<BlobId> = block
        .index()
        .entries()
        .iter()
        .map(types::IndexEntry::id)
        .collect();
    assert_eq!(ids, [fresh.id()]);
}

#[test]
fn a_slow_clock_does_not_stop_the_chain() {
    let network = network(&[1]);
    let context = network.context();
    let block = propose(&context, Vec::new(), None, Timestamp::new(0)).unwrap();
    assert_eq!(block.header().time, context.parent.time.plus_millis(1));
    assert!(verify(block.to_unverified(), &context, &[]).is_ok());
}

#[test]
fn blocks_follow_one_another() {
    let network = network(&[1; 4]);
    let mut context = network.context();
    for height in 1..=3 {
        let block = propose(&context, Vec::new(), None, NOW.plus_millis(height)).unwrap();
        let block = verify(block.to_unverified(), &context, &[]).unwrap();
        assert_eq!(block.header().height.get(), height);
        let header = network.final_header(block.header());
        assert_eq!(Parent::of(block.header()), Parent::from(&header));
        context.parent = Parent::from(&header);
    }
}

#[test]
fn a_final_blocks_time_is_not_judged() {
    let network = network(&[1]);
    let mut context = network.context();
    let late = NOW.plus_millis(network.params.clock_drift_ms + 1);
    let block = propose(&context, Vec::new(), None, late).unwrap();
    assert!(verify(block.to_unverified(), &context, &[]).is_err());
    context.now = None;
    assert!(verify(block.to_unverified(), &context, &[]).is_ok());
}
