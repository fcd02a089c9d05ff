//! Reading the metrics that nodes serve on loopback.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Most bytes of an answer: a node serves a few hundred lines.
const MAX_BYTES: u64 = 4 << 20;
const DEADLINE: Duration = Duration::from_secs(10);

/// Every series with its value, by name and labels as they are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Asks for `http://HOST:PORT/PATH`.
    pub(crate) async fn of(url: &str) -> Result<Self> {
        let failed = |reason: String| Error::System {
            what: "a node's metrics",
            reason: format!("{url}: {reason}"),
        };
        let answer = timeout(DEADLINE, get(url)).await;
        let answer = answer.map_err(|_| failed("no answer".to_owned()))?;
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| failed("no answer of HTTP".to_owned()))?;
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(failed(head.lines().next().unwrap_or_default().to_owned()));
        }
        Ok(Self::parse(body))
    }

    fn parse(text: &str) -> Self {
        let series = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            });
        Self(series.collect())
    }

    /// The value of one series; zero when there is none.
    pub(crate) fn value(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or_default()
    }

    /// How much each series has grown since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let grown = self.0.iter().map(|(series, value)| {
            let grown = value - before.value(series);
            (series.clone(), grown)
        });
        Self(grown.collect())
    }

    /// Adds each series of another node.
    pub(crate) fn add(&mut self, other: &Self) {
        for (series, value) in &other.0 {
            *self.0.entry(series.clone()).or_default() += value;
        }
    }

    /// The series of a metric that has one label, by the label's value.
    pub(crate) fn by_label(&self, metric: &str, label: &str) -> BTreeMap<String, f64> {
        let prefix = format!("{metric}{{{label}=\"");
        let series = self.0.iter().filter_map(|(series, value)| {
            let named = series.strip_prefix(&prefix)?.strip_suffix("\"}")?;
            // More labels follow in others.
            (!named.contains('"')).then(|| (named.to_owned(), *value))
        });
        series.collect()
    }
}

/// One request, as HTTP/1.1 has it; the node closes the connection after its answer.
async fn get(url: &str) -> std::io::Result<String> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::Scrape;

    const TEXT: &str = "# HELP a x\n# TYPE a counter\na 3\nb{work=\"prove\"} 7\n\
        b{work=\"store\"} 2.5\nb{work=\"x\",more=\"y\"} 9\nnonsense\nc many\n";

    #[test]
    fn series_are_read_compared_and_added() {
        let first = Scrape::parse(TEXT);
        assert_eq!(first.value("a"), 3.0);
        assert_eq!(first.value("c"), 0.0);
        let by_work = first.by_label("b", "work");
        let all: Vec<_> = by_work.into_iter().collect();
        assert_eq!(all, [("prove".to_owned(), 7.0), ("store".to_owned(), 2.5)]);

        let later = Scrape::parse("a 5\nb{work=\"prove\"} 8\nd 1\n");
        let mut grown = later.since(&first);
        assert_eq!((grown.value("a"), grown.value("d")), (2.0, 1.0));
        grown.add(&first);
        assert_eq!(grown.value("a"), 5.0);
        assert_eq!(grown.value("b{work=\"store\"}"), 2.5);
    }
}
