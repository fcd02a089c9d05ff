//! Accepted connections: counted, made to speak soon, and cut off when the node has stopped.

use futures::stream::{self, Stream};
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

/// Connections at a time; the next ones wait until one ends.
const CONNECTIONS: usize = 1024;
/// How long a new connection may take to send its preface.
const PREFACE_DEADLINE: Duration = Duration::from_secs(10);
/// Bytes of an HTTP/2 preface (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;
/// The pause after a failure to accept, which is mostly a want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The door.
pub(super) struct Connections {
    listener: TcpListener,
    room: Arc<Semaphore>,
    cut: CancellationToken,
}

impl Connections {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            room: Arc::new(Semaphore::new(CONNECTIONS)),
            cut: CancellationToken::new(),
        }
    }

    /// Cuts every connection when it is cancelled.
    pub(super) fn cut(&self) -> CancellationToken {
        self.cut.clone()
    }

    /// Whoever comes, as long as there is room.
    pub(super) fn incoming(self) -> impl Stream<Item = Result<Connection>> + Send {
        stream::unfold(self, |door| async move {
            let connection = door.accept().await;
            Some((connection, door))
        })
    }

    async fn accept(&self) -> Result<Connection> {
        let permit = Arc::clone(&self.room)
            .acquire_owned()
            .await
            .map_err(Error::other)?;
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    stream.set_nodelay(true)?;
                    return Ok(Connection {
                        stream,
                        preface: Some((Box::pin(tokio::time::sleep(PREFACE_DEADLINE)), 0)),
                        cut: Box::pin(self.cut.clone().cancelled_owned()),
                        _permit: permit,
                    });
                }
                Err(error) => {
                    tracing::debug!(%error, "connection not accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    /// Until the preface is there: its deadline and the bytes so far.
    preface: Option<(Pin<Box<Sleep>>, usize)>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Whether the connection is to end, for which the task is woken.
    fn check(&mut self, context: &mut Context<'_>) -> Result<()> {
        if self.cut.as_mut().poll(context).is_ready() {
            return Err(Error::new(
                ErrorKind::ConnectionAborted,
                "the node has stopped",
            ));
        }
        if let Some((deadline, _)) = &mut self.preface
            && deadline.as_mut().poll(context).is_ready()
        {
            return Err(Error::new(ErrorKind::TimedOut, "no HTTP/2 preface in time"));
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.check(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some((_, bytes)) = &mut self.preface {
            *bytes += buffer.filled().len() - before;
            if *bytes >= PREFACE_BYTES {
                self.preface = None;
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}
