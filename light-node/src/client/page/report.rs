//! What a light node says of itself on loopback: the body of `/status.json`.

use crate::client::Status;
use crate::client::page::board::{BlockView, Board, Counts};
use crate::client::report::Size;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use types::{ChainId, HeaderHash, Height};

/// How the node fares, apart from single blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Vitals {
    /// The program's version.
    pub version: String,
    /// The chain that it follows.
    pub chain: ChainId,
    /// The newest header that it trusts.
    pub tip: Option<Tip>,
    /// Full nodes that it is connected with.
    pub full_peers: usize,
    /// Light nodes that it is connected with.
    pub light_peers: usize,
    /// Application bytes of this day, in UTC.
    pub today: DayBytes,
    /// Milliseconds since it was started.
    pub uptime_ms: u64,
    /// What could not be written to disk when it was last tried, and why.
    pub unkept: Vec<String>,
    /// What keeps it from trusting newer headers.
    pub trouble: Option<String>,
    /// Whether it saw two certified headers that contradict one another.
    pub forked: bool,
    /// Why it stopped, once it has.
    pub stopped: Option<String>,
}

/// Application bytes of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DayBytes {
    /// Bytes that came in.
    pub received: u64,
    /// Bytes that went out.
    pub sent: u64,
    /// Bytes, both ways together, that the day may have; none without a limit.
    pub budget: Option<u64>,
}

/// The newest header that is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tip {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: HeaderHash,
}

impl Vitals {
    pub(crate) fn of(status: Status) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chain: status.chain,
            tip: status.tip.map(|(height, hash)| Tip { height, hash }),
            full_peers: status.peers,
            light_peers: status.light_peers,
            today: DayBytes {
                received: status.today.received,
                sent: status.today.sent,
                budget: status.today.budget,
            },
            uptime_ms: u64::try_from(status.uptime.as_millis()).unwrap_or(u64::MAX),
            unkept: status
                .unkept
                .into_iter()
                .map(|(what, why)| format!("{what}: {why}"))
                .collect(),
            trouble: status.trouble.map(|trouble| trouble.to_string()),
            forked: status.fork.is_some(),
            stopped: status.stopped,
        }
    }
}

/// Everything that the page shows. Shows as a short table. One that was read from a socket is
/// what some program said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageStatus {
    /// How the node fares.
    #[serde(flatten)]
    pub vitals: Vitals,
    /// What was counted since the page was opened.
    pub counts: Counts,
    /// The miss probability of the block judged last.
    pub last_miss_probability: Option<f64>,
    /// The last blocks, the newest first: at most 64, the first 8 with their cells.
    pub blocks: Vec<BlockView>,
}

impl PageStatus {
    pub(crate) fn of(vitals: Vitals, board: &Board) -> Self {
        Self {
            vitals,
            counts: board.counts(),
            last_miss_probability: board.last_miss(),
            blocks: board.blocks().cloned().collect(),
        }
    }
}

impl fmt::Display for PageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Blocks of which there is a line.
        const LINES: usize = 10;
        let Vitals {
            chain,
            tip,
            full_peers,
            light_peers,
            today,
            ..
        } = &self.vitals;
        writeln!(f, "chain   {chain}")?;
        match tip {
            Some(Tip { height, hash }) => writeln!(f, "tip     #{height}  {hash}")?,
            None => writeln!(f, "tip     none yet")?,
        }
        writeln!(f, "peers   {full_peers} full, {light_peers} light")?;
        let (received, sent) = (Size(today.received), Size(today.sent));
        write!(f, "today   {received} received, {sent} sent")?;
        match today.budget {
            Some(budget) => writeln!(f, ", of {}", Size(budget))?,
            None => writeln!(f, ", no limit")?,
        }
        let uptime = Duration::from_millis(self.vitals.uptime_ms);
        writeln!(f, "up      {}", Uptime(uptime))?;
        let Counts {
            available,
            unavailable,
            undecided,
            ..
        } = self.counts;
        write!(
            f,
            "blocks  {available} available, {unavailable} unavailable, {undecided} undecided"
        )?;
        let Vitals {
            stopped,
            trouble,
            unkept,
            ..
        } = &self.vitals;
        let troubles = (stopped.iter().map(|why| ("stopped", why)))
            .chain(trouble.iter().map(|why| ("trouble", why)))
            .chain(unkept.iter().map(|why| ("unkept", why)));
        for (name, why) in troubles {
            write!(f, "\n{name:<8}{}", Plain(why))?;
        }
        for view in self.blocks.iter().take(LINES) {
            match &view.verdict {
                Some(verdict) => write!(f, "\n{}", Plain(&verdict.to_string()))?,
                None => write!(f, "\n#{}  {} rows  sampling", view.height, view.rows)?,
            }
        }
        Ok(())
    }
}

/// Text without control characters: a terminal obeys those.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.0
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .try_for_each(|c| f.write_char(c))
    }
}

/// A span of time in its two largest units.
struct Uptime(Duration);

impl fmt::Display for Uptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        match (hours, minutes) {
            (24.., _) => write!(f, "{} d {} h", hours / 24, hours % 24),
            (1.., _) => write!(f, "{hours} h {} min", minutes % 60),
            (_, 1..) => write!(f, "{minutes} min {} s", seconds % 60),
            _ => write!(f, "{seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests;
