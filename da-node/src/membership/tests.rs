#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use chain::{CheckedGenesis, Genesis, GenesisValidator, SetEdit, Weight};
use tempfile::TempDir;
use types::{Epoch, Timestamp};

const EPOCH_BLOCKS: u64 = 5;

fn key(seed: u8) -> SigningKey {
    let mut bytes = [0; 32];
    bytes[31] = seed;
    SigningKey::from_bytes(&bytes).unwrap()
}

/// Validators 1, 2, … of weight 1, or of these weights.
fn genesis(weights: &[u64]) -> CheckedGenesis {
    let validators = (1..).zip(weights);
    let genesis = Genesis {
        name: "membership".into(),
        time: Timestamp::new(1),
        validators: validators
            .map(|(seed, weight)| GenesisValidator::new(&key(seed), Weight::new(*weight)))
            .collect(),
        params: ChainParams {
            epoch_blocks: EPOCH_BLOCKS,
            ..ChainParams::devnet()
        },
    };
    genesis.check().unwrap()
}

struct Case {
    folder: TempDir,
    genesis: CheckedGenesis,
}

impl Case {
    fn new(weights: &[u64]) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            genesis: genesis(weights),
        }
    }

    fn set(&self) -> &ValidatorSet {
        self.genesis.validators()
    }

    /// A node whose tip is below this height.
    fn open(&self, next: u64) -> Membership {
        let chain = self.genesis.chain_id();
        let store = Store::open(self.folder.path(), &chain).unwrap();
        let params = *self.genesis.params();
        Membership::open(store, chain, params, Height::new(next), self.set()).unwrap()
    }

    /// Gives that validator another weight.
    fn change(&self, epoch: u64, whose: u8, weight: u64) -> UnverifiedSetChange {
        let edits = vec![SetEdit::Reweigh {
            key: key(whose).public_key().to_bytes(),
            weight: Weight::new(weight),
        }];
        let (chain, set) = (self.genesis.chain_id(), self.set().hash());
        UnverifiedSetChange::new(chain, set, Epoch::new(epoch), edits)
    }

    fn approval(&self, change: &UnverifiedSetChange, by: u8) -> UnverifiedApproval {
        let verified = change
            .clone()
            .verify(&self.genesis.chain_id(), self.set())
            .unwrap();
        verified.approve(&key(by))
    }

    fn hear(&self, node: &Membership, change: &UnverifiedSetChange, by: u8) -> Result<News> {
        let approval = self.approval(change, by);
        node.take(change.clone(), approval, Height::FIRST, self.set())
    }

    fn approve(&self, node: &Membership, change: &UnverifiedSetChange) -> Result<()> {
        let next = Height::FIRST;
        node.approve(change.clone(), &key(1), next, self.set())
            .map(|_| ())
    }

    fn certificate(&self, node: &Membership, height: u64) -> Option<SetChangeCertificate> {
        let tenure = Tenure::genesis(&self.genesis);
        node.certificate_for(Height::new(height), &tenure)
    }
}

#[test]
fn approvals_of_more_than_two_thirds_certify_at_the_epochs_end() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    let change = case.change(1, 2, 5);
    case.approve(&node, &change).unwrap();
    assert_eq!(case.hear(&node, &change, 2).unwrap(), News::New);
    assert_eq!(case.hear(&node, &change, 2).unwrap(), News::Old);
    assert!(case.certificate(&node, EPOCH_BLOCKS - 1).is_none());
    assert_eq!(case.hear(&node, &change, 3).unwrap(), News::New);
    let certificate = case.certificate(&node, EPOCH_BLOCKS - 1).unwrap();
    assert_eq!(certificate.change().as_unverified(), &change);
    assert_eq!(certificate.signed_weight(), Weight::new(3));
    // Neither in another block nor for another epoch.
    for height in [1, EPOCH_BLOCKS - 2, EPOCH_BLOCKS, 2 * EPOCH_BLOCKS - 1] {
        assert!(case.certificate(&node, height).is_none(), "{height}");
    }
    let [waiting] = &node.changes()[..] else {
        panic!("one change");
    };
    assert!(waiting.is_certified && waiting.is_own);
    assert_eq!(waiting.approvals.len(), 3);
    assert_eq!(&waiting.next, certificate.change().next_set());
}

