//! `/metrics`: what an operator looks at.

use crate::door::{PLENTY, client, token_of};
use crate::fixture::{config, genesis, packed, params};
use da_node::grpc::{Door, Quotas};
use da_node::metrics::names::{ALL, Kind};
use da_node::{Node, NodeConfig};
use proto::client::{Client, Retries};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start(folder: &TempDir) -> (Node, SocketAddr) {
    let small = Quotas {
        bytes_per_day: 1,
        ..PLENTY
    };
    let node = Node::start(NodeConfig {
        metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
        door: Door {
            clients: vec![client("rollup", PLENTY), client("small", small)],
            ..Door::default()
        },
        ..config(folder.path(), genesis("metrics", params()))
    })
    .await
    .unwrap();
    let address = node.metrics_addr().unwrap();
    (node, address)
}

/// The answer to a request, whole.
async fn ask(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(format!("{head}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    // What is refused may be reset behind its answer.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

async fn scrape(address: SocketAddr) -> String {
    let answer = ask(address, "GET /metrics HTTP/1.1\r\nhost: localhost").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    body.to_owned()
}

fn number(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        (name == series).then(|| value.parse().unwrap())
    });
    line.unwrap_or_else(|| panic!("no {series} in\n{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_served_and_tells_what_happened() {
    let folder = TempDir::new().unwrap();
    let (node, address) = start(&folder).await;
    let endpoint = format!("http://{}", node.grpc_addr());
    let post = async |name: &str| {
        let client = Client::connect_lazy_with(&endpoint, &token_of(name)).unwrap();
        let client = client.with_retries(Retries::none());
        let (submission, payload) = packed("metrics", 1, 10_000);
        let submitted = client.submit(&submission, payload).await.ok()?;
        client.await_final(submitted.id).await.ok()
    };
    assert!(post("rollup").await.is_some());
    assert!(post("small").await.is_none());

    // A call is counted a moment after its answer has left.
    let call = |code| format!("assay_grpc_calls_total{{method=\"SubmitBlob\",code=\"{code}\"}}");
    let text = loop {
        let text = scrape(address).await;
        if text.contains(&call("OK")) && text.contains(&call("RESOURCE_EXHAUSTED")) {
            break text;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let types: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .collect();
    let expected: Vec<String> = ALL
        .iter()
        .map(|metric| {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            };
            format!("{} {kind}", metric.name)
        })
        .collect();
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(types, expected);

    for (series, expected) in [
        ("assay_accepted_blobs_total", 1.0),
        ("assay_accepted_bytes_total", 10_000.0),
        ("assay_ordered_blobs_total", 1.0),
        ("assay_certificates_total", 1.0),
        ("assay_block_rows_total", 1.0),
        ("assay_fit", 1.0),
        ("assay_client_bytes_total{client=\"rollup\"}", 10_000.0),
        (
            "assay_client_refusals_total{client=\"small\",quota=\"day\"}",
            1.0,
        ),
        (
            "assay_grpc_calls_total{method=\"SubmitBlob\",code=\"OK\"}",
            1.0,
        ),
        (
            "assay_grpc_calls_total{method=\"SubmitBlob\",code=\"RESOURCE_EXHAUSTED\"}",
            1.0,
        ),
        ("assay_stage_seconds_count{stage=\"accept\"}", 1.0),
        ("assay_stage_seconds_count{stage=\"encode\"}", 1.0),
        ("assay_stage_seconds_count{stage=\"prove\"}", 1.0),
        ("assay_stage_seconds_count{stage=\"certificate\"}", 1.0),
        ("assay_stage_seconds_count{stage=\"order\"}", 1.0),
        ("assay_queue_capacity{queue=\"submissions\"}", 8.0),
    ] {
        let got = number(&text, series);
        assert!((got - expected).abs() < 0.5, "{series}: {got}");
    }
    for series in [
        "assay_height",
        "assay_consensus_height",
        "assay_blocks_total",
        "assay_resident_bytes",
        "assay_folder_bytes{folder=\"store\"}",
        "assay_grpc_bytes_total{direction=\"received\"}",
        "assay_stage_seconds_count{stage=\"finality\"}",
    ] {
        assert!(number(&text, series) >= 1.0, "{series}");
    }
    assert!(number(&text, "assay_grpc_bytes_total{direction=\"received\"}") > 10_000.0);
    let status = node.status().unwrap();
    assert!(status.consensus_height >= status.height);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_requests_for_something_else() {
    let folder = TempDir::new().unwrap();
    let (node, address) = start(&folder).await;
    let line = |answer: String| answer.lines().next().unwrap_or_default().to_owned();
    for (head, status) in [
        ("GET / HTTP/1.1\r\nhost: localhost", "404"),
        (
            "POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0",
            "405",
        ),
        ("GET /metrics HTTP/1.1\r\nhost: example.org", "403"),
        ("nonsense", "400"),
    ] {
        let got = line(ask(address, head).await);
        assert!(got.contains(status), "{head}: {got}");
    }
    // A head without an end.
    let endless = format!("GET /metrics HTTP/1.1\r\nx: {}", "y".repeat(32 << 10));
    let got = line(ask(address, &endless).await);
    assert!(!got.contains("200"), "{got}");
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_connections_are_kept_than_there_is_room_for() {
    let folder = TempDir::new().unwrap();
    let (node, address) = start(&folder).await;
    let mut idle = Vec::new();
    for _ in 0..16 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    // One more is closed without an answer.
    let mut more = TcpStream::connect(address).await.unwrap();
    let _ = more.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = more.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
    drop(idle);
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        if answer.starts_with(b"HTTP/1.1 200") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    node.stop().await;
}
