//! What was measured, and what of the goals was met.

use super::posts::{Log, Outcome, Posted, Schedule};
use super::reader::Served;
use super::{LoadConfig, Mode, Pace, Sample};
use crate::scrape::Scrape;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const MIB: f64 = 1_048_576.0;

/// The machine that it was measured on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MachineReport {
    /// The processor's name, as the system has it.
    pub processor: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Processes that wanted a processor in the minute before the end; above `cores`, figures of
    /// wall time say little.
    pub load_average: f64,
}

/// Blobs that did something in the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Flow {
    /// How many.
    pub blobs: u64,
    /// MiB of payload a second.
    pub mib_per_s: f64,
}

/// Milliseconds from the moment when a blob was due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Blobs that came so far.
    pub count: usize,
    /// Half of them were faster.
    pub p50: f64,
    /// All but one in a hundred were.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

/// Milliseconds of processor time for each MiB of payload accepted, all nodes together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CpuReport {
    /// By work, as the nodes count it.
    pub by_work: BTreeMap<String, f64>,
    /// Networking, consensus messages, the databases' own threads and, unless nodes are processes
    /// of their own, the generator.
    pub other: f64,
    /// All of it.
    pub total: f64,
}

/// A goal, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadGoal {
    /// In words.
    pub what: String,
    /// Whether it was met, on this machine as busy as it was.
    pub met: bool,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadReport {
    /// Where.
    pub machine: MachineReport,
    /// Validators.
    pub validators: usize,
    /// Whether each was a process of its own.
    pub processes: bool,
    /// Who did what for the blobs.
    pub mode: Mode,
    /// Bytes of each blob's payload.
    pub blob_bytes: usize,
    /// Blobs a second; none where as many were posted as were taken.
    pub rate: Option<f64>,
    /// Seconds of the window.
    pub seconds: u32,
    /// What the payloads were drawn from.
    pub seed: u64,
    /// Blobs that were due.
    pub offered: Flow,
    /// Those that nodes had no room for.
    pub refused: u64,
    /// Those that nodes refused for another reason.
    pub failed: u64,
    /// Blobs durable at one node.
    pub accepted: Flow,
    /// Blobs certified.
    pub certified: Flow,
    /// Blobs in final blocks.
    pub r#final: Flow,
    /// Blobs that were due in the window and accepted, and came to no certificate at all.
    pub uncertified: u64,
    /// From due to acknowledged.
    pub to_accepted_ms: Option<Latency>,
    /// From due to certified.
    pub to_certificate_ms: Option<Latency>,
    /// From due to final.
    pub to_final_ms: Option<Latency>,
    /// Processor time.
    pub cpu_ms_per_mib: Option<CpuReport>,
    /// Bytes of cells and proofs sent to each other validator, for each byte of payload.
    pub dispersed_bytes_per_validator_per_byte: Option<f64>,
    /// Bytes that all nodes sent to peers, for each byte of payload.
    pub peer_bytes_per_byte: Option<f64>,
    /// Cells of data rows served meanwhile.
    pub data_cells_served: u64,
    /// Cells of parity rows made and served meanwhile.
    pub parity_cells_served: u64,
    /// Questions for cells that were not answered.
    pub reads_failed: u64,
    /// The goals that apply.
    pub goals: Vec<LoadGoal>,
    /// The first reason for a failure.
    pub failure: Option<String>,
}

impl LoadReport {
    /// Whether blobs came through and none that was accepted was left behind. How fast depends on
    /// the machine, and is not part of it.
    #[must_use]
    pub const fn held(&self) -> bool {
        self.accepted.blobs > 0 && self.failed == 0 && self.uncertified == 0
    }
}

