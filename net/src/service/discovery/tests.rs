#![allow(clippy::unwrap_used)]

use super::*;

fn addr(text: &str) -> Multiaddr {
    text.parse().unwrap()
}

#[test]
fn bad_input_only_addresses_at_which_a_peer_is_seen_are_passed_on() {
    let (peer, other) = (PeerId::random(), PeerId::random());
    let seen = addr("/ip4/10.0.0.7/tcp/51234");
    let named = |text: &str| addr(text).with(Protocol::P2p(peer));
    let claimed = [
        addr("/ip4/10.0.0.8/tcp/80"),
        addr("/ip4/10.0.0.7/tcp/4001"),
        addr("/dns4/victim.example/tcp/443"),
        addr("/ip4/10.0.0.7/udp/4001/quic-v1"),
        addr("/ip4/10.0.0.7/tcp/4002").with(Protocol::P2p(other)),
        named("/ip4/10.0.0.7/tcp/4003"),
    ];
    let expected = [
        named("/ip4/10.0.0.7/tcp/4001"),
        named("/ip4/10.0.0.7/udp/4001/quic-v1"),
        named("/ip4/10.0.0.7/tcp/4003"),
    ];
    assert_eq!(reachable(peer, &seen, &claimed), expected);
    // Of who is seen at a name, nothing is known.
    let nameless = addr("/dns4/victim.example/tcp/51234");
    assert!(reachable(peer, &nameless, &claimed).is_empty());
}
