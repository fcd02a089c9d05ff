//! What a light node reports of a block.

use crate::core::{Figures, Judgement, Verdict};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use types::{HeaderHash, Height};

/// The verdict on one block with everything that it rests on. Shows as one line, serialises
/// as one flat object. One that was read from an object is what some program said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockVerdict {
    /// The block's height.
    pub height: Height,
    /// Its header's hash.
    pub hash: HeaderHash,
    /// Rows of data.
    pub rows: u16,
    /// The verdict.
    pub verdict: Verdict,
    /// Samples planned, asked, answered and verified, and the peers behind them.
    #[serde(flatten)]
    pub figures: Figures,
    /// Cells of the block's grid, parity included.
    pub cells: u64,
    /// How many of them are assumed to be withheld: the fewest that stop recovery, 65(N + 1) for
    /// N rows.
    pub assumed_withheld: u64,
    /// About how many honest light nodes with as many samples the block needs, so that together
    /// they could rebuild it; none where there is nothing to rebuild.
    pub light_nodes: Option<u32>,
    /// The chance to be fooled, under [`Self::assumption`]. 1 unless the block is available.
    pub miss_probability: f64,
    /// Application bytes that the node received while it sampled this block.
    pub bytes_received: u64,
    /// Milliseconds from the header's acceptance to the verdict, the wait for other blocks'
    /// samples included.
    pub ms: u64,
    /// Why this verdict, in words.
    pub reason: String,
    /// What the miss probability assumes and does not cover, in words.
    pub assumption: String,
}

impl BlockVerdict {
    pub(crate) fn new(
        height: Height,
        hash: HeaderHash,
        judgement: &Judgement,
        bytes_received: u64,
        took: Duration,
    ) -> Self {
        Self {
            height,
            hash,
            rows: judgement.dimensions.rows(),
            verdict: judgement.verdict,
            figures: judgement.figures,
            cells: judgement.dimensions.cells(),
            assumed_withheld: judgement.dimensions.min_withheld(),
            light_nodes: judgement.light_nodes(),
            miss_probability: judgement.miss_probability,
            bytes_received,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            reason: judgement.reason.to_string(),
            assumption: judgement.assumption(),
        }
    }
}

impl fmt::Display for BlockVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures {
            samples,
            verified,
            peers,
            largest_share,
            quota,
            ..
        } = self.figures;
        write!(
            f,
            "#{}  {} rows  {}  {verified}/{samples} samples  {peers} peers",
            self.height, self.rows, self.verdict
        )?;
        if self.verdict == Verdict::Available {
            write!(f, "  miss {}", Odds(self.miss_probability))?;
        }
        write!(f, "  {}  {} ms", Size(self.bytes_received), self.ms)?;
        if self.verdict != Verdict::Available {
            write!(f, "  ({})", self.reason)?;
        } else if largest_share > quota {
            f.write_str("  (few peers: one saw more than a quarter)")?;
        }
        Ok(())
    }
}

/// Two certified headers that cannot both be, of one height or parent and child: proof that
/// more than a third of the weight signed twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ForkEvidence {
    /// The height of the header seen last.
    pub height: Height,
    /// The header seen first, with its certificate: an encoding, in hexadecimal.
    pub first: String,
    /// The other.
    pub second: String,
}

impl fmt::Display for ForkEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "certified headers that contradict one another at height {}: {} and {}",
            self.height, self.first, self.second
        )
    }
}

/// A probability as odds, rounded towards the worse.
struct Odds(f64);

impl fmt::Display for Odds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 <= 0.0 {
            return f.write_str("0");
        }
        let digits = format!("{:.0}", (1.0 / self.0).floor());
        f.write_str("1 in ")?;
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Bytes in the unit that fits.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..1024 => write!(f, "{bytes} B"),
            bytes @ 1024..1_048_576 => write!(f, "{} KiB", bytes.div_ceil(1024)),
            bytes => write!(f, "{} MiB", bytes.div_ceil(1 << 20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Odds, Size};

    #[test]
    fn odds_are_grouped_and_rounded_towards_the_worse() {
        let shown: Vec<String> = [0.0, 1.0, 0.3, 1.0 / 999.5, 1.0 / 1234.9, 1e-6]
            .into_iter()
            .map(|p| Odds(p).to_string())
            .collect();
        assert_eq!(
            shown,
            [
                "0",
                "1 in 1",
                "1 in 3",
                "1 in 999",
                "1 in 1,234",
                "1 in 1,000,000"
            ]
        );
    }

    #[test]
    fn sizes_pick_their_unit() {
        let shown = [0, 1023, 1024, 62_000, 3 << 20].map(|bytes| Size(bytes).to_string());
        assert_eq!(shown, ["0 B", "1023 B", "1 KiB", "61 KiB", "3 MiB"]);
    }
}