pub(super) fn conclude(
    config: &LoadConfig,
    schedule: Schedule,
    log: &Log,
    served: &Served,
    before: &Sample,
    after: &Sample,
) -> LoadReport {
    let due: Vec<&Posted> = log
        .posts
        .iter()
        .filter(|posted| schedule.measures(posted.due))
        .collect();
    let ended = |outcome| due.iter().filter(|p| p.outcome == outcome).count() as u64;
    let bytes = config.blob_bytes as f64;
    let flow = |blobs: u64| Flow {
        blobs,
        mib_per_s: blobs as f64 * bytes / MIB / f64::from(config.seconds),
    };
    let moments = |at: fn(&Posted) -> Option<Instant>| {
        let within = |posted: &&Posted| at(posted).is_some_and(|at| schedule.measures(at));
        flow(log.posts.iter().filter(within).count() as u64)
    };
    let latency = |at: fn(&Posted) -> Option<Instant>| {
        let times = due
            .iter()
            .filter_map(|posted| Some(at(posted)? - posted.due));
        Latency::of(times.collect())
    };
    let left = |p: &&&Posted| p.outcome == Outcome::Accepted && p.certified.is_none();
    let mut report = LoadReport {
        machine: machine(),
        validators: config.validators,
        processes: config.programs.is_some(),
        mode: config.mode,
        blob_bytes: config.blob_bytes,
        rate: match config.pace {
            Pace::Rate(rate) => Some(rate),
            Pace::Max { .. } => None,
        },
        seconds: config.seconds,
        seed: config.seed,
        offered: flow(due.len() as u64),
        refused: ended(Outcome::Refused),
        failed: ended(Outcome::Failed),
        accepted: moments(|posted| posted.accepted),
        certified: moments(|posted| posted.certified),
        r#final: moments(|posted| posted.r#final),
        uncertified: due.iter().filter(left).count() as u64,
        to_accepted_ms: latency(|posted| posted.accepted),
        to_certificate_ms: latency(|posted| posted.certified),
        to_final_ms: latency(|posted| posted.r#final),
        cpu_ms_per_mib: None,
        dispersed_bytes_per_validator_per_byte: None,
        peer_bytes_per_byte: None,
        data_cells_served: served.data,
        parity_cells_served: served.parity,
        reads_failed: served.failed,
        goals: Vec::new(),
        failure: log.failure.clone(),
    };
    let counted = after.counted.since(&before.counted);
    let payload = counted.value("assay_accepted_bytes_total");
    if payload > 0.0 {
        let total = after.cpu.saturating_sub(before.cpu);
        report.cpu_ms_per_mib = Some(cpu(&counted, total, payload / MIB));
        let others = config.validators.saturating_sub(1);
        let dispersed = counted.value("assay_dispersed_bytes_total");
        report.dispersed_bytes_per_validator_per_byte =
            (others > 0).then(|| dispersed / others as f64 / payload);
        let sent = counted.by_label("assay_peer_bytes_total", "direction");
        report.peer_bytes_per_byte = sent.get("sent").map(|sent| sent / payload);
    }
    report.goals = goals(config, &report);
    report
}

fn cpu(counted: &Scrape, total: Duration, mib: f64) -> CpuReport {
    let by_work: BTreeMap<String, f64> = counted
        .by_label("assay_work_cpu_microseconds_total", "work")
        .into_iter()
        .map(|(work, microseconds)| (work, microseconds / 1_000.0 / mib))
        .collect();
    let total = total.as_secs_f64() * 1_000.0 / mib;
    let known: f64 = by_work.values().sum();
    CpuReport {
        by_work,
        other: (total - known).max(0.0),
        total,
    }
}

impl Latency {
    /// Of these times, in any order; none of no times.
    pub(super) fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let ms = |time: &Duration| time.as_secs_f64() * 1_000.0;
        let at = |hundredths: usize| {
            // The smallest time that so many hundredths of all do not exceed.
            let rank = (times.len() * hundredths).div_ceil(100).max(1);
            times.get(rank - 1).map(ms)
        };
        Some(Self {
            count: times.len(),
            p50: at(50)?,
            p99: at(99)?,
            max: times.last().map(ms)?,
        })
    }
}

/// Those of the goals that are about a run like this.
fn goals(config: &LoadConfig, report: &LoadReport) -> Vec<LoadGoal> {
    let mut goals = Vec::new();
    let one_row = config.blob_bytes <= types::limits::ROW_BYTES;
    let steady = matches!(config.pace, Pace::Rate(rate) if rate <= 1.0);
    if config.validators == 4 && one_row && steady {
        let latency = report.to_certificate_ms;
        let mut goal = |what: &str, met| {
            goals.push(LoadGoal {
                what: what.to_owned(),
                met,
            });
        };
        let within = |of: fn(Latency) -> f64, most| latency.is_some_and(|l| of(l) <= most);
        goal(
            "half of the certificates within 1 s",
            within(|l| l.p50, 1_000.0),
        );
        goal(
            "99 % of the certificates within 2 s",
            within(|l| l.p99, 2_000.0),
        );
    }
    if config.validators == 1 && matches!(config.pace, Pace::Max { .. }) {
        let least = match config.mode {
            Mode::NodeProves | Mode::Raw => 5.0,
            Mode::PosterProves => 16.0,
        };
        let served = report.parity_cells_served > 0;
        goals.push(LoadGoal {
            what: format!("{least} MiB/s certified, parity served"),
            met: report.certified.mib_per_s >= least && served,
        });
    }
    goals
}

fn machine() -> MachineReport {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| {
            Some(
                line.strip_prefix("model name")?
                    .split_once(':')?
                    .1
                    .trim()
                    .to_owned(),
            )
        })
        .unwrap_or_else(|| "unknown".to_owned());
    let average = read("/proc/loadavg");
    let average = average
        .split(' ')
        .next()
        .and_then(|first| first.parse().ok());
    MachineReport {
        processor,
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        load_average: average.unwrap_or_default(),
    }
}
