//! Whose turn it is: the set in force at a height, and the one before it.

use crate::{ChainParams, CheckedGenesis, Error, ReceiptTerms, Result, ValidatorSet};
use types::{Header, Timestamp};

/// The sets that matter at a height: the one in force, which orders and certifies, and, in the
/// epoch that began with another set, the one before it, whose receipts may still be under way.
/// It is the same for all heights of an epoch, and follows from the last header before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    set: ValidatorSet,
    previous: Option<Predecessor>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Predecessor {
    set: ValidatorSet,
    /// The time of its last block.
    until: Timestamp,
}

impl Tenure {
    /// In the first epoch.
    #[must_use]
    pub fn genesis(genesis: &CheckedGenesis) -> Self {
        Self {
            set: genesis.validators().clone(),
            previous: None,
        }
    }

    /// In an epoch that follows this header, the last of the epoch before: `set` certifies the
    /// header, and `next` is the set that it names as the next one.
    ///
    /// # Errors
    /// [`Error::WrongSet`] for other sets than the header names.
    pub fn since(last: &Header, set: &ValidatorSet, next: &ValidatorSet) -> Result<Self> {
        set.check_hash(last.validators)?;
        next.check_hash(last.next_validators)?;
        let previous = (next != set).then(|| Predecessor {
            set: set.clone(),
            until: last.time,
        });
        Ok(Self {
            set: next.clone(),
            previous,
        })
    }

    /// The set in force.
    #[must_use]
    pub const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The set before it, if the epoch began with a change.
    #[must_use]
    pub fn previous(&self) -> Option<&ValidatorSet> {
        self.previous.as_ref().map(|previous| &previous.set)
    }

    /// At the height after this header, which is final or about to be: `next` is the set that
    /// the header names as the next one.
    ///
    /// # Errors
    /// [`Error::WrongSet`] for a header by another set than the one in force, another next set
    /// than the one it names, or a set that changes before the epoch ends.
    pub fn after(
        &self,
        header: &Header,
        next: &ValidatorSet,
        params: &ChainParams,
    ) -> Result<Self> {
        if params.ends_epoch(header.height) {
            return Self::since(header, &self.set, next);
        }
        self.set.check_hash(header.validators)?;
        self.set.check_hash(header.next_validators)?;
        self.set.check_hash(next.hash())?;
        Ok(self.clone())
    }

    /// The set whose receipts with these terms count: the one in force, or the one before it
    /// for a blob that was accepted by the time of its last block, give or take what clocks
    /// differ. So blobs under way are not lost where a set ends, and members who have left
    /// cannot certify for longer than the ordering window.
    ///
    /// # Errors
    /// [`Error::WrongSet`].
    pub fn certifier(&self, terms: &ReceiptTerms, params: &ChainParams) -> Result<&ValidatorSet> {
        if terms.set == self.set.hash() {
            return Ok(&self.set);
        }
        match &self.previous {
            Some(previous)
                if terms.set == previous.set.hash()
                    && terms.accepted_at <= previous.until.plus_millis(params.clock_drift_ms) =>
            {
                Ok(&previous.set)
            }
            _ => Err(Error::WrongSet {
                got: terms.set,
                expected: self.set.hash(),
            }),
        }
    }
}
