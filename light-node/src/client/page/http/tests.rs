//! The server by way of TCP: every route, and every way to ask for too much.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::client::Progress;
use crate::client::page::assets;
use crate::client::page::fixture::{asked, begun, judged, status};
use crate::client::page::http::{Limits, serve};
use crate::client::page::hub::Hub;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::broadcast;

/// A server with its own hub. Both end with it.
struct Served {
    at: SocketAddr,
    hub: Arc<Hub>,
    steps: broadcast::Sender<Progress>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

async fn served(limits: Limits, streams: usize) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let hub = Arc::new(Hub::new(status, streams));
    let steps = broadcast::channel(256).0;
    let (following, heard) = (Arc::clone(&hub), steps.subscribe());
    let tasks = vec![
        tokio::spawn(async move { following.run(heard).await }),
        tokio::spawn(serve(listener, at, Arc::clone(&hub), limits)),
    ];
    Served {
        at,
        hub,
        steps,
        tasks,
    }
}

/// A bound on tests that hang, not a promise of speed.
async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("an end")
}

/// All that the server says until it closes. A reset after the answer is an end as well.
async fn rest(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = patiently(stream.read(&mut part)).await {
        said.extend_from_slice(&part[..count]);
    }
    String::from_utf8(said).unwrap()
}

async fn exchange(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

async fn ask(at: SocketAddr, method: &str, path: &str, more: &str) -> String {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {at}\r\n{more}\r\n");
    exchange(at, &request).await
}

fn code(answer: &str) -> u16 {
    let first = answer.lines().next().unwrap_or_default();
    let code = first.split(' ').nth(1).unwrap_or_default();
    code.parse().unwrap_or_else(|_| panic!("{answer:?}"))
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| {
        let (named, value) = line.split_once(": ")?;
        named.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

/// Reads until the stream has said this.
async fn until(stream: &mut TcpStream, said: &str) -> String {
    let mut all = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = patiently(stream.read(&mut part)).await.unwrap();
        assert_ne!(count, 0, "the stream ended");
        all.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&all);
        if text.contains(said) {
            return text.into_owned();
        }
    }
}

async fn open_events(at: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let request = format!("GET /events HTTP/1.1\r\nhost: {at}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn every_route_answers_in_its_type() {
    let served = served(Limits::DEFAULT, 8).await;
    let routes = [
        ("/", "text/html; charset=utf-8", "<!doctype html>"),
        ("/page.css", "text/css; charset=utf-8", ":root"),
        ("/page.js", "text/javascript; charset=utf-8", "import"),
        ("/stone.js", "text/javascript; charset=utf-8", "export"),
        ("/mark.svg", "image/svg+xml", "<svg"),
        ("/status.json", "application/json", "\"full_peers\":4"),
        (
            "/metrics",
            "text/plain; version=0.0.4; charset=utf-8",
            "assay_light_peers{role=\"full\"} 4",
        ),
    ];
    for (path, media_type, part) in routes {
        let answer = ask(served.at, "GET", path, "").await;
        assert_eq!(code(&answer), 200, "{path}: {answer}");
        assert_eq!(header(&answer, "content-type"), Some(media_type), "{path}");
        assert!(body(&answer).contains(part), "{path}");
        let policy = header(&answer, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert_eq!(header(&answer, "access-control-allow-origin"), None);
        assert_eq!(header(&answer, "cache-control"), Some("no-store"));

        let head = ask(served.at, "HEAD", path, "").await;
        assert_eq!((code(&head), body(&head)), (200, ""), "{path}");
    }
    let head = ask(served.at, "HEAD", "/events", "").await;
    assert_eq!(header(&head, "content-type"), Some("text/event-stream"));
    for path in ["/nothing", "/page.css/", "/../Cargo.toml", "//"] {
        assert_eq!(code(&ask(served.at, "GET", path, "").await), 404, "{path}");
    }
}

#[test]
fn no_text_becomes_markup() {
    let text = r#"{"reason":"</script><script>alert(1)</script>&amp;<!--"}"#;
    let page = assets::page(text);
    let begin = r#"<script type="application/json" id="snapshot">"#;
    let block = page.split(begin).nth(1).unwrap();
    let block = block.split("</script>").next().unwrap();
    assert!(!block.contains(['<', '>', '&']), "{block}");
    let json: serde_json::Value = serde_json::from_str(block).unwrap();
    let expected: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(json, expected);
}

#[test]
fn the_page_refers_to_nothing_outside() {
    let page = ("/", assets::page("{}"));
    let files = ["/page.css", "/page.js", "/stone.js", "/mark.svg"].map(|path| {
        let bytes = assets::find(path).unwrap().bytes.to_vec();
        (path, String::from_utf8(bytes).unwrap())
    });
    for (path, text) in files.into_iter().chain([page]) {
        let namespace = "http://www.w3.org/2000/svg";
        let text = text.replace(namespace, "");
        assert!(!text.contains("://"), "{path}");
        for unsafe_sink in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!text.contains(unsafe_sink), "{path}: {unsafe_sink}");
        }
    }
}

#[tokio::test]
async fn bad_input_methods_and_bodies() {
    let served = served(Limits::DEFAULT, 8).await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "NONSENSE"] {
        let path = if method == "CONNECT" {
            "127.0.0.1:1"
        } else {
            "/"
        };
        let answer = ask(served.at, method, path, "").await;
        assert!(matches!(code(&answer), 405 | 421), "{method}: {answer}");
        if method != "CONNECT" {
            assert_eq!(header(&answer, "allow"), Some("GET, HEAD"), "{method}");
        }
    }
    let answer = ask(served.at, "GET", "/", "content-length: 5\r\n").await;
    assert_eq!(code(&answer), 413);
    let answer = ask(served.at, "GET", "/", "transfer-encoding: chunked\r\n").await;
    assert_eq!(code(&answer), 413);
    assert_eq!(code(&exchange(served.at, "nonsense\r\n\r\n").await), 400);
}

