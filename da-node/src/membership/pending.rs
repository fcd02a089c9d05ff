//! The changes that wait, and who approves them.
//!
//! However many changes members dream up, few are kept: a new one takes the place of the one
//! with the least weight behind it, and never of one that this node itself approves. Every
//! change has at least one member's approval, and a member's approval counts for one change of
//! an epoch, the first that is heard of.

use crate::state::News;
use crate::{Error, Result};
use chain::{
    Approval, ApprovalCollector, ChainParams, Digest, SetChange, SetChangeCertificate,
    UnverifiedApproval, UnverifiedSetChange, ValidatorAddress, ValidatorSet, Weight,
};
use std::collections::HashMap;
use types::{ChainId, Epoch, Height};

/// Most changes that wait.
const MAX_CHANGES: usize = net::MAX_CHANGES;
/// For how many epochs ahead changes are gathered: operators need time to agree.
pub(super) const EPOCHS_AHEAD: u64 = 8;
/// When somebody whose change finds no room should come back.
const RETRY_AFTER_MS: u64 = 10_000;

/// Where the chain stands.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(super) chain_id: &'a ChainId,
    pub(super) params: &'a ChainParams,
    /// The set in force at `next`.
    pub(super) set: &'a ValidatorSet,
    /// The height after the tip.
    pub(super) next: Height,
}

impl Moment<'_> {
    /// The epoch for which the set in force decides first.
    pub(super) fn next_epoch(&self) -> Epoch {
        Epoch::new(self.params.epoch(self.next).get().saturating_add(1))
    }

    /// Checks that a change is of this chain and of the set in force, for an epoch that has not
    /// begun and is not far.
    pub(super) fn check(&self, change: &UnverifiedSetChange) -> Result<()> {
        if change.chain_id != *self.chain_id {
            return Err(Error::Chain(chain::Error::WrongChain {
                got: change.chain_id,
                expected: *self.chain_id,
            }));
        }
        if change.set != self.set.hash() {
            return Err(Error::Chain(chain::Error::WrongSet {
                got: change.set,
                expected: self.set.hash(),
            }));
        }
        let first = self.next_epoch();
        let last = first.get().saturating_add(EPOCHS_AHEAD - 1);
        if change.epoch < first || change.epoch.get() > last {
            return Err(Error::Chain(chain::Error::WrongEpoch {
                got: change.epoch,
                expected: first,
            }));
        }
        Ok(())
    }
}

/// A change that waits, as it stands.
#[derive(Debug, Clone)]
pub(crate) struct PendingChange {
    pub(crate) change: UnverifiedSetChange,
    pub(crate) digest: Digest,
    pub(crate) approvals: Vec<UnverifiedApproval>,
    pub(crate) signed: Weight,
    pub(crate) total: Weight,
    /// Whether that suffices.
    pub(crate) is_certified: bool,
    /// Whether this node approves it.
    pub(crate) is_own: bool,
    /// The set that it makes.
    pub(crate) next: ValidatorSet,
}

/// The changes that wait.
#[derive(Default)]
pub(crate) struct Pending {
    changes: Vec<ApprovalCollector>,
    /// This node's approvals of changes that wait.
    own: HashMap<Digest, UnverifiedApproval>,
}

impl Pending {
    fn find(&mut self, digest: &Digest) -> Option<&mut ApprovalCollector> {
        self.changes
            .iter_mut()
            .find(|known| known.change().digest() == *digest)
    }

    /// Whether the change waits here.
    pub(super) fn knows(&self, digest: &Digest) -> bool {
        self.changes
            .iter()
            .any(|known| known.change().digest() == *digest)
    }

    /// Whether the change waits here with this member's approval.
    pub(super) fn has(&self, digest: &Digest, signer: &ValidatorAddress) -> bool {
        self.changes.iter().any(|known| {
            known.change().digest() == *digest
                && known.approvals().iter().any(|a| a.address() == *signer)
        })
    }

    /// Refuses what will find no place, before the change itself is looked at, which may take
    /// many pairings.
    pub(super) fn check_place(
        &self,
        change: &UnverifiedSetChange,
        approval: &Approval,
    ) -> Result<()> {
        self.check_first(change.epoch, approval)?;
        if self.changes.len() >= MAX_CHANGES {
            self.least(Some(approval.weight()))?;
        }
        Ok(())
    }

    /// Refuses a second change by one member for one epoch.
    fn check_first(&self, epoch: Epoch, approval: &Approval) -> Result<()> {
        let other = self.changes.iter().find(|known| {
            known.change().epoch() == epoch
                && known.change().digest() != approval.digest()
                && known.signers().contains(approval.signer())
        });
        match other {
            None => Ok(()),
            Some(other) => Err(Error::OtherApproval {
                signer: approval.address(),
                epoch,
                got: approval.digest(),
                expected: other.change().digest(),
            }),
        }
    }

