//! How much a client may submit: a pure core, to which time is an argument.

use types::Timestamp;

/// How much a client may submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of payload per second, in the long run: a blob is let in when those before it are
    /// paid for but for a second's worth, however large it is.
    pub bytes_per_second: u64,
    /// Bytes of payload per day of UTC.
    pub bytes_per_day: u64,
    /// Blobs between their first byte and their certificate.
    pub blobs_in_flight: usize,
}

/// Microseconds.
const SECOND: u64 = 1_000_000;
const DAY_MS: u64 = 86_400_000;

/// A day of UTC, counted from the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Day(u64);

impl Day {
    pub(super) const fn of(time: Timestamp) -> Self {
        Self(time.get() / DAY_MS)
    }

    const fn ends_in_ms(time: Timestamp) -> u64 {
        DAY_MS - time.get() % DAY_MS
    }
}

/// A moment on both clocks: a rate must not depend on a clock that can be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Microseconds since the node started.
    pub(super) uptime: u64,
    /// The time of day.
    pub(super) time: Timestamp,
}

/// What a client has used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meter {
    /// The uptime at which everything so far is paid for at the client's rate.
    paid_at: u64,
    day: Day,
    used: u64,
}

/// Why a blob is not let in, and when it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    /// The bytes of the last seconds.
    Second {
        /// Bytes that are not paid for yet.
        unpaid: u64,
        retry_after_ms: u64,
    },
    /// The bytes of the day.
    Day {
        /// Bytes of the day, these included.
        got: u64,
        retry_after_ms: u64,
    },
}

impl Meter {
    /// What the client had used of this day before the node started.
    pub(super) const fn resumed(day: Day, used: u64) -> Self {
        Self {
            paid_at: 0,
            day,
            used,
        }
    }

    /// The bytes of the day.
    pub(super) const fn used(&self) -> u64 {
        self.used
    }

    /// The day that they are of.
    pub(super) const fn day(&self) -> Day {
        self.day
    }

    /// Charges a blob, or says why not; nothing is charged then.
    pub(super) fn charge(
        &mut self,
        quotas: &Quotas,
        bytes: u64,
        now: Moment,
    ) -> Result<(), Exceeded> {
        let today = Day::of(now.time);
        if self.day != today {
            self.day = today;
            self.used = 0;
        }
        let used = self.used.saturating_add(bytes);
        if used > quotas.bytes_per_day {
            return Err(Exceeded::Day {
                got: used,
                retry_after_ms: Day::ends_in_ms(now.time),
            });
        }
        let ahead = self.paid_at.saturating_sub(now.uptime);
        if let Some(late) = ahead.checked_sub(SECOND).filter(|late| *late > 0) {
            return Err(Exceeded::Second {
                unpaid: worth(ahead, quotas.bytes_per_second),
                retry_after_ms: late.div_ceil(1000),
            });
        }
        self.used = used;
        self.paid_at = self
            .paid_at
            .max(now.uptime)
            .saturating_add(cost(bytes, quotas.bytes_per_second));
        Ok(())
    }

    /// Takes a charge back, of the day on which it was made.
    pub(super) fn give_back(&mut self, quotas: &Quotas, bytes: u64, day: Day) {
        let cost = cost(bytes, quotas.bytes_per_second);
        self.paid_at = self.paid_at.saturating_sub(cost);
        if self.day == day {
            self.used = self.used.saturating_sub(bytes);
        }
    }
}

/// The microseconds in which so many bytes are paid for.
fn cost(bytes: u64, per_second: u64) -> u64 {
    let micros = u128::from(bytes) * u128::from(SECOND);
    let cost = micros.div_ceil(u128::from(per_second.max(1)));
    u64::try_from(cost).unwrap_or(u64::MAX)
}

/// The bytes that are paid for in so many microseconds.
fn worth(micros: u64, per_second: u64) -> u64 {
    let bytes = u128::from(micros) * u128::from(per_second) / u128::from(SECOND);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
