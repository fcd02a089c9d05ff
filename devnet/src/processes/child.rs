//! One child process: what it says, how it ends, and that it ends.

use crate::{Error, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How much of a log is shown.
const LOG_TAIL: usize = 4_000;
/// How long a child may take to stop in order before it is killed.
const STOP: Duration = Duration::from_secs(20);
/// Lines that wait for whoever reads them.
const LINES: usize = 256;

/// A running child. It ends when this is dropped, and when we do.
pub(crate) struct Child {
    name: String,
    log: PathBuf,
    pid: Option<u32>,
    /// The child stops when this is closed.
    stdin: Option<ChildStdin>,
    kill: Option<oneshot::Sender<()>>,
    ended: watch::Receiver<Option<ExitStatus>>,
    watcher: JoinHandle<()>,
}

impl Child {
    /// Starts a program; what it writes to stdout comes line by line, what it writes to stderr
    /// is added to the log.
    pub(crate) fn start(
        name: String,
        mut command: Command,
        log: &Path,
    ) -> Result<(Self, mpsc::Receiver<String>)> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(|error| Error::file(log, error))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::system("a child process", error))?;
        let (pid, stdin) = (child.id(), child.stdin.take());
        let (say, lines) = mpsc::channel(LINES);
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout).lines();
            tokio::spawn(async move {
                while let Ok(Some(line)) = stdout.next_line().await {
                    // Read on for nobody: a full pipe would hold the child up.
                    let _ = say.send(line).await;
                }
            });
        }
        let (kill, killed) = oneshot::channel::<()>();
        let (tell, ended) = watch::channel(None);
        let watcher = tokio::spawn(async move {
            let status = tokio::select! {
                status = child.wait() => status,
                Ok(()) = killed => {
                    drop(child.start_kill());
                    child.wait().await
                }
            };
            tell.send_replace(status.ok());
        });
        let child = Self {
            name,
            log: log.to_owned(),
            pid,
            stdin,
            kill: Some(kill),
            ended,
            watcher,
        };
        Ok((child, lines))
    }

    pub(crate) const fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Resolves when the child ended by itself.
    pub(crate) async fn ended(&self) -> Error {
        let mut ended = self.ended.clone();
        // Its watcher is gone: so is the child.
        let _ = ended.wait_for(Option::is_some).await;
        self.failure(match *ended.borrow() {
            Some(status) => format!("ended by itself, {status}"),
            None => "ended by itself".to_owned(),
        })
    }

    /// What is wrong with the child, if it has ended by itself.
    pub(crate) fn fallen(&self) -> Option<Error> {
        let status = (*self.ended.borrow())?;
        Some(self.failure(format!("ended by itself, {status}")))
    }

    /// What is wrong with the child, with the end of its log.
    pub(crate) fn failure(&self, reason: String) -> Error {
        Error::Child {
            name: self.name.clone(),
            reason,
            log: tail(&self.log),
        }
    }

    /// Sends the child a signal. One that has ended gets none.
    ///
    /// # Errors
    /// [`Error::System`] when the system refuses.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let running = self.ended.borrow().is_none();
        let pid = self.pid.and_then(|pid| i32::try_from(pid).ok());
        match pid.and_then(Pid::from_raw).filter(|_| running) {
            None => Ok(()),
            Some(pid) => {
                kill_process(pid, signal).map_err(|error| Error::system("a signal", error))
            }
        }
    }

    /// SIGKILL, and nothing before it; waits until the child is gone.
    pub(crate) async fn kill(&mut self) {
        if let Some(kill) = self.kill.take() {
            let _ = kill.send(());
        }
        let mut ended = self.ended.clone();
        // Its watcher is gone: so is the child.
        let _ = ended.wait_for(Option::is_some).await;
    }

    /// Closes the child's standard input and waits; kills it when it does not stop in time.
    pub(crate) async fn stop(mut self) {
        drop(self.stdin.take());
        if timeout(STOP, &mut self.watcher).await.is_ok() {
            return;
        }
        tracing::warn!(name = self.name, "killed: it did not stop in time");
        if let Some(kill) = self.kill.take() {
            let _ = kill.send(());
        }
        let _ = (&mut self.watcher).await;
    }
}

/// The end of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let skipped = text.chars().count().saturating_sub(LOG_TAIL);
    text.chars().skip(skipped).collect()
}
