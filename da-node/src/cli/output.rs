//! What a command shows, and the files that it reads and writes.

use super::error::{CliError, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proto::client::{ClientError, State, Status};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// How a command speaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Shows a result: the object, or the line for people.
    pub(super) fn result(self, object: &Value, line: &str) {
        // A reader that has gone away is no reason to fail.
        let _ = if self.json {
            writeln!(std::io::stdout(), "{object}")
        } else {
            writeln!(std::io::stdout(), "{line}")
        };
    }

    /// As [`Self::result`], for when stdout belongs to a payload.
    pub(super) fn aside(self, object: &Value, line: &str) {
        let _ = if self.json {
            writeln!(std::io::stderr(), "{object}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }

    /// Shows why a command failed.
    pub(super) fn failure(self, error: &CliError) {
        if self.json {
            let mut object = json!({ "error": error.to_string() });
            if let CliError::Client(ClientError::Call {
                detail: Some(detail),
                ..
            }) = error
            {
                object["reason"] = json!(detail.reason().as_str_name());
                object["got"] = json!(detail.got);
                object["expected"] = json!(detail.expected);
                object["retry_after_ms"] = json!(detail.retry_after_ms);
            }
            let _ = writeln!(std::io::stdout(), "{object}");
        }
        eprintln!("da-node: {error}");
    }

    /// A bar for bytes, on a terminal alone.
    pub(super) fn bytes(self, total: u64, what: &'static str) -> ProgressBar {
        let template = "{msg:>10} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec}";
        self.bar(ProgressBar::new(total), template, what)
    }

    /// A bar for heights, on a terminal alone.
    pub(super) fn heights(self, what: &'static str) -> ProgressBar {
        self.bar(
            ProgressBar::new(0),
            "{msg:>10} [{bar:32}] {pos}/{len}",
            what,
        )
    }

    /// A spinner for what takes as long as it takes.
    pub(super) fn spinner(self, what: &'static str) -> ProgressBar {
        let spinner = self.bar(
            ProgressBar::new_spinner(),
            "{msg:>10} {spinner} {elapsed}",
            what,
        );
        spinner.enable_steady_tick(Duration::from_millis(120));
        spinner
    }

    fn bar(self, bar: ProgressBar, template: &str, what: &'static str) -> ProgressBar {
        bar.set_draw_target(if self.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        });
        let style = ProgressStyle::with_template(template);
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message(what)
    }
}

/// A state as an object and as a line.
pub(super) fn state(status: &Status) -> (Value, String) {
    let mut object = json!({
        "blob_id": status.id,
        "state": status.state.name(),
        "at_ms": status.at,
    });
    let mut line = format!("{} {}", status.id, status.state.name());
    match &status.state {
        State::Received => {}
        State::Dispersed {
            receipts,
            signed,
            total,
        } => {
            object["receipts"] = json!(receipts);
            object["signed_weight"] = json!(signed);
            object["total_weight"] = json!(total);
            line += &format!("  {receipts} receipts, weight {signed} of {total}");
        }
        State::Certified(certificate) => {
            object["signed_weight"] = json!(certificate.signed);
            object["total_weight"] = json!(certificate.total);
            object["accepted_at_ms"] = json!(certificate.accepted_at);
            object["expires_at_ms"] = json!(certificate.expires_at);
            object["certificate"] = json!(hex::encode(&certificate.bytes));
            line += &format!("  weight {} of {}", certificate.signed, certificate.total);
        }
        State::Ordered { height } => {
            object["height"] = json!(height);
            line += &format!("  height {height}");
        }
        State::Final { height, header } => {
            object["height"] = json!(height);
            object["header"] = json!(header);
            line += &format!("  height {height}, header {header}");
        }
        State::Expired { reason, retry } | State::Failed { reason, retry } => {
            object["reason"] = json!(reason);
            object["retry"] = json!(retry);
            line += &format!("  {reason}");
        }
    }
    (object, line)
}

/// Reads a file, or standard input for `-`, up to a bound.
pub(super) fn read_file(path: &Path, max: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = max as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin().take(limit).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).map_err(CliError::file(path))?;
        file.take(limit).read_to_end(&mut bytes)
    }
    .map_err(CliError::file(path))?;
    if bytes.len() > max {
        return Err(CliError::TooLarge {
            path: path.into(),
            max,
        });
    }
    Ok(bytes)
}

/// Writes a file, or standard output when there is none.
pub(super) fn write_file(path: Option<&Path>, bytes: &[u8]) -> Result<()> {
    match path {
        Some(path) => std::fs::write(path, bytes).map_err(CliError::file(path)),
        None => std::io::stdout()
            .write_all(bytes)
            .map_err(CliError::file(Path::new("-"))),
    }
}
