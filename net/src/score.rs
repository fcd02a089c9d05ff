//! What peers have done wrong, and for how long nobody talks to them. The clock is an argument.

use libp2p::PeerId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Something a peer did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offence {
    /// A proof, a signature or a certificate that does not verify. Bans at once.
    BadProof,
    /// A frame or a message that cannot be read.
    Malformed,
    /// An answer to another question.
    WrongAnswer,
    /// Another chain behind this chain's protocol name. Bans at once.
    WrongChain,
    /// A claim to be a validator that its key did not sign. Bans at once.
    ForgedBinding,
    /// An announcement that does not verify.
    InvalidAnnouncement,
    /// An answer without what the peer should have.
    Empty,
    /// No answer in time.
    Timeout,
    /// A large message that it began and did not end in time.
    Stalled,
    /// More than it may ask, over and over.
    Flood,
}

impl Offence {
    const fn points(self) -> u32 {
        match self {
            Self::BadProof | Self::WrongChain | Self::ForgedBinding => BAN_AT,
            Self::Malformed | Self::WrongAnswer => 25,
            Self::InvalidAnnouncement => 20,
            Self::Stalled => 15,
            Self::Flood => 5,
            Self::Empty | Self::Timeout => 2,
        }
    }
}

/// Points at which a peer is banned.
const BAN_AT: u32 = 100;
/// The time in which one point is forgiven.
const FORGIVEN_EVERY: Duration = Duration::from_secs(6);
/// Most peers remembered; those with the fewest points are forgotten first.
const MAX_PEERS: usize = 4096;

#[derive(Debug, Clone, Copy)]
struct Record {
    points: u32,
    /// Up to when points have been forgiven.
    at: Instant,
    banned_until: Option<Instant>,
}

impl Record {
    fn forgive(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at);
        let forgiven = elapsed.as_secs() / FORGIVEN_EVERY.as_secs();
        let forgiven = u32::try_from(forgiven).unwrap_or(u32::MAX);
        self.points = self.points.saturating_sub(forgiven);
        self.at += FORGIVEN_EVERY.saturating_mul(forgiven).min(elapsed);
        if self.banned_until.is_some_and(|until| until <= now) {
            self.banned_until = None;
            self.points = 0;
        }
    }
}

/// The points and bans of all peers.
#[derive(Debug)]
pub(crate) struct Scores {
    peers: HashMap<PeerId, Record>,
    ban: Duration,
}

impl Scores {
    pub(crate) fn new(ban: Duration) -> Self {
        Self {
            peers: HashMap::new(),
            ban,
        }
    }

    /// Adds an offence's points; true when the peer is banned by it.
    pub(crate) fn record(&mut self, peer: PeerId, offence: Offence, now: Instant) -> bool {
        let record = self.entry(peer, now);
        record.points = record.points.saturating_add(offence.points());
        let ban = record.points >= BAN_AT && record.banned_until.is_none();
        if ban {
            self.ban(peer, now);
        }
        ban
    }

    /// Bans a peer from now on.
    pub(crate) fn ban(&mut self, peer: PeerId, now: Instant) {
        let until = now + self.ban;
        self.entry(peer, now).banned_until = Some(until);
    }

    /// Whether the peer is banned.
    pub(crate) fn is_banned(&self, peer: &PeerId, now: Instant) -> bool {
        self.peers
            .get(peer)
            .and_then(|record| record.banned_until)
            .is_some_and(|until| until > now)
    }

    /// All that are banned.
    pub(crate) fn banned(&self, now: Instant) -> Vec<PeerId> {
        self.peers
            .keys()
            .filter(|peer| self.is_banned(peer, now))
            .copied()
            .collect()
    }

    fn entry(&mut self, peer: PeerId, now: Instant) -> &mut Record {
        if self.peers.len() >= MAX_PEERS && !self.peers.contains_key(&peer) {
            self.forget(now);
        }
        let record = self.peers.entry(peer).or_insert(Record {
            points: 0,
            at: now,
            banned_until: None,
        });
        record.forgive(now);
        record
    }

    /// Makes room: drops the innocent, or else whoever has the fewest points.
    fn forget(&mut self, now: Instant) {
        self.peers.retain(|_, record| {
            record.forgive(now);
            record.points > 0 || record.banned_until.is_some()
        });
        if self.peers.len() >= MAX_PEERS {
            let least = self
                .peers
                .iter()
                .min_by_key(|(_, record)| (record.banned_until, record.points))
                .map(|(peer, _)| *peer);
            if let Some(peer) = least {
                self.peers.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAN: Duration = Duration::from_secs(60);

    #[test]
    fn a_bad_proof_bans_at_once_and_for_as_long_as_said() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut scores = Scores::new(BAN);
        assert!(scores.record(peer, Offence::BadProof, start));
        assert!(scores.is_banned(&peer, start + BAN - Duration::from_millis(1)));
        assert!(!scores.is_banned(&peer, start + BAN));
        assert_eq!(scores.banned(start), [peer]);
        assert!(scores.banned(start + BAN).is_empty());
    }

    #[test]
    fn small_offences_add_up_within_a_short_time() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut scores = Scores::new(BAN);
        for _ in 0..3 {
            assert!(!scores.record(peer, Offence::Malformed, start));
        }
        assert!(scores.record(peer, Offence::Malformed, start));
    }

    #[test]
    fn points_are_forgiven_with_time() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut scores = Scores::new(BAN);
        for minute in 0..100 {
            let now = start + Duration::from_secs(60 * 3 * minute);
            assert!(!scores.record(peer, Offence::Malformed, now), "{minute}");
        }
    }

    #[test]
    fn frequent_small_steps_forgive_no_less_than_one_large_step() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut scores = Scores::new(BAN);
        // 2 points every 13 s: 2 are forgiven in 12.
        for step in 0..1_000 {
            let now = start + Duration::from_secs(13 * step);
            assert!(!scores.record(peer, Offence::Timeout, now), "{step}");
        }
    }

    #[test]
    fn a_ban_that_has_ended_leaves_a_clean_record() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut scores = Scores::new(BAN);
        scores.record(peer, Offence::WrongChain, start);
        assert!(!scores.record(peer, Offence::Malformed, start + BAN));
        assert!(!scores.is_banned(&peer, start + BAN));
    }

    #[test]
    fn one_peer_is_not_blamed_for_another() {
        let (start, good, bad) = (Instant::now(), PeerId::random(), PeerId::random());
        let mut scores = Scores::new(BAN);
        scores.record(bad, Offence::ForgedBinding, start);
        assert!(!scores.is_banned(&good, start));
    }

    #[test]
    fn memory_is_bounded_and_the_worst_are_remembered() {
        let start = Instant::now();
        let mut scores = Scores::new(BAN);
        let worst = PeerId::random();
        scores.ban(worst, start);
        for _ in 0..2 * MAX_PEERS {
            scores.record(PeerId::random(), Offence::Timeout, start);
        }
        assert!(scores.peers.len() <= MAX_PEERS);
        assert!(scores.is_banned(&worst, start));
    }
}
