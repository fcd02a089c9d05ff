//! Connections: how many there may be, how long they may be silent, and what they may carry.

use crate::door::{Authority, House, secured};
use crate::fixture::packed;
use da_node::grpc::Door;
use proto::client::{Credentials, Retries};
use proto::v1;
use proto::v1::data_availability_client::DataAvailabilityClient;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::{Code, Request};

/// The client's part of an HTTP/2 preface: the magic and empty settings (RFC 9113, section 3.4).
pub(crate) const PREFACE: &[u8] =
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
const SHORT: Duration = Duration::from_millis(50);
/// A bound on tests that hang, not a promise of speed.
const LONGEST: Duration = Duration::from_secs(60);

async fn dial(house: &House) -> TcpStream {
    TcpStream::connect(house.node.grpc_addr()).await.unwrap()
}

/// Reads to the end; returns when the node has closed the connection.
async fn closed(mut stream: TcpStream) {
    let mut bytes = Vec::new();
    // Closed in order or reset: either is closed.
    let read = stream.read_to_end(&mut bytes);
    let _ = tokio::time::timeout(LONGEST, read).await.unwrap();
}

/// One frame: its type, flags, stream and payload (RFC 9113, section 4.1).
async fn frame(stream: &mut TcpStream) -> (u8, u8, u32, Vec<u8>) {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.unwrap();
    let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    (head[3], head[4], id, payload)
}

/// A connection that the node has greeted with its settings.
async fn greeted(house: &House) -> (TcpStream, Vec<u8>) {
    let mut stream = dial(house).await;
    stream.write_all(PREFACE).await.unwrap();
    let (kind, _, _, settings) = frame(&mut stream).await;
    assert_eq!(kind, 4, "settings come first");
    (stream, settings)
}

async fn until_open(house: &House, connections: usize) {
    let open = async {
        while house.node.status().unwrap().connections != connections {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONGEST, open).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_more_than_there_is_room_for_is_closed() {
    let house = House::open(Door {
        connections: 2,
        ..Door::default()
    })
    .await;
    let (first, _) = greeted(&house).await;
    let _second = greeted(&house).await;
    closed(dial(&house).await).await;
    closed(dial(&house).await).await;
    assert_eq!(house.node.status().unwrap().connections, 2);

    drop(first);
    until_open(&house, 1).await;
    greeted(&house).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_take_all_the_room() {
    let house = House::open(Door {
        connections_per_address: 1,
        ..Door::default()
    })
    .await;
    let _first = greeted(&house).await;
    closed(dial(&house).await).await;
    assert_eq!(house.node.status().unwrap().connections, 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_nothing_is_closed() {
    let house = House::open(Door {
        handshake_deadline: SHORT,
        ..Door::default()
    })
    .await;
    closed(dial(&house).await).await;
    // Nor does half of a preface help.
    let mut half = dial(&house).await;
    let _ = half.write_all(&PREFACE[..23]).await;
    closed(half).await;
    until_open(&house, 0).await;
    house.close().await;

    let authority = Authority::new("nodes");
    let house = House::open(Door {
        handshake_deadline: SHORT,
        ..secured(&authority.pair())
    })
    .await;
    closed(dial(&house).await).await;
    // A handshake that begins and does not end: a record of 512 bytes, of which 35 come.
    let mut slow = dial(&house).await;
    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.resize(40, 0);
    let _ = slow.write_all(&hello).await;
    closed(slow).await;
    until_open(&house, 0).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_never_calls_is_closed_and_whoever_called_is_not() {
    let house = House::open(Door {
        // Far longer than those who call need for it.
        first_call_deadline: Duration::from_secs(8),
        ..Door::default()
    })
    .await;
    let mut raw = DataAvailabilityClient::connect(house.url("http"))
        .await
        .unwrap();
    let mut headers = raw
        .subscribe_headers(v1::SubscribeHeadersRequest { from_height: None })
        .await
        .unwrap()
        .into_inner();
    let (silent, _) = greeted(&house).await;
    closed(silent).await;

    // Opened before the one that was closed, and still good.
    let client = house.client(&Credentials::default());
    let client = client.with_retries(Retries::default());
    let (submission, payload) = packed("call", 1, 10);
    client.submit(&submission, payload).await.unwrap();
    assert!(headers.message().await.unwrap().is_some());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_answer_a_ping_is_closed() {
    let house = House::open(Door {
        keepalive: SHORT,
        ..Door::default()
    })
    .await;
    let (mut dead, _) = greeted(&house).await;
    dead.write_all(&call_headers(1)).await.unwrap();
    let ping = loop {
        let (kind, flags, id, payload) = frame(&mut dead).await;
        if kind == 6 {
            break (flags, id, payload.len());
        }
    };
    assert_eq!(ping, (0, 0, 8));
    closed(dead).await;
    until_open(&house, 0).await;
    house.close().await;
}

/// Headers of a call of `SubmitBlob`, each a literal that is not indexed (RFC 7541, section 6.2.2).
pub(crate) fn call_headers(stream: u32) -> Vec<u8> {
    let mut block = vec![0x83, 0x86];
    for (name, value) in [
        (":path", "/assay.v1.DataAvailability/SubmitBlob"),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ] {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    let mut frame = (block.len() as u32).to_be_bytes()[1..].to_vec();
    // The headers end here, the stream does not: the call waits for its message.
    frame.extend_from_slice(&[1, 4]);
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(&block);
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_carries_64_calls_at_a_time() {
    let house = House::open(Door::default()).await;
    let (mut stream, settings) = greeted(&house).await;
    let setting = |id: u16| {
        let mut entries = settings.chunks(6);
        entries.find_map(|entry| {
            let found = u16::from_be_bytes([entry[0], entry[1]]);
            let value = u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]);
            (found == id).then_some(value)
        })
    };
    assert_eq!(setting(3), Some(64), "calls at a time");
    assert_eq!(setting(6), Some(16 << 10), "bytes of headers");

    for call in 0..65 {
        stream.write_all(&call_headers(2 * call + 1)).await.unwrap();
    }
    // Only the last is reset, as refused: not one byte of it was looked at.
    loop {
        let (kind, _, id, payload) = frame(&mut stream).await;
        assert_ne!(kind, 7, "the connection goes on");
        if kind == 3 {
            assert_eq!((id, payload.as_slice()), (129, &[0, 0, 0, 7][..]));
            break;
        }
    }
    drop(stream);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_headers_that_are_too_large() {
    let house = House::open(Door::default()).await;
    let mut raw = DataAvailabilityClient::connect(house.url("http"))
        .await
        .unwrap();
    let with = |bytes: usize| {
        let mut request = Request::new(v1::GetLimitsRequest {});
        let value = "x".repeat(bytes).parse().unwrap();
        request.metadata_mut().insert("much", value);
        request
    };
    raw.get_limits(with(8 << 10)).await.unwrap();
    let refused = raw.get_limits(with(20 << 10)).await.unwrap_err();
    assert_ne!(refused.code(), Code::Ok);
    let client = house.client(&Credentials::default());
    client.limits().await.unwrap();
    house.close().await;
}
