//! Trying again: every call means the same however often it is made.

use super::{ClientError, Result};
use crate::v1::ErrorReason;
use std::time::Duration;

/// How often and how patiently a call is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts in all; 0 counts as 1.
    pub attempts: u32,
    /// The pause after the first attempt; it doubles after each.
    pub pause: Duration,
    /// The longest pause of our own choice; a node that is busy may ask for more.
    pub longest_pause: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 8,
            pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(3),
        }
    }
}

/// The longest pause that a node can impose.
const LONGEST_IMPOSED: Duration = Duration::from_secs(30);

impl Retries {
    /// One attempt, no other.
    #[must_use]
    pub fn none() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The pause after attempt `attempt` (from 0) failed; none when it was the last, or when
    /// trying again cannot help.
    fn pause_after(&self, attempt: u32, error: &ClientError) -> Option<Duration> {
        if attempt.saturating_add(1) >= self.attempts {
            return None;
        }
        let own = self
            .pause
            .saturating_mul(2_u32.saturating_pow(attempt))
            .min(self.longest_pause);
        match error {
            ClientError::Transport(_) => Some(own),
            // A day's quota is not waited for.
            _ if error.reason() == Some(ErrorReason::Quota)
                && error.retry_after() > Some(LONGEST_IMPOSED) =>
            {
                None
            }
            _ => error
                .retry_after()
                .map(|asked| asked.min(LONGEST_IMPOSED).max(own)),
        }
    }

    /// Calls until it succeeds, or trying again cannot help.
    pub(super) async fn run<T, F: Future<Output = Result<T>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let error = match call().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let Some(pause) = self.pause_after(attempt, &error) else {
                return Err(error);
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::v1;
    use tonic::Code;

    fn call(retry_after_ms: u64) -> ClientError {
        refused(ErrorReason::Busy, retry_after_ms)
    }

    fn refused(reason: ErrorReason, retry_after_ms: u64) -> ClientError {
        ClientError::Call {
            code: Code::ResourceExhausted,
            message: String::new(),
            detail: Some(Box::new(v1::ErrorDetail {
                reason: reason.into(),
                retry_after_ms,
                ..Default::default()
            })),
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let retries = Retries {
            attempts: 8,
            ..Retries::default()
        };
        let error = ClientError::Transport(String::new());
        let pauses: Vec<_> = (0..8).map(|n| retries.pause_after(n, &error)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(
            pauses,
            [
                ms(100),
                ms(200),
                ms(400),
                ms(800),
                ms(1600),
                ms(3000),
                ms(3000),
                None
            ]
        );
    }

    #[test]
    fn a_busy_node_is_obeyed_within_a_bound() {
        let retries = Retries::default();
        let asked = |ms| retries.pause_after(0, &call(ms));
        assert_eq!(asked(1_000), Some(Duration::from_secs(1)));
        assert_eq!(asked(u64::MAX), Some(LONGEST_IMPOSED));
        assert_eq!(asked(0), None, "a refusal for good is not tried again");
        assert_eq!(Retries::none().pause_after(0, &call(1_000)), None);
    }
    #[test]
    fn a_quota_of_the_day_is_not_waited_for() {
        let retries = Retries::default();
        let asked = |ms| retries.pause_after(0, &refused(ErrorReason::Quota, ms));
        assert_eq!(asked(700), Some(Duration::from_millis(700)));
        assert_eq!(asked(30_001), None);
    }
}
