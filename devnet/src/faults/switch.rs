//! A switch with a line of its own from every port to every other: what each line does to
//! packets, in virtual time. Pure: time comes as an argument, chance from a seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// How long a packet waits at most for a slow line before it is dropped, as a router with a
/// short queue drops it.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// Most bytes that are on their way along one line.
const MAX_BYTES: usize = 8 << 20;

/// What the way from one port to another is like.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Line {
    /// Nothing passes.
    pub(crate) cut: bool,
    /// How long a packet takes.
    pub(crate) delay: Duration,
    /// How far from that it may be, either way; packets of a line do not overtake one another.
    pub(crate) jitter: Duration,
    /// The fraction of packets that get lost.
    pub(crate) loss: f64,
    /// Bytes per second; as many as there are when none.
    pub(crate) rate: Option<u64>,
}

impl Line {
    /// A line through which nothing passes.
    pub(crate) const CUT: Self = Self {
        cut: true,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: 0.0,
        rate: None,
    };
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It will arrive, unless the line is cut meanwhile.
    Sent,
    /// The line is cut.
    Cut,
    /// Chance took it.
    Lost,
    /// The line has too much to carry.
    Full,
}

#[derive(Debug, Default)]
struct Traffic {
    line: Line,
    /// When the line has sent all that it was given.
    free_at: Duration,
    /// When the last packet arrives.
    last: Duration,
    bytes: usize,
}

/// A packet on its way. The earliest arrival compares least, then the order of sending.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    arrives: Duration,
    order: u64,
    from: usize,
    to: usize,
    packet: Vec<u8>,
}

/// The switch.
#[derive(Debug)]
pub(crate) struct Switch {
    ports: usize,
    lines: Vec<Traffic>,
    flights: BinaryHeap<Reverse<Flight>>,
    order: u64,
    rng: StdRng,
}

impl Switch {
    /// A switch with so many ports, all lines of which are perfect.
    pub(crate) fn new(ports: usize, seed: u64) -> Self {
        Self {
            ports,
            lines: (0..ports * ports).map(|_| Traffic::default()).collect(),
            flights: BinaryHeap::new(),
            order: 0,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    fn traffic(&mut self, from: usize, to: usize) -> Option<&mut Traffic> {
        (from < self.ports && to < self.ports)
            .then(|| from * self.ports + to)
            .and_then(|place| self.lines.get_mut(place))
    }

    /// Changes the way from one port to another. What is on its way keeps its time of arrival,
    /// and does not arrive if the line is cut by then.
    pub(crate) fn set(&mut self, from: usize, to: usize, line: Line) {
        if let Some(traffic) = self.traffic(from, to) {
            traffic.line = line;
            // What waited for a slow line waits no longer.
            traffic.free_at = Duration::ZERO;
        }
    }

    /// Gives a packet to the line from one port to another.
    pub(crate) fn send(&mut self, now: Duration, from: usize, to: usize, packet: Vec<u8>) -> Fate {
        let (chance, shift) = (self.rng.random::<f64>(), self.rng.random::<f64>());
        let order = self.order;
        let Some(traffic) = self.traffic(from, to) else {
            return Fate::Cut;
        };
        let line = traffic.line;
        if line.cut {
            return Fate::Cut;
        }
        if chance < line.loss {
            return Fate::Lost;
        }
        let starts = traffic.free_at.max(now);
        if starts - now > MAX_WAIT || traffic.bytes + packet.len() > MAX_BYTES {
            return Fate::Full;
        }
        let takes = line.rate.map_or(Duration::ZERO, |rate| {
            let nanos = packet.len() as u64 * 1_000_000_000;
            Duration::from_nanos(nanos / rate.max(1))
        });
        traffic.free_at = starts + takes;
        let jitter = line.jitter.mul_f64(2.0 * shift);
        let delay = (line.delay + jitter).saturating_sub(line.jitter);
        let arrives = (traffic.free_at + delay).max(traffic.last);
        traffic.last = arrives;
        traffic.bytes += packet.len();
        self.order = order + 1;
        self.flights.push(Reverse(Flight {
            arrives,
            order,
            from,
            to,
            packet,
        }));
        Fate::Sent
    }

    /// When the next packet arrives; none while nothing is on its way.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.flights.peek().map(|Reverse(flight)| flight.arrives)
    }

    /// A packet that has arrived by now, with the port at which it did.
    pub(crate) fn arrived(&mut self, now: Duration) -> Option<(usize, Vec<u8>)> {
        while self.next().is_some_and(|arrives| arrives <= now) {
            let Reverse(flight) = self.flights.pop()?;
            let traffic = self.traffic(flight.from, flight.to)?;
            traffic.bytes = traffic.bytes.saturating_sub(flight.packet.len());
            if !traffic.line.cut {
                return Some((flight.to, flight.packet));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
