//! How a light node fares.

use crate::client::{BlockVerdict, ForkEvidence};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use types::{ChainId, HeaderHash, Height, Timestamp};

/// How a light node fares.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The chain that it follows.
    pub chain: ChainId,
    /// The newest header that it trusts.
    pub tip: Option<(Height, HeaderHash)>,
    /// Full nodes that it is connected with.
    pub peers: usize,
    /// Other light nodes that it is connected with.
    pub light_peers: usize,
    /// Application bytes of this day.
    pub today: Today,
    /// The last verdicts of this run, the newest last; at most [`Self::RECENT`].
    pub recent: Vec<Arc<BlockVerdict>>,
    /// How long it has been running.
    pub uptime: Duration,
    /// What could not be written to disk when it was last tried, and why: a full one, most
    /// likely. The node goes on, and will not remember.
    pub unkept: Vec<(&'static str, String)>,
    /// What keeps it from trusting newer headers, if anything is known to. None again once a
    /// header was trusted.
    pub trouble: Option<Trouble>,
    /// Two certified headers that contradict one another: it halted, and trusts nothing any
    /// more, after a restart in the same folder neither.
    pub fork: Option<Box<ForkEvidence>>,
    /// Why it stopped, once it has.
    pub stopped: Option<String>,
}

impl Status {
    /// Most verdicts that are kept in mind.
    pub const RECENT: usize = 64;
}

/// Application bytes of one day, by the clock in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Today {
    /// Bytes that came in, those of former runs in the same folder included.
    pub received: u64,
    /// Bytes that went out, likewise.
    pub sent: u64,
    /// Bytes, both ways together, that the day may have; none without a limit.
    pub budget: Option<u64>,
}

impl Today {
    /// Whether nothing is left of the day's budget.
    #[must_use]
    pub const fn is_spent(&self) -> bool {
        match self.budget {
            Some(budget) => self.received.saturating_add(self.sent) >= budget,
            None => false,
        }
    }
}

/// What keeps a node from trusting newer headers. It goes on trying.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// A peer gave something else than what the checkpoint commits to. If all do, it is the
    /// checkpoint that is wrong.
    Checkpoint {
        /// What differs.
        reason: String,
    },
    /// A certified header is of a time that has not come: our clock is slow, by more than
    /// clocks are.
    ClockBehind {
        /// The header's time.
        header: Timestamp,
        /// Our clock's.
        now: Timestamp,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint { reason } => write!(
                f,
                "not what the checkpoint commits to: {reason}; if every peer says so, the \
                 checkpoint is wrong"
            ),
            Self::ClockBehind { header, now } => write!(
                f,
                "the clock is slow: a certified header is of {header} ms, the clock says {now} \
                 ms after 1970"
            ),
        }
    }
}