#[test]
fn what_this_node_approves_survives_a_restart() {
    let case = Case::new(&[1; 4]);
    let change = case.change(1, 2, 5);
    let before = {
        let node = case.open(1);
        case.approve(&node, &change).unwrap();
        case.hear(&node, &change, 2).unwrap();
        node.own()
    };
    let node = case.open(2);
    assert_eq!(node.own(), before);
    let told = node.to_tell();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, [before[0].1]);
    // The same change again is the same approval, another one is refused.
    case.approve(&node, &change).unwrap();
    assert_eq!(node.own(), before);
    let other = case.change(1, 2, 6);
    let refused = case.approve(&node, &other).unwrap_err();
    let Error::OtherApproval {
        signer,
        epoch,
        got,
        expected,
    } = refused
    else {
        panic!("{refused}");
    };
    assert_eq!(signer, key(1).public_key().address());
    assert_eq!(epoch, Epoch::new(1));
    assert_eq!((got, expected), (other.digest(), change.digest()));
    assert_eq!(node.own(), before);
}

#[test]
fn one_approval_for_each_epoch() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    for epoch in 1..=3 {
        case.approve(&node, &case.change(epoch, 2, 5)).unwrap();
        let other = case.change(epoch, 3, 5);
        assert!(matches!(
            case.approve(&node, &other),
            Err(Error::OtherApproval { .. })
        ));
    }
    assert_eq!(node.own().len(), 3);
}

#[test]
fn bad_input_a_member_that_approves_two_changes_counts_for_the_first() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    let (first, second) = (case.change(1, 2, 5), case.change(1, 2, 6));
    case.hear(&node, &first, 2).unwrap();
    case.hear(&node, &second, 3).unwrap();
    for (change, by) in [(&second, 2), (&first, 3)] {
        let refused = case.hear(&node, change, by).unwrap_err();
        assert!(matches!(refused, Error::OtherApproval { .. }), "{refused}");
        // Others have heard of the other one first, perhaps.
        assert!(!refused.is_peer_fault());
    }
    // For another epoch it is another matter.
    case.hear(&node, &case.change(2, 2, 6), 2).unwrap();
    let approvals = |change: &PendingChange| change.approvals.len();
    assert_eq!(node.changes().iter().map(approvals).max(), Some(1));
}

#[test]
fn what_comes_too_late_or_of_another_set_is_dropped() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    for epoch in 1..=3 {
        case.approve(&node, &case.change(epoch, 2, 5)).unwrap();
    }
    let epochs = |node: &Membership| -> Vec<u64> {
        let changes = node.changes();
        changes.iter().map(|c| c.change.epoch.get()).collect()
    };
    node.moved_on(Height::new(EPOCH_BLOCKS - 1), case.set())
        .unwrap();
    assert_eq!(epochs(&node), [1, 2, 3]);
    node.moved_on(Height::new(EPOCH_BLOCKS), case.set())
        .unwrap();
    assert_eq!(epochs(&node), [2, 3]);
    drop(node);
    let node = case.open(2 * EPOCH_BLOCKS);
    assert_eq!(epochs(&node), [3]);
    let other = genesis(&[1; 5]);
    node.moved_on(Height::new(2 * EPOCH_BLOCKS + 1), other.validators())
        .unwrap();
    assert_eq!(epochs(&node), [0; 0]);
    assert_eq!(node.own(), []);
}

#[test]
fn what_has_passed_is_forgotten_on_disk() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    for epoch in 1..=3 {
        case.approve(&node, &case.change(epoch, 2, 5)).unwrap();
    }
    assert_eq!(node.store.approvals().unwrap().len(), 3);
    node.moved_on(Height::new(2 * EPOCH_BLOCKS), case.set())
        .unwrap();
    let left = node.store.approvals().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0.epoch, Epoch::new(3));
}

