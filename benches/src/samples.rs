//! What is said of many timings of one operation.

use std::time::Duration;

/// Timings of one operation by one contestant.
///
/// Noise only ever adds time, so the minimum is the figure that contestants are compared by; the
/// median tells how noisy the machine was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// No timings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a timing.
    pub fn push(&mut self, time: Duration) {
        let place = self.0.partition_point(|earlier| *earlier <= time);
        self.0.insert(place, time);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest; none of none.
    #[must_use]
    pub fn min(&self) -> Option<Duration> {
        self.0.first().copied()
    }

    /// The one in the middle, or the mean of the two there; none of none.
    #[must_use]
    pub fn median(&self) -> Option<Duration> {
        let count = self.0.len();
        let upper = *self.0.get(count / 2)?;
        if count.is_multiple_of(2) {
            Some((self.0[count / 2 - 1] + upper) / 2)
        } else {
            Some(upper)
        }
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut samples = Self::new();
        for time in times {
            samples.push(time);
        }
        samples
    }
}
