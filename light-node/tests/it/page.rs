//! The page of a light node that samples real blocks, and the command that asks it.

use crate::fixture::grid;
use crate::network::{Chain, FullNode, Manner, config, full_nodes, light_node, shared};
use light_node::core::{Goal, SampleCount, Verdict};
use light_node::{BlockView, CellState, Error, PageStatus};
use std::net::SocketAddr;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

/// A free port of loopback.
pub(crate) fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// A bound on tests that hang, not a promise of speed.
pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("an end")
}

/// What the page shows, once it shows a verdict.
async fn judged(at: SocketAddr) -> (PageStatus, BlockView) {
    patiently(async {
        loop {
            let status = PageStatus::ask(at).await.unwrap();
            let view = status.blocks.iter().find(|view| view.verdict.is_some());
            if let Some(view) = view.cloned() {
                return (status, view);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

async fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_light-node");
    let output = Command::new(program).args(arguments).output();
    patiently(output).await.unwrap()
}

#[tokio::test]
async fn it_shows_what_the_node_finds() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 4]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let page = light.serve_page(anywhere()).await.unwrap();
    let empty = PageStatus::ask(page.address()).await.unwrap();
    assert_eq!((empty.blocks.len(), empty.last_miss_probability), (0, None));
    assert_eq!(empty.vitals.full_peers, 4);

    let header = chain.lock().unwrap().extend(Some(grid()));
    let (status, view) = judged(page.address()).await;
    let tip = status.vitals.tip.unwrap();
    assert_eq!(
        (tip.height, tip.hash),
        (header.header().height, header.hash())
    );
    assert_eq!(status.vitals.chain, header.header().chain_id);
    let verdict = view.verdict.unwrap();
    assert_eq!((verdict.verdict, view.rows), (Verdict::Available, 2));
    assert_eq!(view.cells.len(), verdict.figures.samples);
    let is_verified = |cell: &light_node::SampledCell| cell.state() == CellState::Verified;
    assert!(view.cells.iter().all(is_verified), "{:?}", view.cells);
    assert_eq!(status.counts.available, 1);
    assert_eq!(status.counts.verified, verdict.figures.samples as u64);
    assert_eq!(status.last_miss_probability, Some(verdict.miss_probability));
    assert!(status.vitals.today.received >= verdict.bytes_received);
}

#[tokio::test]
async fn it_shows_which_cells_were_not_given() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Withholds; 4]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_secs(5);
    config.goal = Goal::Samples(SampleCount::new(64).unwrap());
    let light = light_node(config).await;
    let page = light.serve_page(anywhere()).await.unwrap();
    chain.lock().unwrap().extend(Some(grid()));
    let (status, view) = judged(page.address()).await;
    let verdict = view.verdict.unwrap();
    assert_eq!(verdict.verdict, Verdict::Unavailable);
    let count = |state| {
        view.cells
            .iter()
            .filter(|cell| cell.state() == state)
            .count()
    };
    assert_eq!(count(CellState::Verified), verdict.figures.verified);
    assert_eq!(
        count(CellState::Missed),
        verdict.figures.samples - verdict.figures.verified
    );
    assert_eq!(
        status.counts.failed,
        (verdict.figures.asked - verdict.figures.verified) as u64
    );
}

#[tokio::test]
async fn the_folder_says_where_it_is() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&chain, &nodes);
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config).await;
    let nowhere = PageStatus::address_in(folder.path());
    assert!(matches!(nowhere, Err(Error::NoPage { .. })), "{nowhere:?}");
    let page = light.serve_page(anywhere()).await.unwrap();
    let found = PageStatus::address_in(folder.path()).unwrap();
    assert_eq!(found, page.address());
    drop(page);
    let gone = PageStatus::address_in(folder.path());
    assert!(matches!(gone, Err(Error::NoPage { .. })), "{gone:?}");
    patiently(async {
        while PageStatus::ask(found).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;

    for nonsense in [&b"nonsense"[..], b"", b"\xff\xfe", &[b'1'; 10_000]] {
        std::fs::write(folder.path().join("page"), nonsense).unwrap();
        let read = PageStatus::address_in(folder.path());
        assert!(matches!(read, Err(Error::State { .. })), "{read:?}");
    }
}

#[tokio::test]
async fn bad_input_addresses_that_others_could_reach() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let light = light_node(config(&chain, &nodes)).await;
    for open in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:80"] {
        let open: SocketAddr = open.parse().unwrap();
        let refused = light.serve_page(open).await;
        assert!(matches!(refused, Err(Error::NotLoopback { got }) if got == open));
        let refused = PageStatus::ask(open).await;
        assert!(matches!(refused, Err(Error::NotLoopback { got }) if got == open));
    }
    let first = light.serve_page(anywhere()).await.unwrap();
    let taken = light.serve_page(first.address()).await;
    assert!(matches!(taken, Err(Error::PageAddress { .. })), "{taken:?}");
}

