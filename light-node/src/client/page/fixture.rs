//! What the page's tests are made of.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use crate::client::{BlockVerdict, Progress, Status, Today};
use crate::core::{Figures, Judgement, Reason, Verdict};
use net::{Identity, PeerId};
use std::sync::Arc;
use std::time::Duration;
use types::{ChainId, Coordinates, GridDimensions, HeaderHash, Height};

/// A node that follows a chain and fares well.
pub(crate) fn status() -> Status {
    Status {
        chain: ChainId::new([7; 32]),
        tip: Some((Height::new(9), HeaderHash::new([9; 32]))),
        peers: 4,
        light_peers: 2,
        today: Today {
            received: 70_000,
            sent: 900,
            budget: Some(5 << 20),
        },
        recent: Vec::new(),
        uptime: Duration::from_secs(3725),
        unkept: Vec::new(),
        trouble: None,
        fork: None,
        stopped: None,
    }
}

pub(crate) fn dimensions(rows: u64) -> GridDimensions {
    GridDimensions::new(rows).unwrap()
}

pub(crate) fn peer() -> PeerId {
    Identity::from_bytes([1; 32]).peer_id()
}

/// These cells of a grid, by their numbers.
pub(crate) fn cells(rows: u64, numbers: &[u64]) -> Arc<[Coordinates]> {
    let cell = |&number| dimensions(rows).cell(number).unwrap();
    numbers.iter().map(cell).collect()
}

pub(crate) fn begun(height: u64, rows: u64, numbers: &[u64]) -> Progress {
    Progress::Begun {
        height: Height::new(height),
        dimensions: dimensions(rows),
        planned: cells(rows, numbers),
    }
}

pub(crate) fn asked(height: u64, rows: u64, numbers: &[u64]) -> Progress {
    Progress::Asked {
        height: Height::new(height),
        peer: peer(),
        cells: cells(rows, numbers),
    }
}

pub(crate) fn verified(height: u64, rows: u64, numbers: &[u64]) -> Progress {
    Progress::Verified {
        height: Height::new(height),
        cells: cells(rows, numbers),
    }
}

/// A block judged by so many samples, of which so many were verified.
pub(crate) fn judged(height: u64, rows: u64, samples: usize, verified: usize) -> Progress {
    let (verdict, reason) = if samples == verified {
        (Verdict::Available, Reason::AllVerified)
    } else {
        let samples = samples - verified;
        (Verdict::Unavailable, Reason::Withheld { samples })
    };
    let figures = Figures {
        samples,
        asked: samples,
        answered: verified,
        verified,
        peers: 4,
        largest_share: samples.div_ceil(4),
        quota: samples.div_ceil(4),
        liars: 0,
    };
    Progress::Judged(Arc::new(BlockVerdict::new(
        Height::new(height),
        HeaderHash::new([height as u8; 32]),
        &Judgement::new(verdict, reason, dimensions(rows), figures),
        43_000,
        Duration::from_millis(57),
    )))
}