#[test]
fn bad_input_changes_of_another_chain_set_or_epoch() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    let good = case.change(1, 2, 5);
    let approval = case.approval(&good, 2);
    let take = |change: UnverifiedSetChange, next: u64| {
        let refused = node.take(change, approval, Height::new(next), case.set());
        match refused.unwrap_err() {
            Error::Chain(error) => error,
            other => panic!("{other}"),
        }
    };
    let elsewhere = UnverifiedSetChange {
        chain_id: ChainId::new([9; 32]),
        ..good.clone()
    };
    assert!(matches!(
        take(elsewhere, 1),
        chain::Error::WrongChain { .. }
    ));
    let other_set = UnverifiedSetChange {
        set: types::SetHash::new([9; 32]),
        ..good.clone()
    };
    assert!(matches!(take(other_set, 1), chain::Error::WrongSet { .. }));
    for (epoch, next) in [(0, 1), (1, EPOCH_BLOCKS), (pending::EPOCHS_AHEAD + 1, 1)] {
        let change = case.change(epoch, 2, 5);
        assert!(matches!(
            take(change, next),
            chain::Error::WrongEpoch { .. }
        ));
    }
    // A stranger's signature, and one over another change.
    let stranger = case.approval(&good, 9);
    let next = Height::FIRST;
    assert!(matches!(
        node.take(good, stranger, next, case.set()),
        Err(Error::Chain(chain::Error::UnknownValidator { .. }))
    ));
    assert!(matches!(
        take(case.change(1, 2, 6), 1),
        chain::Error::Signature { .. }
    ));
    assert!(node.changes().is_empty());
}

#[test]
fn bad_input_an_approved_change_that_the_set_cannot_undergo() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    let idle = case.change(1, 2, 1);
    let approval = UnverifiedApproval {
        signer: key(2).public_key().address(),
        signature: key(2).sign_digest(&idle.digest()),
    };
    let refused = node.take(idle.clone(), approval, Height::FIRST, case.set());
    assert!(matches!(
        refused,
        Err(Error::Chain(chain::Error::SameWeight { .. }))
    ));
    assert!(matches!(
        case.approve(&node, &idle),
        Err(Error::Chain(chain::Error::SameWeight { .. }))
    ));
    assert!(node.changes().is_empty() && node.store.approvals().unwrap().is_empty());
}

#[test]
fn bad_input_a_members_second_change_is_not_even_looked_at() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    case.hear(&node, &case.change(1, 2, 5), 2).unwrap();
    // It could not be undergone, which would be said if it were looked at.
    let idle = case.change(1, 3, 1);
    let approval = UnverifiedApproval {
        signer: key(2).public_key().address(),
        signature: key(2).sign_digest(&idle.digest()),
    };
    let refused = node.take(idle, approval, Height::FIRST, case.set());
    assert!(matches!(refused, Err(Error::OtherApproval { .. })));
}

#[test]
fn who_is_no_member_approves_nothing() {
    let case = Case::new(&[1; 4]);
    let node = case.open(1);
    let change = case.change(1, 2, 5);
    let refused = node.approve(change, &key(9), Height::FIRST, case.set());
    assert!(matches!(
        refused,
        Err(Error::Chain(chain::Error::UnknownValidator { .. }))
    ));
    assert!(node.store.approvals().unwrap().is_empty());
}

#[test]
fn few_changes_wait_and_the_weightier_push_others_out() {
    // Twelve validators, the last of which weighs more than the others.
    let weights: Vec<u64> = (0..12).map(|i| if i == 11 { 5 } else { 1 }).collect();
    let case = Case::new(&weights);
    let node = case.open(1);
    let own = case.change(1, 2, 100);
    case.approve(&node, &own).unwrap();
    for by in 2..=8 {
        case.hear(&node, &case.change(1, 2, 100 + u64::from(by)), by)
            .unwrap();
    }
    assert_eq!(node.changes().len(), net::MAX_CHANGES);
    // As light as the lightest: it has to come back.
    let refused = case.hear(&node, &case.change(1, 2, 200), 9).unwrap_err();
    assert!(matches!(refused, Error::Busy { .. }), "{refused}");
    let heavy = case.change(1, 2, 300);
    assert_eq!(case.hear(&node, &heavy, 12).unwrap(), News::New);
    assert_eq!(node.changes().len(), net::MAX_CHANGES);
    let waits = |change: &UnverifiedSetChange| {
        let mut changes = node.changes().into_iter();
        changes.any(|waiting| waiting.change == *change)
    };
    assert!(waits(&own) && waits(&heavy));
}