#[tokio::test]
async fn bad_input_answers_of_other_programs() {
    let endless = "a".repeat(2 << 20);
    let answers = [
        "",
        "SSH-2.0-something\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n\r\n\u{0}\u{0}",
        &endless,
    ];
    for answer in answers {
        let listener = TcpListener::bind(anywhere()).await.unwrap();
        let at = listener.local_addr().unwrap();
        let answer = answer.to_owned();
        let other = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        });
        let asked = patiently(PageStatus::ask(at)).await;
        assert!(
            matches!(asked, Err(Error::NotAPage { .. })),
            "{:.60}",
            format!("{asked:?}")
        );
        patiently(other).await.unwrap();
        // Its listener is gone by now.
        let asked = patiently(PageStatus::ask(at)).await;
        assert!(matches!(asked, Err(Error::NoNode { .. })), "{asked:?}");
    }
}

#[tokio::test]
async fn the_command_asks_a_node_that_runs() {
    let chain = shared(Chain::new());
    let nodes: Vec<FullNode> = full_nodes(&chain, &[Manner::Honest; 2]).await;
    chain.lock().unwrap().extend(Some(grid()));
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let checkpoint = chain.lock().unwrap().checkpoint().to_string();
    let mut start = Command::new(env!("CARGO_BIN_EXE_light-node"));
    start
        .args(["start", "--checkpoint", &checkpoint, "--data-dir", data_dir])
        .args(["--page", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    for node in &nodes {
        start.args(["--bootstrap", &node.addr().to_string()]);
    }
    let mut running = start.spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let line = patiently(lines.next_line()).await.unwrap().unwrap();
    assert!(line.starts_with("#1  2 rows  available"), "{line}");

    // The page hears of a verdict a moment after it was printed.
    let said = patiently(async {
        loop {
            let output = run(&["status", "--data-dir", data_dir]).await;
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(0), "{said}");
            if said.contains("\n#1  2 rows  available") {
                return said;
            }
        }
    })
    .await;
    let parts = [
        "chain   ",
        "tip     #1  ",
        "peers   ",
        "today   ",
        "1 available, 0 unavailable, 0 undecided",
    ];
    for part in parts {
        assert!(said.contains(part), "{said}");
    }
    let at = PageStatus::address_in(folder.path()).unwrap().to_string();
    let output = run(&["status", "--page", &at, "--json"]).await;
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["tip"]["height"], 1);
    assert_eq!(json["blocks"][0]["height"], 1);

    // Killed, it leaves the file behind; nobody answers there any more.
    running.kill().await.unwrap();
    let output = run(&["status", "--data-dir", data_dir]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("no light node answers at 127.0.0.1:"),
        "{said}"
    );
}

#[tokio::test]
async fn bad_input_arguments_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let cases: [(&[&str], i32, &str); 4] = [
        (&["status", "--page", "nonsense"], 2, "--page"),
        (
            &["status", "--page", "127.0.0.1:1", "--data-dir", data_dir],
            2,
            "cannot be used with",
        ),
        (
            &["status", "--data-dir", data_dir],
            1,
            "start it with --page",
        ),
        (
            &["status", "--page", "192.0.2.1:80"],
            1,
            "expected an address of loopback",
        ),
    ];
    for (arguments, code, message) in cases {
        let output = run(arguments).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(message), "{said}");
    }
}
