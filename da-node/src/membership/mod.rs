//! Changes of the validator set, on their way from an operator to the block that carries them.
//!
//! ```text
//! operator ─approve→ durable → announced ⇄ others' approvals ─more than 2/3→ certificate
//!    ─last block of the epoch→ header names the next set
//! ```
//!
//! `pending` is what is being gathered, without I/O; here is what makes it last: this node's own
//! approval is synced before anybody hears of it, at most one for each epoch of a set, and is
//! gathered again after a restart. Those of others are asked for again.

mod pending;
mod spread;
#[cfg(test)]
mod tests;

use pending::{Moment, Pending};

pub(crate) use pending::PendingChange;
pub(crate) use spread::{ask, spread, take, tell};

use crate::state::News;
use crate::store::Store;
use crate::{Error, Result};
use chain::{
    ChainParams, SetChangeCertificate, SigningKey, Tenure, UnverifiedApproval, UnverifiedSetChange,
    ValidatorSet,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use types::{ChainId, Height};

/// The changes that wait, and what this node has approved of them.
pub(crate) struct Membership {
    chain_id: ChainId,
    params: ChainParams,
    store: Store,
    pending: Mutex<Pending>,
    /// Held from looking up what was approved to writing what is.
    approving: Mutex<()>,
}

impl Membership {
    /// Takes up what this node approved before: of `set`, which is in force at `next`, the
    /// height after the tip.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub(crate) fn open(
        store: Store,
        chain_id: ChainId,
        params: ChainParams,
        next: Height,
        set: &ValidatorSet,
    ) -> Result<Self> {
        let membership = Self {
            chain_id,
            params,
            store,
            pending: Mutex::default(),
            approving: Mutex::default(),
        };
        membership.take_up(next, set)?;
        Ok(membership)
    }

    fn take_up(&self, next: Height, set: &ValidatorSet) -> Result<()> {
        let moment = self.moment(next, set);
        for (change, approval) in self.store.approvals()? {
            // What is of another set, or too late, waits for nothing any more.
            if moment.check(&change).is_err() {
                continue;
            }
            let approval = approval.verify(&change, &self.chain_id, set)?;
            let change = change.verify(&self.chain_id, set)?;
            self.pending().add_own(change, approval, set)?;
        }
        Ok(())
    }

    const fn moment<'a>(&'a self, next: Height, set: &'a ValidatorSet) -> Moment<'a> {
        Moment {
            chain_id: &self.chain_id,
            params: &self.params,
            set,
            next,
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        // Consistent after every single call on it.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what somebody else approves. `set` is in force at `next`, the height after the
    /// tip.
    ///
    /// # Errors
    /// [`Error::Chain`] for what is not a member's, of another set or epoch, or no change that
    /// the set can undergo; [`Error::OtherApproval`] for a second change that its signer
    /// approves for the epoch; [`Error::Busy`] when more changes wait than are kept.
    pub(crate) fn take(
        &self,
        change: UnverifiedSetChange,
        approval: UnverifiedApproval,
        next: Height,
        set: &ValidatorSet,
    ) -> Result<News> {
        self.moment(next, set).check(&change)?;
        let digest = change.digest();
        let (known, heard) = {
            let pending = self.pending();
            let heard = pending.has(&digest, &approval.signer);
            (pending.knows(&digest), heard)
        };
        if heard {
            return Ok(News::Old);
        }
        // The signature first: a change may take many pairings, and is looked at only once a
        // member stands for it.
        let approval = approval.verify(&change, &self.chain_id, set)?;
        if known {
            return self.pending().add_to_known(approval);
        }
        self.pending().check_place(&change, &approval)?;
        let change = change.verify(&self.chain_id, set)?;
        self.pending().add(change, approval, set)
    }

    /// Approves a change, for good: it is durable when this returns, and may be told then. Again
    /// for the same change, it gives the same approval.
    ///
    /// # Errors
    /// [`Error::Chain`] for what this set cannot undergo at the epoch it names, or for a key
    /// that is no member's; [`Error::OtherApproval`] when another change for that epoch is
    /// approved already; [`Error::Storage`].
    pub(crate) fn approve(
        &self,
        change: UnverifiedSetChange,
        key: &SigningKey,
        next: Height,
        set: &ValidatorSet,
    ) -> Result<(UnverifiedSetChange, UnverifiedApproval)> {
        self.moment(next, set).check(&change)?;
        let change = change.verify(&self.chain_id, set)?;
        let approval = change.approve(key);
        let unverified = change.as_unverified().clone();
        // Refuses a key that is no member's before anything is written.
        let verified = approval.verify(&unverified, &self.chain_id, set)?;

        let _alone = self
            .approving
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match self.store.approval(change.epoch(), &set.hash())? {
            Some((before, _)) if before.digest() != change.digest() => {
                return Err(Error::OtherApproval {
                    signer: approval.signer,
                    epoch: change.epoch(),
                    got: change.digest(),
                    expected: before.digest(),
                });
            }
            Some(_) => {}
            None => self.store.put_approval(&unverified, &approval)?,
        }
        self.pending().add_own(change, verified, set)?;
        Ok((unverified, approval))
    }

    /// What the block at this height is to carry: a certified change for the epoch that begins
    /// after it, if there is one and the height is its epoch's last.
    pub(crate) fn certificate_for(
        &self,
        height: Height,
        tenure: &Tenure,
    ) -> Option<SetChangeCertificate> {
        self.pending()
            .certificate(&self.moment(height, tenure.set()))
    }

    /// Drops what has come too late, or of a set that is not in force any more. `set` is in
    /// force at `next`, the height after the tip. Cheap within an epoch.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub(crate) fn moved_on(&self, next: Height, set: &ValidatorSet) -> Result<()> {
        let moment = self.moment(next, set);
        self.pending().drop_stale(&moment);
        let begins = next
            .previous()
            .is_some_and(|tip| self.params.ends_epoch(tip));
        if begins {
            self.store.prune_approvals(self.params.epoch(next))?;
        }
        Ok(())
    }

    /// The changes that wait, as they stand.
    pub(crate) fn changes(&self) -> Vec<PendingChange> {
        self.pending().changes()
    }

    /// What others are told who ask: every change that waits, with its approvals.
    pub(crate) fn to_tell(&self) -> Vec<(UnverifiedSetChange, Vec<UnverifiedApproval>)> {
        let approved = |change: PendingChange| (change.change, change.approvals);
        self.changes().into_iter().map(approved).collect()
    }

    /// This node's own approvals of changes that wait.
    pub(crate) fn own(&self) -> Vec<(UnverifiedSetChange, UnverifiedApproval)> {
        self.pending().own()
    }
}
