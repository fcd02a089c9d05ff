//! A user of a rollup, by the program: deposits, transfers, a withdrawal paid on L1.

// The same world that the operator is tested in, of which not all is needed here.
#[allow(dead_code)]
#[path = "../../operator/tests/it"]
pub(crate) mod operating {
    pub(crate) mod derived;
    pub(crate) mod network;
    pub(crate) mod world;
}

use alloy::primitives::U256;
use ledger::BatchSize;
use operating::world::{ETHER, World, signers, who};
use operator::server::{Bounds, Server};
use serde_json::Value;
use settlement::contracts::abi;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use tokio::process::Command;

/// A person with a key of the rollup and an account on L1.
struct Person {
    who: usize,
    folder: PathBuf,
    l1: String,
    operator: String,
}

/// What a command needs to know besides its own arguments.
#[derive(Clone, Copy)]
enum Needs {
    Key,
    Signing,
    L1Key,
    Claiming,
    Server,
}

impl Person {
    fn new(world: &World, operator: &Server, who: usize) -> Self {
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
            operator: format!("http://{}", operator.address()),
        }
    }

    fn address(&self) -> String {
        signers()[self.who].address().to_string()
    }

    fn command(&self, needs: Needs, arguments: &[&str]) -> Command {
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
        let server = ["--operator", &self.operator];
        match needs {
            Needs::Key => command.args(passphrase),
            Needs::Signing => command
                .args(["--key", "key", "--owner", &address])
                .args(passphrase)
                .args(server),
            Needs::L1Key => command.args(["--key", "key"]).args(passphrase).args(on_l1),
            Needs::Claiming => command.args(on_l1).args(server),
            Needs::Server => command.args(server),
        };
        command
    }

    async fn output(&self, needs: Needs, arguments: &[&str]) -> Output {
        self.command(needs, arguments).output().await.unwrap()
    }

    async fn told(&self, needs: Needs, arguments: &[&str]) -> Value {
        told(&self.output(needs, arguments).await)
    }

    /// Fails, and says so with exit status 1 and on stderr alone.
    async fn refused(&self, needs: Needs, arguments: &[&str], because: &str) {
        let output = self.output(needs, arguments).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(output.stdout.is_empty());
        assert!(stderr.contains(because), "{stderr}");
    }

    /// What the account off L1 holds after all that waits, and its place.
    async fn holds(&self, account: &str) -> (u128, String) {
        let address = self.address();
        let arguments = ["balance", "--account", account, "--owner", &address];
        let told = self.told(Needs::Server, &arguments).await;
        assert!(told["on_l1"].is_null());
        let account = &told["off_l1"];
        let amount = account["soft_balances"]["0"].as_str().unwrap();
        (amount.parse().unwrap(), account["index"].to_string())
    }
}

