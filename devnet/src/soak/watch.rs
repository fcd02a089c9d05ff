//! Looking at every process once a second.

use super::shape::{Look, ProcessReport, Shape};
use crate::proc::Proc;
use crate::{Network, Processes};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_secs(1);
/// Most looks that are kept of one process; then every other one is dropped.
const MOST_LOOKS: usize = 20_000;

/// One process, since its last start.
#[derive(Debug)]
struct Watched {
    name: String,
    proc: Option<Proc>,
    restarts: u32,
    looks: Vec<Look>,
    folder: Option<PathBuf>,
    first_bytes: Option<u64>,
}

/// Looking on.
pub(super) struct Watch {
    all: Arc<Mutex<Vec<Watched>>>,
    task: JoinHandle<()>,
}

fn lock(all: &Mutex<Vec<Watched>>) -> MutexGuard<'_, Vec<Watched>> {
    // Every change is a single one.
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    pub(super) fn start(network: &Processes) -> Self {
        let validators = network.endpoints().nodes.len();
        let watched = network.pids_of_all().into_iter().enumerate();
        let watched = watched.map(|(place, pid)| {
            let node = (place < validators).then_some(place);
            let folder = node.map(|node| network.folder().join(format!("node-{node}")));
            Watched {
                name: match node {
                    Some(node) => format!("validator {node}"),
                    None => format!("light node {}", place - validators),
                },
                proc: pid.map(Proc::of),
                restarts: 0,
                looks: Vec::new(),
                first_bytes: folder.as_deref().map(bytes_under),
                folder,
            }
        });
        let all = Arc::new(Mutex::new(watched.collect()));
        let looking = Arc::clone(&all);
        let task = tokio::spawn(async move {
            let started = Instant::now();
            let mut clock = interval(EVERY);
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                clock.tick().await;
                for watched in lock(&looking).iter_mut() {
                    watched.look(started.elapsed());
                }
            }
        });
        Self { all, task }
    }

    /// A process was started again, as another one.
    pub(super) fn replaced(&self, place: usize, pid: Option<u32>) {
        if let Some(watched) = lock(&self.all).get_mut(place) {
            watched.proc = pid.map(Proc::of);
            watched.restarts += 1;
            watched.looks.clear();
        }
    }

    pub(super) async fn stop(self) -> Vec<ProcessReport> {
        self.task.abort();
        let _ = self.task.await;
        let all = lock(&self.all);
        let reports = all.iter().map(|watched| ProcessReport {
            name: watched.name.clone(),
            restarts: watched.restarts,
            shape: Shape::of(&watched.looks),
            store_bytes: watched
                .first_bytes
                .zip(watched.folder.as_deref().map(bytes_under)),
        });
        reports.collect()
    }
}

impl Watched {
    /// Nothing is noted of a process that is gone.
    fn look(&mut self, at: Duration) {
        let Some(proc) = &self.proc else {
            return;
        };
        let (Ok(memory), Ok(files)) = (proc.memory(), proc.open_files()) else {
            return;
        };
        self.looks.push(Look {
            at,
            resident: memory.resident,
            files,
        });
        if self.looks.len() >= MOST_LOOKS {
            let mut keep = false;
            self.looks.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }
}

/// Bytes of all files in a folder and the folders in it. What goes away meanwhile counts as
/// nothing.
fn bytes_under(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(file) if file.is_file() => file.len(),
            Ok(inner) if inner.is_dir() => bytes_under(&entry.path()),
            _ => 0,
        })
        .sum()
}
