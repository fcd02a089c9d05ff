//! The rollup's programs, as everybody runs them: each a process of its own, told by its command
//! line, with its output in a file.

use crate::{Error, Result};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// How long a program may take to stand: keys may have to be read, or made.
const PATIENCE: Duration = Duration::from_secs(240);
const POLL: Duration = Duration::from_millis(50);
/// How much of its last words is repeated when a program fails.
const LAST_WORDS: usize = 600;

/// Where programs run, and whom they talk to.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    /// This program.
    pub(crate) this: PathBuf,
    /// The folder of everything.
    pub(crate) folder: PathBuf,
    /// L1's URL.
    pub(crate) l1: String,
    /// The DA node's.
    pub(crate) node: String,
}

/// A program that serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    log: PathBuf,
}

impl Programs {
    /// A command of this program in the common folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.this);
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .args(["--json", "--node", &self.node])
            .args(arguments);
        command
    }

    fn failed(&self, arguments: &[&str], reason: String) -> Error {
        let what = arguments.iter().take(2).copied().collect::<Vec<_>>();
        Error::Process {
            program: self.this.with_file_name(what.join(" ")),
            reason,
        }
    }

    /// Runs a command to its end and reads what it says.
    pub(crate) async fn told(&self, arguments: &[&str]) -> Result<Value> {
        let done = self
            .command(arguments)
            .output()
            .await
            .map_err(|error| self.failed(arguments, error.to_string()))?;
        if !done.status.success() {
            let words = last_words(&done.stderr);
            return Err(self.failed(arguments, words));
        }
        serde_json::from_slice(&done.stdout)
            .map_err(|error| self.failed(arguments, error.to_string()))
    }

    /// Starts a program that says somewhere in its output where it serves.
    pub(crate) async fn serve(&self, name: &str, arguments: &[&str]) -> Result<Serving> {
        let failed = |reason: String| self.failed(arguments, reason);
        let log = self.folder.join(format!("{name}.log"));
        let out = File::create(&log).map_err(|error| failed(error.to_string()))?;
        let errors = out.try_clone().map_err(|error| failed(error.to_string()))?;
        let mut child = self
            .command(arguments)
            .stdout(out)
            .stderr(errors)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let begun = tokio::time::Instant::now();
        loop {
            let said = std::fs::read(&log).map_err(|error| failed(error.to_string()))?;
            if let Some(url) = url_in(&String::from_utf8_lossy(&said)) {
                return Ok(Serving { child, url, log });
            }
            let ended = child
                .try_wait()
                .map_err(|error| failed(error.to_string()))?;
            if ended.is_some() || begun.elapsed() > PATIENCE {
                return Err(failed(last_words(&said)));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Serving {
    /// Has the machine stop it where it is, or go on.
    pub(crate) async fn signal(&self, signal: &str) -> Result<()> {
        let failed = |reason: String| Error::Process {
            program: "kill".into(),
            reason,
        };
        let process = self.child.id().ok_or_else(|| failed("it ended".into()))?;
        let done = Command::new("kill")
            .args([format!("-{signal}"), process.to_string()])
            .status()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if done.success() {
            Ok(())
        } else {
            Err(failed(done.to_string()))
        }
    }

    /// Ends it at once, as a machine that loses its power does.
    pub(crate) async fn kill(mut self) {
        // One that has ended already is as good.
        drop(self.child.kill().await);
    }

    /// Asks it to end, and waits.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.signal("INT").await?;
        // One that does not is killed when it is dropped.
        drop(tokio::time::timeout(PATIENCE, self.child.wait()).await);
        Ok(())
    }

    /// Fails if it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(Error::Process {
                program: self.log.with_extension(""),
                reason: self.last_words(),
            }),
        }
    }

    /// The end of what it said.
    pub(crate) fn last_words(&self) -> String {
        last_words(&std::fs::read(&self.log).unwrap_or_default())
    }
}

/// The first whole URL of something on this machine.
fn url_in(said: &str) -> Option<String> {
    let at = said.find("http://127.0.0.1:")?;
    let rest = &said[at..];
    // Not before the line is whole.
    let line = &rest[..rest.find('\n')?];
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || ":/.".contains(c)));
    Some(line[..end.unwrap_or(line.len())].to_owned())
}

fn last_words(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let said = said.trim();
    let skipped = said.chars().count().saturating_sub(LAST_WORDS);
    said.chars().skip(skipped).collect()
}

/// Writes a file that nobody else may read.
pub(crate) fn secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let failed = |error: std::io::Error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
