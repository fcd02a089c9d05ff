//! People with the program, and whom they ask.

use super::operating::world::{Attesting, World, signers, who};
use alloy::primitives::U256;
use operator::server::{Bounds, Server};
use serde_json::Value;
use settlement::contracts::abi;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use tokio::process::Command;

/// A person with a key of the rollup and an account on L1.
pub(super) struct Person {
    who: usize,
    pub(super) folder: PathBuf,
    l1: String,
    server: String,
    /// The key's file.
    key: &'static str,
}

/// What a command needs to know besides its own arguments.
#[derive(Clone, Copy)]
pub(super) enum Needs {
    Key,
    Signing,
    L1Key,
    Claiming,
    Server,
}

impl Person {
    pub(super) fn new(world: &World, operator: &Server, who: usize) -> Self {
        let folder = world.folder.path().join(format!("person-{who}"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("passphrase"), "correct horse\n").unwrap();
        let secret = alloy::hex::encode(signers()[who].to_bytes());
        std::fs::write(folder.join("l1.key"), secret).unwrap();
        let deployment = world.folder.path().join("deployment.json");
        std::fs::copy(deployment, folder.join("deployment.json")).unwrap();
        Self {
            who,
            folder,
            l1: world.l1.http_url(),
            server: format!("http://{}", operator.address()),
            key: "key",
        }
    }

    pub(super) fn address(&self) -> String {
        signers()[self.who].address().to_string()
    }

    pub(super) fn command(&self, needs: Needs, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollup-kit"));
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .args(["--json", "wallet"])
            .args(arguments);
        let passphrase = ["--passphrase-file", "passphrase"];
        let address = self.address();
        let on_l1 = ["--l1", &self.l1, "--l1-key", "l1.key"];
        let server = ["--operator", &self.server];
        match needs {
            Needs::Key => command.args(passphrase),
            Needs::Signing => command
                .args(["--key", self.key, "--owner", &address])
                .args(passphrase)
                .args(server),
            Needs::L1Key => command
                .args(["--key", self.key])
                .args(passphrase)
                .args(on_l1),
            Needs::Claiming => command.args(on_l1).args(server),
            Needs::Server => command.args(server),
        };
        command
    }

    async fn output(&self, needs: Needs, arguments: &[&str]) -> Output {
        self.command(needs, arguments).output().await.unwrap()
    }

    pub(super) async fn told(&self, needs: Needs, arguments: &[&str]) -> Value {
        told(&self.output(needs, arguments).await)
    }

    /// Fails, and says so with exit status 1 and on stderr alone.
    pub(super) async fn refused(&self, needs: Needs, arguments: &[&str], because: &str) {
        let output = self.output(needs, arguments).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(output.stdout.is_empty());
        assert!(stderr.contains(because), "{stderr}");
    }

    /// The same person, asking another server.
    pub(super) fn asking(&self, server: String) -> Self {
        let (folder, l1) = (self.folder.clone(), self.l1.clone());
        Self {
            folder,
            l1,
            server,
            ..*self
        }
    }

    /// The same person, with another key.
    pub(super) fn with_key(&self, key: &'static str) -> Self {
        Self {
            key,
            ..self.asking(self.server.clone())
        }
    }

    /// What the account that was opened with a key holds of a token in a tree, after all that
    /// waits, and its place.
    pub(super) async fn held(&self, account: &str, tree: &str, token: &str) -> (u128, String) {
        let address = self.address();
        let arguments = ["balance", "--account", account, "--owner", &address];
        let told = self.told(Needs::Server, &arguments).await;
        let found = &told[tree];
        // A follower knows nothing that waits.
        let soft = &found["soft_balances"];
        let all = if soft.is_null() {
            &found["balances"]
        } else {
            soft
        };
        let amount = all[token].as_str().unwrap_or("0");
        (amount.parse().unwrap(), found["index"].to_string())
    }

    /// What the account off L1 holds after all that waits, and its place.
    pub(super) async fn holds(&self, account: &str) -> (u128, String) {
        let address = self.address();
        let arguments = ["balance", "--account", account, "--owner", &address];
        let told = self.told(Needs::Server, &arguments).await;
        assert!(told["on_l1"].is_null());
        let account = &told["off_l1"];
        let amount = account["soft_balances"]["0"].as_str().unwrap();
        (amount.parse().unwrap(), account["index"].to_string())
    }
}

/// What a command that did its work says.
pub(super) fn told(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// The operator behind JSON-RPC.
pub(super) async fn serve(operator: &Attesting) -> Server {
    let bounds = Bounds {
        address: ([127, 0, 0, 1], 0).into(),
        ..Bounds::default()
    };
    let shared = operator.shared().clone();
    Server::start(shared, bounds).await.unwrap()
}

/// A day passes, and what nobody challenged is final.
pub(super) async fn finalized(world: &World) {
    world.warp(25 * 3600).await;
    let finalize = abi::Rollup::finalizeCall {
        most: U256::from(8),
    };
    let rollup = world.deployment.rollup;
    let account = world.account(who::ALICE);
    account.call(rollup, &finalize).await.unwrap();
}
