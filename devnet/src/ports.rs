//! Free ports on the loopback interface.

use crate::{Error, Result};
use std::net::{Ipv4Addr, TcpListener};

/// So many free TCP ports, all different. They are free when this returns; whoever needs them
/// must cope with another process being faster.
pub(crate) fn free_ports(count: usize) -> Result<Vec<u16>> {
    let failed = |error| Error::system("a free port", error);
    // All are held until the last is found, so that none is found twice.
    let held = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed))
        .collect::<Result<Vec<_>>>()?;
    held.iter()
        .map(|listener| Ok(listener.local_addr().map_err(failed)?.port()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::free_ports;
    use std::collections::HashSet;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn ports_are_distinct_and_free() {
        let ports = free_ports(16).unwrap();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 16);
        let bound = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        // Another test's process may have been faster with one of them, not with all.
        assert!(ports.iter().any(bound));
    }
}
