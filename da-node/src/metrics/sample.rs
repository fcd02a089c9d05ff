//! What stands at the moment, read when somebody asks.

use super::{FOLDERS, Metrics, names};
use crate::Result;
use crate::state::State;
use net::Role;
use std::path::Path;

/// Folders in folders that are looked through: a database has none of its own.
const DEPTH: u32 = 3;

/// Numbers far below 2^53, which a float holds exactly.
#[allow(clippy::cast_precision_loss, reason = "a metric is a float")]
const fn float(number: u64) -> f64 {
    number as f64
}

/// Every gauge as it stands, and all of it in text. Looks at the disk.
pub(super) fn render(state: &State) -> Result<String> {
    sample(state)?;
    Ok(state.metrics.render())
}

fn sample(state: &State) -> Result<()> {
    let metrics = &state.metrics;
    let status = state.status()?;
    let set = |metric, number| metrics.set(metric, &[], float(number));
    set(&names::HEIGHT, status.height.get());
    set(&names::CONSENSUS_HEIGHT, status.consensus_height.get());
    set(&names::CONSENSUS_ROUND, status.consensus_round.get().into());
    set(&names::FIT, u64::from(status.unfit.is_none()));
    set(&names::WAITING_BLOBS, status.waiting_blobs as u64);
    set(&names::WAITING_ROWS, status.waiting_rows as u64);
    set(&names::WANTED_BLOBS, status.wanted_blobs as u64);
    set(&names::GRPC_CONNECTIONS, status.connections as u64);
    set(&names::FREE_BYTES, status.free_bytes);
    set(&names::RESERVE_BYTES, status.reserve_bytes);

    let peers = state.network.connected_peers();
    let light = peers.iter().filter(|peer| peer.role == Role::Light).count();
    let full = peers.len() - light;
    for (role, count) in [
        ("validator", status.validators),
        ("full", full.saturating_sub(status.validators)),
        ("light", light),
    ] {
        metrics.set(&names::PEERS, &[role], float(count as u64));
    }

    for (queue, permits, capacity) in [
        ("submissions", &state.submissions, state.limits.submissions),
        ("peer_requests", &state.heavy, state.limits.peer_requests),
        ("parity", &state.parity, crate::node::PARITY_ANSWERS),
    ] {
        let taken = capacity.saturating_sub(permits.available_permits());
        metrics.set(&names::QUEUE, &[queue], float(taken as u64));
        metrics.set(&names::QUEUE_CAPACITY, &[queue], float(capacity as u64));
    }

    state.workers.show(metrics);
    let traffic = state.network.traffic();
    for (direction, bytes) in [("received", traffic.received), ("sent", traffic.sent)] {
        metrics
            .counting(&names::PEER_BYTES, &[direction])
            .absolute(bytes);
    }
    sample_machine(metrics);
    Ok(())
}

fn sample_machine(metrics: &Metrics) {
    for folder in FOLDERS {
        let bytes = bytes_under(&metrics.data_dir.join(folder), DEPTH);
        metrics.set(&names::FOLDER_BYTES, &[folder], float(bytes));
    }
    if let Some(bytes) = resident_bytes() {
        metrics.set(&names::RESIDENT_BYTES, &[], float(bytes));
    }
}

/// Bytes on disk of all that the node keeps.
pub(crate) fn folder_bytes(metrics: &Metrics) -> u64 {
    let folders = FOLDERS.iter();
    folders
        .map(|folder| bytes_under(&metrics.data_dir.join(folder), DEPTH))
        .sum()
}

/// Bytes of the files in a folder. What goes away while it is looked at counts as nothing.
fn bytes_under(folder: &Path, depth: u32) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(file) if file.is_file() => file.len(),
            Ok(inner) if inner.is_dir() && depth > 1 => bytes_under(&entry.path(), depth - 1),
            _ => 0,
        })
        .sum()
}

/// `VmRSS` of `/proc/self/status` (proc(5)); none where there is no such file.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
