//! Whether a call that the rules take can be proved.
//!
//! The rules and their gadget are written one after the other, and where they say different things
//! of a call, no batch with it has a proof. So both are asked before a call is taken.

use crate::mempool::Refusal;
use ledger::{Body, Draft, Holdings, State};
use validity::gadget::{self, Ruled};

/// Holds a call against the rules and their gadget. What is no call, and everything where nothing
/// is proved by a gadget, is well.
///
/// # Errors
/// [`Refusal::Rule`] by the rules, [`Refusal::Unprovable`].
pub(crate) fn check(ruled: Option<Ruled>, state: &State, draft: &Draft) -> Result<(), Refusal> {
    let is_call = matches!(draft.body, Body::Call { .. });
    let Some(ruled) = ruled.filter(|_| is_call) else {
        return Ok(());
    };
    let record = draft.record();
    let said = state.outcome(&record)?;
    let proved = gadget::outcome(ruled.gadget(), &state.call(&record)?);
    match proved {
        Ok(Some(proved)) if proved == said => Ok(()),
        Ok(proved) => Err(Refusal::Unprovable {
            rules: show(said),
            gadget: proved.map_or_else(|| "nothing".to_owned(), show),
        }),
        Err(error) => Err(Refusal::Unprovable {
            rules: show(said),
            gadget: error.to_string(),
        }),
    }
}

fn show(after: Holdings) -> String {
    format!("{} and {}", after.from, after.to)
}
