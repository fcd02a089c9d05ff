//! What is made of an answer, and of none.

use super::classify;
use crate::core::Answer;
use net::{Identity, MessageError, Mismatch, PeerId, Response};
use std::time::Duration;

fn peer() -> PeerId {
    Identity::from_bytes([7; 32]).peer_id()
}

fn timeout() -> net::Error {
    let after = Duration::from_millis(1500);
    net::Error::Timeout {
        peer: peer(),
        after,
    }
}

#[test]
fn silence_counts_when_there_was_time_to_speak() {
    assert_eq!(classify(Err(timeout()), false), Answer::Silent);
    assert_eq!(classify(Err(timeout()), true), Answer::Unreachable);
}

#[test]
fn what_was_never_asked_is_not_refused() {
    let peer = peer();
    let reason = String::new();
    for error in [
        net::Error::Banned { peer },
        net::Error::NotConnected { peer },
        net::Error::Disconnected { peer },
        net::Error::Transport { peer, reason },
        net::Error::Stopped,
    ] {
        assert_eq!(classify(Err(error), false), Answer::Unreachable);
    }
}

#[test]
fn an_answer_without_cells_is_a_refusal() {
    let empty = || Ok(Response::Samples(Vec::new()));
    for came in [Ok(Response::NotFound), empty()] {
        assert_eq!(classify(came, false), Answer::Refused);
    }
    // It was given, however late.
    assert_eq!(classify(empty(), true), Answer::Refused);
    let mismatch = Box::new(Mismatch {
        what: "kind",
        got: "Genesis".to_owned(),
        expected: "Samples".to_owned(),
    });
    let peer = peer();
    for error in [
        net::Error::WrongAnswer { peer, mismatch },
        net::Error::Message(MessageError::FrameLength { got: 2, max: 1 }),
    ] {
        assert_eq!(classify(Err(error), false), Answer::Refused);
    }
}

#[test]
fn a_busy_peer_neither_gave_nor_refused() {
    let busy = Response::Busy { retry_after_ms: 5 };
    assert_eq!(classify(Ok(busy), false), Answer::Busy);
}
