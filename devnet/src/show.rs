//! What people see: a drawing of the way, a line per step, where everything is, a line per
//! block. Colours only on a terminal.

use crate::network::{BlockSeen, Network};
use crate::{Endpoints, Step};
use chain::ChainParams;
use indicatif::{ProgressBar, ProgressStyle};
use light_node::BlockVerdict;
use light_node::core::Verdict;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::time::Duration;
use types::BlobId;

/// How often a running wait is redrawn.
const REDRAW: Duration = Duration::from_millis(120);

/// Where lines for people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Stdout,
    /// Because stdout carries a report for programs.
    Stderr,
}

/// The terminal, or the pipe in its place.
pub struct Screen {
    stream: Stream,
    colour: bool,
    spinner: ProgressBar,
}

impl Screen {
    /// Writes to stdout, or to stderr when stdout is for programs.
    #[must_use]
    pub fn new(stdout_is_for_programs: bool) -> Self {
        let (stream, terminal) = if stdout_is_for_programs {
            (Stream::Stderr, std::io::stderr().is_terminal())
        } else {
            (Stream::Stdout, std::io::stdout().is_terminal())
        };
        let spinner = if terminal {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("  {spinner:.dim} {msg:.dim}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(REDRAW);
        let colour = terminal && std::env::var_os("NO_COLOR").is_none();
        Self {
            stream,
            colour,
            spinner,
        }
    }

    /// Says what is being waited for, until the next line.
    pub fn waiting(&self, what: impl Into<String>) {
        self.spinner.set_message(what.into());
    }

    /// Nothing is waited for any more.
    pub fn done(&self) {
        self.spinner.finish_and_clear();
    }

    /// A line as it is.
    pub fn line(&self, text: &str) {
        // A reader that has gone away does not end the network.
        self.spinner.suspend(|| match self.stream {
            Stream::Stdout => drop(writeln!(std::io::stdout().lock(), "{text}")),
            Stream::Stderr => drop(writeln!(std::io::stderr().lock(), "{text}")),
        });
    }

    fn paint(&self, code: u8, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(&self, text: &str) -> String {
        self.paint(1, text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint(2, text)
    }

    fn mood(&self, mood: Mood, text: &str) -> String {
        match mood {
            Mood::Plain => self.paint(36, text),
            Mood::Good => self.paint(32, text),
            Mood::Bad => self.paint(31, text),
        }
    }

    /// What the network is, and the way of the data through it.
    pub fn banner(&self, network: &impl Network, withhold: Option<f64>) {
        let (nodes, light) = (network.endpoints().nodes.len(), network.light_nodes());
        let ChainParams {
            block_interval_ms, ..
        } = *network.genesis().params();
        self.line("");
        self.line(&format!(
            "  {}   {}, {}, a block every {}",
            self.bold("Assay devnet"),
            count(nodes, "validator"),
            count(light, "light node"),
            seconds(Duration::from_millis(block_interval_ms)),
        ));
        self.line(&self.dim(&format!("  chain {}", network.genesis().chain_id())));
        if let Some(fraction) = withhold.filter(|fraction| *fraction > 0.0) {
            let text = format!(
                "  every full node withholds {:.1} % of the cells",
                100.0 * fraction
            );
            self.line(&self.mood(Mood::Bad, &text));
        }
        self.line("");
        for line in drawing(nodes, light).lines() {
            self.line(&self.dim(line));
        }
        self.line("");
    }

    /// A step of the blob's way.
    pub fn step(&self, at: Duration, step: &Step) {
        let (mood, name, text) = describe(step);
        self.line(&format!(
            "  {}  {}  {text}",
            self.dim(&format!("{:>9}", seconds(at))),
            self.mood(mood, &format!("{name:<10}")),
        ));
        if let Some(next) = waits_for(step) {
            self.waiting(next);
        }
    }

    /// How the round ended.
    pub fn outcome(&self, faults: &[String]) {
        self.line("");
        if faults.is_empty() {
            self.line(&format!("  {}", self.mood(Mood::Good, "all of it held")));
        }
        for fault in faults {
            self.line(&format!(
                "  {} {fault}",
                self.mood(Mood::Bad, "not as expected:")
            ));
        }
    }

    /// What is left on disk of a network that ends.
    pub fn kept(&self, endpoints: &Endpoints) {
        self.line("");
        self.line(&format!(
            "  {}  {}",
            self.bold("trust  "),
            endpoints.checkpoint
        ));
        self.line(&format!(
            "  {}  {}",
            self.bold("set    "),
            endpoints.validators.display()
        ));
        self.line(&format!(
            "  {}  {}",
            self.bold("genesis"),
            endpoints.genesis.display()
        ));
        self.line("");
    }

    /// Where everything is, and commands to paste.
    pub fn endpoints(&self, endpoints: &Endpoints, blob: &BlobId) {
        self.line("");
        for (node, at) in endpoints.nodes.iter().enumerate() {
            self.line(&format!(
                "  {}  {}",
                self.bold(&format!("node {node:<2}")),
                at.grpc
            ));
            for address in &at.p2p {
                self.line(&self.dim(&format!("           {address}")));
            }
        }
        self.kept(endpoints);
        self.line("  In another terminal:");
        self.line("");
        for command in commands(endpoints, blob) {
            self.line(&format!("    {command}"));
        }
        self.line("");
    }

    /// A final block.
    pub fn block(&self, at: Duration, seen: &BlockSeen) {
        let header = &seen.header;
        let rows = usize::from(header.dimensions.rows());
        let what = match seen.blobs {
            _ if rows == 0 => self.dim("empty"),
            Some(blobs) => format!("{}, {}", count(blobs, "blob"), count(rows, "row")),
            None => count(rows, "row"),
        };
        self.line(&format!(
            "  {}  {}  #{:<6} {}  {what}",
            self.dim(&format!("{:>9}", seconds(at))),
            self.mood(Mood::Plain, &format!("{:<10}", "block")),
            header.height,
            self.dim(&short(&header.hash())),
        ));
    }
}

/// How a line's name is coloured.
#[derive(Clone, Copy)]
enum Mood {
    Plain,
    Good,
    Bad,
}

fn drawing(nodes: usize, light: usize) -> String {
    let others = match nodes {
        1 => "itself".to_owned(),
        2 => "node 1".to_owned(),
        3..=5 => format!("nodes {}", numbers(1..nodes)),
        _ => format!("nodes 1 to {}", nodes - 1),
    };
    let sampled = match light {
        0 => String::new(),
        1 => "  ◀── samples ── light node 0".to_owned(),
        2..=4 => format!("  ◀── samples ── light nodes {}", numbers(0..light)),
        _ => format!("  ◀── samples ── light nodes 0 to {}", light - 1),
    };
    let reader = if nodes == 1 { 0 } else { 1 };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "    put ───▶ node 0 ─── cells ───▶ {others}");
    let _ = writeln!(text, "               │ ◀─── receipts ────┘");
    let _ = writeln!(text, "          certificate");
    let _ = writeln!(text, "               │");
    let _ = writeln!(text, "             block{sampled}");
    let _ = writeln!(text, "               │");
    let _ = writeln!(text, "    get ◀─── node {reader}");
    text
}

fn numbers(range: std::ops::Range<usize>) -> String {
    range.map(|n| n.to_string()).collect::<Vec<_>>().join(", ")
}

fn describe(step: &Step) -> (Mood, &'static str, String) {
    match step {
        Step::Posted { node, name, bytes } => (
            Mood::Plain,
            "post",
            format!("{name}, {} bytes, to node {node}", grouped(*bytes)),
        ),
        Step::Received { node, id, rows } => {
            let rows = count(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
            (
                Mood::Plain,
                "received",
                format!("blob {}  {rows}, stored by node {node}", short(id)),
            )
        }
        Step::Dispersed {
            receipts,
            validators,
        } => (
            Mood::Plain,
            "dispersed",
            format!("{receipts} of {validators} validators signed"),
        ),
        Step::Certified { signed, total, ms } => (
            Mood::Good,
            "certified",
            format!("weight {signed} of {total}, {ms} ms after the first byte"),
        ),
        Step::Ordered { height } => (Mood::Plain, "ordered", format!("in block #{height}")),
        Step::Final { height, header } => (
            Mood::Good,
            "final",
            format!("block #{height}, header {}", short(header)),
        ),
        Step::Sampled { light, verdict } => (
            mood(verdict),
            "sampled",
            format!("light {light}  {verdict}"),
        ),
        Step::Fetched {
            node,
            bytes,
            same: true,
        } => (
            Mood::Good,
            "fetched",
            format!(
                "from node {node}: {} bytes, every one as posted",
                grouped(*bytes)
            ),
        ),
        Step::Fetched {
            node,
            bytes,
            same: false,
        } => (
            Mood::Bad,
            "fetched",
            format!("from node {node}: {} bytes, not as posted", grouped(*bytes)),
        ),
    }
}

fn mood(verdict: &BlockVerdict) -> Mood {
    if verdict.verdict == Verdict::Available {
        Mood::Good
    } else {
        Mood::Bad
    }
}

fn waits_for(step: &Step) -> Option<&'static str> {
    match step {
        Step::Posted { .. } => Some("cells and proofs are being made"),
        Step::Received { .. } | Step::Dispersed { .. } => Some("validators verify and store"),
        Step::Certified { .. } => Some("waiting for a block"),
        Step::Ordered { .. } => Some("waiting for its header"),
        Step::Final { .. } => Some("light nodes are sampling"),
        Step::Sampled { .. } => Some("waiting for the other light nodes, then for the bytes"),
        Step::Fetched { .. } => None,
    }
}

fn commands(endpoints: &Endpoints, blob: &BlobId) -> Vec<String> {
    let node = |index: usize| {
        let at = endpoints.nodes.get(index).or(endpoints.nodes.first());
        at.map_or("", |node| node.grpc.as_str())
    };
    let bootstrap = endpoints.nodes.iter().filter_map(|node| node.p2p.first());
    let bootstrap: Vec<String> = bootstrap.map(|a| format!(" --bootstrap {a}")).collect();
    vec![
        format!(
            "./assay light-node start --checkpoint {}{}",
            endpoints.checkpoint,
            bootstrap.concat()
        ),
        format!(
            "./assay node put README.md --namespace hello --node {}",
            node(0)
        ),
        format!("./assay node get {blob} -o copy --node {}", node(1)),
        format!("./assay node proof {blob} -o proof --node {}", node(1)),
        format!(
            "./assay node verify proof --validators {}",
            endpoints.validators.display()
        ),
    ]
}

/// Seconds with milliseconds.
fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

/// Enough of a hash to tell it from others.
fn short(hash: &impl std::fmt::Display) -> String {
    let text = hash.to_string();
    format!("{}…", text.get(..12).unwrap_or(&text))
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// Digits in groups of three.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{count, drawing, grouped, seconds};
    use std::time::Duration;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 12, 999, 1000, 667_196, 3_000_000].map(grouped),
            ["0", "12", "999", "1,000", "667,196", "3,000,000"]
        );
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(0, "row"), "0 rows");
        assert_eq!(seconds(Duration::from_millis(1204)), "1.204 s");
    }

    #[test]
    fn the_drawing_names_every_kind_of_node() {
        let four = drawing(4, 3);
        assert!(four.contains("nodes 1, 2, 3") && four.contains("light nodes 0, 1, 2"));
        assert!(drawing(9, 9).contains("nodes 1 to 8"));
        let alone = drawing(1, 0);
        assert!(alone.contains("get ◀─── node 0") && !alone.contains("samples"));
    }
}
