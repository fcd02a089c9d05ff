//! What was signed, held against itself and against what is on disk.
//!
//! The journal is written by the network's process before each signature is made, and outlives
//! it. A validator that signs two things at one place in the chain has signed twice; a receipt
//! whose columns are not in its signer's database was given for nothing.

use super::network::{VALIDATORS, folder, journal};
use crate::folder::Folder;
use crate::{Error, Result};
use chain::{ChainParams, Custody, ValidatorAddress};
use da_node::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use types::{BlobId, Epoch};

/// Everything read from the journal so far.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Bytes read.
    read: u64,
    /// What each validator signed, by place.
    votes: BTreeMap<String, BTreeSet<String>>,
    receipts: BTreeSet<(ValidatorAddress, BlobId)>,
    /// Receipts whose blob was looked for after the life in which they were first signed.
    checked: BTreeSet<(ValidatorAddress, BlobId)>,
    /// Those of them whose blob was not on the signer's disk.
    unbacked: usize,
}

impl Journal {
    /// Reads what the life that has just ended added, and looks for what its receipts promise.
    /// Nobody may have the databases open.
    pub(super) fn after_death(
        &mut self,
        scratch: &Path,
        params: ChainParams,
        fault: &mut impl FnMut(String),
    ) -> Result<()> {
        self.read_on(&journal(scratch), fault)?;
        let new: Vec<_> = self.receipts.difference(&self.checked).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let folder = Folder::open(Some(&folder(scratch)), VALIDATORS, params)?;
        let genesis = folder.genesis();
        let (chain, set) = (genesis.chain_id(), genesis.validators());
        let custody = Custody::assign(set, &chain, Epoch::new(0))?;
        for (node, member) in folder.members().iter().enumerate() {
            let address = member.key.public_key().address();
            let Some((index, _)) = set.find(&address) else {
                continue;
            };
            let failed = Error::node(node);
            let store = Store::open(&folder.node(node).join("store"), &chain).map_err(&failed)?;
            for (_, blob) in new.iter().filter(|(signer, _)| *signer == address) {
                let held = store.held_of(blob).map_err(&failed)?;
                if !held.is_some_and(|held| held.covers(custody.columns(index))) {
                    self.unbacked += 1;
                    fault(format!(
                        "node {node} signed a receipt for {blob}, which is not on its disk"
                    ));
                }
            }
        }
        self.checked.extend(new);
        Ok(())
    }

    fn read_on(&mut self, path: &Path, fault: &mut impl FnMut(String)) -> Result<()> {
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            // It died before it signed anything.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::file(path, error)),
        };
        let mut text = String::new();
        file.seek(SeekFrom::Start(self.read))
            .and_then(|_| file.read_to_string(&mut text))
            .map_err(|error| Error::file(path, error))?;
        self.read += text.len() as u64;
        for line in text.lines() {
            self.take(line, fault)
                .ok_or_else(|| Error::file(path, format!("no line of a journal: {line:?}")))?;
        }
        Ok(())
    }

    fn take(&mut self, line: &str, fault: &mut impl FnMut(String)) -> Option<()> {
        if let Some(receipt) = line.strip_prefix("receipt ") {
            let (signer, blob) = receipt.split_once(' ')?;
            self.receipts
                .insert((signer.parse().ok()?, blob.parse().ok()?));
            return Some(());
        }
        let (place, value) = line.strip_prefix("vote ")?.rsplit_once(' ')?;
        let signed = self.votes.entry(place.to_owned()).or_default();
        if signed.insert(value.to_owned()) && signed.len() > 1 {
            fault(format!("signed twice: {place}: {signed:?}"));
        }
        Some(())
    }

    /// Places at which a validator signed.
    pub(super) fn signed(&self) -> usize {
        self.votes.len()
    }

    /// Those of them at which it signed more than one thing.
    pub(super) fn double_signs(&self) -> usize {
        self.votes
            .values()
            .filter(|values| values.len() > 1)
            .count()
    }

    /// Receipts given.
    pub(super) fn receipts(&self) -> usize {
        self.receipts.len()
    }

    /// Those of them whose blob was not on the signer's disk.
    pub(super) const fn unbacked(&self) -> usize {
        self.unbacked
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Journal;

    #[test]
    fn two_values_at_one_place_are_a_double_sign_and_the_same_again_is_not() {
        let (mut journal, mut faults) = (Journal::default(), 0);
        let lines = [
            "vote aa 4 0 Prevote 11/-",
            "vote aa 4 0 Prevote 11/-",
            "vote aa 4 0 Precommit nil/-",
            "vote bb 4 0 Prevote nil/-",
            "vote aa 4 1 Prevote nil/-",
        ];
        for line in lines {
            journal.take(line, &mut |_| faults += 1).unwrap();
        }
        assert_eq!(
            (journal.signed(), journal.double_signs(), faults),
            (4, 0, 0)
        );
        let twice = "vote aa 4 0 Precommit 11/-";
        journal.take(twice, &mut |_| faults += 1).unwrap();
        assert_eq!(
            (journal.signed(), journal.double_signs(), faults),
            (4, 1, 1)
        );
    }

    #[test]
    fn bad_input_lines_that_are_none() {
        for line in ["", "vote", "receipt aa", "receipt zz 11", "note aa 4"] {
            assert!(
                Journal::default().take(line, &mut |_| ()).is_none(),
                "{line}"
            );
        }
    }
}
