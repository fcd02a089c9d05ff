//! How validators find one another's consensus: each asks the members that it meets on the
//! network where their consensus listens. The answer comes over a connection that the member's
//! key is bound to, so it needs no signature of its own, and nobody can send a validator to an
//! address in another's name.

use crate::state::State;
use chain::ValidatorAddress;
use net::{PeerId, Request, Response, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at who is there.
const PERIOD: Duration = Duration::from_millis(500);
const DEADLINE: Duration = Duration::from_secs(3);
/// Looks after which a member is asked again: it may have moved.
const ASK_AGAIN: u32 = 60;

/// Keeps the addresses of all members up to date, those of the set before included, who may
/// still be needed to end its last height.
pub(crate) async fn keep(state: &Arc<State>) {
    let mut known: BTreeMap<ValidatorAddress, (String, u32)> = BTreeMap::new();
    loop {
        for (member, peer) in members(state) {
            let is_fresh = known.get_mut(&member).is_some_and(|(_, age)| {
                *age = age.saturating_add(1);
                *age < ASK_AGAIN
            });
            if is_fresh {
                continue;
            }
            if let Some(address) = ask(state, peer).await {
                known.insert(member, (address, 0));
            }
        }
        // Who is away keeps its place: it may come back where it was.
        known.retain(|member, _| state.is_in_force(member));
        let addresses: BTreeSet<String> = known.values().map(|(text, _)| text.clone()).collect();
        state.contacts.send_if_modified(|contacts| {
            let changed = *contacts != addresses;
            *contacts = addresses;
            changed
        });
        tokio::time::sleep(PERIOD).await;
    }
}

/// The members that are connected, each with its peer.
fn members(state: &State) -> Vec<(ValidatorAddress, PeerId)> {
    let peers = state.network.connected_peers();
    peers
        .into_iter()
        .filter(|peer| peer.role == Role::Full)
        .filter_map(|peer| Some((peer.validator?, peer.peer)))
        .filter(|(address, _)| state.is_in_force(address))
        .collect()
}

async fn ask(state: &State, peer: PeerId) -> Option<String> {
    match state
        .network
        .request(peer, Request::Contact, DEADLINE)
        .await
    {
        Ok(Response::Contact(address)) => Some(address.to_string()),
        Ok(_) => None,
        Err(error) => {
            tracing::debug!(%peer, %error, "tells no consensus address");
            None
        }
    }
}
