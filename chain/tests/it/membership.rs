//! Sets that change: what is proposed, approved, certified and carried by a block.

use crate::samples::{NOW, Network, join, keys, leave, meta, network, reweigh};
use chain::{
    ApprovalCollector, Block, BlockContext, Parent, SetChange, SetChangeCertificate, SetEdit,
    SigningKey, Tenure, TrustedChain, TrustingPeriod, UnverifiedBlock, UnverifiedSetChange,
    ValidatorSet, Weight, propose,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use types::{BlobId, Height, SetHash};

fn weights(set: &ValidatorSet) -> Vec<u64> {
    set.iter()
        .map(|(_, member)| member.weight().get())
        .collect()
}

fn verified(network: &Network, epoch: u64, edits: Vec<SetEdit>) -> SetChange {
    network
        .change(epoch, edits)
        .verify(&network.chain_id, &network.set)
        .unwrap()
}

/// Approvals of everyone, gathered.
fn certify(network: &Network, change: SetChange) -> SetChangeCertificate {
    let unverified = change.as_unverified().clone();
    let mut collector = ApprovalCollector::new(change.clone(), network.set.clone()).unwrap();
    for key in &network.keys {
        let approval = change
            .approve(key)
            .verify(&unverified, &network.chain_id, &network.set)
            .unwrap();
        collector.add(approval).unwrap();
    }
    collector.finish().unwrap()
}

#[test]
fn members_join_leave_and_change_weight() {
    let network = network(&[5, 6, 7, 8]);
    let newcomer = &keys(1, 77)[0];
    let change = verified(&network, 1, network.every_kind_of_edit());
    let next = change.next_set();
    assert_eq!(next.len(), 4);
    assert!(next.find_key(&network.keys[0].public_key()).is_none());
    let weight_of = |key: &SigningKey| next.find_key(&key.public_key()).unwrap().1.weight();
    assert_eq!(weight_of(&network.keys[1]), Weight::new(7));
    assert_eq!(weight_of(&network.keys[2]), Weight::new(7));
    assert_eq!(weight_of(newcomer), Weight::new(7));
    // The same change again is the same bytes, in whichever order it was written.
    let mut edits = network.every_kind_of_edit();
    edits.reverse();
    assert_eq!(network.change(1, edits).digest(), change.digest());
}

#[test]
fn a_change_is_written_to_a_file_and_read_back() {
    let network = network(&[5, 6, 7, 8]);
    let change = network.change(9, network.every_kind_of_edit());
    let text = serde_json::to_string(&change).unwrap();
    let read: UnverifiedSetChange = serde_json::from_str(&text).unwrap();
    assert_eq!(read, change);
    assert!(
        text.contains("\"join\"") && text.contains("\"leave\"") && text.contains("\"reweigh\"")
    );
}

#[test]
fn approvals_of_more_than_two_thirds_make_a_certificate() {
    let network = network(&[1; 4]);
    let change = verified(&network, 1, vec![leave(&network.keys[3])]);
    let unverified = change.as_unverified().clone();
    let mut collector = ApprovalCollector::new(change.clone(), network.set.clone()).unwrap();
    for (place, key) in network.keys.iter().enumerate() {
        assert_eq!(collector.finish().is_some(), place > 2, "{place}");
        let approval = change
            .approve(key)
            .verify(&unverified, &network.chain_id, &network.set)
            .unwrap();
        assert_eq!(approval.digest(), change.digest());
        let weight = collector.add(approval).unwrap();
        assert_eq!(weight, Weight::new(place as u64 + 1));
    }
    let certificate = collector.finish().unwrap();
    assert_eq!(certificate.signed_weight(), Weight::new(4));
    let again = certificate
        .to_unverified()
        .verify(&network.chain_id, &network.set)
        .unwrap();
    assert_eq!(again, certificate);
}

/// A chain whose set changes: the members' keys, the sets that count, and where it stands.
struct Moving {
    network: Network,
    tenure: Tenure,
    parent: Parent,
    epoch_blocks: u64,
}

impl Moving {
    fn new(weights: &[u64], epoch_blocks: u64) -> Self {
        let network = network(weights);
        Self {
            tenure: Tenure::genesis(&network.genesis),
            parent: Parent::genesis(&network.genesis),
            network,
            epoch_blocks,
        }
    }

    fn with_context<T>(&self, work: impl FnOnce(&BlockContext<'_>) -> T) -> T {
        let params = self.network.short_epochs(self.epoch_blocks);
        work(&BlockContext {
            tenure: &self.tenure,
            parent: self.parent,
            params: &params,
            now: None,
            ..self.network.context()
        })
    }

    fn propose(&self, change: Option<SetChangeCertificate>) -> UnverifiedBlock {
        let time = self.parent.time.plus_millis(2_000);
        let block = self.with_context(|context| propose(context, Vec::new(), change, time));
        block.unwrap().to_unverified()
    }

    fn verify(&self, block: &UnverifiedBlock) -> Block {
        let block = UnverifiedBlock::decode(&block.encode()).unwrap();
        let verified = self.with_context(|context| block.verify(context, &|_| None));
        verified.unwrap()
    }

    /// Takes a block over; its set is the one in force from then on.
    fn advance(&mut self, block: &UnverifiedBlock, among: &[SigningKey]) {
        self.verify(block);
        let params = self.network.short_epochs(self.epoch_blocks);
        let tenure = block
            .next_tenure(&self.tenure, &self.network.chain_id, &params)
            .unwrap();
        self.network = self.network.changed(tenure.set(), among);
        self.tenure = tenure;
        self.parent = Parent::of(&block.header);
    }
}

#[test]
fn light_nodes_walk_through_every_change() {
    type Plan = fn(&Network, &[SigningKey]) -> Vec<SetEdit>;
    const DAY: TrustingPeriod = TrustingPeriod { millis: 86_400_000 };
    let strangers = keys(6, 99);
    let mut moving = Moving::new(&[1; 4], 5);
    let mut trusted = TrustedChain::from_genesis(&moving.network.genesis);
    let mut from_the_start = Vec::new();
    // Somebody joins; weights change and somebody leaves; more than a third of the weight is
    // replaced at once; nothing changes; the last of the first ones go.
    let plans: [Plan; 5] = [
        |_, strangers| vec![join(&strangers[0], 1)],
        |network, _| vec![leave(&network.keys[0]), reweigh(&network.keys[1], 5)],
        |network, strangers| {
            let mut edits: Vec<SetEdit> = network.keys[..2].iter().map(leave).collect();
            edits.extend(strangers[1..4].iter().map(|key| join(key, 3)));
            edits
        },
        |_, _| Vec::new(),
        |network, strangers| {
            let old =
                |key: &&SigningKey| !strangers.iter().any(|s| s.public_key() == key.public_key());
            network.keys.iter().filter(old).map(leave).collect()
        },
    ];
    let mut epoch = 0;
    let mut sets = vec![moving.network.set.hash()];
    for height in 1..=29_u64 {
        let ends = moving
            .network
            .short_epochs(5)
            .ends_epoch(Height::new(height));
        assert_eq!(ends, height % 5 == 4);
        let mut change = None;
        if ends {
            let edits = plans
                .get(epoch)
                .map(|plan| plan(&moving.network, &strangers));
            epoch += 1;
            if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
                let verified = verified(&moving.network, epoch as u64, edits);
                change = Some(certify(&moving.network, verified));
            }
        }
        let changes = change.is_some();
        let block = moving.propose(change);
        assert_eq!(block.set_change.is_some(), changes);
        let header = moving.network.finalize(&block.header);
        let set = moving.network.set.clone();
        from_the_start.push((header.clone(), set.clone()));
        // One header of each epoch is never seen but the last, which carries the change.
        if height % 5 != 2 {
            let at = block.header.time;
            trusted.advance(header, &set, at, DAY).unwrap();
            assert_eq!(trusted.set(), &set);
        }
        moving.advance(&block, &strangers);
        assert_eq!(
            trusted.next_set_hash(),
            if height % 5 == 2 {
                set.hash()
            } else {
                moving.network.set.hash()
            }
        );
        if changes {
            sets.push(moving.network.set.hash());
        }
    }
    let distinct: std::collections::BTreeSet<SetHash> = sets.iter().copied().collect();
    assert_eq!(distinct.len(), 5);
    // Who comes late needs the last header of each epoch in which the set changed, no more.
    let mut late = TrustedChain::from_genesis(&moving.network.genesis);
    let newest = from_the_start.len() - 1;
    for (place, (header, set)) in from_the_start.into_iter().enumerate() {
        let header_changes = header.header.validators != header.header.next_validators;
        let at = header.header.time;
        if header_changes || place == newest {
            late.advance(header, &set, at, DAY).unwrap();
        }
    }
    assert_eq!(late.tip(), trusted.tip());
    assert_eq!(late.set(), trusted.set());
}

#[test]
fn a_change_that_does_not_fit_is_not_proposed() {
    let mut moving = Moving::new(&[1; 4], 4);
    let edits = vec![leave(&moving.network.keys[0])];
    let certificate = certify(&moving.network, verified(&moving.network, 1, edits.clone()));
    let later = certify(&moving.network, verified(&moving.network, 2, edits));
    for height in 1..=3 {
        let block = moving.propose(Some(later.clone()));
        assert!(block.set_change.is_none());
        if height < 3 {
            assert!(
                moving
                    .propose(Some(certificate.clone()))
                    .set_change
                    .is_none()
            );
        }
        moving.verify(&block);
        if height < 3 {
            moving.advance(&block, &[]);
        }
    }
    let block = moving.propose(Some(certificate));
    assert!(block.set_change.is_some());
    moving.advance(&block, &[]);
    assert_eq!(weights(&moving.network.set), [1; 3]);
    assert!(moving.propose(Some(later)).set_change.is_none());
}

#[test]
fn the_fullest_block_still_fits_with_the_longest_change() {
    let network = network(&[1]);
    let metas: Vec<_> = (0..=255).map(|salt| meta(1, 1, salt)).collect();
    let candidates = metas.iter().map(|meta| network.candidate(meta)).collect();
    let mut block = propose(&network.context(), candidates, None, NOW)
        .unwrap()
        .to_unverified();
    for reference in &mut block.references {
        reference.certificate.signers = vec![0; 128];
    }
    let edits = vec![join(&network.keys[0], 1); UnverifiedSetChange::MAX_EDITS];
    let mut certificate = network.approve_by(&network.change(1, edits), &[0]);
    certificate.signers = vec![0; 128];
    assert_eq!(
        certificate.encode().len(),
        chain::UnverifiedSetChangeCertificate::MAX_BYTES
    );
    block.set_change = Some(certificate);
    assert!(block.encode().len() <= UnverifiedBlock::MAX_BYTES);
}

#[test]
fn blobs_under_way_are_ordered_across_a_change() {
    let mut moving = Moving::new(&[1; 4], 2);
    let old = moving.network.changed(&moving.network.set, &[]);
    let change = verified(&old, 1, vec![join(&keys(1, 77)[0], 2)]);
    let block = moving.propose(Some(certify(&old, change)));
    moving.advance(&block, &keys(1, 77));

    // One certificate of each set in one block.
    let metas = [meta(1, 1, 1), meta(2, 1, 2)];
    let at = block.header.time;
    let by_old = old.certify(&old.terms_at(metas[0].id(), at));
    let by_new = moving
        .network
        .certify(&moving.network.terms_at(metas[1].id(), at));
    let candidates = vec![(by_old, metas[0].clone()), (by_new, metas[1].clone())];
    let block = moving
        .with_context(|context| propose(context, candidates, None, at.plus_millis(1_000)))
        .unwrap();
    assert_eq!(block.references().len(), 2);
    let by_id = |id: &BlobId| metas.iter().find(|meta| meta.id() == *id).cloned();
    let verified = moving.with_context(|context| block.to_unverified().verify(context, &by_id));
    assert_eq!(verified.unwrap().references(), block.references());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any edits that each change something make the set that a map would.
    #[test]
    fn edits_make_the_set_that_a_map_makes(
        kinds in proptest::collection::vec((0..3_u8, 1..50_u64), 12),
    ) {
        let network = network(&[9, 8, 7, 6, 5, 4]);
        let strangers = keys(6, 5);
        let mut expected: BTreeMap<_, u64> = network
            .set
            .iter()
            .map(|(_, m)| (m.key().to_bytes(), m.weight().get()))
            .collect();
        let mut edits = Vec::new();
        for (place, (kind, weight)) in kinds.into_iter().enumerate() {
            if let Some(key) = network.keys.get(place) {
                let name = key.public_key().to_bytes();
                if kind == 1 && expected.len() > 1 {
                    expected.remove(&name);
                    edits.push(leave(key));
                } else if kind == 2 && expected[&name] != weight {
                    expected.insert(name, weight);
                    edits.push(reweigh(key, weight));
                }
            } else if kind == 1 {
                let key = &strangers[place - 6];
                expected.insert(key.public_key().to_bytes(), weight);
                edits.push(join(key, weight));
            }
        }
        prop_assume!(!edits.is_empty());
        let change = network.change(1, edits);
        let next = change.verify(&network.chain_id, &network.set).unwrap();
        let got: BTreeMap<_, u64> = next
            .next_set()
            .iter()
            .map(|(_, m)| (m.key().to_bytes(), m.weight().get()))
            .collect();
        prop_assert_eq!(got, expected);
        prop_assert_ne!(next.next_set().hash(), network.set.hash());
    }

    #[test]
    fn a_changed_certificate_never_verifies(
        place in any::<proptest::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let network = network(&[1; 4]);
        let change = network.change(1, vec![leave(&network.keys[0])]);
        let mut bytes = network.approve_by(&change, &[0, 1, 2]).encode();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let verified = chain::UnverifiedSetChangeCertificate::decode(&bytes)
            .and_then(|c| c.verify(&network.chain_id, &network.set));
        prop_assert!(verified.is_err());
    }
}