#[tokio::test]
async fn bad_input_names_of_other_machines() {
    let served = served(Limits::DEFAULT, 8).await;
    let (at, port) = (served.at, served.at.port());
    let ours = ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"];
    for host in ours {
        let request = format!("GET /status.json HTTP/1.1\r\nhost: {host}:{port}\r\n\r\n");
        assert_eq!(code(&exchange(at, &request).await), 200, "{host}");
    }
    let others = [
        format!("host: evil.example:{port}\r\n"),
        format!("host: localhost.evil.example:{port}\r\n"),
        format!("host: 127.0.0.2:{port}\r\n"),
        format!("host: 192.168.1.7:{port}\r\n"),
        "host: 127.0.0.1\r\n".to_owned(),
        "host: localhost:1\r\n".to_owned(),
        "host:\r\n".to_owned(),
        format!("host: {at}\r\nhost: evil.example\r\n"),
        String::new(),
    ];
    for path in ["/", "/status.json", "/events", "/metrics"] {
        for host in &others {
            let request = format!("GET {path} HTTP/1.1\r\n{host}\r\n");
            assert_eq!(code(&exchange(at, &request).await), 421, "{path} {host}");
        }
    }
    let request = format!("GET http://evil.example/ HTTP/1.1\r\nhost: {at}\r\n\r\n");
    assert_eq!(code(&exchange(at, &request).await), 421);
}

#[tokio::test]
async fn other_sites_may_link_but_not_embed() {
    let served = served(Limits::DEFAULT, 8).await;
    for site in ["cross-site", "same-site"] {
        let more = format!("sec-fetch-site: {site}\r\n");
        for path in ["/status.json", "/events", "/metrics", "/page.js"] {
            let answer = ask(served.at, "GET", path, &more).await;
            assert_eq!(code(&answer), 403, "{site} {path}");
        }
        assert_eq!(code(&ask(served.at, "GET", "/", &more).await), 200);
    }
    let own = "sec-fetch-site: same-origin\r\n";
    assert_eq!(code(&ask(served.at, "GET", "/metrics", own).await), 200);
}

