//! Headers for blocks that are sampled on demand.

use crate::client::Shared;
use crate::client::accept::is_fatal;
use crate::client::sampler::own_randomness;
use crate::core::Step;
use crate::{Error, Result};
use chain::FinalHeader;
use net::{PeerId, Request, Response};
use std::time::{Duration, Instant};
use types::Height;

/// The pause between two rounds of asking for one header.
const PAUSE: Duration = Duration::from_millis(100);

/// The trusted header of one height: remembered, or asked for until the time for samples is
/// over.
pub(crate) async fn find_header(shared: &Shared, height: Height) -> Result<FinalHeader> {
    let deadline = Instant::now() + shared.config.deadline;
    let mut rng = own_randomness()?;
    loop {
        if let Some(reason) = shared.stop_reason() {
            return Err(Error::Stopped { reason });
        }
        let remembered = shared
            .trust()
            .as_ref()
            .and_then(|trust| trust.header(height).cloned());
        if let Some(header) = remembered {
            return Ok(header);
        }
        for peer in shared.peers.sources(Instant::now(), &mut rng) {
            if let Some(header) = header_from(shared, peer, height).await? {
                return Ok(header);
            }
        }
        if Instant::now() >= deadline {
            return Err(Error::NoHeader { height });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The header of one height from one peer, verified.
async fn header_from(shared: &Shared, peer: PeerId, height: Height) -> Result<Option<FinalHeader>> {
    let request = Request::Headers {
        from: height,
        count: 1,
    };
    let timeout = shared.config.request_timeout;
    let Ok(Response::Headers(headers)) = shared.peers.net().request(peer, request, timeout).await
    else {
        return Ok(None);
    };
    for header in headers {
        match shared.accept(header) {
            Ok(Some(Step::Trusted(header))) => return Ok(Some(*header)),
            Ok(_) => {}
            Err(error) if is_fatal(&error) => {
                shared.halt(&error);
                return Err(error);
            }
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(%peer, %error, "false header");
                shared.peers.net().ban(peer, &error.to_string());
            }
            Err(error) => tracing::debug!(%peer, %error, "header set aside"),
        }
    }
    Ok(None)
}
