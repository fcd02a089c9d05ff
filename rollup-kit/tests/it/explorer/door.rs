//! Who may ask the explorer, and for what.

use super::town::{Shown, anywhere};
use crate::wallet::operating::world::World;
use ledger::BatchSize;
use rollup_kit::Error;
use rollup_kit::explorer::{Explorer, OPERATORS, Sources};
use serde_json::Value;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

/// Sources at which nobody listens.
pub(super) async fn nobody(world: &World) -> Sources {
    // A port that was free a moment ago and is nobody's now.
    let listener = tokio::net::TcpListener::bind(anywhere()).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    Sources {
        follower: url.clone(),
        operators: vec![url.clone()],
        l1: url,
        deployment: Arc::clone(&world.deployment),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_machine_may_read_and_nothing_else() {
    let world = World::new(BatchSize::EIGHT).await;
    let sources = nobody(&world).await;

    let everywhere = Explorer::start(sources.clone(), ([0, 0, 0, 0], 0).into()).await;
    assert!(matches!(everywhere.unwrap_err(), Error::NotLoopback { .. }));
    let mut wrong = sources.clone();
    wrong.follower = "ftp://127.0.0.1".to_owned();
    let refused = Explorer::start(wrong, anywhere()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Source {
                what: "follower",
                ..
            }
        ),
        "{refused}"
    );
    let mut many = sources.clone();
    many.operators = vec![sources.l1.clone(); OPERATORS + 1];
    let refused = Explorer::start(many, anywhere()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Source {
                what: "operators",
                ..
            }
        ),
        "{refused}"
    );

    let shown = Shown::asking(sources).await;
    let host = shown.address();
    let page = shown.get("/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.head
            .contains("content-security-policy: default-src 'self'"),
        "{}",
        page.head
    );
    assert!(page.head.contains("x-content-type-options: nosniff"));
    assert!(!page.body.contains("style=") && !page.body.contains("onclick"));
    for asset in [
        "page.css", "page.js", "batch.js", "path.js", "words.js", "mark.svg",
    ] {
        assert_eq!(shown.get(&format!("/{asset}")).await.status, 200, "{asset}");
    }

    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let request = format!("{method} /overview.json HTTP/1.1\r\nhost: {host}\r\n\r\n");
        let answer = shown.raw(&request).await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.head.contains("allow: get, head"), "{}", answer.head);
    }
    let body = format!("GET / HTTP/1.1\r\nhost: {host}\r\ncontent-length: 3\r\n\r\nabc");
    assert_eq!(shown.raw(&body).await.status, 413);
    for (names, status) in [
        ("host: explorer.example:80".to_owned(), 421),
        (String::from("x: y"), 421),
        (format!("host: {host}\r\nhost: {host}"), 421),
        (format!("host: {host}\r\nsec-fetch-site: cross-site"), 403),
        (format!("host: LOCALHOST:{}", host.port()), 200),
        (format!("host: {host}\r\nsec-fetch-site: same-origin"), 200),
    ] {
        let request = format!("GET /overview.json HTTP/1.1\r\n{names}\r\n\r\n");
        assert_eq!(shown.raw(&request).await.status, status, "{names}");
    }

    for path in [
        "/nothing",
        "/overview",
        "/overview.json/",
        "/batch/.json",
        "/batch/-1.json",
        "/batch/01.json",
        "/batch/1e3.json",
        "/batch/18446744073709551616.json",
        "/batch/%3Cscript%3E.json",
        "/batch/1/2.json",
        "/account/off_l1/16777216.json",
        "/account/both/1.json",
        "/account/off_l1.json",
        "/../Cargo.toml",
        "//etc/passwd",
    ] {
        assert_eq!(shown.get(path).await.status, 404, "{path}");
    }
    let long = shown
        .get(&format!("/batch/{}.json", "9".repeat(1000)))
        .await;
    assert_eq!(long.status, 404);
    let endless = shown.get(&format!("/{}", "a".repeat(100_000))).await;
    assert!(
        matches!(endless.status, 0 | 414 | 431),
        "{}",
        endless.status
    );
    // It has outlived all that.
    assert_eq!(shown.get("/").await.status, 200);
    shown.stop().await;
}

/// The program's own way to it.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_serves_the_page() {
    let world = World::new(BatchSize::EIGHT).await;
    let mut program = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
        .args(["--json", "explore", "--listen", "127.0.0.1:0"])
        .args(["--l1", &world.l1.http_url()])
        .arg("--deployment")
        .arg(world.folder.path().join("deployment.json"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let url = said["page"].as_str().unwrap();
    let at = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(at).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: {at}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    assert!(page.contains("<title>Assay rollup</title>"), "{page}");

    let elsewhere = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
        .args(["explore", "--listen", "0.0.0.0:0", "--deployment"])
        .arg(world.folder.path().join("deployment.json"))
        .output()
        .await
        .unwrap();
    assert!(!elsewhere.status.success());
    let stderr = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(stderr.contains("loopback"), "{stderr}");
}
