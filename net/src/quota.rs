//! How much one peer may ask: a pair of token buckets. The clock is an argument.

use crate::config::Quota;
use libp2p::PeerId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Tokens of one kind. A debt delays what comes next; it is never forgiven.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    per_second: f64,
    burst: f64,
}

impl Bucket {
    fn full(per_second: f64, burst: f64) -> Self {
        Self {
            tokens: burst,
            per_second,
            burst,
        }
    }

    fn refill(&mut self, elapsed: Duration) {
        self.tokens = (self.tokens + elapsed.as_secs_f64() * self.per_second).min(self.burst);
    }

    /// Changes the bounds; what was spent stays spent.
    fn rebound(&mut self, per_second: f64, burst: f64) {
        self.tokens += burst - self.burst;
        self.per_second = per_second;
        self.burst = burst;
    }

    /// How long until `needed` tokens are there; zero when they are.
    fn wait(&self, needed: f64) -> Duration {
        let missing = needed.min(self.burst) - self.tokens;
        if missing <= 0.0 {
            Duration::ZERO
        } else {
            Duration::try_from_secs_f64(missing / self.per_second).unwrap_or(Duration::MAX)
        }
    }
}

/// What one peer has left of its [`Quota`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    requests: Bucket,
    bytes: Bucket,
    quota: Quota,
    at: Instant,
}

impl Allowance {
    pub(crate) fn new(quota: Quota, now: Instant) -> Self {
        let [requests, bytes] = bounds(quota);
        Self {
            requests: Bucket::full(requests.0, requests.1),
            bytes: Bucket::full(bytes.0, bytes.1),
            quota,
            at: now,
        }
    }

    /// With nothing to spend yet.
    fn empty(quota: Quota, now: Instant) -> Self {
        let mut allowance = Self::new(quota, now);
        allowance.requests.tokens = 0.0;
        allowance.bytes.tokens = 0.0;
        allowance
    }

    /// Applies another quota from now on.
    fn rebound(&mut self, quota: Quota, now: Instant) {
        if self.quota == quota {
            return;
        }
        self.refill(now);
        let [requests, bytes] = bounds(quota);
        self.requests.rebound(requests.0, requests.1);
        self.bytes.rebound(bytes.0, bytes.1);
        self.quota = quota;
    }

    /// The part of the full allowance that is there: 1 when nothing would be lost with it.
    fn fullness(&mut self, now: Instant) -> f64 {
        self.refill(now);
        let part = |bucket: &Bucket| {
            if bucket.tokens >= bucket.burst {
                1.0
            } else {
                bucket.tokens / bucket.burst
            }
        };
        part(&self.requests).min(part(&self.bytes))
    }

    /// Takes one request of `bytes`, or says how long to wait.
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        let bytes = to_f64(bytes);
        let wait = self.requests.wait(1.0).max(self.bytes.wait(bytes));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.requests.tokens -= 1.0;
        self.bytes.tokens -= bytes;
        Ok(())
    }

    /// Charges an answer's bytes, which are known only now: the peer may fall into debt.
    pub(crate) fn charge(&mut self, bytes: usize, now: Instant) {
        self.refill(now);
        self.bytes.tokens -= to_f64(bytes);
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at);
        self.requests.refill(elapsed);
        self.bytes.refill(elapsed);
        self.at = self.at.max(now);
    }
}

/// Rate and burst, of requests and of bytes.
#[expect(
    clippy::cast_precision_loss,
    reason = "rates far below 2^52 bytes a second"
)]
fn bounds(quota: Quota) -> [(f64, f64); 2] {
    let (rate, burst) = (quota.requests_per_second, quota.request_burst);
    [
        (f64::from(rate), f64::from(burst)),
        (quota.bytes_per_second as f64, quota.byte_burst as f64),
    ]
}

/// Most peers whose allowances are remembered.
const MAX_PEERS: usize = 4096;

/// The allowances of all peers, those that have gone included: coming back forgives nothing.
#[derive(Debug, Default)]
pub(crate) struct Allowances(HashMap<PeerId, Allowance>);

impl Allowances {
    /// A peer's allowance under the quota that applies to it now. While the memory is full of
    /// peers that have spent something, another one starts with nothing: a new name gains
    /// nothing then, either.
    pub(crate) fn of(&mut self, peer: PeerId, quota: Quota, now: Instant) -> &mut Allowance {
        let fresh = if self.0.contains_key(&peer) || self.make_room(now) {
            Allowance::new(quota, now)
        } else {
            Allowance::empty(quota, now)
        };
        let allowance = self.0.entry(peer).or_insert(fresh);
        allowance.rebound(quota, now);
        allowance
    }

    /// Charges an answer to a peer, there or gone.
    pub(crate) fn charge(&mut self, peer: &PeerId, bytes: usize, now: Instant) {
        if let Some(allowance) = self.0.get_mut(peer) {
            allowance.charge(bytes, now);
        }
    }

