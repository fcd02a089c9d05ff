//! Why a call came to nothing.

use crate::v1;
use bytes::Bytes;
use prost::Message as _;
use std::time::Duration;
use tonic::{Code, Status};
use types::BlobId;

/// The result of a call.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The endpoint is no address. Our fault.
    #[error("endpoint {got:?}: {problem}")]
    Endpoint {
        /// The endpoint given.
        got: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The token is none. Our fault.
    #[error("token: got {got} bytes, expected 1 to {max} printable ones of ASCII")]
    Token {
        /// Bytes of the text.
        got: usize,
        /// The most.
        max: usize,
    },
    /// Nobody answered, or the connection broke, and trying again did not help.
    #[error("the node does not answer: {0}")]
    Transport(String),
    /// The node refused. [`ClientError::reason`] and the detail say whose fault it was.
    #[error("{message}")]
    Call {
        /// The kind of failure.
        code: Code,
        /// In words.
        message: String,
        /// The typed half, which every answer of a node has.
        detail: Option<Box<v1::ErrorDetail>>,
    },
    /// The node sent a message that is none. The node's fault.
    #[error("the node's answer is malformed: {0}")]
    Answer(#[from] crate::Error),
    /// The node answered something else than what was asked. The node's fault.
    #[error("the node's answer: {what}: got {got}, expected {expected}")]
    UnexpectedAnswer {
        /// Which part.
        what: &'static str,
        /// What came.
        got: String,
        /// What would have been right.
        expected: String,
    },
    /// The blob expired or failed while it was awaited.
    #[error("blob {id} {state}: {reason}")]
    Ended {
        /// The blob.
        id: BlobId,
        /// Its last state.
        state: &'static str,
        /// Why.
        reason: String,
        /// Whether posting it again can succeed.
        retry: bool,
    },
}

impl ClientError {
    /// The node's reason, when it gave one.
    #[must_use]
    pub fn reason(&self) -> Option<v1::ErrorReason> {
        match self {
            Self::Call {
                detail: Some(detail),
                ..
            } => Some(detail.reason()),
            _ => None,
        }
    }

    /// When the node says that trying again makes sense.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Call {
                detail: Some(detail),
                ..
            } if detail.retry_after_ms > 0 => Some(Duration::from_millis(detail.retry_after_ms)),
            _ => None,
        }
    }

    /// Whether the node is at fault, and not the caller or the way between them.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::Answer(_) | Self::UnexpectedAnswer { .. } => true,
            Self::Call {
                detail: Some(detail),
                ..
            } => !detail.peer_fault,
            _ => false,
        }
    }

    /// Whether the node knows nothing of that name.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.reason() == Some(v1::ErrorReason::Unknown)
    }

    pub(super) fn missing(what: &'static str, expected: &str) -> Self {
        Self::UnexpectedAnswer {
            what,
            got: "nothing".into(),
            expected: expected.into(),
        }
    }
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        let detail = Some(status.details())
            .filter(|bytes| !bytes.is_empty())
            .and_then(|bytes| v1::ErrorDetail::decode(Bytes::copy_from_slice(bytes)).ok());
        // Without a detail these codes are made by the transport, here or there.
        let transport = matches!(
            status.code(),
            Code::Unavailable | Code::Unknown | Code::Internal | Code::Cancelled
        );
        if detail.is_none() && transport {
            return Self::Transport(with_causes(&status));
        }
        Self::Call {
            code: status.code(),
            message: status.message().into(),
            detail: detail.map(Box::new),
        }
    }
}

/// The status in words, with what it comes from: a certificate that does not hold is a cause.
fn with_causes(status: &Status) -> String {
    let mut words = format!("{}: {}", status.code(), status.message());
    let mut cause = std::error::Error::source(status);
    // A chain of causes is short; whoever made a longer one says no more by it.
    for _ in 0..8 {
        let Some(error) = cause else { break };
        let text = error.to_string();
        if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}
