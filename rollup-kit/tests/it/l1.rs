//! The command `l1`: an Ethereum in a process of its own.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// It is killed when this is dropped.
pub(crate) struct L1 {
    child: Child,
    started: Value,
}

impl L1 {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
            .args(["l1", "--port", "0", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            started: serde_json::from_str(&line).unwrap(),
        }
    }

    pub(crate) fn ask(&self, method: &str, params: &Value) -> Value {
        let host = self.http().strip_prefix("http://").unwrap();
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let body = body.to_string();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let answer: Value = serde_json::from_str(body).unwrap();
        assert_eq!(answer.get("error"), None);
        answer["result"].clone()
    }

    pub(crate) fn http(&self) -> &str {
        self.started["http"].as_str().unwrap()
    }

    /// An account's address and key, as the command prints them.
    pub(crate) fn account(&self, place: usize) -> (&str, &str) {
        let account = &self.started["accounts"][place];
        (
            account["address"].as_str().unwrap(),
            account["key"].as_str().unwrap(),
        )
    }

    fn terminate(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for L1 {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

#[test]
fn a_chain_goes_on_from_its_file() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("l1.json");
    let arguments = [
        "--chain-id",
        "5",
        "--accounts",
        "2",
        "--balance",
        "3",
        "--state",
    ];
    let arguments = [&arguments[..], &[path(&file)]].concat();
    let l1 = L1::start(&arguments);
    assert_eq!(l1.started["chain_id"], 5);
    let accounts = l1.started["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    assert_eq!(l1.ask("eth_chainId", &json!([])), "0x5");
    let balance = l1.ask("eth_getBalance", &json!([accounts[1]["address"], "latest"]));
    assert_eq!(balance, "0x29a2241af62c0000");
    l1.ask("anvil_mine", &json!([7]));
    let head = l1.ask("eth_getBlockByNumber", &json!(["latest", false]));
    l1.terminate();

    let l1 = L1::start(&arguments);
    assert_eq!(
        l1.ask("eth_getBlockByNumber", &json!(["latest", false])),
        head
    );
    drop(l1);

    std::fs::write(&file, "{").unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
        .args(["l1", "--port", "0", "--state", path(&file)])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("l1.json"));
}
