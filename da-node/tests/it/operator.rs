//! A validator set up by its command line, in a folder of its own, and run as a process.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything takes on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_da-node"));
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// What a command that must fail has to say, and its exit code.
pub(crate) fn refusal(arguments: &[&str]) -> (i32, String) {
    let output = run(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().unwrap(), said)
}

/// Runs a command that must succeed.
pub(crate) fn succeed(arguments: &[&str]) {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder that `init` has filled, on whatever ports are free.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn init(more: &[&str]) -> Self {
        let home = Self(TempDir::new().unwrap());
        home.init_again(more);
        home
    }

    fn init_again(&self, more: &[&str]) {
        let ports = [
            "--p2p-port",
            "0",
            "--consensus-port",
            "0",
            "--grpc",
            "127.0.0.1:0",
        ];
        let folder = self.path("home");
        let arguments = [&["init", "--dir", text(&folder)], &ports[..], more].concat();
        succeed(&arguments);
    }

    /// With a chain whose only validator it is; blocks come quickly.
    pub(crate) fn alone(more: &[&str]) -> Self {
        let home = Self::init(more);
        home.make_genesis(&[]);
        home
    }

    /// Makes the genesis of a chain whose only validator it is.
    pub(crate) fn make_genesis(&self, more: &[&str]) {
        let (announcement, genesis) = (self.file("validator.json"), self.file("genesis.json"));
        let arguments = [
            "genesis",
            "--chain-name",
            "alone",
            "--validator",
            text(&announcement),
            "--block-interval-ms",
            "50",
            "--empty-block-interval-ms",
            "200",
            "-o",
            text(&genesis),
        ];
        succeed(&[&arguments[..], more].concat());
    }

    /// Something in the scratch folder beside the validator's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Something in the validator's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path("home").join(name)
    }

    /// Starts the validator and waits until it runs.
    pub(crate) fn start(&self, more: &[&str]) -> Process {
        self.start_by(command(), more)
    }

    /// As [`Home::start`], with so many file descriptors.
    pub(crate) fn start_with_files(&self, files: u32, more: &[&str]) -> Process {
        let mut shell = Command::new("sh");
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        shell
            .args(["-c", &limited, env!("CARGO_BIN_EXE_da-node")])
            .env_remove("RUST_LOG");
        self.start_by(shell, more)
    }

    fn start_by(&self, mut program: Command, more: &[&str]) -> Process {
        let mut child = program
            .args([
                "--json",
                "start",
                "--config",
                text(&self.file("config.toml")),
            ])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let announced = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut log = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut log)
                .unwrap();
            panic!("it did not start: {line}{log}")
        });
        let mut stderr = child.stderr.take().unwrap();
        // Reading while it runs: a full pipe would hold it up.
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        Process {
            child,
            announced,
            log: Some(log),
        }
    }

    /// Starts a validator that must not start: its exit code and what it says.
    pub(crate) fn refused(&self, more: &[&str]) -> (i32, String) {
        let config = self.file("config.toml");
        refusal(&[&["start", "--config", text(&config)], more].concat())
    }
}

/// A running validator, killed when a test fails.
pub(crate) struct Process {
    child: Child,
    pub(crate) announced: Value,
    log: Option<JoinHandle<String>>,
}

impl Process {
    pub(crate) fn endpoint(&self) -> &str {
        self.announced["grpc"].as_str().unwrap()
    }

    /// Bytes of memory that are resident.
    pub(crate) fn resident(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.unwrap().trim().strip_suffix("kB").unwrap();
        kib.trim().parse::<u64>().unwrap() * 1024
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}");
    }

    pub(crate) fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for its end: how it ended, and its log.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        (status, self.log.take().unwrap().join().unwrap())
    }

    /// The node's status, once it has reached a height.
    pub(crate) fn status_at(&self, height: u64) -> Value {
        let started = Instant::now();
        loop {
            let output = run(&["--json", "status", "--node", self.endpoint()]);
            // On a busy machine a call may come to nothing: only patience ends this.
            if output.status.success() {
                let status: Value = serde_json::from_slice(&output.stdout).unwrap();
                if status["height"].as_u64().unwrap() >= height {
                    return status;
                }
            }
            assert!(
                started.elapsed() < PATIENCE,
                "no block {height}: {output:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