fn told(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_deposits_transfers_withdraws_and_claims() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let bounds = Bounds {
        address: ([127, 0, 0, 1], 0).into(),
        ..Bounds::default()
    };
    let server = Server::start(operator.shared().clone(), bounds)
        .await
        .unwrap();
    let [alice, bob] = [who::ALICE, who::BOB].map(|who| Person::new(&world, &server, who));

    let mut accounts = Vec::new();
    for person in [&alice, &bob] {
        let new = person.told(Needs::Key, &["new", "-o", "key"]).await;
        let shown = person.told(Needs::Key, &["address", "key"]).await;
        assert_eq!(new["account"], shown["account"]);
        accounts.push(shown["account"].as_str().unwrap().to_owned());
        let again = ["new", "-o", "key"];
        person.refused(Needs::Key, &again, "not written over").await;
        let deposited = person.told(Needs::L1Key, &["deposit", "2 ETH"]).await;
        assert_eq!(deposited["account"], shown["account"]);
    }
    world.settle(&mut operator, 1).await;
    let (held, _) = alice.holds(&accounts[0]).await;
    let (_, to) = bob.holds(&accounts[1]).await;
    assert_eq!(held, 2 * ETHER);

    // Whoever waits does so while the operator settles.
    let transfer = ["transfer", "0.5 ETH", "--to", &to, "--wait", "on-l1"];
    let mut waiting = alice.command(Needs::Signing, &transfer);
    let waiting = tokio::spawn(async move { waiting.output().await.unwrap() });
    world.settle(&mut operator, 2).await;
    let transferred = told(&waiting.await.unwrap());
    assert_eq!(
        (&transferred["stage"], &transferred["batch"]),
        (&"on_l1".into(), &2.into())
    );
    assert_eq!(alice.holds(&accounts[0]).await.0, ETHER * 3 / 2);
    assert_eq!(bob.holds(&accounts[1]).await.0, ETHER * 5 / 2);

    let withdraw = ["withdraw", "1 ETH", "--nonce", "0"];
    let withdrawn = bob.told(Needs::Signing, &withdraw).await;
    assert_eq!(withdrawn["stage"], "pooled");
    assert!(
        withdrawn["confirmation"]
            .as_str()
            .unwrap()
            .starts_with("soft")
    );
    // The same again is not done twice: it would replace the one that waits, and pays no more.
    bob.refused(Needs::Signing, &withdraw, "underpriced").await;
    world.settle(&mut operator, 3).await;
    let id = withdrawn["id"].as_str().unwrap();
    let status = bob.told(Needs::Server, &["status", id]).await;
    assert_eq!(
        (&status["stage"], &status["batch"]),
        (&"on_l1".into(), &3.into())
    );
    assert_eq!(bob.holds(&accounts[1]).await.0, ETHER * 3 / 2);

    // Off L1, money leaves once the batch is final.
    bob.refused(Needs::Claiming, &["claim", "3"], "not final")
        .await;
    world.warp(25 * 3600).await;
    let finalize = abi::Rollup::finalizeCall {
        most: U256::from(8),
    };
    let rollup = world.deployment.rollup;
    world
        .account(who::ALICE)
        .call(rollup, &finalize)
        .await
        .unwrap();
    let claimed = bob.told(Needs::Claiming, &["claim", "3"]).await;
    assert_eq!(
        (&claimed["claimed"], &claimed["claimed_before"]),
        (&1.into(), &0.into())
    );
    assert_eq!(claimed["fetched"][0]["amount"], ETHER.to_string());
    let again = bob.told(Needs::Claiming, &["claim", "3"]).await;
    assert_eq!(
        (&again["claimed"], &again["claimed_before"]),
        (&0.into(), &1.into())
    );
    assert_eq!(again["fetched"][0]["amount"], "0");
    let others = alice.told(Needs::Claiming, &["claim", "3"]).await;
    assert_eq!(others["claimed"], 0);
    server.stop().await;
}

/// Nothing is signed with what does not open, nor for another rollup, account or price.
#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_refuses() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut operator = world.operator(who::OPERATORS[0]);
    let bounds = Bounds {
        address: ([127, 0, 0, 1], 0).into(),
        ..Bounds::default()
    };
    let server = Server::start(operator.shared().clone(), bounds)
        .await
        .unwrap();
    let alice = Person::new(&world, &server, who::ALICE);
    let account = alice.told(Needs::Key, &["new", "-o", "key"]).await["account"].clone();
    alice.told(Needs::L1Key, &["deposit", "2 ETH"]).await;
    world.settle(&mut operator, 1).await;
    let (_, place) = alice.holds(account.as_str().unwrap()).await;

    let transfer = ["transfer", "1 ETH", "--to", &place];
    let lacking = ["transfer", "3 ETH", "--to", &place];
    alice
        .refused(Needs::Signing, &lacking, "insufficient")
        .await;
    let gap = [&transfer[..], &["--nonce", "9999"]].concat();
    alice.refused(Needs::Signing, &gap, "nonce_gap").await;
    let on_l1 = [&transfer[..], &["--tree", "on-l1"]].concat();
    alice
        .refused(Needs::Signing, &on_l1, "has no account")
        .await;
    let unknown = "11".repeat(32);
    alice
        .refused(Needs::Server, &["status", &unknown], "knows no operation")
        .await;

    let passphrase = alice.folder.join("passphrase");
    std::fs::write(&passphrase, "another horse").unwrap();
    alice
        .refused(Needs::Signing, &transfer, "another passphrase")
        .await;
    std::fs::write(&passphrase, "correct horse").unwrap();
    let deployment = alice.folder.join("deployment.json");
    let mut other: Value = serde_json::from_slice(&std::fs::read(&deployment).unwrap()).unwrap();
    other["rollup"] = other["vault"].clone();
    std::fs::write(&deployment, other.to_string()).unwrap();
    alice
        .refused(Needs::Signing, &transfer, "the operator's rollup")
        .await;
    server.stop().await;
}
