//! The verdict, its reason and the figures behind it.

use crate::core::odds::{light_nodes_to_rebuild, miss_probability};
use std::fmt;
use types::GridDimensions;

/// What a light node says of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every planned sample was had and verified.
    Available,
    /// A planned sample could not be had from any peer that was asked for it.
    Unavailable,
    /// There was not enough to judge by: no peers, no commitments, no answers, no bytes left.
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Available => "available",
            Self::Unavailable => "unavailable",
            Self::Undecided => "undecided",
        })
    }
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The block has no rows, hence nothing that could be withheld.
    NoGrid,
    /// Every planned sample was verified.
    AllVerified,
    /// So many planned samples were asked for and not given.
    Withheld {
        /// How many.
        samples: usize,
    },
    /// There was nobody to ask.
    NoPeers,
    /// Nobody gave commitments that match the header.
    NoCommitments,
    /// The commitments match the header, but are no commitments: nothing can ever be verified
    /// against them.
    InvalidCommitments,
    /// The day's budget of bytes does not reach for every block, and this is one of those that
    /// the node's own dice left out: nobody was asked.
    OverBudget,
    /// Peers were asked, and none said anything.
    NoAnswers,
    /// Every peer that was asked for the missing samples was too busy or went away.
    PeersOverloaded {
        /// How many samples are missing.
        samples: usize,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGrid => f.write_str("the block has no rows"),
            Self::AllVerified => f.write_str("every sample was verified"),
            Self::Withheld { samples } => {
                write!(f, "no asked peer gave {samples} of the samples")
            }
            Self::NoPeers => f.write_str("no peer to ask"),
            Self::NoCommitments => f.write_str("no peer gave commitments that match the header"),
            Self::InvalidCommitments => {
                f.write_str("the header's commitments are not points of the group")
            }
            Self::OverBudget => f.write_str("left out to keep to the day's budget of bytes"),
            Self::NoAnswers => f.write_str("no peer answered"),
            Self::PeersOverloaded { samples } => {
                write!(
                    f,
                    "peers were busy or left before giving {samples} of the samples"
                )
            }
        }
    }
}

/// What was counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub struct Figures {
    /// Distinct cells that the plan named.
    pub samples: usize,
    /// Those that at least one peer was asked for.
    pub asked: usize,
    /// Those that a peer answered with a cell that has not been found false.
    pub answered: usize,
    /// Those whose proof was verified against the block's commitments.
    pub verified: usize,
    /// Peers that were asked.
    pub peers: usize,
    /// Most samples that one peer has seen.
    pub largest_share: usize,
    /// Most samples that one of several peers should see: a quarter.
    pub quota: usize,
    /// Peers caught with a false answer.
    pub liars: usize,
}

/// A verdict with everything that it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The grid that was judged.
    pub dimensions: GridDimensions,
    /// What was counted.
    pub figures: Figures,
    /// The chance that the planned samples would all be there although the block cannot be
    /// recovered, for a withheld set that was fixed before the questions: see
    /// [`Self::assumption`]. 1 unless every planned sample was verified: those that came are
    /// chosen by being there, so their number says nothing of the rest.
    pub miss_probability: f64,
}

impl Judgement {
    /// Puts the figures behind a verdict.
    #[must_use]
    pub fn new(
        verdict: Verdict,
        reason: Reason,
        dimensions: GridDimensions,
        figures: Figures,
    ) -> Self {
        let is_whole = verdict == Verdict::Available && figures.verified == figures.samples;
        let samples = u32::try_from(figures.samples).unwrap_or(u32::MAX);
        Self {
            verdict,
            reason,
            dimensions,
            figures,
            miss_probability: if is_whole {
                miss_probability(dimensions, samples)
            } else {
                1.0
            },
        }
    }

    /// An undecided one, for a block of which nothing could be asked.
    #[must_use]
    pub fn undecided(reason: Reason, dimensions: GridDimensions, samples: usize) -> Self {
        let figures = Figures {
            samples,
            quota: samples.div_ceil(4),
            ..Figures::default()
        };
        Self::new(Verdict::Undecided, reason, dimensions, figures)
    }

    /// Whether no peer saw more than a quarter of the samples.
    #[must_use]
    pub const fn is_well_spread(&self) -> bool {
        self.figures.largest_share <= self.figures.quota
    }

    /// How many honest light nodes with as many samples the block needs, so that together they
    /// could rebuild it: see [`light_nodes_to_rebuild`]. None for a block without rows.
    #[must_use]
    pub fn light_nodes(&self) -> Option<u32> {
        let samples = u32::try_from(self.figures.samples).unwrap_or(u32::MAX);
        light_nodes_to_rebuild(self.dimensions, samples)
    }

    /// What the miss probability assumes and does not cover, in words.
    #[must_use]
    pub fn assumption(&self) -> String {
        if self.verdict != Verdict::Available {
            return "not every planned sample was verified, so nothing is claimed".to_owned();
        }
        let Some(light_nodes) = self.light_nodes() else {
            return "the block has no rows, so nothing can be withheld".to_owned();
        };
        let spread = if self.is_well_spread() {
            ""
        } else {
            "; few peers were asked, so one of them saw more than a quarter of the samples"
        };
        format!(
            "if {} of the {} cells, the fewest that stop recovery, had been withheld before \
             the samples were drawn; peers that collude to answer only some nodes are not \
             covered: against them the block needs about {light_nodes} honest light nodes with \
             as many samples, which together could rebuild it{spread}",
            self.dimensions.min_withheld(),
            self.dimensions.cells(),
        )
    }
}
