//! How much one peer may ask: a pair of token buckets. The clock is an argument.

use crate::config::Quota;
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
    at: Instant,
}

impl Allowance {
    pub(crate) fn new(quota: Quota, now: Instant) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "rates far below 2^52 bytes a second"
        )]
        let bytes = Bucket::full(quota.bytes_per_second as f64, quota.byte_burst as f64);
        Self {
            requests: Bucket::full(
                f64::from(quota.requests_per_second),
                f64::from(quota.request_burst),
            ),
            bytes,
            at: now,
        }
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