#[tokio::test]
async fn bad_input_heads_that_are_too_large() {
    let served = served(Limits::DEFAULT, 8).await;
    let long = format!("x: {}\r\n", "a".repeat(20_000));
    assert_eq!(code(&ask(served.at, "GET", "/", &long).await), 431);
    let many: String = (0..200).map(|i| format!("x-{i}: a\r\n")).collect();
    assert_eq!(code(&ask(served.at, "GET", "/", &many).await), 431);
    let path = format!("/{}", "a".repeat(20_000));
    let answer = ask(served.at, "GET", &path, "").await;
    assert!(matches!(code(&answer), 414 | 431), "{answer}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let limits = Limits {
        head: Duration::from_millis(100),
        ..Limits::DEFAULT
    };
    let served = served(limits, 8).await;
    let mut stream = TcpStream::connect(served.at).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    // It ends without an answer to the request, or with one that says why.
    let said = rest(&mut stream).await;
    assert!(said.is_empty() || code(&said) == 408, "{said}");
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let limits = Limits {
        connections: 2,
        ..Limits::DEFAULT
    };
    let served = served(limits, 8).await;
    let mut held = [open_events(served.at).await, open_events(served.at).await];
    for stream in &mut held {
        until(stream, "event: snapshot").await;
    }
    let mut refused = TcpStream::connect(served.at).await.unwrap();
    assert_eq!(code(&rest(&mut refused).await), 503);
    drop(held);
    // The server notices that they went when it next has something to say.
    patiently(async {
        loop {
            served.steps.send(begun(1, 2, &[0])).unwrap();
            let mut stream = TcpStream::connect(served.at).await.unwrap();
            let request = format!("GET /metrics HTTP/1.0\r\nhost: {}\r\n\r\n", served.at);
            let _ = stream.write_all(request.as_bytes()).await;
            if code(&rest(&mut stream).await) == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn pages_that_are_open_leave_room_for_others() {
    let served = served(Limits::DEFAULT, 1).await;
    let mut open = open_events(served.at).await;
    until(&mut open, "event: snapshot").await;
    let answer = ask(served.at, "GET", "/events", "").await;
    assert_eq!(code(&answer), 503);
    assert_eq!(header(&answer, "retry-after"), Some("5"));
    assert_eq!(code(&ask(served.at, "GET", "/metrics", "").await), 200);
}

#[tokio::test]
async fn a_page_hears_of_everything_after_its_snapshot() {
    let served = served(Limits::DEFAULT, 8).await;
    served.steps.send(begun(1, 2, &[0, 1])).unwrap();
    patiently(async {
        while served.hub.snapshot().blocks.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let mut stream = open_events(served.at).await;
    let said = until(&mut stream, "\n\n").await;
    let first = body(&said);
    assert!(first.contains("event: snapshot\ndata: {"), "{first}");
    assert!(first.contains("[[0,0],\"planned\"]"), "{first}");

    served.steps.send(asked(1, 2, &[0])).unwrap();
    served.steps.send(asked(1, 2, &[1])).unwrap();
    served.steps.send(judged(1, 2, 2, 2)).unwrap();
    let said = until(&mut stream, "\"judged\"").await;
    let both = r#"{"cells":{"height":1,"state":"asked","places":[[0,0],[0,1]]}}"#;
    assert!(said.contains("event: changes\ndata: ["), "{said}");
    assert!(said.contains(both), "{said}");
}

#[tokio::test]
async fn a_reader_that_lags_too_far_behind_is_cut_off() {
    let served = served(Limits::DEFAULT, 8).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(served.at).await.unwrap();
    let request = format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", served.at);
    slow.write_all(request.as_bytes()).await.unwrap();
    let mut quick = open_events(served.at).await;
    until(&mut quick, "event: snapshot").await;
    // It never reads while the node goes on; what is kept for it stays bounded.
    let numbers: Vec<u64> = (0..1024).collect();
    let drain = tokio::spawn(async move {
        let mut part = vec![0; 1 << 16];
        while let Ok(1..) = quick.read(&mut part).await {}
    });
    patiently(async {
        let mut height = 0;
        while served.hub.open_pages() == 2 {
            height += 1;
            served.steps.send(begun(height, 256, &numbers)).unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    // The other is still there, and so is the server; the slow one's connection ends.
    assert_eq!(served.hub.open_pages(), 1);
    assert!(!drain.is_finished());
    rest(&mut slow).await;
    drain.abort();
}

#[tokio::test]
async fn an_exchange_that_takes_too_long_is_cut_off() {
    let limits = Limits {
        exchange: Duration::from_millis(200),
        ..Limits::DEFAULT
    };
    let served = served(limits, 8).await;
    // Says nothing at all.
    let mut silent = TcpStream::connect(served.at).await.unwrap();
    let mut open = open_events(served.at).await;
    assert_eq!(rest(&mut silent).await, "");
    // A stream of events lasts longer.
    until(&mut open, "event: vitals").await;
}
