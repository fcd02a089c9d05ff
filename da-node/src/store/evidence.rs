//! Evidence of validators that contradicted themselves, verified before it is kept.

use super::{Family, Store};
use crate::Result;
use chain::{Equivocation, UnverifiedEquivocation, ValidatorAddress};
use rocksdb::{Direction, IteratorMode, WriteBatch};

/// Most pieces of evidence of one validator: the first convicts it, and a validator that goes
/// on must not fill anybody's disk.
pub const MAX_EVIDENCE_PER_VALIDATOR: usize = 16;

/// What became of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filed {
    /// It is kept now.
    New,
    /// Something of the same height, round and kind is kept already.
    Known,
    /// There is enough of this validator.
    Enough,
}

fn key(equivocation: &UnverifiedEquivocation) -> Vec<u8> {
    let at = equivocation.at;
    let mut key = equivocation.validator.as_bytes().to_vec();
    key.extend_from_slice(&at.height.get().to_be_bytes());
    key.extend_from_slice(&at.round.get().to_be_bytes());
    key.push(equivocation.contradiction.code());
    key
}

impl Store {
    /// Keeps evidence, synced: of each validator the first
    /// [`MAX_EVIDENCE_PER_VALIDATOR`] pieces. Consensus alone calls it, one call at a time.
    ///
    /// # Errors
    /// [`crate::Error::Storage`].
    pub fn put_evidence(&self, equivocation: &Equivocation) -> Result<Filed> {
        let unverified = equivocation.to_unverified();
        let key = key(&unverified);
        if self.get(Family::Evidence, &key)?.is_some() {
            return Ok(Filed::Known);
        }
        let of = Some(unverified.validator);
        if self.evidence(of, MAX_EVIDENCE_PER_VALIDATOR)?.len() >= MAX_EVIDENCE_PER_VALIDATOR {
            return Ok(Filed::Enough);
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(self.family(Family::Evidence), key, unverified.encode());
        self.write_synced(batch)?;
        Ok(Filed::New)
    }

    /// At most `max` pieces of evidence, by validator, height, round and kind: of one validator
    /// or of all.
    ///
    /// # Errors
    /// [`crate::Error::Storage`], [`crate::Error::Chain`] for a record that does not read.
    pub fn evidence(
        &self,
        of: Option<ValidatorAddress>,
        max: usize,
    ) -> Result<Vec<UnverifiedEquivocation>> {
        let prefix = of
            .map(|address| address.as_bytes().to_vec())
            .unwrap_or_default();
        let from = IteratorMode::From(&prefix, Direction::Forward);
        let mut found = Vec::new();
        for item in self.db.iterator_cf(self.family(Family::Evidence), from) {
            let (key, value) = item?;
            if found.len() == max || !key.starts_with(&prefix) {
                break;
            }
            found.push(UnverifiedEquivocation::decode(&value)?);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
