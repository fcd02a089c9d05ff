//! Addresses of peers, and their one encoding.

use crate::bootstrap::named_peer;
use crate::error::MessageError;
use crate::message::wire::bounded;
use libp2p::Multiaddr;
use proto::p2p;
use std::collections::HashSet;

/// Most addresses of one answer.
pub const MAX_PEERS: usize = 16;

/// Most bytes of an address: a name of the longest kind fits, or a relay's path does not.
const MAX_ADDRESS_BYTES: usize = 128;
/// Most bytes that an address takes in an answer, framing included.
pub(crate) const ADDRESS_BYTES: usize = MAX_ADDRESS_BYTES + 8;

/// Whether an address may be passed on at all.
pub(crate) fn is_short(addr: &Multiaddr) -> bool {
    addr.len() <= MAX_ADDRESS_BYTES
}

pub(crate) fn encode(addrs: &[Multiaddr]) -> p2p::Addresses {
    p2p::Addresses {
        items: addrs.iter().map(|addr| addr.to_vec().into()).collect(),
    }
}

pub(crate) fn decode(wire: &p2p::Addresses) -> Result<Vec<Multiaddr>, MessageError> {
    bounded("peers", wire.items.len(), 0, MAX_PEERS)?;
    let mut addrs = Vec::with_capacity(wire.items.len());
    let mut named = HashSet::with_capacity(wire.items.len());
    for (item, bytes) in wire.items.iter().enumerate() {
        bounded("peers.address", bytes.len(), 1, MAX_ADDRESS_BYTES)?;
        let fault = |problem| MessageError::Order {
            field: "peers",
            item,
            problem,
        };
        let addr = Multiaddr::try_from(bytes.to_vec()).map_err(|_| fault("is no address"))?;
        let peer = named_peer(&addr).ok_or_else(|| fault("names no peer"))?;
        if !named.insert(peer) {
            return Err(fault("names a peer a second time"));
        }
        addrs.push(addr);
    }
    Ok(addrs)
}

#[cfg(test)]
pub(super) mod tests;
