//! The decoders of `net`, which that crate keeps to itself: its own modules under another root,
//! with doors for whoever feeds them bytes. The swarm is left out.
#![allow(dead_code, unused_imports)]

#[path = "../../../net/src/announcement.rs"]
mod announcement;
#[path = "../../../net/src/bootstrap.rs"]
mod bootstrap;
#[path = "../../../net/src/config.rs"]
mod config;
#[path = "../../../net/src/error.rs"]
mod error;
#[path = "../../../net/src/frame.rs"]
mod frame;
#[path = "../../../net/src/hello.rs"]
mod hello;
#[path = "../../../net/src/identity.rs"]
mod identity;
#[path = "../../../net/src/message/mod.rs"]
mod message;
#[path = "../../../net/src/score.rs"]
mod score;

use announcement::Announcement;
use error::MessageError;
use futures::executor::block_on;
use futures::io::Cursor;
use libp2p::PeerId;
use message::{Answer, Ask, Question};
use std::fmt::Debug;

/// Reads what opens an exchange.
pub fn ask(bytes: &[u8]) {
    let decode = |bytes: &[u8]| Ask::decode(bytes.to_vec().into());
    again(decode, Ask::encode, bytes);
}

/// Reads what closes an exchange.
pub fn answer(bytes: &[u8]) {
    let decode = |bytes: &[u8]| Answer::decode(bytes.to_vec().into());
    again(decode, Answer::encode, bytes);
}

/// Reads what is told by gossip.
pub fn announcement(bytes: &[u8]) {
    let decode = |bytes: &[u8]| Announcement::decode(bytes.to_vec());
    again(decode, Announcement::encode, bytes);
}

/// Holds an answer against a question; whatever its bound allows is compared, nothing beyond.
pub fn exchange(ask: &[u8], answer: &[u8]) {
    let Ok(ask) = Ask::decode(ask.to_vec().into()) else {
        return;
    };
    let question = Question::of(&ask);
    if let Ask::Request(request) = &ask {
        let _ = (request.work(), request.name());
    }
    if answer.len() > question.max_answer_bytes() {
        return;
    }
    if let Ok(answer) = Answer::decode(answer.to_vec().into()) {
        if let Answer::Response(response) = &answer {
            let _ = (response.weight(), response.name());
        }
        let _ = question.check(nobody(), &answer);
    }
}

/// Reads a frame of at most `max` bytes off a stream, and writes it back.
pub fn frame(stream: &[u8], max: usize) {
    let body = block_on(async {
        let mut io = Cursor::new(stream);
        let length = frame::read_length(&mut io, max).await?;
        frame::read_body(&mut io, length).await
    });
    if let Ok(body) = body {
        assert!(body.len() <= max);
        let mut out = Vec::new();
        block_on(frame::write(&mut out, &body)).unwrap();
        assert_eq!(out, stream[..out.len()]);
    }
}

fn nobody() -> PeerId {
    identity::Identity::from_bytes([1; 32]).peer_id()
}

/// What was accepted survives its own encoding. The bytes themselves may differ: protobuf has
/// many encodings of one message.
fn again<T: Debug>(
    decode: impl Fn(&[u8]) -> Result<T, MessageError>,
    encode: impl Fn(&T) -> Vec<u8>,
    bytes: &[u8],
) {
    let Ok(read) = decode(bytes) else { return };
    let written = encode(&read);
    let reread = decode(&written).unwrap();
    assert_eq!(encode(&reread), written);
    assert_eq!(format!("{reread:?}"), format!("{read:?}"));
}
