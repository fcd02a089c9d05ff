//! What the system says of a process (proc(5)).

use crate::{Error, Result};
use std::path::PathBuf;
use std::time::Duration;

/// Ticks of `stat` in a second: the same on every Linux that programs see (`USER_HZ`).
const TICKS: u64 = 100;

/// Bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) resident: u64,
    /// Resident at the most.
    pub(crate) peak: u64,
}

/// A process, as the system sees it.
#[derive(Debug, Clone)]
pub(crate) struct Proc(PathBuf);

impl Proc {
    pub(crate) fn of(pid: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{pid}")))
    }

    fn read(&self, name: &str) -> Result<String> {
        let file = self.0.join(name);
        std::fs::read_to_string(&file).map_err(|error| Error::file(&file, error))
    }

    /// Processor time of all its threads that live. Those of its pools live for ten seconds after
    /// their last work.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let tasks = self.0.join("task");
        let entries = std::fs::read_dir(&tasks).map_err(|error| Error::file(&tasks, error))?;
        let nanoseconds = entries
            .flatten()
            // One that ends meanwhile is not there any more.
            .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|stat| run_time(&stat))
            .sum();
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Processor time since its start, to a hundredth of a second; also of threads that are gone.
    pub(crate) fn cpu_ever(&self) -> Result<Duration> {
        let stat = self.read("stat")?;
        let ticks = ticks(&stat).ok_or_else(|| Error::file(&self.0.join("stat"), "no times"))?;
        Ok(Duration::from_millis(ticks.saturating_mul(1_000 / TICKS)))
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = self.read("status")?;
        let read = |what| {
            let missing = || Error::file(&self.0.join("status"), what);
            kibibytes(&status, what).ok_or_else(missing)
        };
        Ok(Memory {
            resident: read("VmRSS:")?,
            peak: read("VmHWM:")?,
        })
    }

    /// Files and sockets that it has open.
    pub(crate) fn open_files(&self) -> Result<usize> {
        let folder = self.0.join("fd");
        let entries = std::fs::read_dir(&folder).map_err(|error| Error::file(&folder, error))?;
        Ok(entries.count())
    }
}

/// The nanoseconds that a thread has run: the first of the three numbers of `schedstat`.
fn run_time(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().next()?.parse().ok()
}

/// Ticks in user mode and in the kernel: the 14th and 15th fields of `stat`. The second is a name
/// in brackets, which may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// A line of `status` such as `VmHWM:     1234 kB`, in bytes.
fn kibibytes(status: &str, what: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests;
