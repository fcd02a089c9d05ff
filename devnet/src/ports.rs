//! Free ports on the loopback interface.

use crate::{Error, Result};
use std::net::{Ipv4Addr, TcpListener};

/// Below it are services of the machine, from [`OUTGOING`] on the local ends of outgoing
/// connections (`ip_local_port_range`): a node that is away for a moment would find its port taken.
const FIRST: u16 = 12_000;
const OUTGOING: u16 = 32_768;
/// Ports that are tried for each that is wanted, before the system chooses one.
const ATTEMPTS: usize = 64;

/// So many free TCP ports, all different. They are free when this returns; whoever needs them
/// must cope with another process being faster.
pub(crate) fn free_ports(count: usize) -> Result<Vec<u16>> {
    let failed = |error| Error::system("a free port", error);
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    // All are held until the last is found, so that none is found twice.
    let held = (0..count)
        .map(|_| {
            (0..ATTEMPTS)
                .find_map(|_| bind(rand::random_range(FIRST..OUTGOING)).ok())
                .map_or_else(|| bind(0).map_err(failed), Ok)
        })
        .collect::<Result<Vec<_>>>()?;
    held.iter()
        .map(|listener| Ok(listener.local_addr().map_err(failed)?.port()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{FIRST, free_ports};
    use std::collections::HashSet;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn ports_are_distinct_and_free() {
        let ports = free_ports(16).unwrap();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 16);
        assert!(ports.iter().all(|port| *port >= FIRST));
        let bound = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        // Another test's process may have been faster with one of them, not with all.
        assert!(ports.iter().any(bound));
    }
}
