//! Validator sets as the registry has them: a set's hash fixes it, so each is read once.

use super::At;
use settlement::contracts::abi::Registry;
use settlement::{Address, B256, Error};
use std::sync::{Arc, Mutex, PoisonError};

/// Sets in memory.
const KEPT: usize = 8;
/// Most members of a set that are read; more than networks have.
const MEMBERS: u16 = 1024;

/// A member of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// Its id on L1.
    pub(super) validator: B256,
    /// Its weight.
    pub(super) weight: u64,
}

/// Those that were read, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Sets(Mutex<Vec<(B256, Arc<[Member]>)>>);

impl Sets {
    /// A set's members, in the set's order.
    pub(super) async fn get(
        &self,
        at: &At<'_>,
        registry: Address,
        set: B256,
    ) -> Result<Arc<[Member]>, Error> {
        if let Some(known) = self.known(set) {
            return Ok(known);
        }
        let count = at.ask(registry, Registry::memberCountCall { set }).await?;
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        if count > MEMBERS {
            return Err(Error::View {
                what: "members of a set",
                reason: format!("{count}, expected at most {MEMBERS}"),
            });
        }
        let calls = (0..count).map(|index| Registry::memberCall { set, index });
        let members = at.ask_each(registry, calls.collect()).await?;
        let members: Arc<[Member]> = members
            .into_iter()
            .map(|member| Member {
                validator: member.validator,
                weight: member.weight,
            })
            .collect();
        let kept = self.0.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((set, members.clone()));
        Ok(members)
    }

    fn known(&self, set: B256) -> Option<Arc<[Member]>> {
        let kept = self.0.lock();
        let kept = kept.unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| *known == set);
        found.map(|(_, members)| members.clone())
    }
}
