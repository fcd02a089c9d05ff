//! Where a node is: a host, and addresses on it.

use super::{Error, Result};
use libp2p::multiaddr::Protocol;
use net::Multiaddr;
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A host as others reach it, or as a node listens on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An IP address.
    Ip(IpAddr),
    /// A DNS name.
    Name(String),
}

impl Host {
    /// This machine, for this machine.
    pub const LOOPBACK: Self = Self::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    /// Every interface, IPv4.
    pub const ANY: Self = Self::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    /// Most bytes of a DNS name (RFC 1035).
    const MAX_NAME_BYTES: usize = 253;

    /// What a node that is reached as this host listens on: a loopback address itself, and
    /// every interface otherwise.
    #[must_use]
    pub const fn listen(&self) -> Self {
        match self {
            Self::Ip(ip) if ip.is_loopback() => Self::Ip(*ip),
            Self::Ip(IpAddr::V6(_)) => Self::Ip(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
            _ => Self::ANY,
        }
    }

    /// A TCP address on this host.
    #[must_use]
    pub fn tcp(&self, port: u16) -> Multiaddr {
        self.address().with(Protocol::Tcp(port))
    }

    /// Where peers and light nodes reach a node on this host: TCP and QUIC, on one port.
    #[must_use]
    pub fn p2p(&self, port: u16) -> Vec<Multiaddr> {
        let quic = self.address().with(Protocol::Udp(port));
        vec![self.tcp(port), quic.with(Protocol::QuicV1)]
    }

    fn address(&self) -> Multiaddr {
        match self {
            Self::Ip(ip) => Multiaddr::from(*ip),
            Self::Name(name) => Multiaddr::empty().with(Protocol::Dns(Cow::Owned(name.clone()))),
        }
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let in_name = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'.';
        if (1..=Self::MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(in_name) {
            Ok(Self::Name(text.to_owned()))
        } else {
            Err(Error::Address {
                what: "host",
                got: text.chars().take(Self::MAX_NAME_BYTES).collect(),
                expected: "an IP address or a DNS name",
            })
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Host;

    fn addresses(host: &str) -> Vec<String> {
        let host: Host = host.parse().unwrap();
        host.p2p(7).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_host_becomes_addresses() {
        assert_eq!(
            addresses("1.2.3.4"),
            ["/ip4/1.2.3.4/tcp/7", "/ip4/1.2.3.4/udp/7/quic-v1"]
        );
        assert_eq!(
            addresses("::1"),
            ["/ip6/::1/tcp/7", "/ip6/::1/udp/7/quic-v1"]
        );
        assert_eq!(addresses("a-b.example")[0], "/dns/a-b.example/tcp/7");
    }

    #[test]
    fn a_node_listens_where_it_is_reached() {
        let listen = |host: &str| host.parse::<Host>().unwrap().listen().to_string();
        for (host, expected) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("1.2.3.4", "0.0.0.0"),
            ("2001:db8::1", "::"),
            ("node.example", "0.0.0.0"),
        ] {
            assert_eq!(listen(host), expected, "{host}");
        }
    }

    #[test]
    fn bad_input_hosts() {
        for host in ["", "a/b", "a b", "a:1", "ü.example", &"a".repeat(254)] {
            assert!(host.parse::<Host>().is_err(), "{host}");
        }
    }
}
