//! A node that strangers flood, as a process of its own: blocks go on, posts go through, and its
//! memory stays within a bound.

use crate::bad_input_connections::{PREFACE, call_headers};
use crate::fixture::packed;
use crate::operator::Home;
use proto::client::Client;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Strangers of each kind: together more than one address is let in with.
const STRANGERS: u8 = 100;
/// Between two visits of one stranger: all of them share the machine with the node.
const PAUSE: Duration = Duration::from_millis(250);
/// Memory of a node with its tables, at most, and of what it lets strangers hold.
const MOST_MEMORY: u64 = 640 << 20;
/// A call's data: its length, then nothing but the first bytes of a message of 1 MiB.
const DATA: &[u8] = &[0, 0, 5, 0, 0, 0, 0, 0, 1, 0, 0, 0x10, 0, 0];

/// Connects from another address of this machine, so that nobody else's room is taken.
async fn connect(to: SocketAddr, from: u8) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, from], 0)))?;
    socket.connect(to).await
}

/// Says a byte at a time, as long as it is listened to.
async fn slowly(to: SocketAddr) -> std::io::Result<()> {
    let mut stream = connect(to, 2).await?;
    let said = [PREFACE, &call_headers(1), DATA].concat();
    for byte in said {
        stream.write_all(&[byte]).await?;
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_secs(2)).await;
    Ok(())
}

/// Begins calls and takes them back at once (CVE-2023-44487).
async fn resetting(to: SocketAddr) -> std::io::Result<()> {
    let mut stream = connect(to, 3).await?;
    stream.write_all(PREFACE).await?;
    for call in 0_u32..1_000 {
        let id = 2 * call + 1;
        let mut frames = call_headers(id);
        frames.extend_from_slice(&[0, 0, 4, 3, 0]);
        frames.extend_from_slice(&id.to_be_bytes());
        frames.extend_from_slice(&[0, 0, 0, 8]);
        stream.write_all(&frames).await?;
    }
    Ok(())
}

/// Begins a post and leaves in the middle of it.
async fn leaving(to: SocketAddr) -> std::io::Result<()> {
    let mut stream = connect(to, 4).await?;
    let said = [PREFACE, &call_headers(1), DATA].concat();
    stream.write_all(&said).await?;
    sleep(Duration::from_millis(5)).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_go_on_and_posts_go_through_while_strangers_flood() {
    let home = Home::alone(&[]);
    let node = home.start(&[]);
    let endpoint = node.endpoint().to_owned();
    let to: SocketAddr = endpoint.strip_prefix("http://").unwrap().parse().unwrap();
    let height = node.status_at(1)["height"].as_u64().unwrap();
    let client = Client::connect(&endpoint).await.unwrap();

    let mut strangers = JoinSet::<()>::new();
    for _ in 0..STRANGERS {
        strangers.spawn(async move {
            loop {
                // Whoever is cut off comes again.
                let _ = slowly(to).await;
                sleep(PAUSE).await;
            }
        });
        strangers.spawn(async move {
            loop {
                let _ = resetting(to).await;
                sleep(PAUSE).await;
            }
        });
        strangers.spawn(async move {
            loop {
                let _ = leaving(to).await;
                sleep(PAUSE).await;
            }
        });
    }
    for seed in 0..4 {
        let (submission, payload) = packed("flood", seed, 50_000);
        let posted = client.submit(&submission, payload.clone()).await.unwrap();
        client.await_final(posted.id).await.unwrap();
        assert_eq!(client.fetch(posted.id).await.unwrap().payload, payload);
        let resident = node.resident();
        assert!(resident < MOST_MEMORY, "{} MiB", resident >> 20);
    }
    node.status_at(height + 10);
    strangers.shutdown().await;

    // Nothing of theirs is left.
    while node.status_at(1)["submissions"] != 0 {
        sleep(Duration::from_millis(20)).await;
    }
    node.signal("TERM");
    assert_eq!(node.end().0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_file_descriptors_serves_again_when_it_has_some() {
    let home = Home::alone(&[]);
    let node = home.start_with_files(256, &[]);
    let to: SocketAddr = node
        .endpoint()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    node.status_at(1);

    // More than there are descriptors, from addresses that are let in with so many.
    let mut open = Vec::new();
    for from in [2, 3] {
        for _ in 0..200 {
            open.push(connect(to, from).await.unwrap());
        }
    }
    // The system takes connections that the node cannot: nobody is answered.
    for stream in &mut open {
        let _ = stream.write_all(PREFACE).await;
    }
    sleep(Duration::from_millis(300)).await;
    drop(open);

    let client = Client::connect(node.endpoint()).await.unwrap();
    let (submission, payload) = packed("files", 1, 1_000);
    let posted = client.submit(&submission, payload).await.unwrap();
    client.await_final(posted.id).await.unwrap();
    node.signal("TERM");
    assert_eq!(node.end().0.code(), Some(0));
}
