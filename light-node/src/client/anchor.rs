//! From a checkpoint to the first trusted validator set.

use crate::client::sampler::own_randomness;
use crate::client::{Shared, Trouble};
use crate::core::{Anchor, Trust};
use crate::{Error, Result};
use chain::{TrustingPeriod, ValidatorSet};
use net::{PeerId, Request, Response};
use std::time::{Duration, Instant};
use types::{Height, SetHash};

/// The first pause between two rounds of asking everybody; it doubles up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(1600);

/// Asks peers until one gives what the checkpoint commits to.
pub(crate) async fn anchor(shared: &Shared) -> Result<Trust> {
    let mut rng = own_randomness()?;
    let mut pause = PAUSE;
    loop {
        let peers = shared.peers.sources(Instant::now(), &mut rng);
        // Waiting for the first peer is no chatter.
        pause = if peers.is_empty() { PAUSE } else { pause };
        for peer in peers {
            match from_peer(shared, peer).await {
                Ok(Some(trust)) => return Ok(trust),
                Ok(None) => {}
                Err(error) if error.is_peer_fault() => {
                    tracing::warn!(%peer, %error, "not what the checkpoint commits to");
                    let reason = error.to_string();
                    shared.set_trouble(Some(Trouble::Checkpoint { reason }));
                    shared.peers.net().ban(peer, &error.to_string());
                }
                Err(Error::Net(error)) => tracing::debug!(%peer, %error, "no anchor"),
                Err(error) => return Err(error),
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What one peer gives; none when it has nothing to give.
async fn from_peer(shared: &Shared, peer: PeerId) -> Result<Option<Trust>> {
    let (net, timeout) = (shared.peers.net(), shared.config.request_timeout);
    let anchor = Anchor::new(shared.chain, shared.config.checkpoint, period(shared));
    let height = shared.config.checkpoint.height;
    if height == Height::GENESIS {
        return match net.request(peer, Request::Genesis, timeout).await? {
            Response::Genesis(bytes) => {
                let trust = anchor.genesis(&bytes)?;
                shared.help.keep_genesis(&bytes);
                Ok(Some(trust))
            }
            _ => Ok(None),
        };
    }
    let request = Request::Headers {
        from: height,
        count: 1,
    };
    let Response::Headers(headers) = net.request(peer, request, timeout).await? else {
        return Ok(None);
    };
    let Some(header) = headers.into_iter().next() else {
        return Ok(None);
    };
    let Some(set) = fetch_set(shared, peer, header.header.validators).await? else {
        return Ok(None);
    };
    anchor.header(header, set).map(Some)
}

/// The set with this hash, as far as this peer has it.
pub(crate) async fn fetch_set(
    shared: &Shared,
    peer: PeerId,
    hash: SetHash,
) -> Result<Option<ValidatorSet>> {
    let (net, timeout) = (shared.peers.net(), shared.config.request_timeout);
    match net
        .request(peer, Request::ValidatorSet { hash }, timeout)
        .await?
    {
        Response::ValidatorSet(set) => Ok(Some(set)),
        _ => Ok(None),
    }
}

fn period(shared: &Shared) -> TrustingPeriod {
    let millis = shared.config.trusting_period.as_millis();
    TrustingPeriod {
        millis: u64::try_from(millis).unwrap_or(u64::MAX),
    }
}
