//! The door itself: bounds, WebSocket, and what a client may get wrong.

use l1::limits;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::node::Node;

/// Posts bytes; status and body of the answer.
async fn post(node: &Node, body: &str) -> (u16, String) {
    let host = node.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that has refused the length may close before it has read all.
    let _ = stream.write_all(body.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let status = answer[9..12].parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    (status, body)
}

#[tokio::test]
async fn requests_and_batches_are_bounded() {
    let node = Node::embedded().await;
    let long = "0".repeat(limits::REQUEST_BYTES as usize + 1);
    assert_eq!(post(&node, &long).await.0, 413);
    let call = |id| json!({ "jsonrpc": "2.0", "id": id, "method": "eth_chainId", "params": [] });
    let batch: Vec<Value> = (0..limits::BATCH).map(call).collect();
    let (status, body) = post(&node, &json!(batch).to_string()).await;
    assert_eq!(status, 200);
    let answers: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!(answers.len(), batch.len());
    let batch: Vec<Value> = (0..=limits::BATCH).map(call).collect();
    let (_, body) = post(&node, &json!(batch).to_string()).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["error"]["code"], -32010);
}

#[tokio::test]
async fn unreadable_parameters_are_the_clients_fault() {
    let node = Node::embedded().await;
    for (method, params) in [
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([node.address(0), "soon"])),
        ("eth_call", json!([{ "to": 5 }])),
        (
            "eth_call",
            json!([{ "to": node.address(1), "chainId": "0x1" }]),
        ),
        (
            "eth_call",
            json!([{ "to": node.address(1), "gasPrice": "0x1", "maxFeePerGas": "0x1" }]),
        ),
        ("eth_call", json!([{}, "latest", {}, { "number": "0x1" }])),
        ("eth_feeHistory", json!(["0x1", "latest", [50.0, 10.0]])),
        ("eth_feeHistory", json!(["0x1", "latest", [101.0]])),
        ("eth_sendRawTransaction", json!(["0xzz"])),
        ("evm_increaseTime", json!(["later"])),
        ("eth_getLogs", json!(["all"])),
    ] {
        let answer = node.try_ask::<Value>(method, params.clone()).await;
        assert_eq!(answer.unwrap_err().0, -32602, "{method} {params}");
    }
    let unknown = node.try_ask::<Value>("eth_sign", json!([])).await;
    assert_eq!(unknown.unwrap_err().0, -32601);
    for (method, params) in [
        ("anvil_mine", json!([limits::MINE + 1])),
        ("assay_setNextBlockExcessBlobGas", json!([u64::MAX])),
    ] {
        let answer = node.try_ask::<Value>(method, params).await;
        assert_eq!(answer.unwrap_err().0, -32005, "{method}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_null() {
    let node = Node::embedded().await;
    let hash = alloy::primitives::B256::repeat_byte(1);
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0x99", true])),
        ("eth_getBlockByHash", json!([hash, false])),
        ("eth_getBlockReceipts", json!(["0x99"])),
        ("eth_getTransactionByHash", json!([hash])),
        ("eth_getTransactionReceipt", json!([hash])),
        ("anvil_getBlobsByTransactionHash", json!([hash])),
    ] {
        let answer: Value = node.ask(method, params).await;
        assert_eq!(answer, Value::Null, "{method}");
    }
}

#[tokio::test]
async fn names_itself_and_its_prices() {
    let node = Node::embedded().await;
    let version: String = node.ask("web3_clientVersion", json!([])).await;
    assert!(version.starts_with("assay-l1/"));
    assert_eq!(node.ask::<String>("net_version", json!([])).await, "31337");
    assert_eq!(node.ask::<String>("eth_chainId", json!([])).await, "0x7a69");
    // An empty genesis takes an eighth off 1 gwei; the tip is 1 gwei.
    assert_eq!(
        node.ask::<String>("eth_gasPrice", json!([])).await,
        "0x6fc23ac0"
    );
    node.send(0, node.request(0, 0)).await;
    let history: Value = node
        .ask("eth_feeHistory", json!(["0x5", "latest", [0.0, 100.0]]))
        .await;
    assert_eq!(history["oldestBlock"], "0x0");
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 3);
    assert_eq!(history["baseFeePerGas"][1], "0x342770c0");
    assert_eq!(history["reward"][0], json!(["0x0", "0x0"]));
    assert_eq!(history["reward"][1], json!(["0x3b9aca00", "0x3b9aca00"]));
}

/// A WebSocket, as far as these tests need one (RFC 6455).
pub(crate) struct Socket(TcpStream);

impl Socket {
    pub(crate) async fn open(url: &str) -> Self {
        let host = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"));
        Self(stream)
    }

    /// Sends a text, masked with zeros.
    async fn write(&mut self, message: &Value) {
        let text = message.to_string().into_bytes();
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        if text.len() < 126 {
            frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap()];
        }
        frame.extend([0; 4]);
        frame.extend(text);
        self.0.write_all(&frame).await.unwrap();
    }

    /// The next text.
    pub(crate) async fn read(&mut self) -> Value {
        loop {
            let kind = self.0.read_u8().await.unwrap();
            let length = match self.0.read_u8().await.unwrap() {
                126 => self.0.read_u16().await.unwrap().into(),
                127 => self.0.read_u64().await.unwrap() as usize,
                short => usize::from(short),
            };
            let mut text = vec![0; length];
            self.0.read_exact(&mut text).await.unwrap();
            // Anything but a text is a ping.
            if kind == 0x81 {
                return serde_json::from_slice(&text).unwrap();
            }
        }
    }

    pub(crate) async fn call(&mut self, id: Value, method: &str, params: Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write(&call).await;
        let answer = self.read().await;
        assert_eq!(answer["id"], id);
        answer
    }
}
