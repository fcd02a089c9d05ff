//! One relay between all namespaces: it reads packets from a TUN device each, and gives them to
//! the [`Switch`], which says when and whether they arrive.
//!
//! It learns nothing: the host's number in a packet's destination is its port.

use super::switch::{Line, Switch};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tun::Tun;

/// Largest packet that a device hands over.
pub(super) const MTU: u16 = 1500;
/// The network of all namespaces; it exists nowhere but in them.
const NETWORK: [u8; 3] = [10, 83, 0];

/// The address of a port.
pub(super) const fn address(port: u8) -> Ipv4Addr {
    Ipv4Addr::new(NETWORK[0], NETWORK[1], NETWORK[2], port + 1)
}

/// The port that an IPv4 packet is for; none for anything else.
fn port_of(packet: &[u8]) -> Option<usize> {
    let (version, destination) = (packet.first()? >> 4, packet.get(16..20)?);
    let host = destination.strip_prefix(&NETWORK)?.first()?;
    (version == 4)
        .then(|| host.checked_sub(1).map(usize::from))
        .flatten()
}

struct Shared {
    switch: Mutex<Switch>,
    sent: Notify,
    started: Instant,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Switch> {
        // Every method of a switch leaves it consistent.
        self.switch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running relay. It ends when this is dropped.
pub(super) struct Relay {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// Joins these devices, each at the port of its place.
    pub(super) fn start(devices: Vec<Tun>, seed: u64) -> Self {
        let devices: Arc<[Tun]> = devices.into();
        let shared = Arc::new(Shared {
            switch: Mutex::new(Switch::new(devices.len(), seed)),
            sent: Notify::new(),
            started: Instant::now(),
        });
        let mut tasks = JoinSet::new();
        for port in 0..devices.len() {
            tasks.spawn(read(Arc::clone(&shared), Arc::clone(&devices), port));
        }
        tasks.spawn(deliver(Arc::clone(&shared), devices));
        Self {
            shared,
            _tasks: tasks,
        }
    }

    /// Changes the way from one port to another.
    pub(super) fn set(&self, from: usize, to: usize, line: Line) {
        self.shared.lock().set(from, to, line);
    }
}

async fn read(shared: Arc<Shared>, devices: Arc<[Tun]>, port: usize) {
    let mut packet = [0; MTU as usize];
    // An error means that the device is gone, and its namespace with it.
    while let Ok(length) = devices[port].recv(&mut packet).await {
        let packet = &packet[..length];
        if let Some(to) = port_of(packet) {
            let now = shared.started.elapsed();
            shared.lock().send(now, port, to, packet.to_vec());
            shared.sent.notify_one();
        }
    }
}

async fn deliver(shared: Arc<Shared>, devices: Arc<[Tun]>) {
    loop {
        let now = shared.started.elapsed();
        let (arrived, next) = {
            let mut switch = shared.lock();
            (switch.arrived(now), switch.next())
        };
        if let Some((to, packet)) = arrived {
            // A device whose queue is full drops, as any does.
            let _ = devices[to].try_send(&packet);
            continue;
        }
        let until = async {
            match next {
                Some(next) => tokio::time::sleep_until(shared.started + next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = until => {}
            () = shared.sent.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{address, port_of};

    fn packet(version: u8, destination: [u8; 4]) -> Vec<u8> {
        let mut packet = vec![0; 20];
        packet[0] = (version << 4) | 5;
        packet[16..].copy_from_slice(&destination);
        packet
    }

    #[test]
    fn a_packet_goes_to_the_port_of_its_destination() {
        for port in [0, 3, 253] {
            let destination = address(port).octets();
            assert_eq!(port_of(&packet(4, destination)), Some(port.into()));
        }
    }

    #[test]
    fn bad_input_packets_go_nowhere() {
        assert_eq!(port_of(&packet(6, address(1).octets())), None);
        assert_eq!(port_of(&packet(4, [10, 83, 1, 2])), None);
        assert_eq!(port_of(&packet(4, [10, 83, 0, 0])), None);
        let whole = packet(4, address(1).octets());
        for cut in 0..20 {
            assert_eq!(port_of(&whole[..cut]), None);
        }
    }
}
