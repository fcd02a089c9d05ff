//! Asking a node that runs on this machine how it fares.

use crate::client::page::{PageStatus, check_loopback};
use crate::{Error, Result};
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The file in a node's folder that says where its page is.
pub(crate) const FILE: &str = "page";
/// How long the whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes that an answer may have: 64 blocks, 8 of them with 1,024 cells, and room to spare.
const MAX_ANSWER: u64 = 1 << 20;
/// Bytes that the file may have: an address is shorter.
const MAX_FILE: u64 = 128;

impl PageStatus {
    /// Asks the node whose page is at this address.
    ///
    /// # Errors
    /// [`Error::NotLoopback`] for an address of another machine, [`Error::NoNode`] when nobody
    /// answers there, [`Error::NotAPage`] when it is no light node that does.
    pub async fn ask(at: SocketAddr) -> Result<Self> {
        check_loopback(at)?;
        let answer = tokio::time::timeout(PATIENCE, get(at))
            .await
            .unwrap_or_else(|elapsed| Err(elapsed.into()))
            .map_err(|source| Error::NoNode { at, source })?;
        let not_a_page = |reason: &str| Error::NotAPage {
            at,
            reason: reason.to_owned(),
        };
        let answer = String::from_utf8(answer).map_err(|_| not_a_page("it is not text"))?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| not_a_page("it has no end of its head within 1 MiB"))?;
        let first = head.lines().next().unwrap_or_default();
        if first.split(' ').nth(1) != Some("200") {
            return Err(not_a_page(&format!("it begins with {first:?}")));
        }
        serde_json::from_str(body).map_err(|error| not_a_page(&error.to_string()))
    }

    /// The address of the page of the node with this folder.
    ///
    /// # Errors
    /// [`Error::NoPage`] when no node with this folder shows one, [`Error::State`] when the file
    /// there does not read.
    pub fn address_in(folder: &Path) -> Result<SocketAddr> {
        let path = folder.join(FILE);
        let mut bytes = Vec::new();
        let read =
            std::fs::File::open(&path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes));
        if let Err(source) = read {
            return Err(match source.kind() {
                std::io::ErrorKind::NotFound => Error::NoPage { path },
                _ => Error::DataDir { path, source },
            });
        }
        std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(|| Error::State {
                path,
                reason: "expected an address with its port".to_owned(),
            })
    }
}

/// The whole answer, head and body. The server closes when it is done.
async fn get(at: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(at).await?;
    let request = format!("GET /status.json HTTP/1.0\r\nhost: {at}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(answer)
}
