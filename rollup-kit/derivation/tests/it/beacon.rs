//! L1's blobs of a beacon node, where L1's own node keeps none.

use alloy::primitives::U256;
use alloy::providers::Provider as _;
use alloy::transports::http::reqwest::Client;
use derivation::{Beacon, Error, Fetched, NodeRows, RowPlace, RowRequest, Rows as _};
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Options, now};
use l1::{Chain, Genesis};
use ledger::Tree;
use serde_json::{Value, json};
use settlement::blobs::CarriedRows;
use settlement::client::{Account, L1Client};
use settlement::contracts::abi;
use settlement::transaction::Call;
use settlement::{Address, B256, BatchNumber, Wei};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use types::{Commitment, Row};

use crate::world::setup;

const ROOT: B256 = B256::repeat_byte(0x42);

/// What a beacon node answers.
#[derive(Debug, Clone, Copy)]
enum Answers {
    /// As the interface says since Fulu.
    Asked,
    /// All blobs of the block, whatever is asked for.
    All,
    /// As the interface said before.
    Sidecars,
    /// Other blobs.
    Wrong,
    /// More than a block can have.
    TooMuch,
    /// What is no JSON.
    Garbage,
    /// Nothing.
    Nothing,
}

/// Serves HTTP on a free port, an answer to a connection; the URL.
async fn serve<F, A>(answer: F) -> String
where
    F: Fn(String, Vec<u8>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = (u16, Vec<u8>)> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move { one(stream, answer).await });
        }
    });
    format!("http://{address}")
}

