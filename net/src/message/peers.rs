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
        let addr = decode_one("peers", item, bytes)?;
        if !named_peer(&addr).is_some_and(|peer| named.insert(peer)) {
            let (field, problem) = ("peers", "names a peer a second time");
            return Err(MessageError::Order {
                field,
                item,
                problem,
            });
        }
        addrs.push(addr);
    }
    Ok(addrs)
}

/// Reads an address that names its peer.
pub(crate) fn decode_one(
    field: &'static str,
    item: usize,
    bytes: &[u8],
) -> Result<Multiaddr, MessageError> {
    bounded(field, bytes.len(), 1, MAX_ADDRESS_BYTES)?;
    let fault = |problem| MessageError::Order {
        field,
        item,
        problem,
    };
    let addr = Multiaddr::try_from(bytes.to_vec()).map_err(|_| fault("is no address"))?;
    match named_peer(&addr) {
        Some(_) => Ok(addr),
        None => Err(fault("names no peer")),
    }
}

#[cfg(test)]
pub(super) mod tests;
