//! Who takes part, each with an account of L1.

use crate::Result;
use alloy::primitives::Address;
use l1::accounts::{TEST_PHRASE, derive};
use settlement::client::{Account, L1Client};

/// How many accounts of the test phrase take part. An L1 that does not fund them is of no use.
pub(crate) const ACCOUNTS: usize = 12;

/// The cast.
pub(crate) struct Cast {
    /// Puts the contracts on L1.
    pub(crate) deployer: Account,
    /// Submits the batches, and colludes.
    pub(crate) operator: Account,
    /// Pays for the operator's answers.
    pub(crate) answerer: Account,
    /// Owns the validators' stakes.
    pub(crate) staker: Account,
    /// Publishes for the validator that speaks.
    pub(crate) speaker: Account,
    /// Challenges what is there.
    pub(crate) griefer: Account,
    /// Challenges what is not.
    pub(crate) watcher: Account,
    /// Has its value in the tree whose data is on the DA network.
    pub(crate) alice: Account,
    /// Has its value in the tree whose data is on L1.
    pub(crate) bob: Account,
    /// Is paid by Bob.
    pub(crate) dora: Account,
    /// Whom the operator wants to have Alice's value.
    pub(crate) mallory: Account,
    /// Whose word stands for a proof.
    pub(crate) attestor: Account,
}

impl Cast {
    pub(crate) fn new(client: &L1Client) -> Result<Self> {
        let mut keys = derive(TEST_PHRASE, ACCOUNTS)?.into_iter();
        let mut next = || {
            let key = keys.next().ok_or(l1::Error::TooMany {
                what: "accounts",
                got: ACCOUNTS as u64 + 1,
                most: ACCOUNTS as u64,
            })?;
            Ok::<_, crate::Error>(Account::new(client.clone(), key))
        };
        Ok(Self {
            deployer: next()?,
            operator: next()?,
            answerer: next()?,
            staker: next()?,
            speaker: next()?,
            griefer: next()?,
            watcher: next()?,
            alice: next()?,
            bob: next()?,
            dora: next()?,
            mallory: next()?,
            attestor: next()?,
        })
    }

    pub(crate) fn addresses(&self) -> [Address; ACCOUNTS] {
        [
            &self.deployer,
            &self.operator,
            &self.answerer,
            &self.staker,
            &self.speaker,
            &self.griefer,
            &self.watcher,
            &self.alice,
            &self.bob,
            &self.dora,
            &self.mallory,
            &self.attestor,
        ]
        .map(Account::address)
    }
}