    /// Drops those who have their full allowance again, if there is need; false when there was
    /// none such, and the one who has the most was dropped.
    fn make_room(&mut self, now: Instant) -> bool {
        if self.0.len() < MAX_PEERS {
            return true;
        }
        self.0.retain(|_, allowance| allowance.fullness(now) < 1.0);
        if self.0.len() < MAX_PEERS {
            return true;
        }
        let most = self
            .0
            .iter_mut()
            .map(|(peer, allowance)| (*peer, allowance.fullness(now)))
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(peer, _)| peer);
        if let Some(peer) = most {
            self.0.remove(&peer);
        }
        false
    }
}

fn to_f64(bytes: usize) -> f64 {
    u32::try_from(bytes).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const QUOTA: Quota = Quota {
        requests_per_second: 2,
        request_burst: 4,
        bytes_per_second: 1_000,
        byte_burst: 3_000,
    };

    #[test]
    fn a_burst_passes_and_the_next_request_learns_how_long_to_wait() {
        let start = Instant::now();
        let mut allowance = Allowance::new(QUOTA, start);
        for _ in 0..4 {
            allowance.take(10, start).unwrap();
        }
        assert_eq!(allowance.take(10, start), Err(Duration::from_millis(500)));
        assert_eq!(
            allowance.take(10, start + Duration::from_millis(500)),
            Ok(())
        );
    }

    #[test]
    fn a_rest_refills_to_the_burst_and_no_further() {
        let start = Instant::now();
        let mut allowance = Allowance::new(QUOTA, start);
        let later = start + Duration::from_secs(3_600);
        for _ in 0..4 {
            allowance.take(0, later).unwrap();
        }
        assert!(allowance.take(0, later).is_err());
    }

    #[test]
    fn answers_leave_a_debt_that_must_be_waited_out() {
        let start = Instant::now();
        let mut allowance = Allowance::new(QUOTA, start);
        allowance.charge(8_000, start);
        // 5,000 in debt and 1,000 needed: 6 s at 1,000 a second.
        assert_eq!(allowance.take(1_000, start), Err(Duration::from_secs(6)));
        assert_eq!(
            allowance.take(1_000, start + Duration::from_secs(6)),
            Ok(())
        );
    }

    #[test]
    fn a_request_larger_than_the_burst_passes_when_the_bucket_is_full() {
        let start = Instant::now();
        let mut allowance = Allowance::new(QUOTA, start);
        assert_eq!(allowance.take(9_000, start), Ok(()));
        assert!(allowance.take(1, start).is_err());
    }

    #[test]
    fn leaving_and_coming_back_forgives_nothing() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut allowances = Allowances::default();
        allowances.of(peer, QUOTA, start).charge(8_000, start);
        let again = allowances.of(peer, QUOTA, start);
        assert_eq!(again.take(1_000, start), Err(Duration::from_secs(6)));
        let other = allowances.of(PeerId::random(), QUOTA, start);
        assert_eq!(other.take(1_000, start), Ok(()));
    }

    #[test]
    fn another_quota_forgives_nothing_either() {
        let (start, peer) = (Instant::now(), PeerId::random());
        let mut allowances = Allowances::default();
        allowances.of(peer, QUOTA, start).charge(3_000, start);
        let wider = Quota {
            byte_burst: 10_000,
            ..QUOTA
        };
        let allowance = allowances.of(peer, wider, start);
        // 3,000 of 10,000 are spent: of 8,000, one has to come in first.
        assert_eq!(allowance.take(8_000, start), Err(Duration::from_secs(1)));
        assert_eq!(allowance.take(7_000, start), Ok(()));
        let back = allowances.of(peer, QUOTA, start);
        assert_eq!(back.take(0, start), Err(Duration::from_secs(7)));
    }

    #[test]
    fn only_the_full_are_forgotten_and_memory_is_bounded() {
        let (start, debtor) = (Instant::now(), PeerId::random());
        let mut allowances = Allowances::default();
        allowances.of(debtor, QUOTA, start).charge(100_000, start);
        for _ in 0..2 * MAX_PEERS {
            allowances.of(PeerId::random(), QUOTA, start);
        }
        assert!(allowances.0.len() <= MAX_PEERS);
        let again = allowances.of(debtor, QUOTA, start);
        assert!(again.take(0, start).is_err());
    }

    #[test]
    fn while_everyone_remembered_owes_a_newcomer_starts_with_nothing() {
        let start = Instant::now();
        let mut allowances = Allowances::default();
        for _ in 0..MAX_PEERS {
            let spent = allowances.of(PeerId::random(), QUOTA, start);
            spent.take(1, start).unwrap();
        }
        let (peer, later) = (PeerId::random(), start + Duration::from_secs(1));
        assert!(allowances.of(peer, QUOTA, start).take(0, start).is_err());
        assert_eq!(allowances.0.len(), MAX_PEERS);
        assert_eq!(allowances.of(peer, QUOTA, later).take(0, later), Ok(()));
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut allowance = Allowance::new(QUOTA, start);
        for _ in 0..4 {
            allowance.take(0, start).unwrap();
        }
        assert!(allowance.take(0, start - Duration::from_secs(5)).is_err());
        assert!(allowance.take(0, start).is_err());
    }
}
