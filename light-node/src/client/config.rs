//! What a light node is told.

use crate::core::repair::{HeldLimits, Lines};
use crate::core::{DailyBudget, Goal};
use crate::{Error, Result};
use chain::Checkpoint;
use net::Multiaddr;
use std::path::PathBuf;
use std::time::Duration;
use types::{ChainId, Height};

/// What a light node is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// What it trusts from the start: a header's hash at its height, or the chain's id at
    /// height 0.
    pub checkpoint: Checkpoint,
    /// The chain. Needed when the checkpoint is above the genesis.
    pub chain: Option<ChainId>,
    /// Addresses to join by, with or without a peer id. At least one.
    pub bootstrap: Vec<Multiaddr>,
    /// Addresses to listen on. A light node needs none; one that listens is named to others,
    /// so that they find it when full nodes are gone.
    pub listen: Vec<Multiaddr>,
    /// How much of what was sampled is kept for others, and for how long.
    pub held: HeldLimits,
    /// Which lines of a block are rebuilt when samples fail. Rows need the feature
    /// `repair-rows`; without it, columns alone are rebuilt.
    pub repair: Lines,
    /// What decides how many samples a block gets.
    pub goal: Goal,
    /// What a day may take. With less than every block would, a random subset is sampled, and
    /// the verdict on the others is undecided.
    pub budget: Option<DailyBudget>,
    /// How long the sampling of one block may take, from its first question on. With less than
    /// 200 ms left nobody is asked any more.
    pub deadline: Duration,
    /// How long one request may take. Only who was silent for that long is held to have kept
    /// back what it was asked for.
    pub request_timeout: Duration,
    /// After how long without a header the newest is asked for, should announcements stay
    /// away. Each time in vain doubles it, up to [`Self::LONGEST_POLL`] times.
    pub poll_interval: Duration,
    /// How old the trusted header may grow before nothing is trusted by it.
    pub trusting_period: Duration,
    /// Where the node keeps its identity, the newest header it trusts, its verdicts of a week,
    /// the day's bytes and the evidence of a fork; without it, all are forgotten at the end.
    pub data_dir: Option<PathBuf>,
}

impl Config {
    /// How many times [`Self::poll_interval`] the pause between polls may become.
    pub const LONGEST_POLL: u32 = 8;

    /// A light node with the protocol's defaults: 1 in 1,000; 4 s for the samples, 1.5 s for
    /// a request; a poll after a second of silence; 14 days of trust; as many bytes as it takes.
    #[must_use]
    pub fn new(checkpoint: Checkpoint, bootstrap: Vec<Multiaddr>) -> Self {
        Self {
            checkpoint,
            chain: None,
            bootstrap,
            listen: Vec::new(),
            held: HeldLimits::PHONE,
            repair: Lines::Columns,
            goal: Goal::default(),
            budget: None,
            deadline: Duration::from_secs(4),
            request_timeout: Duration::from_millis(1500),
            poll_interval: Duration::from_secs(1),
            trusting_period: Duration::from_secs(14 * 24 * 60 * 60),
            data_dir: None,
        }
    }

    /// The chain to join, once the configuration is found consistent.
    ///
    /// # Errors
    /// [`Error::NoBootstrap`], [`Error::ChainRequired`] or [`Error::OtherChain`].
    pub fn check(&self) -> Result<ChainId> {
        if self.bootstrap.is_empty() {
            return Err(Error::NoBootstrap);
        }
        let checkpoint = self.checkpoint;
        match (checkpoint.height == Height::GENESIS, self.chain) {
            (true, chain) => {
                let got = ChainId::new(checkpoint.hash.to_bytes());
                match chain {
                    Some(expected) if expected != got => Err(Error::OtherChain { got, expected }),
                    _ => Ok(got),
                }
            }
            (false, Some(chain)) => Ok(chain),
            (false, None) => Err(Error::ChainRequired { checkpoint }),
        }
    }
}
