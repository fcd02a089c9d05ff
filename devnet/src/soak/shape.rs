//! Whether a process keeps its shape.

use serde::Serialize;
use std::time::Duration;

/// What a process may still fill after its start: the store's write buffers and block cache, of
/// 64 MiB each, and the tables and pools of its threads.
const ROOM: u64 = 160 << 20;
/// By how many files and sockets it may have more.
const MORE_FILES: usize = 96;

/// One look at a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) at: Duration,
    pub(super) resident: u64,
    pub(super) files: usize,
}

/// How a process was at first and at last.
///
/// The first quarter of its life is its warm-up and does not count. Of what is left, the first and
/// the last fifth are compared, by their medians. It is flat when its memory in the last is at most
/// 160 MiB and a quarter more than in the first, and its open files are at most 96 more. A leak
/// that is slower than that shows in the slope, and in a longer run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shape {
    /// Bytes resident at first.
    pub first_bytes: u64,
    /// Bytes resident at last.
    pub last_bytes: u64,
    /// Bytes resident at the most, the warm-up included.
    pub most_bytes: u64,
    /// MiB a minute, by least squares over all looks after the warm-up.
    pub slope_mib_per_minute: f64,
    /// Open files and sockets at first.
    pub first_files: usize,
    /// Open files and sockets at last.
    pub last_files: usize,
    /// Looks after the warm-up.
    pub looks: usize,
}

impl Shape {
    /// Of these looks, in the order of time; none of fewer than ten after the warm-up.
    pub(super) fn of(looks: &[Look]) -> Option<Self> {
        let warm = looks.get(looks.len() / 4..)?;
        if warm.len() < 10 {
            return None;
        }
        let fifth = warm.len() / 5;
        let (first, last) = (&warm[..fifth], &warm[warm.len() - fifth..]);
        let bytes = |looks: &[Look]| median(looks.iter().map(|look| look.resident).collect());
        let files = |looks: &[Look]| median(looks.iter().map(|look| look.files).collect());
        Some(Self {
            first_bytes: bytes(first)?,
            last_bytes: bytes(last)?,
            most_bytes: looks.iter().map(|look| look.resident).max()?,
            slope_mib_per_minute: slope(warm),
            first_files: files(first)?,
            last_files: files(last)?,
            looks: warm.len(),
        })
    }

    /// Whether it is flat.
    #[must_use]
    pub const fn is_flat(&self) -> bool {
        self.last_bytes <= self.first_bytes + self.first_bytes / 4 + ROOM
            && self.last_files <= self.first_files + MORE_FILES
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes of memory are far below 2^52"
)]
fn slope(looks: &[Look]) -> f64 {
    let points = looks.iter().map(|look| {
        (
            look.at.as_secs_f64() / 60.0,
            look.resident as f64 / 1_048_576.0,
        )
    });
    let count = looks.len() as f64;
    let (sum_x, sum_y) = points
        .clone()
        .fold((0.0, 0.0), |(x, y), p| (x + p.0, y + p.1));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (above, below) = points.fold((0.0, 0.0), |(above, below), (x, y)| {
        let (dx, dy) = (x - mean_x, y - mean_y);
        (dx.mul_add(dy, above), dx.mul_add(dx, below))
    });
    if below > 0.0 { above / below } else { 0.0 }
}

/// One process, from its last start on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProcessReport {
    /// What it was.
    pub name: String,
    /// How often it was started again.
    pub restarts: u32,
    /// Its shape; none when it did not live long enough after its last start.
    pub shape: Option<Shape>,
    /// Bytes of its folder, at first and at last; none for light nodes.
    pub store_bytes: Option<(u64, u64)>,
}

impl ProcessReport {
    /// Whether it kept its shape, as far as could be seen. One that was never started again has to
    /// show it.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.shape
            .map_or(self.restarts > 0, |shape| shape.is_flat())
    }
}
