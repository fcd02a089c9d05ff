//! A network in a child process.

use chain::TrustedSet;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Four validators with quick blocks. They end when this is dropped, or when we die.
pub(crate) struct Network {
    child: Child,
    stdin: Option<ChildStdin>,
    endpoints: Value,
}

impl Network {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(program())
            .args(["serve", "--block-ms", "300", "--empty-ms", "1000"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program devnet starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let endpoints = serde_json::from_str(&line).expect("it prints where it is");
        Self {
            stdin: child.stdin.take(),
            child,
            endpoints,
        }
    }

    pub(crate) fn grpc(&self, node: usize) -> &str {
        self.endpoints["nodes"][node]["grpc"].as_str().unwrap()
    }

    /// A node's multiaddress.
    pub(crate) fn p2p(&self, node: usize) -> &str {
        self.endpoints["nodes"][node]["p2p"][0].as_str().unwrap()
    }

    pub(crate) fn genesis(&self) -> PathBuf {
        self.endpoints["genesis"].as_str().unwrap().into()
    }

    pub(crate) fn validators(&self) -> PathBuf {
        self.endpoints["validators"].as_str().unwrap().into()
    }

    pub(crate) fn trust(&self) -> TrustedSet {
        serde_json::from_slice(&std::fs::read(self.validators()).unwrap()).unwrap()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The child ends by itself once its stdin has, and leaves no folder behind.
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Cargo builds the program beside this test when the whole workspace is tested; a crate that
/// is tested alone has it built first. It is no dependency: a rollup links no full node.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().and_then(Path::parent).unwrap();
        let program = folder.join("devnet");
        if !program.exists() {
            let built = Command::new(env!("CARGO"))
                .args([
                    "build",
                    "--locked",
                    "-p",
                    "devnet",
                    "--bin",
                    "devnet",
                    "--target-dir",
                ])
                .arg(folder.parent().unwrap())
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status()
                .expect("cargo runs");
            assert!(built.success(), "devnet is not built");
        }
        program
    })
}