async fn one<F, A>(mut stream: TcpStream, answer: F) -> Option<()>
where
    F: Fn(String, Vec<u8>) -> A,
    A: Future<Output = (u16, Vec<u8>)>,
{
    let mut bytes = Vec::new();
    let head = loop {
        let end = bytes.windows(4).position(|w: &[u8]| w == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    while bytes.len() < head + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let path = text.split_whitespace().nth(1)?.to_owned();
    let (status, body) = answer(path, bytes[head..].to_vec()).await;
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&body).await.ok()?;
    stream.shutdown().await.ok()
}

/// A beacon node with the blobs that an embedded L1 has of a block.
async fn beacon(blobs: Vec<Value>, answers: Answers) -> Beacon {
    let blobs = Arc::new(blobs);
    let url = serve(move |path, _| {
        let found = answer(&path, &blobs, answers);
        async move { found }
    });
    Beacon::new(&format!("{}/key?token=1", url.await)).unwrap()
}

fn answer(path: &str, blobs: &[Value], answers: Answers) -> (u16, Vec<u8>) {
    let nothing = || (404, br#"{"code":404,"message":"NOT_FOUND"}"#.to_vec());
    let data = |data: Vec<Value>| (200, json!({ "data": data }).to_string().into_bytes());
    let below = path.strip_prefix("/key/eth/v1/beacon/").unwrap();
    let (below, query) = below.split_once('?').unwrap();
    assert!(query.starts_with("token=1"));
    if below == "genesis" {
        return (200, b"{}".to_vec());
    }
    let (what, root) = below.split_once('/').unwrap();
    assert_eq!(root, ROOT.to_string());
    let hash = query.strip_prefix("token=1&versioned_hashes=");
    let all = blobs.iter();
    match (what, answers) {
        ("blobs", Answers::Asked) => {
            let asked = all.filter(|blob| blob["versionedHash"].as_str() == hash);
            data(asked.map(|blob| blob["blob"].clone()).collect())
        }
        ("blobs", Answers::All) => data(all.map(|blob| blob["blob"].clone()).collect()),
        ("blob_sidecars", Answers::Sidecars) => {
            let sidecar = |blob: &Value| json!({ "index": "0", "blob": blob["blob"], "kzg_commitment": blob["commitment"] });
            data(all.map(sidecar).collect())
        }
        ("blobs", Answers::Wrong) => data(vec![json!(format!("0x{}", "00".repeat(Row::BYTES)))]),
        ("blob_sidecars", Answers::Wrong) => {
            let other = &blobs[0]["blob"];
            let sidecar =
                |blob: &Value| json!({ "blob": other, "kzg_commitment": blob["commitment"] });
            data(all.skip(1).map(sidecar).collect())
        }
        (_, Answers::TooMuch) => (200, vec![b' '; 40 << 20]),
        (_, Answers::Garbage) => (200, b"{\"data\": 7".to_vec()),
        _ => nothing(),
    }
}

/// A node as Ethereum's: it keeps no blobs, and its blocks name their beacon blocks.
async fn without_blobs(url: String) -> String {
    let client = Client::new();
    serve(move |_, body| {
        let (client, url) = (client.clone(), url.clone());
        async move {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            let method = asked["method"].as_str().unwrap();
            if method.contains("Blob") && !method.starts_with("eth_") {
                let error = json!({ "code": -32601, "message": "no such method" });
                let answer = json!({ "jsonrpc": "2.0", "id": asked["id"], "error": error });
                return (200, answer.to_string().into_bytes());
            }
            let asking = client.post(url).header("content-type", "application/json");
            let answer = asking.body(body).send().await.unwrap();
            let answer = answer.bytes().await.unwrap();
            let mut answer: Value = serde_json::from_slice(&answer).unwrap();
            if method == "eth_getBlockByNumber" && answer["result"].is_object() {
                answer["result"]["parentBeaconBlockRoot"] = json!(ROOT);
            }
            (200, answer.to_string().into_bytes())
        }
    })
    .await
}

fn row(seed: u8) -> Row {
    let mut bytes = vec![0; Row::BYTES];
    bytes[31] = seed;
    Row::from_slice(&bytes).unwrap()
}

async fn reasons(rows: &NodeRows, request: &RowRequest) -> String {
    match rows.fetch(request).await {
        Err(error @ Error::NoBlob { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn blobs_are_read_of_a_beacon_node() {
    let signers = derive(TEST_PHRASE, 1).unwrap();
    let wealth = U256::from(Wei::ether(10).get());
    let genesis = Genesis::new(now()).with_balances(&[signers[0].address()], wealth);
    let l1 = L1::serve(Chain::new(&genesis).unwrap(), Options::default())
        .await
        .unwrap();
    let client = L1Client::connect(&l1.http_url()).await.unwrap();
    let posted = [row(1), row(2)];
    let carried = Arc::new(CarriedRows::prove(setup(), &posted).unwrap());
    let nobody = Call::of(Address::repeat_byte(0xdd), &abi::Rollup::newestBatchCall {});
    let account = Account::new(client.clone(), signers[0].clone());
    let mined = account.execute(&nobody.carrying(carried)).await.unwrap();
    let request = |row: &Row| RowRequest {
        number: BatchNumber::new(1),
        tree: Tree::OnL1,
        place: RowPlace::L1Blob(setup().commit(row).unwrap()),
        block: mined.block,
        transaction: B256::ZERO,
        published_in: None,
    };
    let [first, second] = posted.each_ref().map(request);

    let provider = client.provider();
    let block = format!("{:#x}", mined.block);
    let kept: Vec<Value> = provider
        .raw_request("assay_getBlobs".into(), (block,))
        .await
        .unwrap();
    assert_eq!(kept.len(), 2);
    let proxy = without_blobs(l1.http_url()).await;
    let ethereum = L1Client::connect(&proxy).await.unwrap();
    let of = |answers| {
        let rows = NodeRows::new(ethereum.clone(), None);
        let beacon = beacon(kept.clone(), answers);
        async move { rows.with_beacon(Some(beacon.await)) }
    };

    // The beacon block is named by the block after it.
    let early = reasons(&of(Answers::Asked).await, &first).await;
    assert!(early.contains("no block after it"), "{early}");
    let _: Value = provider
        .raw_request("evm_mine".into(), [(); 0])
        .await
        .unwrap();
    for answers in [Answers::Asked, Answers::All, Answers::Sidecars] {
        let rows = of(answers).await;
        rows.require_blobs().await.unwrap();
        for (request, row) in [(&first, &posted[0]), (&second, &posted[1])] {
            let found = rows.fetch(request).await.unwrap();
            assert_eq!(found, Fetched::Row(row.clone()), "{answers:?}");
        }
    }
    for (answers, why) in [
        (Answers::Wrong, "none is it"),
        (Answers::TooMuch, "more than"),
        (Answers::Garbage, "does not read"),
        (Answers::Nothing, "404"),
    ] {
        let why_not = reasons(&of(answers).await, &second).await;
        assert!(why_not.contains(why), "{why_not}");
        assert!(why_not.contains("assay_getBlobs"), "{why_not}");
        assert!(!why_not.contains("token"), "{why_not}");
    }

    // Without one, a node for development has blobs itself, and Ethereum's has none.
    let alone = NodeRows::new(client.clone(), None);
    alone.require_blobs().await.unwrap();
    let found = alone.fetch(&first).await.unwrap();
    assert_eq!(found, Fetched::Row(posted[0].clone()));
    let blind = NodeRows::new(ethereum.clone(), None);
    let why_not = reasons(&blind, &first).await;
    assert!(why_not.contains("no beacon node was named"), "{why_not}");
    let refused = blind.require_blobs().await.unwrap_err();
    assert!(matches!(refused, Error::NoBlobs { .. }));
    let unknown = RowRequest {
        place: RowPlace::L1Blob(Commitment::new([7; 48])),
        ..first
    };
    assert!(alone.fetch(&unknown).await.is_err());
    for url in ["", "localhost:5052", "ftp://localhost"] {
        assert!(Beacon::new(url).is_err(), "{url}");
    }
}
