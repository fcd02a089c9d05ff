//! Every metric: its name, kind, unit, labels and meaning. `deploy/grafana-dashboard.json` shows
//! all of them, and a test holds the two against each other.

use metrics::Unit;

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from 0 at the start of the process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How often values fell below each of the bounds in [`SECONDS`].
    Histogram,
}

/// A label and the values that it can have; without any, an operator's or a peer's words decide.
#[derive(Debug, Clone, Copy)]
pub struct LabelOf {
    /// The label.
    pub key: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name in Prometheus.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What its numbers count.
    pub unit: Unit,
    /// Its labels, in the order of the values that it is given.
    pub labels: &'static [LabelOf],
    /// What it means.
    pub help: &'static str,
}

/// The bounds of histograms, in seconds.
pub const SECONDS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

const fn counter(
    name: &'static str,
    unit: Unit,
    labels: &'static [LabelOf],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        unit,
        labels,
        help,
    }
}

const fn gauge(
    name: &'static str,
    unit: Unit,
    labels: &'static [LabelOf],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        unit,
        labels,
        help,
    }
}

const fn histogram(name: &'static str, labels: &'static [LabelOf], help: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        labels,
        help,
    }
}

const fn label(key: &'static str, values: &'static [&'static str]) -> LabelOf {
    LabelOf { key, values }
}

/// How long a stage of a blob's way took.
pub const STAGE_SECONDS: Metric = histogram(
    "assay_stage_seconds",
    &[label("stage", super::Stage::NAMES)],
    "How long a stage of a blob's or a block's way took",
);
/// Blobs that were stored and acknowledged here.
pub const ACCEPTED_BLOBS: Metric = counter(
    "assay_accepted_blobs_total",
    Unit::Count,
    &[],
    "Blobs that this node stored and acknowledged to their posters",
);
/// Their payload.
pub const ACCEPTED_BYTES: Metric = counter(
    "assay_accepted_bytes_total",
    Unit::Bytes,
    &[],
    "Payload of the blobs that this node acknowledged",
);
/// Cells and proofs that left for other validators.
pub const DISPERSED_BYTES: Metric = counter(
    "assay_dispersed_bytes_total",
    Unit::Bytes,
    &[],
    "Cells and proofs handed to other validators, each time they were sent",
);
/// Receipts signed here and received from others.
pub const RECEIPTS: Metric = counter(
    "assay_receipts_total",
    Unit::Count,
    &[label("side", &["given", "collected"])],
    "Receipts that this node signed for others, and that it collected for its own blobs",
);
/// New certificates.
pub const CERTIFICATES: Metric = counter(
    "assay_certificates_total",
    Unit::Count,
    &[],
    "Availability certificates that this node made or heard of for the first time",
);
/// Dispersals that failed.
pub const UNCERTIFIED_BLOBS: Metric = counter(
    "assay_uncertified_blobs_total",
    Unit::Count,
    &[],
    "Blobs accepted here that too few validators signed for in time",
);
/// Certified blobs that expired.
pub const EXPIRED_BLOBS: Metric = counter(
    "assay_expired_blobs_total",
    Unit::Count,
    &[],
    "Certified blobs that no block took within the ordering window",
);
/// Final blocks stored.
pub const BLOCKS: Metric = counter(
    "assay_blocks_total",
    Unit::Count,
    &[],
    "Final blocks stored since the start",
);
/// Rows of final blocks.
pub const BLOCK_ROWS: Metric = counter(
    "assay_block_rows_total",
    Unit::Count,
    &[],
    "Rows of the final blocks stored since the start",
);
/// Blobs of final blocks.
pub const ORDERED_BLOBS: Metric = counter(
    "assay_ordered_blobs_total",
    Unit::Count,
    &[],
    "Blobs of the final blocks stored since the start",
);
/// Contradictions of other validators.
pub const EVIDENCE: Metric = counter(
    "assay_evidence_total",
    Unit::Count,
    &[],
    "Pieces of evidence kept of validators that contradicted themselves",
);
/// Requests of peers and light nodes.
pub const PEER_REQUESTS: Metric = counter(
    "assay_peer_requests_total",
    Unit::Count,
    &[label("outcome", &["answered", "refused", "busy"])],
    "Requests of peers and light nodes, and what became of them",
);
/// Attempts to complete custody.
pub const PULLS: Metric = counter(
    "assay_pulls_total",
    Unit::Count,
    &[label("outcome", &["complete", "incomplete"])],
    "Attempts to complete the custody of a blob from peers",
);
/// Blobs pruned.
pub const PRUNED_BLOBS: Metric = counter(
    "assay_pruned_blobs_total",
    Unit::Count,
    &[],
    "Blobs whose retention ended and whose data was removed",
);
/// Damaged cells.
pub const DAMAGED_CELLS: Metric = counter(
    "assay_damaged_cells_total",
    Unit::Count,
    &[],
    "Stored cells that did not read back as they were written, and are fetched again",
);
/// Calls that ended.
pub const GRPC_CALLS: Metric = counter(
    "assay_grpc_calls_total",
    Unit::Count,
    &[label("method", &[]), label("code", &[])],
    "gRPC calls that ended, by method and status code",
);
/// How long calls took.
pub const GRPC_SECONDS: Metric = histogram(
    "assay_grpc_call_seconds",
    &[label("method", &[])],
    "How long gRPC calls took, from their headers to their trailers",
);
/// Bytes on the gRPC port.
pub const GRPC_BYTES: Metric = counter(
    "assay_grpc_bytes_total",
    Unit::Bytes,
    &[label("direction", &["received", "sent"])],
    "Bytes on clients' connections, TLS included",
);
/// Open connections of clients.
pub const GRPC_CONNECTIONS: Metric = gauge(
    "assay_grpc_connections",
    Unit::Count,
    &[],
    "Open connections of clients",
);
/// Connections that were not kept.
pub const GRPC_CLOSED: Metric = counter(
    "assay_grpc_closed_connections_total",
    Unit::Count,
    &[label("reason", &["full", "address", "silent"])],
    "Connections closed at the door: no room, too many of one address, silent for too long",
);
/// Bytes charged to clients.
pub const CLIENT_BYTES: Metric = counter(
    "assay_client_bytes_total",
    Unit::Bytes,
    &[label("client", &[])],
    "Payload that counts against the quotas of a client with a token",
);
/// Submissions refused for a quota.
pub const CLIENT_REFUSALS: Metric = counter(
    "assay_client_refusals_total",
    Unit::Count,
    &[
        label("client", &[]),
        label("quota", &["second", "day", "blobs"]),
    ],
    "Submissions refused because a quota of the client was used up",
);
/// The last final height.
pub const HEIGHT: Metric = gauge("assay_height", Unit::Count, &[], "The last final height");
/// The height that consensus works on.
pub const CONSENSUS_HEIGHT: Metric = gauge(
    "assay_consensus_height",
    Unit::Count,
    &[],
    "The height that consensus works on",
);
/// Its round.
pub const CONSENSUS_ROUND: Metric = gauge(
    "assay_consensus_round",
    Unit::Count,
    &[],
    "The round of that height; above 0 when a proposer was late or refused",
);
/// Whether the node promises anything.
pub const FIT: Metric = gauge(
    "assay_fit",
    Unit::Count,
    &[],
    "1 while the node takes blobs and signs, 0 once consensus has halted or failed",
);
/// Connected peers.
pub const PEERS: Metric = gauge(
    "assay_peers",
    Unit::Count,
    &[label("role", &["validator", "full", "light"])],
    "Connected peers: other validators of the set, other full nodes, light nodes",
);
/// Places taken in queues.
pub const QUEUE: Metric = gauge(
    "assay_queue",
    Unit::Count,
    &[label("queue", super::QUEUES)],
    "Places taken in a queue",
);
/// Places in queues.
pub const QUEUE_CAPACITY: Metric = gauge(
    "assay_queue_capacity",
    Unit::Count,
    &[label("queue", super::QUEUES)],
    "Places that a queue has; whoever comes when all are taken is told when to come back",
);
/// Certified blobs that wait.
pub const WAITING_BLOBS: Metric = gauge(
    "assay_waiting_blobs",
    Unit::Count,
    &[],
    "Certified blobs that wait for a block",
);
/// Their rows.
pub const WAITING_ROWS: Metric = gauge(
    "assay_waiting_rows",
    Unit::Count,
    &[],
    "Rows of the certified blobs that wait for a block",
);
/// Blobs with incomplete custody.
pub const WANTED_BLOBS: Metric = gauge(
    "assay_wanted_blobs",
    Unit::Count,
    &[],
    "Blobs whose custody is incomplete here and is being pulled",
);
/// Databases on disk.
pub const FOLDER_BYTES: Metric = gauge(
    "assay_folder_bytes",
    Unit::Bytes,
    &[label("folder", super::FOLDERS)],
    "Bytes on disk of the store and of what consensus keeps",
);
/// Room on the disk.
pub const FREE_BYTES: Metric = gauge(
    "assay_free_bytes",
    Unit::Bytes,
    &[],
    "Bytes that are free on the file system of the databases",
);
/// Room that is to stay.
pub const RESERVE_BYTES: Metric = gauge(
    "assay_reserve_bytes",
    Unit::Bytes,
    &[],
    "Bytes that are to stay free there: with less, submissions are refused; with less than half, \
     receipts; with less than a quarter, votes",
);
/// Memory of the process.
pub const RESIDENT_BYTES: Metric = gauge(
    "assay_resident_bytes",
    Unit::Bytes,
    &[],
    "Memory of the process that is resident",
);

/// Processor time by work.
pub const WORK_MICROSECONDS: Metric = counter(
    "assay_work_cpu_microseconds_total",
    Unit::Microseconds,
    &[label("work", crate::work::Work::NAMES)],
    "Processor time spent on blobs and blocks; networking and consensus messages are not in it",
);
/// Bytes of peers.
pub const PEER_BYTES: Metric = counter(
    "assay_peer_bytes_total",
    Unit::Bytes,
    &[label("direction", &["received", "sent"])],
    "Bytes of requests, answers and announcements of peers and light nodes, without transport",
);

/// All of them.
pub const ALL: &[Metric] = &[
    STAGE_SECONDS,
    ACCEPTED_BLOBS,
    ACCEPTED_BYTES,
    DISPERSED_BYTES,
    RECEIPTS,
    CERTIFICATES,
    UNCERTIFIED_BLOBS,
    EXPIRED_BLOBS,
    BLOCKS,
    BLOCK_ROWS,
    ORDERED_BLOBS,
    EVIDENCE,
    PEER_REQUESTS,
    PULLS,
    PRUNED_BLOBS,
    DAMAGED_CELLS,
    GRPC_CALLS,
    GRPC_SECONDS,
    GRPC_BYTES,
    GRPC_CONNECTIONS,
    GRPC_CLOSED,
    CLIENT_BYTES,
    CLIENT_REFUSALS,
    HEIGHT,
    CONSENSUS_HEIGHT,
    CONSENSUS_ROUND,
    FIT,
    PEERS,
    QUEUE,
    QUEUE_CAPACITY,
    WAITING_BLOBS,
    WAITING_ROWS,
    WANTED_BLOBS,
    FOLDER_BYTES,
    FREE_BYTES,
    RESERVE_BYTES,
    RESIDENT_BYTES,
    WORK_MICROSECONDS,
    PEER_BYTES,
];
