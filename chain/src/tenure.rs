//! Whose turn it is: the set in force at a height, and the one before it.

use crate::{ChainParams, CheckedGenesis, Error, ReceiptTerms, Result, ValidatorSet};
use types::{Header, Timestamp};

/// The sets that matter at a height: the one in force, which orders and certifies, and the one
/// before it, whose receipts may still be under way. A function of the chain below the height:
/// of the last header there that names another set than its own.
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
    /// At the first height.
    #[must_use]
    pub fn genesis(genesis: &CheckedGenesis) -> Self {
        Self::of(genesis.validators().clone())
    }

    /// A set in force that none came before, as far as known.
    #[must_use]
    pub const fn of(set: ValidatorSet) -> Self {
        Self {
            set,
            previous: None,
        }
    }

    /// The set in force.
    #[must_use]
    pub const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The set before it, if there was another one.
    #[must_use]
    pub fn previous(&self) -> Option<&ValidatorSet> {
        self.previous.as_ref().map(|previous| &previous.set)
    }

    /// At the height after this header, which is final or about to be: `next` is the set that
    /// the header names as the next one.
    ///
    /// # Errors
    /// [`Error::WrongSet`] for a header by another set than the one in force, or another next
    /// set than the one it names.
    pub fn after(&self, header: &Header, next: &ValidatorSet) -> Result<Self> {
        self.set.check_hash(header.validators)?;
        next.check_hash(header.next_validators)?;
        if *next == self.set {
            return Ok(self.clone());
        }
        Ok(Self {
            set: next.clone(),
            previous: Some(Predecessor {
                set: self.set.clone(),
                until: header.time,
            }),
        })
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
