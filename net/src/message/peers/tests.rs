#![allow(clippy::unwrap_used)]

use super::*;
use libp2p::PeerId;
use libp2p::multiaddr::Protocol;

pub(crate) fn address() -> Multiaddr {
    let addr: Multiaddr = "/ip6/2001:db8::1/udp/65535/quic-v1".parse().unwrap();
    addr.with(Protocol::P2p(PeerId::random()))
}

fn refused(items: Vec<Vec<u8>>) -> MessageError {
    let items = items.into_iter().map(Into::into).collect();
    decode(&p2p::Addresses { items }).unwrap_err()
}

#[test]
fn addresses_survive_the_wire() {
    let addrs: Vec<_> = (0..MAX_PEERS).map(|_| address()).collect();
    assert!(addrs.iter().all(is_short));
    assert_eq!(decode(&encode(&addrs)).unwrap(), addrs);
}

#[test]
fn bad_input_addresses_too_many_too_long_nameless_twice_or_none_at_all() {
    let many = (0..=MAX_PEERS).map(|_| address().to_vec()).collect();
    assert!(matches!(refused(many), MessageError::Wire(_)));

    let name = "a".repeat(120);
    let long: Multiaddr = format!("/dns4/{name}/tcp/1").parse().unwrap();
    let long = long.with(Protocol::P2p(PeerId::random()));
    assert!(!is_short(&long));
    assert!(matches!(
        refused(vec![long.to_vec()]),
        MessageError::Wire(_)
    ));
    assert!(matches!(refused(vec![Vec::new()]), MessageError::Wire(_)));

    let nameless: Multiaddr = "/ip4/1.2.3.4/tcp/1".parse().unwrap();
    let one = address().to_vec();
    for items in [
        vec![nameless.to_vec()],
        vec![vec![0xff; 12]],
        vec![one.clone(), one],
    ] {
        assert!(matches!(refused(items), MessageError::Order { .. }));
    }
}
