//! Catching up with the validators: one certificate per change of the set, however long the
//! node was away.

use crate::Result;
use crate::client::Shared;
use crate::core::Search;
use chain::UnverifiedHeader;
use net::{PeerId, Request, Response};

/// Has one peer show where the set changed; none when it cannot, or takes longer than two blocks
/// may take: it must not keep the node from asking others.
pub(crate) async fn find_change(
    shared: &Shared,
    peer: PeerId,
    search: Search,
) -> Result<Option<UnverifiedHeader>> {
    let time = shared.config.deadline * 2;
    let found = tokio::time::timeout(time, halve(shared, peer, search)).await;
    found.unwrap_or(Ok(None))
}

async fn halve(
    shared: &Shared,
    peer: PeerId,
    mut search: Search,
) -> Result<Option<UnverifiedHeader>> {
    while let Some(from) = search.probe() {
        let request = Request::Headers { from, count: 1 };
        let timeout = shared.config.request_timeout;
        let answer = shared.peers.net().request(peer, request, timeout).await?;
        let header = match answer {
            Response::Headers(headers) => headers.into_iter().next(),
            _ => None,
        };
        match header {
            Some(header) if header.header.height == from => search.take(header),
            _ => return Ok(None),
        }
    }
    Ok(search.last())
}