    /// Adds an approval of a change that was known a moment ago.
    pub(super) fn add_to_known(&mut self, approval: Approval) -> Result<News> {
        let Some(known) = self.find(&approval.digest()) else {
            return Ok(News::Old);
        };
        let epoch = known.change().epoch();
        self.check_first(epoch, &approval)?;
        match self
            .find(&approval.digest())
            .map(|known| known.add(approval))
        {
            Some(Ok(_)) => Ok(News::New),
            Some(Err(chain::Error::DuplicateApproval { .. })) | None => Ok(News::Old),
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// Adds a change with its first approval; or the approval, if another thread was faster.
    pub(super) fn add(
        &mut self,
        change: SetChange,
        approval: Approval,
        set: &ValidatorSet,
    ) -> Result<News> {
        if self.knows(&change.digest()) {
            return self.add_to_known(approval);
        }
        self.check_first(change.epoch(), &approval)?;
        if self.changes.len() >= MAX_CHANGES {
            let least = self.least(Some(approval.weight()))?;
            self.changes.remove(least);
        }
        let mut collector = ApprovalCollector::new(change, set.clone())?;
        collector.add(approval)?;
        self.changes.push(collector);
        Ok(News::New)
    }

    /// Adds a change that this node approves; it always finds room.
    pub(super) fn add_own(
        &mut self,
        change: SetChange,
        approval: Approval,
        set: &ValidatorSet,
    ) -> Result<()> {
        let (digest, unverified) = (change.digest(), approval.to_unverified());
        if !self.knows(&digest) && self.changes.len() >= MAX_CHANGES {
            let least = self.least(None)?;
            self.changes.remove(least);
        }
        self.add(change, approval, set)?;
        self.own.insert(digest, unverified);
        Ok(())
    }

    /// The place of the change of others with the least weight behind it, provided that this is
    /// less than `than`: the one that makes room for another.
    fn least(&self, than: Option<Weight>) -> Result<usize> {
        self.changes
            .iter()
            .enumerate()
            .filter(|(_, known)| !self.own.contains_key(&known.change().digest()))
            .map(|(place, known)| (known.signed_weight(), place))
            .min()
            .filter(|(weight, _)| than.is_none_or(|than| *weight < than))
            .map(|(_, place)| place)
            .ok_or(Error::Busy {
                what: "changes of the validator set",
                got: self.changes.len(),
                max: MAX_CHANGES,
                retry_after_ms: RETRY_AFTER_MS,
            })
    }

    /// The certified change for the epoch after `moment.next`, if that height is its epoch's
    /// last; of several, whose signers contradict themselves, the one with the most weight.
    pub(super) fn certificate(&self, moment: &Moment<'_>) -> Option<SetChangeCertificate> {
        if !moment.params.ends_epoch(moment.next) {
            return None;
        }
        let (epoch, set) = (moment.next_epoch(), moment.set.hash());
        self.changes
            .iter()
            .filter(|known| known.change().epoch() == epoch && known.change().set_hash() == set)
            .max_by_key(|known| known.signed_weight())?
            .finish()
    }

    /// Drops what the moment does not allow any more.
    pub(super) fn drop_stale(&mut self, moment: &Moment<'_>) {
        self.changes
            .retain(|known| moment.check(known.change().as_unverified()).is_ok());
        let changes = &self.changes;
        self.own.retain(|digest, _| {
            let mut left = changes.iter().map(|known| known.change().digest());
            left.any(|known| known == *digest)
        });
    }

    /// This node's approvals of changes that wait, with the changes.
    pub(super) fn own(&self) -> Vec<(UnverifiedSetChange, UnverifiedApproval)> {
        self.changes
            .iter()
            .filter_map(|known| {
                let approval = self.own.get(&known.change().digest())?;
                Some((known.change().as_unverified().clone(), *approval))
            })
            .collect()
    }

    /// The changes, epochs ascending.
    pub(super) fn changes(&self) -> Vec<PendingChange> {
        let mut changes: Vec<PendingChange> = self
            .changes
            .iter()
            .map(|known| PendingChange {
                change: known.change().as_unverified().clone(),
                digest: known.change().digest(),
                approvals: known
                    .approvals()
                    .iter()
                    .map(Approval::to_unverified)
                    .collect(),
                signed: known.signed_weight(),
                total: known.set().total_weight(),
                is_certified: known.set().has_quorum(known.signed_weight()),
                is_own: self.own.contains_key(&known.change().digest()),
                next: known.change().next_set().clone(),
            })
            .collect();
        changes.sort_by_key(|change| change.change.epoch);
        changes
    }
}
