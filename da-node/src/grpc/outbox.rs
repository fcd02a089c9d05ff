//! The sending end of a streamed answer.

use super::{Answers, error};
use crate::Error;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Messages that wait for the transport: a chunk each, at most.
const WAITING: usize = 4;
/// How long a reader may take for one message.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the messages of a streamed answer go.
pub(super) struct Outbox<T>(mpsc::Sender<Result<T, Status>>);

/// Nobody reads any more.
#[derive(Debug)]
pub(super) struct Gone;

impl<T> Outbox<T> {
    /// An outbox and the stream that it fills.
    pub(super) fn open() -> (Self, Answers<T>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), ReceiverStream::new(receiver))
    }

    /// Hands over one message. A reader that takes none for a minute counts as gone.
    pub(super) async fn send(&self, message: T) -> Result<(), Gone> {
        self.0
            .send_timeout(Ok(message), PATIENCE)
            .await
            .map_err(|_| Gone)
    }

    /// Ends the stream with a refusal.
    pub(super) async fn fail(self, error: &Error) {
        // A reader that is gone does not need to hear of it.
        let _ = self
            .0
            .send_timeout(Err(error::status(error)), PATIENCE)
            .await;
    }

    /// Resolves when the reader has left.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}
